// SPDX-License-Identifier: Apache-2.0
/// Our half of the comparison with Blender: takes the scene of a film sample, plain enough for both renderers
/// to mean the same by it, writes it as neutral files and renders it on one thread. cycles_twin.py reads the
/// files, renders them with Cycles and prints both.
///
///     film_twin FOLDER [--config FILE] [--index N] [--size PX] [--reference SPP] [--looks NAME,...]
///               [--most SPP] [--set KEY=VALUE ...]
///
/// Looks: "lambert", the film as an opaque diffuse print (the same integral in both renderers), "film", the
/// print as a clear slab with an absorbing image, and "sample", the film's own optics, for us alone. plain.*
/// has the same samples everywhere, adaptive.* shares them out, denoise.* is filtered besides. At last the
/// rms error of each against the look's reference, of another seed: of radiance over the reference's mean,
/// and of display values (gamma 1/2.2, white at the mean over 0.18).
#include "render/path/integrator.h"
#include "render/path/maps.h"
#include "render/picture/image_io.h"
#include "synth/base/cpu_clock.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/config/reader.h"
#include "synth/export/files.h"
#include "synth/film/film_generator.h"
#include "synth/film/procedural.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

namespace radforge::film {
namespace {

using nlohmann::json;

struct Arguments {
    std::string folder, config = std::string(RADFORGE_SOURCE_DIR) + "/scenes/film/default.toml";
    std::vector<std::string> overrides;
    uint64_t index = 0;
    std::vector<std::string> looks{"lambert", "film", "sample"};
    int size_px = 192, reference_spp = 1024, most_spp = 64;
    double branching = path::RenderSettings().branching;
};

void write(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream out(file, std::ios::binary);
    out << bytes;
    if (!out.flush()) throw Error(ErrorKind::Failed, "cannot write").where(file.string());
}

/// Wavefront OBJ; v of the texture runs upwards there.
std::string obj(const Mesh& mesh) {
    std::string text = "o mesh\n";
    for (const Vec3f p : mesh.positions_m) text += fmt::format("v {:.9g} {:.9g} {:.9g}\n", p.x, p.y, p.z);
    for (const Vec2f t : mesh.uv) text += fmt::format("vt {:.9g} {:.9g}\n", t.x, 1 - t.y);
    for (const Tri& f : mesh.faces)
        text += mesh.uv.empty() ? fmt::format("f {} {} {}\n", f[0] + 1, f[1] + 1, f[2] + 1)
                                : fmt::format("f {0}/{0} {1}/{1} {2}/{2}\n", f[0] + 1, f[1] + 1, f[2] + 1);
    return text;
}

/// What both renderers are told.
struct Twin {
    Mesh film, things;
    Image print, sky;  // u16 transmittance; f32 radiance
    Vec3f things_albedo{0.45f, 0.42f, 0.38f};
    double refractive_index = 1.64, alpha = 0.03;
    path::FilmMaterial own;
    optics::Camera camera;
    uint64_t seed = 0;
};

Image sixteen_bits(const Image& linear) {
    if (linear.type == PixelType::U16) return linear;
    Image out(linear.height_px, linear.width_px, linear.channels, PixelType::U16, ColorSpace::Linear);
    const auto from = linear.values<float>();
    const auto to = out.values<uint16_t>();
    for (size_t i = 0; i < to.size(); ++i)
        to[i] = uint16_t(std::lround(65535 * std::min(1.0f, std::max(0.0f, from[i]))));
    return out;
}

Twin take(const Arguments& args) {
    std::vector<std::string> overrides{"render.spp=1", fmt::format("camera.width_px={}", args.size_px),
                                       fmt::format("camera.height_px={}", args.size_px),
                                       "film.texture_height_px=2048"};
    overrides.insert(overrides.end(), args.overrides.begin(), args.overrides.end());
    const config::Document document = config::Document::from_file(args.config, overrides);
    const FilmGenerator generator(config::load<FilmConfig>(document), {});
    const SampleKey key{{uint64_t(generator.config().dataset.seed)}, args.index};
    const FilmRecipe recipe = generator.draw(key);
    const FilmShot shot = generator.realise(recipe);
    Twin twin;
    twin.own = recipe.optics;
    twin.film = shot.film;
    for (const physics::Obstacle& o : shot.settled.obstacles) {
        const auto first = uint32_t(twin.things.positions_m.size());
        for (const Vec3f p : o.mesh.positions_m) twin.things.positions_m.push_back(p);
        for (const Tri& f : o.mesh.faces)
            twin.things.faces.push_back({f[0] + first, f[1] + first, f[2] + first});
    }
    twin.print = sixteen_bits(shot.sheet->transmittance);
    Rng room(key, Stream::Room);
    twin.sky = procedural_environment(room, 512);
    twin.camera = shot.camera;
    twin.camera.k1 = twin.camera.k2 = twin.camera.k3 = twin.camera.p1 = twin.camera.p2 = 0;
    twin.camera.aperture_radius_m = 0;
    twin.camera.motion = {};
    twin.seed = 7;
    return twin;
}

void write_files(const Twin& twin, const std::filesystem::path& folder) {
    write(folder / "film.obj", obj(twin.film));
    write(folder / "things.obj", obj(twin.things));
    picture::write_png((folder / "film.png").string(), twin.print);
    write(folder / "sky.exr", exporter::encode_exr_rgb(twin.sky));
    const optics::Camera& c = twin.camera;
    json pose = json::array();
    for (int row = 0; row < 3; ++row)
        pose.push_back({c.pose.rotation.rows[row].x, c.pose.rotation.rows[row].y, c.pose.rotation.rows[row].z,
                        c.pose.translation_m[row]});
    const json scene{
        {"units", "metre, y up"},
        {"camera",
         {{"width_px", c.width_px},
          {"height_px", c.height_px},
          {"fx_px", c.fx_px},
          {"fy_px", c.fy_px},
          {"cx_px", c.cx_px},
          {"cy_px", c.cy_px},
          {"world_from_camera_opencv", pose}}},
        {"film",
         {{"mesh", "film.obj"},
          {"print", "film.png"},
          {"print_is", "linear transmittance 0..65535, or the diffuse reflectance of the look lambert"},
          {"refractive_index", twin.refractive_index},
          {"ggx_alpha", twin.alpha}}},
        {"things",
         {{"mesh", "things.obj"},
          {"albedo", {twin.things_albedo.x, twin.things_albedo.y, twin.things_albedo.z}}}},
        {"sky",
         {{"file", "sky.exr"},
          {"projection", "lat-long, row 0 up, middle column towards -z, columns run towards +x"}}}};
    write(folder / "scene.json", scene.dump(1));
}

path::SceneDescription describe(const Twin& twin, const std::string& look) {
    path::SceneDescription d;
    d.environment = path::Environment{std::make_shared<path::EnvironmentMap>(twin.sky), 0, 1};
    path::OpaqueObject things{"things", twin.things, {}, false};
    things.material.albedo = twin.things_albedo;
    if (!twin.things.faces.empty()) d.objects.push_back(things);
    if (look == "lambert") {
        path::OpaqueObject print{"print", twin.film, {}, true};
        print.material.albedo = {1, 1, 1};
        print.material.texture = std::make_shared<const path::Texture>(twin.print, path::Wrap::Clamp);
        d.objects.push_back(print);
    } else {
        path::FilmObject film;
        film.mesh = twin.film;
        if (look == "sample") {
            film.material = twin.own;
        } else {
            film.material.refractive_index = twin.refractive_index;
            film.material.callier_q = 1;
            film.material.haze = 0;
            film.material.roughness_front = film.material.roughness_back = twin.alpha;
        }
        film.material.transmittance = twin.print;
        d.films.push_back(film);
    }
    return d;
}

struct Errors {
    double relative = 0, display = 0;
};
Errors errors(const Image& picture, const Image& reference) {
    const auto values = picture.values<float>(), truth = reference.values<float>();
    double mean = 0, square = 0, shown_square = 0;
    for (const float v : truth) mean += double(v);
    mean /= double(truth.size());
    const auto shown = [&](float v) {
        return std::pow(std::clamp(double(v) * 0.18 / mean, 0.0, 1.0), 1 / 2.2);
    };
    for (size_t i = 0; i < truth.size(); ++i) {
        const double d = double(values[i]) - double(truth[i]), s = shown(values[i]) - shown(truth[i]);
        square += d * d;
        shown_square += s * s;
    }
    const auto count = double(truth.size());
    return {std::sqrt(square / count) / mean, std::sqrt(shown_square / count)};
}

int run(const Arguments& args) {
    const ThreadLimit one(1);
    const std::filesystem::path folder(args.folder);
    std::filesystem::create_directories(folder);
    const Twin twin = take(args);
    write_files(twin, folder);
    const path::Device device;
    std::string lines;
    for (const std::string& look : args.looks) {
        const path::Scene scene(device, describe(twin, look));
        std::vector<std::pair<json, Image>> pictures;
        const auto once = [&](int spp, uint64_t seed, bool adaptive, bool denoise, const std::string& name) {
            path::RenderSettings settings;
            settings.spp = spp;
            settings.filter = "box";
            settings.filter_radius_px = 0.5;
            settings.adaptive = adaptive;
            settings.min_spp = std::max(2, std::min(8, spp / 2));
            settings.denoise = denoise;
            settings.branching = args.branching;
            const double start = thread_cpu_s();
            path::RenderOutput out = path::render(scene, twin.camera, settings, seed);
            const double used = thread_cpu_s() - start;
            write(folder / (name + ".exr"), exporter::encode_exr_rgb(out.radiance));
            const json line{{"look", look},
                            {"name", name},
                            {"spp", spp},
                            {"cpu_s", used},
                            {"rays_per_path", double(out.stats.rays) / double(out.stats.paths)},
                            {"paths_per_s", double(out.stats.paths) / used}};
            fmt::print("{}\n", line.dump());
            std::fflush(stdout);
            lines += line.dump() + "\n";
            pictures.emplace_back(line, std::move(out.radiance));
        };
        for (int spp = 4; spp <= args.most_spp; spp *= 4) {
            once(spp, twin.seed, false, false, fmt::format("plain_{}_{}", look, spp));
            once(spp, twin.seed, true, false, fmt::format("adaptive_{}_{}", look, spp));
            once(spp, twin.seed, false, true, fmt::format("denoise_{}_{}", look, spp));
            once(spp, twin.seed, true, true, fmt::format("both_{}_{}", look, spp));
        }
        if (args.reference_spp > 0) {
            once(args.reference_spp, twin.seed + 1, false, false, fmt::format("ours_{}_reference", look));
            for (size_t k = 0; k + 1 < pictures.size(); ++k) {
                const auto& [line, picture] = pictures[k];
                const Errors e = errors(picture, pictures.back().second);
                fmt::print(
                    "{:<22} {:7.3f} CPU-s {:6.3f} M paths/CPU-s, rms {:.4f} of the mean, display {:.4f}\n",
                    line["name"].get<std::string>(), line["cpu_s"].get<double>(),
                    1e-6 * line["paths_per_s"].get<double>(), e.relative, e.display);
            }
        }
        if (look == "film") {
            const double start = thread_cpu_s();
            path::render_maps(scene, twin.camera);
            fmt::print("maps {:.3f} CPU-s\n", thread_cpu_s() - start);
        }
    }
    write(folder / "ours.jsonl", lines);
    return 0;
}

}  // namespace
}  // namespace radforge::film

int main(int argc, char** argv) {
    radforge::film::Arguments args;
    CLI::App app("Our half of the comparison with Blender");
    app.add_option("folder", args.folder, "Where the scene and the pictures go")->required();
    app.add_option("--config", args.config, "Film config");
    app.add_option("--index", args.index, "Sample of that config");
    app.add_option("--size", args.size_px, "Width and height, px");
    app.add_option("--reference", args.reference_spp,
                   "Samples per pixel of the reference; 0: keep the last one");
    app.add_option("--looks", args.looks, "Of lambert, film, sample")->delimiter(',');
    app.add_option("--most", args.most_spp, "Samples per pixel of the longest render but the reference");
    app.add_option("--branching", args.branching, "render.branching");
    app.add_option("--set", args.overrides, "KEY=VALUE of the config");
    CLI11_PARSE(app, argc, argv);
    try {
        return radforge::film::run(args);
    } catch (const radforge::Error& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
