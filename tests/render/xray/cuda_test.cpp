// SPDX-License-Identifier: Apache-2.0
// CPU and CUDA are one operator: random volumes and views, on the GPU where one is, and everywhere by the
// emulator of emulator/cuda_runtime.h. tools/xray-gpu-check.sh asks the same of dense volumes without the
// test suite's libraries.
#include "render/xray/projector.h"
#include "tests/render/xray/blobs.h"

#include <gtest/gtest.h>

namespace radforge::xray {
namespace {

constexpr double kEdgeMm = 90;

class Cuda : public ::testing::TestWithParam<std::tuple<Method, Beam>> {
protected:
    void SetUp() override {
        if (!cuda_available()) GTEST_SKIP() << "no CUDA device on this machine";
    }
    static std::vector<View> views() {
        return std::get<1>(GetParam()) == Beam::Cone ? testing::cone_views(5, kEdgeMm, 80)
                                                     : testing::hemisphere_views(5, kEdgeMm, 80);
    }
    static ProjectorOptions options(Device device) {
        ProjectorOptions o;
        o.method = std::get<0>(GetParam());
        o.device = device;
        return o;
    }
};

Grid noise_grid(double part) {
    Rng rng(SampleKey{Seed{17}, 0}, Stream::Geometry);
    Grid grid = zero_grid(48, 40, 44, {1.9, 2.2, 2});
    grid.step_mm.rows[1].z = .3;
    for (float& v : grid.values) v = rng.uniform() < part ? float(.5 + rng.uniform()) : 0.f;
    return grid;
}

double relative_difference(const std::vector<float>& values, const std::vector<float>& truth) {
    EXPECT_EQ(values.size(), truth.size());
    double error = 0, power = 0;
    for (size_t i = 0; i < truth.size(); ++i) {
        const double difference = double(values.at(i)) - double(truth[i]);
        error += difference * difference, power += double(truth[i]) * double(truth[i]);
    }
    return std::sqrt(error / power);
}

double dot_product(const std::vector<Image>& a, const std::vector<Image>& b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i)
        for (size_t k = 0; k < a[i].value_count(); ++k)
            sum += double(a[i].values<float>()[k]) * double(b[i].values<float>()[k]);
    return sum;
}

double dot_product(const Grid& a, const Grid& b) {
    double sum = 0;
    for (size_t k = 0; k < a.count(); ++k) sum += double(a.values[k]) * double(b.values[k]);
    return sum;
}

TEST_P(Cuda, DenseVolumesGiveTheCpusImagesAndBackProjections) {
    const Grid grid = noise_grid(1);
    const auto cpu = make_projector(grid, options(Device::Cpu)),
               gpu = make_projector(grid, options(Device::Cuda));
    const std::vector<Image> images = cpu->project(views()), twin = gpu->project(views());
    EXPECT_LT(testing::relative_error(twin, images), 1e-5);
    const Grid back = gpu->backproject(views(), images);
    EXPECT_LT(relative_difference(back.values, cpu->backproject(views(), images).values), 1e-5);
    const double forward = dot_product(twin, images);
    EXPECT_LT(std::fabs(forward - dot_product(grid, back)), 1e-6 * std::fabs(forward));
    EXPECT_EQ(gpu->backproject(views(), images).values, back.values) << "not repeatable";
}

TEST_P(Cuda, ViewsOfSeveralSizesAndMoreThanALaunchTakesFindTheirPixels) {
    const Grid grid = noise_grid(1);
    std::vector<View> many;
    for (int i = 0; i < 4100; ++i) {
        many.push_back(views()[size_t(i) % 5]);
        many.back().width_px = 1 + i % 3, many.back().height_px = 1 + i % 2;
    }
    many[2].width_px = 40, many[4099].height_px = 70;
    const std::vector<Image> images = make_projector(grid, options(Device::Cuda))->project(many),
                             twin = make_projector(grid, options(Device::Cpu))->project(many);
    EXPECT_LT(testing::relative_error(images, twin), 1e-5);
}

TEST_P(Cuda, ThickVoxelsBeforeANearSourceGiveTheCpusImages) {
    Grid grid = zero_grid(48, 12, 44, {1.9, 8, 2});
    Rng rng(SampleKey{Seed{18}, 0}, Stream::Geometry);
    for (float& v : grid.values) v = float(rng.uniform());
    std::vector<View> near = views();
    for (View& view : near) view = cone_view({10, -150, 5}, {}, {0, 0, 1}, 300, 2.4, 80, 80);
    EXPECT_LT(testing::relative_error(make_projector(grid, options(Device::Cuda))->project(near),
                                      make_projector(grid, options(Device::Cpu))->project(near)),
              1e-5);
}

class CudaSparse : public Cuda {};

TEST_P(CudaSparse, VolumesGiveTheCpusImagesAndBackProjections) {
    const auto grid = std::make_shared<const SparseGrid>(SparseGrid::from_grid(noise_grid(.02)));
    const auto cpu = make_projector(grid, options(Device::Cpu)),
               gpu = make_projector(grid, options(Device::Cuda));
    const std::vector<Image> images = cpu->project(views());
    EXPECT_LT(testing::relative_error(gpu->project(views()), images), 1e-5);
    EXPECT_LT(relative_difference(gpu->backproject(views(), images).values,
                                  cpu->backproject(views(), images).values),
              1e-5);
}

class CudaTexture : public Cuda {};

TEST_P(CudaTexture, CostsOnlyItsWeightsPrecision) {
    const Grid grid = noise_grid(1);
    ProjectorOptions textured = options(Device::Cuda);
    textured.cuda_texture = true;
    EXPECT_LT(testing::relative_error(make_projector(grid, textured)->project(views()),
                                      make_projector(grid, options(Device::Cpu))->project(views())),
              5e-3);
}

using ::testing::Combine;
using ::testing::Values;
const auto kBeams = Values(Beam::Parallel, Beam::Cone);

std::string name(const ::testing::TestParamInfo<Cuda::ParamType>& info) {
    const char* const methods[] = {"March", "Joseph", "ShearWarp", "Siddon"};
    return std::string(methods[int(std::get<0>(info.param))]) +
           (std::get<1>(info.param) == Beam::Cone ? "Cone" : "Parallel");
}

INSTANTIATE_TEST_SUITE_P(RADFORGE_CUDA, Cuda,
                         Combine(Values(Method::March, Method::Joseph, Method::ShearWarp, Method::Siddon),
                                 kBeams),
                         name);
INSTANTIATE_TEST_SUITE_P(RADFORGE_CUDA, CudaSparse, Combine(Values(Method::March, Method::Joseph), kBeams),
                         name);
INSTANTIATE_TEST_SUITE_P(RADFORGE_CUDA, CudaTexture, Combine(Values(Method::March), kBeams), name);

}  // namespace
}  // namespace radforge::xray
