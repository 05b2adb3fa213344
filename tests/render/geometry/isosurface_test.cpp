// SPDX-License-Identifier: Apache-2.0
#include "render/geometry/isosurface.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace radforge::geometry {
namespace {

struct Field {
    int nx, ny, nz;
    std::vector<float> values;
    FieldView view() const { return {values.data(), nx, ny, nz}; }
};

/// @param value  of a place in voxels, centres at half-integers
template <class F>
Field make_field(int nx, int ny, int nz, F value) {
    Field f{nx, ny, nz, {}};
    for (int z = 0; z < nz; ++z)
        for (int y = 0; y < ny; ++y)
            for (int x = 0; x < nx; ++x) f.values.push_back(float(value(Vec3d{x + .5, y + .5, z + .5})));
    return f;
}

/// 0.1 at the sphere's surface, rising linearly inwards.
Field sphere(int n, Vec3d centre, double radius) {
    return make_field(
        n, n, n, [&](Vec3d p) { return std::clamp(0.1 + (radius - length(p - centre)) * 0.02, 0.0, 1.0); });
}

/// The formula of the specification for a normal in axes x right, y up, z towards the observer.
double shade(double escaped, Vec3d n) {
    const Vec3d l = normalized(Vec3d{-0.4, 0.6, 0.7}), h = normalized(l + Vec3d{0, 0, 1});
    return escaped * (0.35 + 0.65 * (0.5 + 0.5 * n.y)) * 0.55 + 0.35 * std::max(0.0, dot(n, l)) +
           0.10 * std::pow(std::max(0.0, dot(n, h)), 32);
}

double covered_share(const Image& picture) {
    const auto values = picture.values<float>();
    int64_t covered = 0;
    for (size_t i = 0; i < values.size(); i += size_t(picture.channels)) covered += values[i] != 1;
    return double(covered) / (double(picture.height_px) * picture.width_px);
}

/// Mean column of the pixels of one channel that are not background.
double mean_column(const Image& picture, int channel) {
    const auto view = picture.view<float>();
    double sum = 0, count = 0;
    for (int r = 0; r < picture.height_px; ++r)
        for (int c = 0; c < picture.width_px; ++c)
            if (view(r, c, channel) != 1) sum += c, ++count;
    return sum / count;
}

TEST(Isosurface, SphereHasTheSilhouetteOfADisc) {
    const Image picture = canonical_render(sphere(64, {32, 32, 32}, 20).view());
    ASSERT_EQ(picture.height_px, 256);
    ASSERT_EQ(picture.channels, 1);
    const double disc = 3.14159265 * 20 * 20 / (64 * 64);
    // The gradient of the field is 0.02 per voxel; its curvature shifts the trilinear surface by under 0.01
    // voxel.
    EXPECT_NEAR(covered_share(picture), disc, 0.003 * disc);
}

TEST(Isosurface, SphereIsShadedByTheFormula) {
    const double radius = 40;
    const Image picture = canonical_render(sphere(128, {64, 64, 64}, radius).view());
    const auto view = picture.view<float>();
    for (const Vec2d at :
         {Vec2d{0, 0}, Vec2d{-0.5, -0.5}, Vec2d{0.6, 0.3}, Vec2d{0.1, 0.7}, Vec2d{-0.7, 0.2}}) {
        const int c = int(128 + at.x * radius * 2), r = int(128 + at.y * radius * 2);
        const double x = (c + .5 - 128) / (2 * radius), y = (r + .5 - 128) / (2 * radius);
        const Vec3d n{x, -y, std::sqrt(1 - x * x - y * y)};
        EXPECT_NEAR(view(r, c), shade(1, n), 4e-3) << at.x << " " << at.y;
    }
    EXPECT_EQ(view(0, 0), 1);
}

TEST(Isosurface, FloorHidesAKnownShareOfAWallsHemisphere) {
    // Wall at z = 40 facing the observer, floor at y = 100 (down) facing up; ramps of one voxel around the
    // surfaces.
    const Field corner = make_field(128, 128, 64, [](Vec3d p) {
        return std::clamp(0.1 + 0.2 * std::max(p.z - 40, p.y - 100), 0.0, 1.0);
    });
    const Image picture = canonical_render(corner.view());
    for (const double height : {2.25, 4.25, 6.25, 8.25, 12.25, 15.25, 20.25}) {
        const Vec3d n{0, 0, 1};
        const double none = shade(0, n), all = shade(1, n);
        const double escaped =
            (double(picture.view<float>()(int((100 - height) * 2), 128)) - none) / (all - none);
        // Directions of cosine density fill a disc when projected along the normal; the floor is hit by those
        // beyond a chord at height / 16 from its middle.
        const double chord = std::min(height / 16, 1.0);
        const double expected = 0.5 + (chord * std::sqrt(1 - chord * chord) + std::asin(chord)) / 3.14159265;
        EXPECT_NEAR(escaped, expected, 1.01 / 16) << height;
        EXPECT_NEAR(escaped * 16, std::round(escaped * 16), 1e-3);
    }
}

TEST(Isosurface, FirstSurfaceFromTheFrontIsSeen) {
    // Two sheets: the near one tilted towards +x, the far one flat.
    const Field sheets = make_field(64, 64, 64, [](Vec3d p) {
        const double tilted = std::abs(p.z - 20 - 0.5 * (p.x - 32)), flat = std::abs(p.z - 50);
        return std::clamp(0.5 - 0.2 * std::min(tilted, flat), 0.0, 1.0);
    });
    const auto at_middle = [](const Image& p) { return double(p.view<float>()(128, 128, 0)); };
    EXPECT_NEAR(at_middle(canonical_render(sheets.view())), shade(1, normalized(Vec3d{0.5, 0, 1})), 0.01);
    IsosurfaceOptions behind;
    behind.view_from_volume = look_along({0, 0, -1}, {0, -1, 0});
    EXPECT_NEAR(at_middle(render_isosurface(sheets.view(), behind)), shade(1, {0, 0, 1}), 0.01);
}

TEST(Isosurface, DirectionOfSightTurnsTheScene) {
    // A ball to the right, low and near: volume axes equal those of the canonical view.
    const Field ball = sphere(64, {48, 44, 20}, 6);
    const auto place = [&](Vec3d direction, Vec3d up) {
        IsosurfaceOptions options;
        options.size_px = 64;
        options.view_from_volume = look_along(direction, up);
        const Image picture = render_isosurface(ball.view(), options);
        double row = 0, count = 0;
        const auto view = picture.view<float>();
        for (int r = 0; r < 64; ++r)
            for (int c = 0; c < 64; ++c)
                if (view(r, c, 0) != 1) row += r, ++count;
        return Vec2d{mean_column(picture, 0) + .5, row / count + .5};
    };
    const Vec2d front = place({0, 0, 1}, {0, -1, 0});
    EXPECT_NEAR(front.x, 48, 0.5);
    EXPECT_NEAR(front.y, 44, 0.5);
    const Vec2d from_right = place({-1, 0, 0}, {0, -1, 0});  // the observer's right is what lies deep
    EXPECT_NEAR(from_right.x, 20, 0.5);
    EXPECT_NEAR(from_right.y, 44, 0.5);
    const Vec2d from_above = place({0, 1, 0}, {0, 0, 1});
    EXPECT_NEAR(from_above.x, 48, 0.5);
    EXPECT_NEAR(from_above.y, 64 - 20, 0.5);
}

TEST(Isosurface, CutTakesAwayHalfAndShowsAFlatFace) {
    const Field ball = sphere(64, {32, 32, 32}, 20);
    IsosurfaceOptions options;
    const double whole = covered_share(render_isosurface(ball.view(), options));
    options.cut = CutPlane{{1, 0, 0}, 0};  // the observer sees the left half
    const Image left = render_isosurface(ball.view(), options);
    EXPECT_NEAR(covered_share(left), 0.5 * whole, 0.01 * whole);
    EXPECT_EQ(left.view<float>()(128, 140, 0), 1);
    EXPECT_NE(left.view<float>()(128, 116, 0), 1);
    options.cut = CutPlane{{0, 0, -1}, 0};  // what is near is gone
    const Image open = render_isosurface(ball.view(), options);
    EXPECT_NEAR(covered_share(open), whole, 0.01 * whole);
    for (const int c : {90, 108, 160}) {  // not at the tip of the cone of values
        // The face shows the values inside, unlit.
        const double value = 0.1 + (20 - std::hypot((c + .5) / 4 - 32, 128.5 / 4 - 32)) * 0.02;
        EXPECT_NEAR(open.view<float>()(128, c, 0), 0.5 + 0.5 * (value - 0.1) / 0.9, 2e-3) << c;
    }
}

TEST(Isosurface, AnaglyphMovesWhatIsNearToTheLeftForTheRightEye) {
    IsosurfaceOptions options;
    const auto disparity = [&](double z) {
        const Image picture = render_anaglyph(sphere(64, {32, 32, z}, 8).view(), options, 8);
        return mean_column(picture, 1) - mean_column(picture, 0);  // right eye minus left eye
    };
    const double expected =
        2 * 20 * std::sin(4 * 3.14159265 / 180) * 256 / 64;  // pixels, 20 voxels from the middle
    EXPECT_NEAR(disparity(12), -expected, 0.2);
    EXPECT_NEAR(disparity(32), 0, 0.2);
    EXPECT_NEAR(disparity(52), expected, 0.2);
}

TEST(Isosurface, ColourTintsTheSurfaceOnly) {
    IsosurfaceOptions options;
    options.size_px = 32;
    options.supersampling = 2;
    options.colour = {1, 0.8, 0.5};
    options.background = {0, 0, 0.25};
    const Image picture = render_isosurface(sphere(64, {32, 32, 32}, 20).view(), options);
    const auto view = picture.view<float>();
    EXPECT_EQ(view(0, 0, 2), 0.25f);
    EXPECT_GT(view(16, 16, 0), view(16, 16, 1));
    EXPECT_GT(view(16, 16, 1), view(16, 16, 2));
}

TEST(Isosurface, SkippingEmptyBlocksChangesNothing) {
    // Specks that one voxel wide blocks could miss, against a march without any skipping.
    const int n = 41;
    const Field specks = make_field(n, n, n, [](Vec3d p) {
        const int x = int(p.x), y = int(p.y), z = int(p.z);
        return (x * 73 + y * 179 + z * 283) % 997 < 3 ? 1.0 : 0.0;
    });
    const Image picture = canonical_render(specks.view());
    const auto value = [&](int x, int y, int z) {
        return x < 0 || y < 0 || z < 0 || x >= n || y >= n || z >= n
                   ? 0.0
                   : double(specks.values[size_t((z * n + y) * n + x)]);
    };
    int wrong = 0, seen = 0;
    for (int r = 0; r < 256; r += 3)
        for (int c = 0; c < 256; c += 3) {
            const double x = (c + .5) * n / 256 - .5, y = (r + .5) * n / 256 - .5;
            const int i = int(std::floor(x)), j = int(std::floor(y));
            double most = 0;  // along z the trilinear maximum lies at a voxel centre, where the march samples
            for (int k = 0; k < n; ++k)
                most = std::max(most, (1 - (x - i)) * (1 - (y - j)) * value(i, j, k) +
                                          (x - i) * (1 - (y - j)) * value(i + 1, j, k) +
                                          (1 - (x - i)) * (y - j) * value(i, j + 1, k) +
                                          (x - i) * (y - j) * value(i + 1, j + 1, k));
            if (std::abs(most - 0.1) < 1e-4) continue;
            seen += most > 0.1;
            wrong += (most > 0.1) != (picture.view<float>()(r, c) != 1);
        }
    EXPECT_GT(seen, 300);
    EXPECT_EQ(wrong, 0);
}

TEST(Isosurface, ThreadsDoNotChangeThePicture) {
    const Field ball = sphere(48, {20, 24, 30}, 13);
    const auto render = [&](int threads) {
        const ThreadLimit limit(threads);
        return canonical_render(ball.view()).bytes;
    };
    EXPECT_EQ(render(1), render(2));
}

TEST(Isosurface, ImpossibleOptionsAreNamed) {
    const Field ball = sphere(8, {4, 4, 4}, 2);
    const auto message = [&](auto change) {
        IsosurfaceOptions options;
        change(options);
        try {
            render_isosurface(ball.view(), options);
        } catch (const Error& e) {
            return std::string(e.what());
        }
        return std::string("accepted");
    };
    EXPECT_NE(message([](auto& o) { o.size_px = 0; }).find("size_px"), std::string::npos);
    EXPECT_NE(message([](auto& o) { o.iso = 0; }).find("iso"), std::string::npos);
    EXPECT_NE(message([](auto& o) { o.view_from_volume.rows[0].x = -1; }).find("rotation"),
              std::string::npos);
    EXPECT_NE(message([](auto& o) { o.cut = CutPlane{{0, 0, 0}, 0}; }).find("cut.normal"), std::string::npos);
    EXPECT_THROW(canonical_render({}), Error);
    EXPECT_THROW(look_along({0, 0, 1}, {0, 0, 2}), Error);
    EXPECT_THROW(render_anaglyph(ball.view(), {}, 90), Error);
}

}  // namespace
}  // namespace radforge::geometry
