// SPDX-License-Identifier: Apache-2.0
#include "models/data/augment.h"

#include "synth/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace radforge::loader {
namespace {

constexpr int kHeight = 150, kWidth = 190, kTexels = 90;

/// A film seen under a projective map: everything about it is known in closed form.
struct Scene {
    /// Photo position in pixels -> texture; the film is where both are in [0,1].
    static void texture(double x, double y, double& u, double& v) {
        const double p = x / kWidth, q = y / kHeight, w = 1 + 0.2 * p - 0.1 * q;
        u = (1.45 * p - 0.2 * q - 0.13) / w;
        v = (0.1 * p + 1.4 * q - 0.25) / w;
    }
    static double colour(double u, double v, int k) {
        return 0.5 + 0.3 * std::sin(5 * u + k) * std::cos(4 * v - 0.5 * k);
    }
    /// Solves texture() for the photo position by Newton's method.
    static void position(double u, double v, double& x, double& y) {
        x = kWidth / 2.0, y = kHeight / 2.0;
        for (int i = 0; i < 30; ++i) {
            double u0 = 0, v0 = 0, ux = 0, vx = 0, uy = 0, vy = 0;
            texture(x, y, u0, v0);
            texture(x + 1e-4, y, ux, vx);
            texture(x, y + 1e-4, uy, vy);
            const double a = (ux - u0) * 1e4, b = (uy - u0) * 1e4, c = (vx - v0) * 1e4, d = (vy - v0) * 1e4;
            const double det = a * d - b * c;
            x += (d * (u - u0) - b * (v - v0)) / det;
            y += (a * (v - v0) - c * (u - u0)) / det;
        }
    }

