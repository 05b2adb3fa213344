// SPDX-License-Identifier: Apache-2.0
#include "render/xray/adjoint.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "tests/render/xray/blobs.h"

#include <gtest/gtest.h>

namespace radforge::xray {
namespace {

class Adjoint : public ::testing::TestWithParam<std::tuple<Method, Beam>> {};

Grid noise_grid(uint64_t seed) {
    Rng rng(SampleKey{Seed{seed}, 0}, Stream::Geometry);
    Grid grid = zero_grid(41, 37, 45, {1.1, 1, .9});
    grid.step_mm.rows[1].z = .2;
    for (float& v : grid.values) v = float(rng.normal());
    return grid;
}

std::vector<View> some_views(Beam beam) {
    std::vector<View> views =
        beam == Beam::Cone ? testing::cone_views(3, 45, 64) : testing::hemisphere_views(3, 45, 64);
    const Vec3d axis{0, 1, 0};
    views.push_back(beam == Beam::Cone ? cone_view(-60. * axis, {}, {0, 0, 1}, 120, 1.7, 64, 64)
                                       : parallel_view(axis, {0, 0, 1}, {}, .7, 64, 64));
    return views;
}

std::vector<Image> noise_images(const std::vector<View>& views) {
    Rng rng(SampleKey{Seed{8}, 1}, Stream::Sensor);
    std::vector<Image> images;
    for (const View& v : views) {
        images.emplace_back(v.height_px, v.width_px, 1, PixelType::F32, ColorSpace::Data);
        for (float& p : images.back().values<float>()) p = float(rng.normal());
    }
    return images;
}

// The public dot-product test: |<A x, y> - <x, A' y>| against |A x| |y|.
TEST_P(Adjoint, DotProductsAgree) {
    const auto [method, beam] = GetParam();
    ProjectorOptions options;
    options.method = method;
    const Grid x = noise_grid(7);
    const std::vector<View> views = some_views(beam);
    const std::vector<Image> y = noise_images(views);
    const auto projector = make_projector(x, options);
    const std::vector<Image> ax = projector->project(views);
    const Grid aty = projector->backproject(views, y);
    double forward = 0, backward = 0, ax2 = 0, y2 = 0;
    for (size_t i = 0; i < views.size(); ++i)
        for (size_t k = 0; k < y[i].value_count(); ++k) {
            const double a = double(ax[i].values<float>()[k]), b = double(y[i].values<float>()[k]);
            forward += a * b, ax2 += a * a, y2 += b * b;
        }
    for (size_t k = 0; k < x.count(); ++k) backward += double(x.values[k]) * double(aty.values[k]);
    EXPECT_LT(std::fabs(forward - backward), 1e-6 * std::sqrt(ax2 * y2));
    EXPECT_LT(std::fabs(forward - backward),
              2e-4 * std::fabs(forward));  // the two do not vanish for another reason
}

TEST_P(Adjoint, ThreadsDoNotChangeABit) {
    const auto [method, beam] = GetParam();
    ProjectorOptions options;
    options.method = method;
    const Grid place = noise_grid(7);
    const std::vector<View> views = some_views(beam);
    const std::vector<Image> y = noise_images(views);
    const auto projector = make_projector(place, options);
    std::vector<float> one;
    {
        const ThreadLimit limit(1);
        one = projector->backproject(views, y).values;
    }
    const ThreadLimit limit(3);
    EXPECT_EQ(projector->backproject(views, y).values, one);
}

INSTANTIATE_TEST_SUITE_P(Operators, Adjoint,
                         ::testing::Combine(::testing::Values(Method::March, Method::Joseph,
                                                              Method::ShearWarp, Method::Siddon),
                                            ::testing::Values(Beam::Parallel, Beam::Cone)));

TEST(BackProjection, ImagesThatDoNotFitTheirViewsAreRefused) {
    const auto projector = make_projector(zero_grid(8, 8, 8, {1, 1, 1}));
    const std::vector<View> views = some_views(Beam::Parallel);
    std::vector<Image> images = noise_images(views);
    images[1].values<float>()[5] = std::nanf("");
    EXPECT_THROW(projector->backproject(views, images), Error);
    images = noise_images(views);
    images[2] = Image(3, 3, 1, PixelType::F32, ColorSpace::Data);
    EXPECT_THROW(projector->backproject(views, images), Error);
    images.pop_back();
    EXPECT_THROW(projector->backproject(views, images), Error);
}

}  // namespace
}  // namespace radforge::xray
