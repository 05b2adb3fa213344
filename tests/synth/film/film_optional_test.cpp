// SPDX-License-Identifier: Apache-2.0
#include "synth/film/film_optional.h"

#include "render/path/half.h"
#include "synth/base/error.h"
#include "synth/shard/codec.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <map>

namespace radforge::film {
namespace {

FilmConfig full_config() {
    FilmConfig c;
    c.dataset.profile = "f32";
    c.camera.width_px = 320;
    c.camera.height_px = 300;
    c.film.sheet.texture_height_px = 1024;
    c.film.sheet.flat_height_px = 512;
    c.film.bm_height_px = 256;
    c.film.members = optional_members();
    c.group.views = 2;  // flow leads from one to the other
    c.phantom.volumes = 1;
    c.phantom.size_px = 96;
    c.phantom.slices = 14;
    c.render.spp = 4;
    return c;
}

struct Made {
    FilmRecipe recipe;
    FilmShot shot;
    std::map<std::string, Field> fields;
    std::vector<FieldSpec> specs;
};
const Made& made() {
    static const Made sample = [] {
        const FilmGenerator generator(full_config(), {});
        Made m;
        m.recipe = generator.draw({{1}, 4});
        m.shot = generator.realise(m.recipe);
        m.specs = generator.fields();
        for (Field& f : generator.encode(m.recipe, m.shot).fields) m.fields.emplace(f.name, f);
        return m;
    }();
    return sample;
}

NdArray array(const std::string& name) { return std::get<NdArray>(made().fields.at(name).value); }
Image picture(const std::string& name) { return std::get<Image>(made().fields.at(name).value); }
std::vector<float> floats(const std::string& name) {
    const NdArray a = array(name);
    std::vector<float> v(a.bytes.size() / 4);
    std::memcpy(v.data(), a.bytes.data(), a.bytes.size());
    return v;
}
std::vector<float> halves(const std::string& name) {
    const NdArray a = array(name);
    std::vector<uint16_t> bits(a.bytes.size() / 2);
    std::memcpy(bits.data(), a.bytes.data(), a.bytes.size());
    std::vector<float> v;
    for (const uint16_t b : bits) v.push_back(path::float_from_half(b));
    return v;
}
bool inside(int r, int c, int reach) {
    const Image& mask = made().shot.maps.mask;
    for (int i = r - reach; i <= r + reach; ++i)
        for (int j = c - reach; j <= c + reach; ++j)
            if (i < 0 || j < 0 || i >= mask.height_px || j >= mask.width_px || !mask.view<uint8_t>()(i, j))
                return false;
    return true;
}
constexpr size_t kPixels = 320 * 300;
size_t at(int channel, int r, int c) { return size_t(channel) * kPixels + size_t(r) * 320 + size_t(c); }

TEST(FilmSample, OptionalMembersAreAllThereAsSpecified) {
    ASSERT_EQ(made().fields.size(), made().specs.size());
    for (const FieldSpec& spec : made().specs) {
        const Field& field = made().fields.at(spec.name);
        EXPECT_EQ(field.extension, spec.extension);
        std::vector<int64_t> shape;
        if (const auto* a = std::get_if<NdArray>(&field.value)) {
            shape = a->shape;
            EXPECT_EQ(a->type, spec.type) << spec.name;
        } else if (const auto* i = std::get_if<Image>(&field.value)) {
            shape = {i->height_px, i->width_px, i->channels};
        } else {
            continue;
        }
        ASSERT_EQ(shape.size(), spec.shape.size());
        for (size_t k = 0; k < shape.size(); ++k)
            EXPECT_TRUE(spec.shape[k] == -1 || spec.shape[k] == shape[k]) << spec.name;
        EXPECT_GT(shard::encode(field).size(), 60u);
    }
}

TEST(FilmSample, LayersMakeTheRadianceOnTheFilm) {
    const std::vector<float> all = halves("radiance"), t = halves("transmitted"), r = halves("reflected"),
                             d = halves("diffuse");
    int checked = 0;
    for (int i = 0; i < 300; ++i)
        for (int j = 0; j < 320; ++j)
            for (int c = 0; c < 3; ++c) {
                const size_t k = at(c, i, j);
                const float sum = t[k] + r[k] + d[k];
                ASSERT_LE(sum, all[k] * 1.003f + 1e-5f);  // half rounds each part by 2^-11
                if (!inside(i, j, 2)) continue;           // the pixel filter reaches 1.5 px
                ASSERT_NEAR(sum, all[k], 2e-3f * all[k] + 1e-6f) << i << " " << j;
                ++checked;
            }
    EXPECT_GT(checked, 10000);
}

TEST(FilmSample, MetaTellsClosureOfTheLayersAndNoise) {
    const auto meta = nlohmann::json::parse(std::get<std::string>(made().fields.at("meta").value));
    EXPECT_LT(meta["layers"]["closure"].get<double>(), 1e-4);
    EXPECT_GT(meta["noise"]["relative_rms"].get<double>(), 1e-3);
    EXPECT_LT(meta["noise"]["relative_rms"].get<double>(), 10);
    EXPECT_GT(meta["scenario"]["largest_curvature_per_m"].get<double>(), 0);
    EXPECT_LT(meta["scenario"]["largest_curvature_per_m"].get<double>(), 300);
    EXPECT_EQ(meta["scenario"]["crossings"], 0);
}

TEST(FilmSample, JacobianIsTheChangeOfThePhotoPositionAlongTheBackwardMap) {
    const std::vector<float> jacobian = floats("jacobian");
    const Image& bm = made().shot.bm;
    const auto place = [&](int i, int j) {
        return Vec2d{(double(bm.view<float>()(i, j, 0)) + 1) * 160,
                     (double(bm.view<float>()(i, j, 1)) + 1) * 150};
    };
    const double mm_u = 1e3 * made().shot.sheet->width_m / bm.width_px,
                 mm_v = 1e3 * made().shot.sheet->height_m / bm.height_px;
    std::vector<double> errors;
    for (int i = 2; i + 2 < bm.height_px; i += 3)
        for (int j = 2; j + 2 < bm.width_px; j += 3) {
            const Vec2d p = place(i, j), u0 = place(i, j - 1), u1 = place(i, j + 1), v0 = place(i - 1, j),
                        v1 = place(i + 1, j);
            if (!std::isfinite(p.x + u0.x + u1.x + v0.x + v1.x)) continue;
            const int r = int(p.y), c = int(p.x);
            if (!inside(r, c, 1)) continue;
            const Vec2d du = (u1 - u0) * (0.5 / mm_u), dv = (v1 - v0) * (0.5 / mm_v);
            const double scale = length(du) + length(dv);
            errors.push_back(std::max({std::fabs(double(jacobian[at(0, r, c)]) - du.x),
                                       std::fabs(double(jacobian[at(1, r, c)]) - dv.x),
                                       std::fabs(double(jacobian[at(2, r, c)]) - du.y),
                                       std::fabs(double(jacobian[at(3, r, c)]) - dv.y)}) /
                             scale);
        }
    ASSERT_GT(errors.size(), 500u);
    std::sort(errors.begin(), errors.end());
    EXPECT_LT(errors[errors.size() / 2], 0.01);
    EXPECT_LT(errors[errors.size() * 95 / 100],
              0.06);  // facets of the mesh against differences over two texels
}

TEST(FilmSample, CheckerTwinShowsSquaresOfTenMillimetres) {
    const Image checker = picture("checker");
    const auto uv = made().shot.maps.uv.view<float>();
    const auto step = made().shot.maps.uv_step.view<float>();
    int checked = 0;
    for (int r = 0; r < 300; ++r)
        for (int c = 0; c < 320; ++c) {
            if (!inside(r, c, 0)) {
                ASSERT_EQ(checker.view<uint8_t>()(r, c, 1), 0);
                continue;
            }
            const double x = double(uv(r, c, 0)) * made().shot.sheet->width_m / 0.01,
                         y = double(uv(r, c, 1)) * made().shot.sheet->height_m / 0.01;
            // Pixels well within a square.
            const double reach_x = (std::fabs(step(r, c, 0)) + std::fabs(step(r, c, 2))) *
                                   made().shot.sheet->width_m / 0.01,
                         reach_y = (std::fabs(step(r, c, 1)) + std::fabs(step(r, c, 3))) *
                                   made().shot.sheet->height_m / 0.01;
            const auto clear = [](double v, double reach) {
                return std::fabs(v - std::floor(v) - 0.5) < 0.45 - reach;
            };
            if (!clear(x, reach_x) || !clear(y, reach_y)) continue;
            const bool dark = (int(x) + int(y)) % 2 == 0;
            ASSERT_NEAR(checker.view<uint8_t>()(r, c, 1), dark ? 63 : 231, 2) << x << " " << y;
            ++checked;
        }
    EXPECT_GT(checked, 500);
}

TEST(FilmSample, DistanceNormalAndDensityAgreeWithTheUsualMaps) {
    const std::vector<float> distance = floats("distance"), shading = floats("shading_normal"),
                             density = floats("density");
    const path::GroundTruth& maps = made().shot.maps;
    const auto wc = maps.wc_m.view<float>();
    const auto normal = maps.normal.view<float>();
    const auto uv = maps.uv.view<float>();
    const Image& flat = made().shot.sheet->flat;
    double worst_turn = 0, difference = 0;
    int count = 0;
    for (int r = 0; r < 300; ++r)
        for (int c = 0; c < 320; ++c) {
            if (!inside(r, c, 0)) {
                ASSERT_EQ(distance[at(0, r, c)], 0);
                continue;
            }
            const Vec3d p{wc(r, c, 0), wc(r, c, 1), wc(r, c, 2)};
            ASSERT_NEAR(distance[at(0, r, c)], length(p - made().shot.camera.pose.translation_m), 1e-5);
            double turn = 0, norm = 0;
            for (int k = 0; k < 3; ++k) {
                turn += double(shading[at(k, r, c)]) * double(normal(r, c, k));
                norm += double(shading[at(k, r, c)]) * double(shading[at(k, r, c)]);
            }
            ASSERT_NEAR(norm, 1, 1e-4);
            worst_turn = std::max(worst_turn, 1 - turn);
            const int i = std::min(int(uv(r, c, 1) * float(flat.height_px)), flat.height_px - 1),
                      j = std::min(int(uv(r, c, 0) * float(flat.width_px)), flat.width_px - 1);
            const float* rgb = nullptr;
            float linear[3];
            for (int k = 0; k < 3; ++k)
                linear[k] = linear_from_srgb(float(flat.view<uint8_t>()(i, j, k)) / 255);
            rgb = linear;
            difference += std::fabs(std::pow(10, -double(density[at(0, r, c)])) -
                                    double(luminance(rgb[0], rgb[1], rgb[2])));
            ++count;
        }
    EXPECT_LT(worst_turn, 0.1);  // the peel's slopes and smoothing turn it by less than 26 degrees
    EXPECT_GT(worst_turn, 1e-7);
    EXPECT_LT(difference / count, 0.02);  // point sample against flat texel
}

TEST(FilmSample, GridsLieOnTheSheetAndProjectToThePhoto) {
    const std::vector<float> grid2d = floats("grid2d"), grid3d = floats("grid3d");
    const path::GroundTruth& maps = made().shot.maps;
    constexpr size_t kNodes = 89 * 61;
    int seen = 0;
    for (int i = 1; i < 88; ++i)
        for (int j = 1; j < 60; ++j) {
            const size_t n = size_t(i) * 61 + size_t(j);
            const Vec3d local{grid3d[n], grid3d[kNodes + n], grid3d[2 * kNodes + n]};
            const Vec2d px = made().shot.camera.project(made().shot.camera.pose.to_world(local));
            ASSERT_NEAR(px.x, grid2d[n], 0.01);
            ASSERT_NEAR(px.y, grid2d[kNodes + n], 0.01);
            // Neighbouring nodes keep their distance on the film but for the chord of the bend.
            const Vec3d next{grid3d[n + 1], grid3d[kNodes + n + 1], grid3d[2 * kNodes + n + 1]};
            ASSERT_NEAR(length(next - local) / (made().shot.sheet->width_m / 60), 1, 0.03);
            const int r = int(px.y), c = int(px.x);
            if (!inside(r, c, 1)) continue;
            const auto uv = maps.uv.view<float>();
            if (std::hypot(double(uv(r, c, 0)) - j / 60.0, double(uv(r, c, 1)) - i / 88.0) < 0.02) ++seen;
        }
    EXPECT_GT(seen, 1000);
}

TEST(FilmSample, StateAndSlicesAgreeWithMapsAndQuads) {
    const Image state = picture("state"), slices = picture("slices");
    const auto bm = made().shot.bm.view<float>();
    for (int i = 0; i < state.height_px; ++i)
        for (int j = 0; j < state.width_px; ++j) {
            const uint8_t s = state.view<uint8_t>()(i, j);
            ASSERT_EQ(s == 1 || s == 3, std::isfinite(bm(i, j, 0))) << i << " " << j;
        }
    EXPECT_EQ(state.view<uint8_t>()(0, 0), 0) << "the rounded corner is no film";
    const auto meta = nlohmann::json::parse(std::get<std::string>(made().fields.at("meta").value));
    ASSERT_GE(meta["film"]["panels"].size(), 2u);
    int index = 0, checked = 0;
    for (const auto& panel : meta["film"]["panels"]) {
        ++index;
        double x = 0, y = 0;
        for (const auto& corner : panel["photo_quad_px"])
            x += corner[0].get<double>() / 4, y += corner[1].get<double>() / 4;
        if (panel["visible_share"] < 1 || !inside(int(y), int(x), 0)) continue;
        EXPECT_EQ(slices.view<uint8_t>()(int(y), int(x)), index);
        ++checked;
    }
    EXPECT_GT(checked, 0);
    ASSERT_GT(meta["film"]["text"].size(), 4u);
    EXPECT_EQ(meta["film"]["text_left_out"], 0);
    for (const auto& line : meta["film"]["text"]) {
        EXPECT_FALSE(line[0].get<std::string>().empty());
        EXPECT_LT(line[1].get<double>(), line[3].get<double>());
        EXPECT_LE(line[4].get<double>(), made().shot.sheet->flat.height_px);
    }
}

TEST(FilmSample, CleanTwinIsThePhotoWithoutItsNoise) {
    optics::SensorRecipe silent = made().recipe.sensor;
    silent.noise = silent.mosaic = false;
    silent.denoise_px = 0;
    Rng rng(made().recipe.key, Stream::Noise);
    EXPECT_EQ(picture("clean").bytes, optics::expose(made().shot.rendered.radiance, silent, rng).bytes);
    EXPECT_NE(picture("clean").bytes, made().shot.photo.bytes);
}

TEST(FilmSample, ShadingKnowsNothingOfThePrint) {
    FilmConfig c = full_config();
    c.group = {};
    c.film.members = {"shading"};
    c.camera.width_px = c.camera.height_px = 96;
    c.physics.scenario = Weights{{{"flat_curl", 1}}};
    c.physics.long_side_nodes = 33;
    c.render.spp = 2;
    const FilmGenerator generator(c, {});
    FilmRecipe recipe = generator.draw({{1}, 4});
    FilmGroup group;
    const FilmShot a = generator.realise(recipe, nullptr, &group);
    recipe.sheet.window_center_hu += 500;
    recipe.optics.haze = 0.1;
    group.prints.reset();
    const FilmShot b = generator.realise(recipe, nullptr, &group);
    EXPECT_EQ(a.shading.bytes, b.shading.bytes);
    EXPECT_NE(a.rendered.radiance.bytes, b.rendered.radiance.bytes);
    double paper = 0;
    for (size_t k = 0; k < a.shading.value_count(); ++k)
        if (a.maps.mask.values<uint8_t>()[k / 3]) paper += double(a.shading.values<float>()[k]);
    EXPECT_GT(paper, 0);
}

TEST(FilmGenerator, UnknownMembersAreNamed) {
    FilmConfig config = full_config();
    config.film.members = {"side", "radience"};
    try {
        const FilmGenerator generator(config, {});
        FAIL();
    } catch (const Error& e) {
        EXPECT_NE(std::string(e.what()).find("radience"), std::string::npos) << e.what();
        EXPECT_NE(std::string(e.what()).find("film.members"), std::string::npos);
    }
    config.film.members = {"side", "side"};
    EXPECT_THROW(FilmGenerator(config, {}), Error);
}

}  // namespace
}  // namespace radforge::film