    std::vector<FieldBlock> fields;
    Scene() {
        const Shape one{1, kHeight, kWidth}, two{2, kHeight, kWidth}, three{3, kHeight, kWidth};
        fields = {{"photo", three, {}, {}},  {"mask", one, {}, {}},
                  {"uv", two, {}, {}},       {"wc", three, {}, {}},
                  {"depth", one, {}, {}},    {"normal", three, {}, {}},
                  {"albedo", three, {}, {}}, {"bm", {2, kTexels, kTexels}, {}, {}}};
        for (FieldBlock& f : fields) f.values.assign(f.shape.values(), 0.0f);
        const size_t plane = size_t(kHeight) * kWidth;
        for (size_t i = 0; i < plane; ++i) {
            double u = 0, v = 0;
            texture(double(i % kWidth) + 0.5, double(i / kWidth) + 0.5, u, v);
            const bool film = u >= 0 && u <= 1 && v >= 0 && v <= 1;
            for (size_t k = 0; k < 3; ++k) {
                fields[0].values[k * plane + i] = float(colour(u, v, int(k)));
                if (!film) continue;
                fields[3].values[k * plane + i] = float(k == 0 ? u : k == 1 ? v : 0.1 * u * v);
                fields[5].values[k * plane + i] = k == 2 ? -1.0f : 0.0f;
                fields[6].values[k * plane + i] = float(colour(u, v, int(k)));
            }
            if (!film) continue;
            fields[1].values[i] = 1;
            fields[2].values[i] = float(u);
            fields[2].values[plane + i] = float(v);
            fields[4].values[i] = float(1 + 0.1 * u);
        }
        for (size_t t = 0; t < size_t(kTexels) * kTexels; ++t) {
            double x = 0, y = 0;
            position((double(t % kTexels) + 0.5) / kTexels, (double(t / kTexels) + 0.5) / kTexels, x, y);
            fields[7].values[t] = float(2 * x / kWidth - 1);
            fields[7].values[size_t(kTexels) * kTexels + t] = float(2 * y / kHeight - 1);
        }
    }
};

struct Result {
    std::vector<std::vector<float>> maps;
    const std::vector<float>& operator[](size_t i) const { return maps[i]; }
};
enum { kPhotoOut, kWcOut, kDepthOut, kNormalOut, kBgOut, kUvOut, kDfOut, kAlbedoOut, kBmOut };

Result transformed(const FilmTransform& transform, const Scene& scene, uint64_t key) {
    std::vector<std::pair<std::string, Shape>> in;
    for (const FieldBlock& f : scene.fields) in.emplace_back(f.name, f.shape);
    Result result;
    std::vector<float*> out;
    for (const auto& [name, shape] : transform.outputs(in)) result.maps.emplace_back(shape.values(), -99.0f);
    for (auto& map : result.maps) out.push_back(map.data());
    Rng rng({{key}, 1}, Stream::Augment);
    transform.apply(scene.fields, rng, out);
    return result;
}

constexpr FilmRanges kRanges{{0, 0, 0, 1}, {1, 1, 0.1, 1.1}};

/// Light, background and compression as they are, crops at random.
AugmentConfig only_crops(int side) {
    AugmentConfig config;
    config.size_px = side;
    config.background_texture = config.background_flat = 0;
    config.contrast = 1.0;
    config.brightness = 0.0;
    config.noise = 0.0;
    config.jpeg_quality = 0;
    return config;
}

double linear(const std::vector<float>& map, size_t k, int side, double x, double y) {
    const int x0 = std::clamp(int(std::floor(x - 0.5)), 0, side - 2),
              y0 = std::clamp(int(std::floor(y - 0.5)), 0, side - 2);
    const double fx = x - 0.5 - x0, fy = y - 0.5 - y0;
    const auto at = [&](int j, int i) {
        return double(map[(k * size_t(side) + size_t(j)) * size_t(side) + size_t(i)]);
    };
    return (at(y0, x0) * (1 - fx) + at(y0, x0 + 1) * fx) * (1 - fy) +
           (at(y0 + 1, x0) * (1 - fx) + at(y0 + 1, x0 + 1) * fx) * fy;
}

class FilmTransformTest : public testing::TestWithParam<int> {};

TEST_P(FilmTransformTest, PhotoLooksUpTheTextureWhereItsUvMapSays) {
    const int side = GetParam();
    const size_t plane = size_t(side) * size_t(side);
    const Scene scene;
    const FilmTransform transform(only_crops(side), kRanges, FilmTransform::Mode::Train);
    for (uint64_t key = 0; key < 4; ++key) {
        const Result r = transformed(transform, scene, key);
        double worst = 0, sum = 0;
        size_t film = 0;
        for (size_t i = 0; i < plane; ++i) {
            if (r[kBgOut][i] < 0) continue;
            ++film;
            const double u = (double(r[kUvOut][i]) + 1) / 2, v = (double(r[kUvOut][plane + i]) + 1) / 2;
            for (size_t k = 0; k < 3; ++k) {
                const double error =
                    std::fabs((double(r[kPhotoOut][k * plane + i]) + 1) / 2 - Scene::colour(u, v, int(k)));
                worst = std::max(worst, error);
                sum += error / 3;
            }
        }
        ASSERT_GT(film, plane / 3);
        // Half a photo pixel at the rim is 0.006 in u, so 0.01 in colour; inside, an eight-bit step and
        // JPEG's rounding.
        EXPECT_LT(worst, 0.02);
        EXPECT_LT(sum / double(film), 0.003);
    }
}

TEST_P(FilmTransformTest, BackwardMapFindsTheTextureInTheCrop) {
    const int side = GetParam();
    const Scene scene;
    const FilmTransform transform(only_crops(side), kRanges, FilmTransform::Mode::Train);
    for (uint64_t key = 0; key < 4; ++key) {
        const Result r = transformed(transform, scene, key);
        const size_t plane = size_t(side) * size_t(side);
        double worst = 0;
        for (int row = 2; row < side - 2; ++row)
            for (int column = 2; column < side - 2; ++column) {
                const size_t t = size_t(row) * size_t(side) + size_t(column);
                const double x = (double(r[kBmOut][t]) + 1) / 2 * side,
                             y = (double(r[kBmOut][plane + t]) + 1) / 2 * side;
                const double u = (column + 0.5) / side, v = (row + 0.5) / side;
                ASSERT_TRUE(x > 0 && x < side && y > 0 && y < side);
                for (size_t k = 0; k < 3; ++k)
                    worst = std::max(worst, std::fabs((linear(r[kPhotoOut], k, side, x, y) + 1) / 2 -
                                                      Scene::colour(u, v, int(k))));
            }
        EXPECT_LT(worst, 0.003);  // half a pixel would be 0.006
    }
}

TEST_P(FilmTransformTest, UvAndBackwardMapAreInversesAndDfLeadsToUv) {
    const int side = GetParam();
    const size_t plane = size_t(side) * size_t(side);
    const Scene scene;
    const Result r =
        transformed(FilmTransform(only_crops(side), kRanges, FilmTransform::Mode::Train), scene, 3);
    double worst = 0;
    for (int row = 0; row < side; ++row)
        for (int column = 0; column < side; ++column) {
            const size_t i = size_t(row) * size_t(side) + size_t(column);
            if (r[kBgOut][i] < 0) {
                EXPECT_EQ(r[kUvOut][i], 0);
                EXPECT_EQ(r[kDfOut][plane + i], 0);
                EXPECT_EQ(r[kWcOut][i], 0);
                continue;
            }
            const double centre[2] = {(2.0 * column + 1) / side - 1, (2.0 * row + 1) / side - 1};
            for (size_t k = 0; k < 2; ++k)
                EXPECT_NEAR(centre[k] + 2 * double(r[kDfOut][k * plane + i]),
                            double(r[kUvOut][k * plane + i]), 1e-6);
            EXPECT_NEAR(r[kWcOut][i], r[kUvOut][i], 1e-5);  // wc's x is u by construction
            EXPECT_NEAR(r[kDepthOut][i], r[kUvOut][i], 1e-4);
            const double u = (double(r[kUvOut][i]) + 1) / 2 * side,
                         v = (double(r[kUvOut][plane + i]) + 1) / 2 * side;
            const double rim = 0.03 * side;  // there the nearest sample stands in
            if (u < rim || v < rim || u > side - rim || v > side - rim) continue;
            for (size_t k = 0; k < 2; ++k)
                worst = std::max(worst, std::fabs(linear(r[kBmOut], k, side, u, v) - centre[k]) * side / 2);
        }
    EXPECT_LT(worst, 0.05);  // pixels of the crop
}

INSTANTIATE_TEST_SUITE_P(ShrinkingAndGrowing, FilmTransformTest, testing::Values(64, 96, 224));

TEST(FilmTransform, ValidationIsNotRandomAndKeepsTheWholePad) {
    const Scene scene;
    AugmentConfig config;
    config.size_px = 64;
    const FilmTransform transform(config, kRanges, FilmTransform::Mode::Validate);
    EXPECT_EQ(transformed(transform, scene, 1).maps[kPhotoOut],
              transformed(transform, scene, 2).maps[kPhotoOut]);
    const FilmTransform train(config, kRanges, FilmTransform::Mode::Train);
    EXPECT_NE(transformed(train, scene, 1).maps[kPhotoOut], transformed(train, scene, 2).maps[kPhotoOut]);
    EXPECT_EQ(transformed(train, scene, 1).maps[kPhotoOut], transformed(train, scene, 1).maps[kPhotoOut]);
}

/// A camera that looks down by `pitch` from heading `heading`, 0.7 m from the origin.
struct Camera {
    double rows[3][4];
    Camera(double heading, double pitch) {
        const double c = std::cos(heading), s = std::sin(heading), cp = std::cos(pitch), sp = std::sin(pitch);
        const double turn[3][3] = {{c, 0, s}, {-sp * s, -cp, sp * c}, {cp * s, -sp, -cp * c}};
        for (size_t r = 0; r < 3; ++r)
            for (size_t k = 0; k < 4; ++k) rows[r][k] = k < 3 ? turn[r][k] : r == 2 ? 0.7 : 0.0;
    }
    std::string meta() const {
        std::string text = "{\"camera\": {\"world_to_camera\": [";
        for (const auto& row : rows) {
            text += &row == rows ? "[" : ", [";
            for (size_t k = 0; k < 4; ++k) text += (k > 0 ? ", " : "") + std::to_string(row[k]);
            text += "]";
        }
        return text + "]}}";
    }
};

TEST(FilmTransform, CamerasAxesAreTheSameWhereverTheWorldHeads) {
    FilmRanges ranges{{-0.2, -0.5, -0.1, 0.0}, {0.3, 0.4, 0.1, 2.0}};
    ranges.axes = FilmRanges::Axes::Camera;  // all four scales are 0.5 then
    const FilmTransform transform(only_crops(64), ranges, FilmTransform::Mode::Validate);
    EXPECT_TRUE(transform.reads_meta());
    EXPECT_FALSE(FilmTransform(only_crops(64), kRanges, FilmTransform::Mode::Validate).reads_meta());
    const Scene plain;
    std::vector<Result> results;
    for (const double heading : {0.0, 2.3}) {
        // The world's coordinates of points that lie at (u, v, 0.1 u v) / 2 along x right, y up, z back.
        const Camera camera(heading, 1.2);
        Scene scene;
        const size_t plane = size_t(kHeight) * kWidth;
        for (size_t i = 0; i < plane; ++i) {
            if (scene.fields[1].values[i] == 0) continue;
            double seen[3];
            for (size_t k = 0; k < 3; ++k)
                seen[k] = double(plain.fields[3].values[k * plane + i]) * (k == 0 ? 0.5 : -0.5);
            for (size_t k = 0; k < 3; ++k)
                scene.fields[3].values[k * plane + i] = float(
                    camera.rows[0][k] * seen[0] + camera.rows[1][k] * seen[1] + camera.rows[2][k] * seen[2]);
        }
        std::vector<std::pair<std::string, Shape>> in;
        for (const FieldBlock& f : scene.fields) in.emplace_back(f.name, f.shape);
        Result result;
        std::vector<float*> out;
        for (const auto& [name, shape] : transform.outputs(in))
            result.maps.emplace_back(shape.values(), -9.0f);
        for (auto& map : result.maps) out.push_back(map.data());
        Rng rng({{1}, 1}, Stream::Augment);
        transform.apply_with_meta(scene.fields, camera.meta(), rng, out);
        results.push_back(result);
        EXPECT_THROW(transform.apply_with_meta(scene.fields, "{\"camera\": {}}", rng, out), Error);
        EXPECT_THROW(transform.apply(scene.fields, rng, out), Error);
    }
    const size_t plane = 64 * 64;
    size_t film = 0;
    for (size_t i = 0; i < plane; ++i) {
        const bool on = results[0][kBgOut][i] > 0;
        film += on;
        for (const Result& r : results) {
            for (size_t k = 0; k < 2; ++k)
                EXPECT_NEAR(r[kWcOut][k * plane + i], on ? (r[kUvOut][k * plane + i] + 1) / 2 : 0, 1e-5);
            const double u = (double(r[kUvOut][i]) + 1) / 2;
            EXPECT_NEAR(r[kDepthOut][i], on ? (0.3 + 0.1 * u) / 0.5 : 0, 1e-5);
        }
        EXPECT_NEAR(results[0][kWcOut][2 * plane + i], results[1][kWcOut][2 * plane + i], 1e-5);
    }
    EXPECT_GT(film, plane / 3);
}

TEST(FilmTransform, BackgroundChangesAndTheFilmDoesNot) {
    const Scene scene;
    AugmentConfig config = only_crops(64);
    config.recrop_px = 0;
    const Result plain = transformed(FilmTransform(config, kRanges, FilmTransform::Mode::Train), scene, 1);
    config.background_flat = 1;
    const Result flat = transformed(FilmTransform(config, kRanges, FilmTransform::Mode::Train), scene, 1);
    config.background_flat = 0, config.background_texture = 1;
    const Result textured = transformed(FilmTransform(config, kRanges, FilmTransform::Mode::Train), scene, 1);
    // Deep inside the film, more than a JPEG block from its rim.
    const size_t middle = 32 * 64 + 32, corner = 0;
    EXPECT_NEAR(flat[kPhotoOut][middle], plain[kPhotoOut][middle], 0.02);
    EXPECT_NEAR(textured[kPhotoOut][middle], plain[kPhotoOut][middle], 0.02);
    EXPECT_LT(plain[kBgOut][corner], 0);
    EXPECT_GT(std::fabs(flat[kPhotoOut][corner] - plain[kPhotoOut][corner]), 0.02);
    for (const size_t plane : {1, 2})  // it has a colour
        EXPECT_GT(std::fabs(flat[kPhotoOut][corner] - flat[kPhotoOut][plane * 64 * 64 + corner]), 0.02);
    EXPECT_NEAR(flat[kPhotoOut][corner], flat[kPhotoOut][63], 0.02);
    EXPECT_GT(std::fabs(textured[kPhotoOut][corner] - textured[kPhotoOut][63]), 0.005);
}

TEST(FilmTransform, ContrastIsAboutMidGreyAndNoiseHasItsDeviation) {
    const Scene scene;
    AugmentConfig config = only_crops(64);
    config.recrop_px = 0;
    const auto photo = [&] {
        return transformed(FilmTransform(config, kRanges, FilmTransform::Mode::Train), scene, 1)[kPhotoOut];
    };
    const std::vector<float> plain = photo();
    config.contrast = 1.2;
    config.brightness = -0.1;
    const std::vector<float> darker = photo();
    for (size_t i = 0; i < plain.size(); ++i) {
        const double before = (double(plain[i]) + 1) / 2, after = (before - 0.5) * 1.2 + 0.5 - 0.1;
        ASSERT_NEAR(darker[i], 2 * std::clamp(after, 0.0, 1.0) - 1, 1e-5) << i;
    }
    config = only_crops(64);
    config.recrop_px = 0;
    config.noise = 0.02;
    const std::vector<float> noisy = photo();
    double sum = 0, squares = 0;
    for (size_t i = 0; i < plain.size(); ++i) {
        const double d = (double(noisy[i]) - double(plain[i])) / 2;
        sum += d, squares += d * d;
    }
    const auto n = double(plain.size());
    EXPECT_NEAR(sum / n, 0, 4 * 0.02 / std::sqrt(n));
    EXPECT_NEAR(std::sqrt(squares / n), 0.02, 0.001);
}

TEST(FilmTransform, PicturesWithoutFilmShowTheBackgroundAndNothingInAnyMap) {
    constexpr float kBackground = 0.3f;
    Scene scene;
    for (size_t i = 0; i < scene.fields[0].values.size(); ++i)
        if (scene.fields[1].values[i % scene.fields[1].values.size()] == 0)
            scene.fields[0].values[i] = kBackground;
    AugmentConfig config = only_crops(64);
    config.no_film = 1;
    const FilmTransform train(config, kRanges, FilmTransform::Mode::Train);
    const Result real = transformed(train, scene, 1);
    for (const size_t map : {kWcOut, kDepthOut, kNormalOut, kUvOut, kDfOut, kAlbedoOut})
        EXPECT_THAT(real[map], testing::Each(0.0f));
    EXPECT_THAT(real[kBgOut], testing::Each(-1.0f));
    EXPECT_THAT(real[kBmOut], testing::Each(testing::IsNan()));
    // The photo's own background, wherever it is cut out.
    EXPECT_THAT(real[kPhotoOut], testing::Each(testing::FloatNear(2 * kBackground - 1, 1e-5f)));
    config.background_flat = 1;
    const Result flat = transformed(FilmTransform(config, kRanges, FilmTransform::Mode::Train), scene, 1);
    EXPECT_THAT(flat[kPhotoOut],
                testing::Not(testing::Contains(testing::FloatNear(2 * kBackground - 1, 1e-5f))));
    EXPECT_EQ(flat[kPhotoOut][0], flat[kPhotoOut][32 * 64 + 32]);

    // As often as asked for, and never in validation.
    config.no_film = 0.25;
    int without = 0;
    for (uint64_t key = 0; key < 200; ++key)
        without += transformed(FilmTransform(config, kRanges, FilmTransform::Mode::Train), scene,
                               key)[kBgOut][32 * 64 + 32] < 0;
    EXPECT_NEAR(without, 50, 25);
    config.no_film = 1;
    const Result kept = transformed(FilmTransform(config, kRanges, FilmTransform::Mode::Validate), scene, 1);
    EXPECT_GT(kept[kBgOut][32 * 64 + 32], 0);
}

TEST(FilmTransform, BesideTheFilmIsTheLargestSquareWithoutIt) {
    const Shape shape{1, 10, 20};
    std::vector<float> mask(200, 0.0f);
    for (int r = 2; r < 9; ++r)
        for (int c = 3; c < 12; ++c) mask[size_t(r * 20 + c)] = 1;
    // 8 columns are free at the right, 3 at the left, 2 rows above, 1 below.
    const auto first = crop_beside_film(mask, shape, 8, 0), last = crop_beside_film(mask, shape, 8, 1);
    ASSERT_TRUE(first && last);
    EXPECT_EQ((std::array{first->left_px, first->top_px, first->right_px, first->bottom_px}),
              (std::array{12.0, 0.0, 20.0, 8.0}));
    EXPECT_EQ((std::array{last->left_px, last->top_px, last->right_px, last->bottom_px}),
              (std::array{12.0, 2.0, 20.0, 10.0}));
    EXPECT_FALSE(crop_beside_film(mask, shape, 9, 0));
}

TEST(FilmTransform, FoldIsNotBlendedIntoUvThatIsNowhereOnTheFilm) {
    const Shape shape{1, 8, 8};
    std::vector<float> mask(64, 1), uv(128);
    for (size_t i = 0; i < 64; ++i) uv[i] = i % 8 < 4 ? 0.1f : 0.8f;
    const PointSampler points(mask, uv, shape, {0, 0, 8, 8}, 13, 13);
    std::vector<float> out(13 * 13);
    points.apply(uv.data(), out.data());
    for (const float u : out) EXPECT_NEAR(u, u < 0.45f ? 0.1f : 0.8f, 1e-6f);
}

TEST(FilmTransform, PhotoWithoutFilmIsSaidToBeOne) {
    const std::vector<float> mask(64, 0.0f);
    EXPECT_THROW(film_crop(mask, {1, 8, 8}, 2, {}), Error);
    AugmentConfig config;
    config.recrop_px = Dist<int>::uniform(0, 30);
    EXPECT_THROW(FilmTransform(config, kRanges, FilmTransform::Mode::Train), Error);
}

TEST(Resample, AreaMeansKeepTheMeanAndGrowingKeepsLines) {
    std::vector<float> in(60);
    for (size_t i = 0; i < 60; ++i) in[i] = float(i % 10);
    std::vector<float> out(3 * 4);
    resample_area(in, {1, 6, 10}, {0, 0, 10, 6}, 3, 4, out.data());
    EXPECT_NEAR(out[0], (0 * 1 + 1 * 1 + 2 * 0.5) / 2.5, 1e-6);
    EXPECT_NEAR((out[0] + out[1] + out[2] + out[3]) / 4, 4.5, 1e-5);
    std::vector<float> large(12 * 20);
    resample_area(in, {1, 6, 10}, {0, 0, 10, 6}, 12, 20, large.data());
    EXPECT_NEAR(large[20 * 5 + 7], 7.5 / 2 - 0.5, 1e-5);
    resample_area(in, {1, 6, 10}, {-2, 0, 0, 6}, 3, 4, out.data());
    EXPECT_EQ(out[0], 0);  // beyond the border: the border
}

}  // namespace
}  // namespace radforge::loader
