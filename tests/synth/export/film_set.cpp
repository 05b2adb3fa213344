// SPDX-License-Identifier: Apache-2.0
#include "tests/synth/export/film_set.h"

#include "synth/base/log.h"
#include "synth/shard/index.h"
#include "synth/shard/meta.h"
#include "synth/shard/quantise.h"
#include "synth/shard/shard_writer.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <limits>

namespace radforge::test {
namespace {

using Json = nlohmann::json;
using shard::NumericField;

NumericField field(const char* name, std::vector<int64_t> shape, Range<double> range, bool real,
                   bool nan = false) {
    NumericField f;
    f.name = name;
    f.shape = std::move(shape);
    f.unit = "1";
    f.range = range;
    f.always_float = real;
    f.nan_is_invalid = nan;
    return f;
}

constexpr int kGridRows = 89, kGridColumns = 61;

struct Fields {
    NumericField uv, wc, depth, normal, bm, grid2d, grid3d;
    explicit Fields(const BentFilm& f)
        : uv(field("uv", {2, f.height_px, f.width_px}, {0, 1}, false)),
          wc(field("wc", {3, f.height_px, f.width_px}, {-100, 100}, true)),
          depth(field("depth", {1, f.height_px, f.width_px}, {0, 100}, true)),
          normal(field("normal", {3, f.height_px, f.width_px}, {-1.00001, 1.00001}, true)),
          bm(field("bm", {2, f.bm_height_px, f.bm_width_px}, {-1, 1}, true, true)),
          grid2d(field("grid2d", {2, kGridRows, kGridColumns}, {-1e6, 1e6}, true, true)),
          grid3d(field("grid3d", {3, kGridRows, kGridColumns}, {-1e6, 1e6}, true, true)) {}
};

FieldSpec picture(const char* name, int h, int w, int channels) {
    FieldSpec spec;
    spec.name = name;
    spec.extension = "png";
    spec.shape = {h, w, channels};
    return spec;
}

BentFilm of_index(BentFilm film, uint64_t index) {
    film.bend_per_m += 0.2 * double(index);
    return film;
}

std::vector<float> planar(const Image& image) {
    const auto in = image.view<float>();
    std::vector<float> out;
    for (int k = 0; k < image.channels; ++k)
        for (int r = 0; r < image.height_px; ++r)
            for (int c = 0; c < image.width_px; ++c) out.push_back(in(r, c, k));
    return out;
}

Field stored(const NumericField& f, const Image& image) {
    return shard::store(f, shard::Profile::Raw, planar(image),
                        {image.channels, image.height_px, image.width_px});
}

Image blank(int h, int w, int channels, PixelType type) {
    return Image(h, w, channels, type, type == PixelType::U8 ? ColorSpace::Srgb : ColorSpace::Data);
}

void put(Image& image, int r, int c, Vec3d v) {
    for (int k = 0; k < image.channels; ++k) image.view<float>()(r, c, k) = float(v[k]);
}

std::string meta_of(const BentFilm& film, const DatasetPlan& plan, SampleKey key, const std::string& split) {
    const Pose camera = film.camera();
    const Mat3d r = camera.rotation.transposed();
    const Vec3d t = -(r * camera.translation_m);
    Json rows = Json::array();
    for (int i = 0; i < 3; ++i) rows.push_back({r.rows[i].x, r.rows[i].y, r.rows[i].z, t[i]});
    const double f = film.focal_widths * film.width_px;
    const Json more = {
        {"viewing", "desk"},
        {"scenario", {{"name", "cylinder"}}},
        {"camera",
         {{"K", {{f, 0.0, film.width_px / 2.0}, {0.0, f, film.height_px / 2.0}, {0.0, 0.0, 1.0}}},
          {"world_to_camera", rows},
          {"turn_rad_per_s", {film.turn_rad_per_s.x, film.turn_rad_per_s.y, film.turn_rad_per_s.z}},
          {"readout_s", film.readout_s}}},
        {"film",
         {{"size_m", {film.width_m, film.height_m}},
          {"panels", {{{"left_px", 8}, {"top_px", 10}, {"width_px", 30}, {"height_px", 40}}}},
          {"text", Json::array({Json::array({"CT", 9.3, 12.1, 17.8, 15.9})})}}}};
    return shard::make_meta({plan.kind, split, plan.name, key}, "{}", "{}", more.dump());
}

}  // namespace

Vec3d BentFilm::on_sheet(double u, double v) const {
    const double s = (u - 0.5) * width_m, y = (0.5 - v) * height_m;
    if (bend_per_m == 0) return {s, y, 0};
    const double angle = s * bend_per_m;
    return {std::sin(angle) / bend_per_m, y, (1 - std::cos(angle)) / bend_per_m};
}

Vec3d BentFilm::normal_at(double u) const {
    const double angle = (u - 0.5) * width_m * bend_per_m;
    return {-std::sin(angle), 0, std::cos(angle)};
}

Pose BentFilm::pose() const {
    return {rotation_about(normalized(Vec3d{0.3, 1, -0.2}), 0.7), {0.02, 0.11, -0.05}};
}

Pose BentFilm::camera() const {
    // Looks from (aside, 0, distance) at the film's centre; its x is the film's x but for the turns.
    const Vec3d eye{aside_m, 0, distance_m}, forward = normalized(-eye),
                                             down = rotation_about(forward, roll_rad) * Vec3d{0, -1, 0};
    const Vec3d right = normalized(cross(down, forward));
    const Mat3d columns = Mat3d{{right, cross(forward, right), forward}}.transposed();
    const Pose film = pose();
    return {film.rotation * columns, film.to_world(eye)};
}

Mat3d BentFilm::turned(int row) const {
    const double rad_per_s = length(turn_rad_per_s);
    if (rad_per_s == 0) return rotation_about({1, 0, 0}, 0);
    return rotation_about(turn_rad_per_s / rad_per_s,
                          rad_per_s * readout_s * ((row + 0.5) / height_px - 0.5));
}

Vec2d BentFilm::project(Vec3d world_m) const {
    const Vec3d p = camera().to_local(world_m);
    const double f = focal_widths * width_px;
    return {f * p.x / p.z + width_px / 2.0, f * p.y / p.z + height_px / 2.0};
}

bool BentFilm::hit(double x_px, double y_px, double& u, double& v) const {
    const double f = focal_widths * width_px;
    const Pose film = pose(), eye = camera();
    const Vec3d o = film.to_local(eye.translation_m),
                d = film.rotation.transposed() *
                    (eye.rotation * Vec3d{(x_px - width_px / 2.0) / f, (y_px - height_px / 2.0) / f, 1});
    // k (x^2 + z^2) = 2 z is the cylinder; the nearer root that lies on the sheet's half is the far one of
    // the ray.
    const double k = bend_per_m, a = k * (d.x * d.x + d.z * d.z), b = k * (o.x * d.x + o.z * d.z) - d.z,
                 c = k * (o.x * o.x + o.z * o.z) - 2 * o.z;
    double t = 0;
    if (a < 1e-12) {
        t = -c / (2 * b);
    } else {
        const double root = b * b - a * c;
        if (root < 0) return false;
        t = (-b + std::sqrt(root)) / a;
    }
    const Vec3d p = o + d * t;
    const double angle = k == 0 ? 0 : std::asin(std::min(1.0, std::max(-1.0, p.x * k)));
    u = (k == 0 ? p.x : angle / k) / width_m + 0.5;
    v = 0.5 - p.y / height_m;
    return u >= 0 && u <= 1 && v >= 0 && v <= 1 && k * p.z < 1;
}

Vec3d BentFilm::ink(double u, double v) {
    return {0.5 + 0.4 * std::sin(9 * u + 2 * v), 0.5 + 0.4 * std::cos(11 * v), 0.2 + 0.6 * u * v};
}

DatasetPlan film_plan(const BentFilm& film, const std::string& directory, uint64_t count) {
    const Fields fields(film);
    DatasetPlan plan;
    plan.directory = directory;
    plan.name = "bent";
    plan.kind = film.kind;
    plan.seed = {11};
    plan.count = count;
    plan.config_toml = "[dataset]\nname = \"bent\"\nseed = 11\n";
    plan.provenance_json = R"({"revision":"abc"})";
    plan.split_parts = {{"train", 0.7}, {"val", 0.3}};
    FieldSpec meta;
    meta.name = "meta";
    meta.extension = "json";
    const auto raw = shard::Profile::Raw;
    plan.fields = {picture("photo", film.height_px, film.width_px, 3),
                   picture("albedo", film.height_px, film.width_px, 3),
                   picture("mask", film.height_px, film.width_px, 1),
                   spec_of(fields.uv, raw),
                   spec_of(fields.wc, raw),
                   spec_of(fields.depth, raw),
                   spec_of(fields.normal, raw),
                   spec_of(fields.bm, raw),
                   picture("flat", film.flat_height_px, film.flat_width_px, 3)};
    if (film.optional_members) {
        plan.fields.push_back(picture("clean", film.height_px, film.width_px, 3));
        FieldSpec radiance;
        radiance.name = "radiance";
        radiance.extension = "npy";
        radiance.type = PixelType::F16;
        radiance.shape = {3, film.height_px, film.width_px};
        plan.fields.push_back(radiance);
    }
    if (film.grids) {
        plan.fields.push_back(spec_of(fields.grid2d, raw));
        plan.fields.push_back(spec_of(fields.grid3d, raw));
    }
    if (film.white_sheet) {
        FieldSpec shading;
        shading.name = "shading";
        shading.extension = "npy";
        shading.type = PixelType::F16;
        shading.shape = {3, film.height_px, film.width_px};
        plan.fields.push_back(shading);
    }
    plan.fields.push_back(meta);
    return plan;
}

Sample film_member_set(const BentFilm& shape, const DatasetPlan& plan, uint64_t index,
                       const std::string& split) {
    const BentFilm film = of_index(shape, index);
    const int h = film.height_px, w = film.width_px;
    Image photo = blank(h, w, 3, PixelType::U8), albedo = photo,
          mask(h, w, 1, PixelType::U8, ColorSpace::Data);
    Image uv = blank(h, w, 2, PixelType::F32), wc = blank(h, w, 3, PixelType::F32), normal = wc,
          depth = blank(h, w, 1, PixelType::F32);
    const Pose pose = film.pose(), camera = film.camera();
    for (int r = 0; r < h; ++r)
        for (int c = 0; c < w; ++c) {
            for (int k = 0; k < 3; ++k) photo.view<uint8_t>()(r, c, k) = uint8_t(40 + 20 * k);
            double u = 0, v = 0;
            if (!film.hit(c + 0.5, r + 0.5, u, v)) continue;
            const Vec3d world = pose.to_world(film.on_sheet(u, v)), ink = BentFilm::ink(u, v);
            mask.view<uint8_t>()(r, c) = 255;
            put(uv, r, c, {u, v, 0});
            put(wc, r, c, world);
            put(depth, r, c, {camera.to_local(world).z, 0, 0});
            put(normal, r, c,
                (camera.rotation * film.turned(r)).transposed() * (pose.rotation * film.normal_at(u)));
            for (int k = 0; k < 3; ++k) {
                albedo.view<uint8_t>()(r, c, k) = quantize_u8(srgb_from_linear(float(ink[k])));
                photo.view<uint8_t>()(r, c, k) = quantize_u8(srgb_from_linear(float(0.8 * ink[k])));
            }
        }
    Image bm = blank(film.bm_height_px, film.bm_width_px, 2, PixelType::F32);
    for (int i = 0; i < film.bm_height_px; ++i)
        for (int j = 0; j < film.bm_width_px; ++j) {
            const Vec2d px = film.project(
                pose.to_world(film.on_sheet((j + 0.5) / film.bm_width_px, (i + 0.5) / film.bm_height_px)));
            const bool hidden =
                px.x < 0 || px.y < 0 || px.x > w || px.y > h ||
                (film.corner_unseen && 10 * i >= 9 * film.bm_height_px && 10 * j >= 9 * film.bm_width_px);
            const double nan = std::numeric_limits<double>::quiet_NaN();
            put(bm, i, j, {hidden ? nan : 2 * px.x / w - 1, hidden ? nan : 2 * px.y / h - 1, 0});
        }
    Image flat = blank(film.flat_height_px, film.flat_width_px, 3, PixelType::U8);
    for (int i = 0; i < film.flat_height_px; ++i)
        for (int j = 0; j < film.flat_width_px; ++j) {
            const Vec3d ink = BentFilm::ink((j + 0.5) / film.flat_width_px, (i + 0.5) / film.flat_height_px);
            for (int k = 0; k < 3; ++k)
                flat.view<uint8_t>()(i, j, k) = quantize_u8(srgb_from_linear(float(ink[k])));
        }
    const Fields fields(film);
    Sample sample;
    sample.key = {plan.seed, index};
    sample.split = split;
    sample.fields = {{"photo", "png", photo},       {"albedo", "png", albedo}, {"mask", "png", mask},
                     stored(fields.uv, uv),         stored(fields.wc, wc),     stored(fields.depth, depth),
                     stored(fields.normal, normal), stored(fields.bm, bm),     {"flat", "png", flat}};
    if (film.optional_members) {
        sample.fields.push_back({"clean", "png", albedo});
        NdArray radiance;  // 1, 0.5 and 0 as halves
        radiance.type = PixelType::F16;
        radiance.shape = {3, h, w};
        for (const uint16_t bits : {uint16_t(0x3c00), uint16_t(0x3800), uint16_t(0)})
            for (int i = 0; i < h * w; ++i) {
                radiance.bytes.push_back(std::byte(bits & 255));
                radiance.bytes.push_back(std::byte(bits >> 8));
            }
        sample.fields.push_back({"radiance", "npy", std::move(radiance)});
    }
    if (film.grids) {
        Image places = blank(kGridRows, kGridColumns, 2, PixelType::F32),
              points = blank(kGridRows, kGridColumns, 3, PixelType::F32);
        for (int i = 0; i < kGridRows; ++i)
            for (int j = 0; j < kGridColumns; ++j) {
                const Vec3d world =
                    pose.to_world(film.on_sheet(j / (kGridColumns - 1.0), i / (kGridRows - 1.0)));
                const Vec2d px = film.project(world);
                put(places, i, j, {px.x, px.y, 0});
                put(points, i, j, camera.to_local(world));
            }
        sample.fields.push_back(stored(fields.grid2d, places));
        sample.fields.push_back(stored(fields.grid3d, points));
    }
    if (film.white_sheet) {
        NdArray shading;  // halves
        shading.type = PixelType::F16;
        shading.shape = {3, h, w};
        for (int i = 0; i < 3 * h * w; ++i) {
            shading.bytes.push_back(std::byte(0));
            shading.bytes.push_back(std::byte(i % w < w / 2 ? 0x40 : 0x3c));
        }
        sample.fields.push_back({"shading", "npy", std::move(shading)});
    }
    sample.fields.push_back({"meta", "json", meta_of(film, plan, sample.key, split)});
    return sample;
}

void write_film_set(const BentFilm& film, const std::string& directory, uint64_t count) {
    const DatasetPlan plan = film_plan(film, directory, count);
    Logger logger(LogFormat::Text, true);
    std::filesystem::create_directories(directory + "/index");
    shard::write_text_file(directory, "config.toml", plan.config_toml);
    shard::write_text_file(directory, "plan.json", shard::plan_json(plan));
    const uint64_t train = count - count / 3;
    const auto shard_of = [&](uint64_t id, const std::string& split, uint64_t first, uint64_t end) {
        if (first == end) return;
        shard::ShardWriter writer(
            plan, {id, plan.kind + "-" + split + "-000000.tar", split, first, end - 1, end - first},
            shard::plan_digest(plan));
        for (uint64_t i = first; i < end; ++i)
            writer.add(i, shard::encode_sample(film_member_set(film, plan, i, split), plan));
        writer.commit(logger);
    };
    shard_of(0, "train", 0, train);
    shard_of(1, "val", train, count);
    shard::IndexOptions options;
    options.from_shards = true;
    shard::rebuild_index(directory, options);
}

}  // namespace radforge::test
