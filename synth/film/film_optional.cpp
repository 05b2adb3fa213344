// SPDX-License-Identifier: Apache-2.0
#include "synth/film/film_optional.h"

#include "render/path/half.h"
#include "render/picture/resize.h"
#include "synth/base/error.h"
#include "synth/film/film_fields.h"
#include "synth/film/sheet_shape.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <set>

namespace radforge::film {
namespace {

using shard::NumericField;

/// The regular grid of UVDoc: nodes from edge to edge of the film.
constexpr int kGridRows = 89, kGridColumns = 61;
/// Largest density and the finest detail that the fields have to hold.
constexpr double kMaxDensity = 5, kMaxCurvature_per_m = 4000, kMaxJacobian_px_per_mm = 1e4, kMaxFlow_px = 1e5;
constexpr double kMaxRadiance = double(path::kMaxHalf);

struct Inputs {
    const FilmConfig& config;
    const FilmRecipe& recipe;
    const FilmShot& shot;
};

/// One optional member: how it is stored and where it comes from.
struct Member {
    const char* name;
    std::function<FieldSpec(const FilmConfig&)> spec;
    std::function<Field(const Inputs&)> value;
};

FieldSpec map_picture(const FilmConfig& c, const char* name, int channels = 1) {
    return picture_spec(name, "png", c.camera.height_px, c.camera.width_px, channels);
}

FieldSpec half_spec(const FilmConfig& c, const char* name) {
    FieldSpec spec;
    spec.name = name;
    spec.extension = shard::parse_profile(c.dataset.profile) == shard::Profile::Gz ? "npy.gz" : "npy";
    spec.type = PixelType::F16;
    spec.shape = {3, c.camera.height_px, c.camera.width_px};
    spec.unit = "relative W/(m^2 sr)";
    spec.range = "[0, 65504]";
    return spec;
}

Field half(const Inputs& in, const char* name, const Image& image) {
    const FieldSpec spec = half_spec(in.config, name);
    NdArray array;
    array.type = PixelType::F16;
    array.shape = spec.shape;
    std::vector<uint16_t> values;
    for (const float v : planar<float>(image)) {
        if (!(v >= 0 && double(v) <= kMaxRadiance))
            throw Error(ErrorKind::BadData, "radiance does not fit half precision")
                .where(name)
                .got(std::to_string(v))
                .expected(spec.range)
                .hint("lower the environment's scale, or leave the member out");
        values.push_back(path::half_from_float(v));
    }
    array.bytes.resize(values.size() * 2);
    std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
    return {name, spec.extension, std::move(array)};
}

Member half_member(const char* name, Image path::RenderOutput::*image) {
    return {name, [=](const FilmConfig& c) { return half_spec(c, name); },
            [=](const Inputs& in) { return half(in, name, in.shot.rendered.*image); }};
}

Member numeric_member(const std::function<NumericField(const FilmConfig&)>& field,
                      const std::function<Image(const Inputs&)>& image, const char* name) {
    return {name,
            [=](const FilmConfig& c) {
                return shard::spec_of(field(c), shard::parse_profile(c.dataset.profile));
            },
            [=](const Inputs& in) { return stored(field(in.config), in.config, image(in)); }};
}

Member photo_map(const char* name, int channels, const char* unit, Range<double> range, bool always_float,
                 const std::function<Image(const Inputs&)>& image) {
    return numeric_member(
        [=](const FilmConfig& c) {
            NumericField field;
            field.name = name;
            field.shape = {channels, c.camera.height_px, c.camera.width_px};
            field.unit = unit;
            field.range = range;
            field.always_float = always_float;
            return field;
        },
        image, name);
}

/// A map made pixel by pixel from the texture coordinates; 0 outside the film.
Image from_uv(const Inputs& in, int channels, const std::function<void(int, int, Vec2d, float*)>& pixel) {
    const path::GroundTruth& maps = in.shot.maps;
    Image image(maps.mask.height_px, maps.mask.width_px, channels, PixelType::F32, ColorSpace::Data);
    const auto mask = maps.mask.view<uint8_t>();
    const auto uv = maps.uv.view<float>();
    for (int r = 0; r < image.height_px; ++r)
        for (int c = 0; c < image.width_px; ++c)
            if (mask(r, c))
                pixel(r, c, {double(uv(r, c, 0)), double(uv(r, c, 1))}, image.view<float>().pixel(r, c));
    return image;
}

/// Index of the panel under the pixel centre, plus 1.
Image slice_map(const Inputs& in) {
    const Image& panels = in.shot.sheet->panels;
    const auto from = panels.view<uint8_t>();
    const Image found = from_uv(in, 1, [&](int, int, Vec2d uv, float* out) {
        out[0] = float(from(std::clamp(int(uv.y * panels.height_px), 0, panels.height_px - 1),
                            std::clamp(int(uv.x * panels.width_px), 0, panels.width_px - 1)));
    });
    Image image(found.height_px, found.width_px, 1, PixelType::U8, ColorSpace::Data);
    for (size_t k = 0; k < image.value_count(); ++k)
        image.values<uint8_t>()[k] = uint8_t(found.values<float>()[k]);
    return image;
}

/// Optical density at the pixel centre, unfiltered, by bilinear interpolation of transmittance.
Image density_map(const Inputs& in) {
    const Image& texture = in.shot.sheet->transmittance;
    const auto t = texture.view<float>();
    return from_uv(in, 1, [&](int, int, Vec2d uv, float* out) {
        const double x = uv.x * texture.width_px - 0.5, y = uv.y * texture.height_px - 0.5;
        const int c = int(std::floor(x)), r = int(std::floor(y));
        double y_sum = 0;
        for (int i = 0; i < 2; ++i)
            for (int j = 0; j < 2; ++j) {
                const float* p = t.pixel(std::clamp(r + i, 0, texture.height_px - 1),
                                         std::clamp(c + j, 0, texture.width_px - 1));
                y_sum += (i ? y - r : 1 - (y - r)) * (j ? x - c : 1 - (x - c)) *
                         double(luminance(p[0], p[1], p[2]));
            }
        out[0] = float(-std::log10(std::max(y_sum, 1e-5)));
    });
}

Image curvature_map(const Inputs& in) {
    const physics::SettledSheet& sheet = in.shot.settled;
    const Image nodes = principal_curvatures(sheet.mesh, sheet.columns, sheet.rows);
    return from_uv(in, 2, [&](int, int, Vec2d uv, float* out) { at_uv(nodes, uv, out); });
}

/// Change of the photo position with the place on the film: dx/du, dx/dv, dy/du, dy/dv in pixels per mm, the
/// inverse of uv's change per pixel.
Image jacobian_map(const Inputs& in) {
    const auto step = in.shot.maps.uv_step.view<float>();
    const double width_mm = 1e3 * in.shot.sheet->width_m, height_mm = 1e3 * in.shot.sheet->height_m;
    return from_uv(in, 4, [&](int r, int c, Vec2d, float* out) {
        const float* s = step.pixel(r, c);
        const double ux = double(s[0]) * width_mm, vx = double(s[1]) * height_mm,
                     uy = double(s[2]) * width_mm, vy = double(s[3]) * height_mm, det = ux * vy - uy * vx;
        out[0] = float(vy / det);
        out[1] = float(-uy / det);
        out[2] = float(-vx / det);
        out[3] = float(ux / det);
    });
}

Image sheet_grid(const Inputs& in, int channels, const std::function<Vec3d(const SeenPlace&)>& place) {
    Image image(kGridRows, kGridColumns, channels, PixelType::F32, ColorSpace::Data);
    for (int i = 0; i < kGridRows; ++i)
        for (int j = 0; j < kGridColumns; ++j) {
            const Vec3d p = place(see(in.shot, {j / (kGridColumns - 1.0), i / (kGridRows - 1.0)}));
            for (int c = 0; c < channels; ++c) image.view<float>()(i, j, c) = float(p[c]);
        }
    return image;
}

Member sheet_grid_member(const char* name, int channels, const char* unit,
                         const std::function<Image(const Inputs&)>& image) {
    return numeric_member(
        [=](const FilmConfig&) {
            NumericField field;
            field.name = name;
            field.shape = {channels, kGridRows, kGridColumns};
            field.unit = unit;
            field.range = {-1e6, 1e6};
            field.always_float = field.nan_is_invalid = true;
            return field;
        },
        image, name);
}

/// In the order of sample-format.md.
const std::vector<Member>& members() {
    using Output = path::RenderOutput;
    static const std::vector<Member> all = {
        half_member("radiance", &Output::radiance),
        photo_map("variance", 3, "(relative W/(m^2 sr))^2", {0, 1e30}, true,
                  [](const Inputs& in) { return in.shot.rendered.variance; }),
        half_member("transmitted", &Output::transmitted),
        half_member("reflected", &Output::reflected),
        half_member("diffuse", &Output::diffuse),
        {"shading", [](const FilmConfig& c) { return half_spec(c, "shading"); },
         [](const Inputs& in) { return half(in, "shading", in.shot.shading); }},
        {"clean", [](const FilmConfig& c) { return map_picture(c, "clean", 3); },
         [](const Inputs& in) {
             return Field{"clean", "png", optics::expose_clean(in.shot.rendered.radiance, in.recipe.sensor)};
         }},
        {"checker", [](const FilmConfig& c) { return map_picture(c, "checker", 3); },
         [](const Inputs& in) {
             return Field{"checker", "png", picture::srgb_u8_from_linear(in.shot.maps.twin)};
         }},
        {"coverage", [](const FilmConfig& c) { return map_picture(c, "coverage"); },
         [](const Inputs& in) {
             return Field{"coverage", "png", in.shot.maps.coverage};
         }},
        {"slices", [](const FilmConfig& c) { return map_picture(c, "slices"); },
         [](const Inputs& in) {
             return Field{"slices", "png", slice_map(in)};
         }},
        {"state",
         [](const FilmConfig& c) { return picture_spec("state", "png", c.film.bm_height_px, -1, 1); },
         [](const Inputs& in) {
             return Field{"state", "png", in.shot.texel_state};
         }},
        {"side", [](const FilmConfig& c) { return map_picture(c, "side"); },
         [](const Inputs& in) {
             return Field{"side", "png", in.shot.maps.side};
         }},
        photo_map("density", 1, "1", {0, kMaxDensity}, false, density_map),
        photo_map("distance", 1, "m", {0, kFarthest_m}, true,
                  [](const Inputs& in) { return in.shot.maps.distance_m; }),
        photo_map("shading_normal", 3, "1", {-1.00001, 1.00001}, false,
                  [](const Inputs& in) { return in.shot.maps.shading_normal; }),
        sheet_grid_member("grid2d", 2, "px",
                          [](const Inputs& in) {
                              return sheet_grid(in, 2, [](const SeenPlace& p) {
                                  return Vec3d{p.px.x, p.px.y, 0};
                              });
                          }),
        sheet_grid_member("grid3d", 3, "m",
                          [](const Inputs& in) {
                              return sheet_grid(in, 3, [&](const SeenPlace& p) {
                                  return in.shot.camera.pose.to_local(p.world_m);
                              });
                          }),
        photo_map("curvature", 2, "1/m", {-kMaxCurvature_per_m, kMaxCurvature_per_m}, true, curvature_map),
        photo_map("jacobian", 4, "px/mm", {-kMaxJacobian_px_per_mm, kMaxJacobian_px_per_mm}, true,
                  jacobian_map),
        numeric_member(
            [](const FilmConfig& c) {
                NumericField field;
                field.name = "flow";
                field.shape = {2, c.camera.height_px, c.camera.width_px};
                field.unit = "px";
                field.range = {-kMaxFlow_px, kMaxFlow_px};
                field.always_float = field.nan_is_invalid = true;
                return field;
            },
            [](const Inputs& in) { return in.shot.flow; }, "flow"),
    };
    return all;
}

bool wanted(const FilmConfig& config, const char* name) {
    const std::vector<std::string>& list = config.film.members;
    return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

std::vector<std::string> optional_members() {
    std::vector<std::string> names;
    for (const Member& m : members()) names.emplace_back(m.name);
    return names;
}

OptionalNeeds optional_needs(const FilmConfig& config) {
    const std::vector<std::string> known = optional_members();
    std::set<std::string> seen;
    for (const std::string& name : config.film.members) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            std::string list;
            for (const std::string& k : known) list += (list.empty() ? "" : ", ") + k;
            throw Error(ErrorKind::Usage, "unknown member").where("film.members").got(name).expected(list);
        }
        if (!seen.insert(name).second)
            throw Error(ErrorKind::Usage, "member named twice").where("film.members").got(name);
    }
    OptionalNeeds needs;
    needs.layers = wanted(config, "transmitted") || wanted(config, "reflected") || wanted(config, "diffuse");
    needs.variance = wanted(config, "variance");
    needs.surface =
        wanted(config, "distance") || wanted(config, "shading_normal") || wanted(config, "jacobian");
    needs.checker = wanted(config, "checker");
    needs.shading = wanted(config, "shading");
    needs.flow = wanted(config, "flow");
    needs.coverage = wanted(config, "coverage");
    if (needs.flow && config.group.photos() == 1)
        throw Error(ErrorKind::Usage, "flow leads from photo to photo of one film")
            .where("film.members")
            .got("flow, with one photo of each film")
            .hint("set group.views, group.lights or group.burst above 1");
    return needs;
}

std::vector<FieldSpec> optional_fields(const FilmConfig& config) {
    std::vector<FieldSpec> specs;
    for (const Member& m : members())
        if (wanted(config, m.name)) specs.push_back(m.spec(config));
    return specs;
}

std::vector<Field> optional_values(const FilmConfig& config, const FilmRecipe& recipe, const FilmShot& shot) {
    const Inputs in{config, recipe, shot};
    std::vector<Field> fields;
    for (const Member& m : members())
        if (wanted(config, m.name)) fields.push_back(m.value(in));
    return fields;
}

Image checkerboard(double width_m, double height_m) {
    constexpr double kSquare_m = 0.01;
    constexpr int kTexelsPerSquare = 32;
    const int h = std::max(2, int(std::lround(height_m / kSquare_m * kTexelsPerSquare))),
              w = std::max(2, int(std::lround(width_m / kSquare_m * kTexelsPerSquare)));
    Image image(h, w, 3, PixelType::F32, ColorSpace::Linear);
    for (int r = 0; r < h; ++r)
        for (int c = 0; c < w; ++c) {
            const int square =
                int((r + 0.5) / h * height_m / kSquare_m) + int((c + 0.5) / w * width_m / kSquare_m);
            for (int k = 0; k < 3; ++k) image.view<float>()(r, c, k) = square % 2 == 0 ? 0.05f : 0.8f;
        }
    return image;
}

}  // namespace radforge::film
