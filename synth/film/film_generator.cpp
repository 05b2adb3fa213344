// SPDX-License-Identifier: Apache-2.0
#include "synth/film/film_generator.h"

#include "render/geometry/backward_map.h"
#include "render/geometry/rounded_corners.h"
#include "render/picture/image_io.h"
#include "render/picture/resize.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/cache.h"
#include "synth/film/film_optional.h"
#include "synth/film/film_record.h"
#include "synth/film/procedural.h"
#include "synth/film/sheet_shape.h"
#include "synth/shard/codec.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace radforge::film {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr size_t kCachedEnvironments = 8, kCachedTabletops = 8;
constexpr int kFramingAttempts = 32;
constexpr float kWhite = 0.8f;        // reflectance of white paper
constexpr int kStackedRows_px = 256;  // of a stacked film's flat picture, which nobody sees

std::shared_ptr<const path::Texture> tabletop_texture(const Image& picture) {
    return std::make_shared<const path::Texture>(picture, path::Wrap::Repeat);
}

/// @throws Error naming the file
std::shared_ptr<const path::Texture> read_tabletop(const std::string& path) {
    const Image picture = picture::read_image(path);
    try {
        return tabletop_texture(picture);
    } catch (Error& error) {
        throw error.where(path);
    }
}

void move_to_world(physics::SettledSheet& sheet, const Mat3d& rotation, Vec3d origin) {
    const auto move = [&](Mesh& mesh) {
        for (Vec3f& p : mesh.positions_m) p = to_float(rotation * (to_double(p) - origin));
    };
    move(sheet.mesh);
    for (physics::Obstacle& o : sheet.obstacles) move(o.mesh);
    for (Vec3f& v : sheet.velocities_m_per_s) v = to_float(rotation * to_double(v));
    sheet.centroid_m = rotation * (sheet.centroid_m - origin);
    sheet.viewing_normal = rotation * sheet.viewing_normal;
}

/// @param box texels of the flat film; visibility is that of the nearest texel of the backward map
SeenBox see(const RectPx& box, const FilmShot& shot) {
    const Image& state = shot.texel_state;
    const auto look = [&](double x, double y, Vec2d& px) {
        const Vec2d uv{(box.left + x * box.width()) / shot.sheet->flat.width_px,
                       (box.top + y * box.height()) / shot.sheet->flat.height_px};
        px = see(shot, uv).px;
        return path::is_visible(path::Visibility(
            state.view<uint8_t>()(std::clamp(int(uv.y * state.height_px), 0, state.height_px - 1),
                                  std::clamp(int(uv.x * state.width_px), 0, state.width_px - 1))));
    };
    SeenBox seen;
    constexpr double kCorners[4][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
    for (size_t k = 0; k < 4; ++k) seen.visible[k] = look(kCorners[k][0], kCorners[k][1], seen.corners_px[k]);
    constexpr int kPlaces = 5;
    for (int i = 0; i < kPlaces; ++i)
        for (int j = 0; j < kPlaces; ++j) {
            Vec2d px;
            seen.visible_share += look((j + 0.5) / kPlaces, (i + 0.5) / kPlaces, px);
        }
    seen.visible_share /= kPlaces * kPlaces;
    return seen;
}

/// Velocity of an obstacle that goes with the film: the mean of the film's vertices at the one nearest to it.
Vec3f velocity_of(const Mesh& obstacle, const physics::SettledSheet& sheet) {
    constexpr float kNear_m = 0.015f;
    Vec3d sum;
    size_t count = 0;
    for (size_t k = 0; k < sheet.mesh.positions_m.size(); ++k) {
        const Vec3f p = sheet.mesh.positions_m[k];
        const bool near = std::any_of(obstacle.positions_m.begin(), obstacle.positions_m.end(),
                                      [&](const Vec3f& q) { return dot(p - q, p - q) < kNear_m * kNear_m; });
        if (!near) continue;
        sum += to_double(sheet.velocities_m_per_s[k]);
        ++count;
    }
    return count > 0 ? to_float(sum * (1.0 / double(count))) : Vec3f{};
}

/// Sets the film and what holds it going for as long as the shutter is open.
void set_in_motion(FilmShot& shot, const FilmRecipe& recipe, path::SceneDescription& scene) {
    const physics::SettledSheet& sheet = shot.settled;
    if (sheet.velocities_m_per_s.empty()) return;
    // New vertices at the rounded corners lie on old edges, whose ends are known a second later too.
    Mesh later = sheet.mesh;
    for (size_t k = 0; k < later.positions_m.size(); ++k) later.positions_m[k] += sheet.velocities_m_per_s[k];
    later = geometry::with_rounded_corners(later, shot.sheet->width_m, shot.sheet->height_m,
                                           1e-3 * recipe.sheet.corner_radius_mm);
    RADFORGE_ASSERT(later.positions_m.size() == shot.film.positions_m.size());
    for (size_t k = 0; k < later.positions_m.size(); ++k)
        shot.film_velocities_m_per_s.push_back(later.positions_m[k] - shot.film.positions_m[k]);
    for (path::OpaqueObject& object : scene.objects)
        if (object.name == "grip" || object.name == "clip")
            object.velocities_m_per_s.assign(object.mesh.positions_m.size(), velocity_of(object.mesh, sheet));
    scene.time_span_s = shot.camera.motion.exposure_s + shot.camera.motion.readout_s;
}

/// All places of the film in the photos of a burst, in the world frame.
LightboxSubject lightbox_subject(const std::vector<physics::SettledSheet>& frames, const Mat3d& to_world,
                                 Vec3d origin, double open_s) {
    LightboxSubject subject;
    subject.viewing_normal = to_world * frames[frames.size() / 2].viewing_normal;
    const auto add = [&](Vec3d p) { subject.points_m.push_back(to_float(to_world * (p - origin))); };
    for (const physics::SettledSheet& frame : frames)
        for (size_t k = 0; k < frame.mesh.positions_m.size(); ++k) {
            const Vec3d p = to_double(frame.mesh.positions_m[k]);
            if (frame.velocities_m_per_s.empty()) {
                add(p);
                continue;
            }
            const Vec3d way = to_double(frame.velocities_m_per_s[k]) * (0.5 * open_s);
            add(p - way);
            add(p + way);
        }
    return subject;
}

/// Where the texture coordinates of a point of a face put it.
Vec3d on_face(const Mesh& mesh, uint32_t face, Vec2d uv) {
    const Tri& f = mesh.faces[face];
    const auto at = [&](size_t k) {
        const Vec2f t = mesh.uv[f[k]];
        return Vec2d{double(t.x), double(t.y)};
    };
    const Vec2d a = at(0), d1 = at(1) - a, d2 = at(2) - a, d = uv - a;
    const double area = cross(d1, d2), b1 = cross(d, d2) / area, b2 = cross(d1, d) / area;
    const auto p = [&](size_t k) { return to_double(mesh.positions_m[f[k]]); };
    return p(0) * (1 - b1 - b2) + p(1) * b1 + p(2) * b2;
}

/// The same place with a sheet of white paper in the sample's stead.
path::SceneDescription with_white_sheet(path::SceneDescription scene) {
    path::OpaqueObject sheet;
    sheet.name = "white sheet";
    sheet.mesh = std::move(scene.films[0].mesh);
    sheet.velocities_m_per_s = std::move(scene.films[0].velocities_m_per_s);
    sheet.material.albedo = {kWhite, kWhite, kWhite};
    sheet.smooth = true;
    scene.films.erase(scene.films.begin());
    scene.objects.push_back(std::move(sheet));
    return scene;
}

/// No noise, or a well that the sensor can be made with.
void check_full_well(const Dist<double>& full_well_e) {
    using Kind = Dist<double>::Kind;
    constexpr Range<double> kMade = optics::SensorRecipe::kFullWell_e;
    const auto good = [&](double e) { return e == 0 || kMade.contains(e); };
    const Range<double> range = full_well_e.range();
    const bool listed = full_well_e.kind() == Kind::Choice;
    if (listed ? std::all_of(full_well_e.values().begin(), full_well_e.values().end(), good)
               : range.hi == 0 || kMade.contains(range.lo))
        return;
    throw Error(ErrorKind::Usage, "no sensor holds so few electrons")
        .where("camera.full_well_e")
        .got(std::to_string(range.lo) + ".." + std::to_string(range.hi))
        .expected("0, or at least " + std::to_string(kMade.lo));
}

bool shows_film(const Image& mask) {
    const auto values = mask.values<uint8_t>();
    return std::any_of(values.begin(), values.end(), [](uint8_t v) { return v != 0; });
}

bool same(const SampleKey& a, const SampleKey& b) {
    return a.index == b.index && a.root.value == b.root.value;
}

Image black() { return Image(2, 2, 3, PixelType::F32, ColorSpace::Linear); }

Vec3d centroid(const Mesh& mesh) {
    Vec3d sum;
    for (const Vec3f& p : mesh.positions_m) sum += to_double(p);
    return sum * (1.0 / double(mesh.positions_m.size()));
}

}  // namespace

SeenPlace see(const FilmShot& shot, Vec2d uv) {
    const physics::SettledSheet& s = shot.settled;
    const Vec3d at_rest = on_sheet(s.mesh, s.columns, s.rows, uv);
    if (s.velocities_m_per_s.empty()) return {at_rest, shot.camera.project(at_rest)};
    const Vec3d velocity = on_sheet(s.velocities_m_per_s, s.columns, s.rows, uv);
    const Vec2d px = shot.camera.project(at_rest, velocity);
    return {std::isnan(px.y) ? at_rest : at_rest + velocity * shot.camera.row_time_s(px.y), px};
}

struct FilmGenerator::State {
    State(FilmConfig film_config, FilmInputs film_inputs)
        : config(std::move(film_config)),
          inputs(std::move(film_inputs)),
          sources(inputs.ct, config.phantom, config.dataset,
                  config.physics.shapes_per_simulation * config.group.photos()) {}

    FilmConfig config;
    FilmInputs inputs;
    VolumeSources sources;
    path::Device device;
    mutable Cache<Surroundings> environments{kCachedEnvironments};
    mutable Cache<path::Texture> tabletops{kCachedTabletops};

    std::shared_ptr<const Surroundings> environment(size_t index) const {
        const Asset& asset = inputs.environments[index];
        return environments.get(asset.id, [&] {
            const Image map = picture::read_hdr(asset.path);
            auto made = std::make_shared<Surroundings>();
            made->environment = std::make_shared<const path::EnvironmentMap>(map);
            made->window_azimuth_rad = window_azimuth_rad(map);
            return std::shared_ptr<const Surroundings>(made);
        });
    }

    /// @param table  whether it is shown; without, none is made
    Surroundings surroundings(const FilmRecipe& recipe, bool table, std::string& environment_id,
                              std::string& tabletop_id) const {
        Surroundings around;
        Rng rng(recipe.place.light_key, Stream::Room);
        if (inputs.environments.empty()) {
            environment_id = "procedural";
            const Image map = procedural_environment(rng, config.light.procedural_height_px);
            around.environment = std::make_shared<const path::EnvironmentMap>(map);
            around.window_azimuth_rad = window_azimuth_rad(map);
        } else {
            environment_id = inputs.environments[recipe.environment].id;
            around = *environment(recipe.environment);
        }
        if (inputs.tabletops.empty()) {
            tabletop_id = "procedural";
            Rng rng_of_table(recipe.place.film, Stream::Augment);
            if (table) around.tabletop = tabletop_texture(procedural_tabletop(rng_of_table));
        } else {
            const Asset& asset = inputs.tabletops[recipe.tabletop];
            tabletop_id = asset.id;
            if (table) around.tabletop = tabletops.get(asset.id, [&] { return read_tabletop(asset.path); });
        }
        return around;
    }

    FilmPrints print(const FilmRecipe& recipe) const {
        FilmPrints prints{{}, {}, Rng(recipe.place.film, Stream::Grain), {}, {}};
        prints.sheet =
            std::make_shared<const Sheet>(compose(*sources.load(recipe.source), recipe.sheet, prints.grain));
        prints.texture = path::film_print(prints.sheet->transmittance);
        return prints;
    }

    /// Prints one more of the films that the sample lies on.
    void print_below(const FilmRecipe& recipe, FilmPrints& prints) const {
        const std::shared_ptr<const Volume> volume = sources.load(recipe.source);
        StackedFilm lower;
        lower.slice_first = int(prints.grain.below(uint64_t(volume->slices)));
        lower.ripple_seed = prints.grain.next_u64() >> 1;
        lower.fingerprint_seed = prints.grain.next_u64() >> 1;
        SheetRecipe print = recipe.sheet;
        print.slice_first = lower.slice_first;
        print.texture_height_px = std::max(kStackedRows_px, recipe.sheet.texture_height_px / 2);
        print.flat_height_px = kStackedRows_px;
        prints.below_textures.push_back(
            path::film_print(compose(*volume, print, prints.grain).transmittance));
        prints.below.push_back(lower);
    }

    /// Puts the films that the sample lies on where they are.
    /// @param prints  null: without print
    void add_stack(const FilmRecipe& recipe, FilmPrints* prints, FilmShot& shot,
                   path::SceneDescription& scene) const {
        for (const physics::Obstacle& o : shot.settled.obstacles) {
            if (o.role != "film") continue;
            path::FilmObject film;
            film.mesh = geometry::with_rounded_corners(o.mesh, shot.sheet->width_m, shot.sheet->height_m,
                                                       1e-3 * recipe.sheet.corner_radius_mm);
            film.material = recipe.optics;
            if (prints == nullptr) {
                film.material.transmittance = black();
                scene.films.push_back(std::move(film));
                continue;
            }
            const size_t index = shot.below.size();
            if (index == prints->below.size()) print_below(recipe, *prints);
            const StackedFilm& lower = prints->below[index];
            film.material.orange_peel.seed = lower.ripple_seed;
            film.material.fingerprints.seed = lower.fingerprint_seed;
            film.material.print = prints->below_textures[index];
            scene.films.push_back(std::move(film));
            shot.below.push_back(lower);
        }
    }

    FramingRecipe draw_framing(Rng& rng) const {
        const CameraConfig& c = config.camera;
        FramingRecipe f;
        f.focal_length_35mm = c.focal_length_35mm.draw(rng);
        f.yaw_deg = c.yaw_deg.draw(rng);
        f.pitch_deg = c.pitch_deg.draw(rng);
        f.roll_deg = c.roll_deg.draw(rng);
        f.coverage = c.coverage.draw(rng);
        f.shift_x = c.shift.draw(rng);
        f.shift_y = c.shift.draw(rng);
        f.k1 = c.k1.draw(rng);
        f.k2 = c.k2.draw(rng);
        f.p1 = c.tangential.draw(rng);
        f.p2 = c.tangential.draw(rng);
        f.f_number = c.f_number.draw(rng);
        f.aperture_blades = c.aperture_blades.draw(rng);
        f.shake_x_deg_per_s = c.shake_deg_per_s.draw(rng);
        f.shake_y_deg_per_s = c.shake_deg_per_s.draw(rng);
        f.shake_z_deg_per_s = c.shake_deg_per_s.draw(rng);
        f.exposure_s = c.exposure_s.draw(rng);
        f.readout_s = c.readout_s.draw(rng);
        return f;
    }

    /// Draws framings until one sees the whole film; the same key always takes the same one.
    void photograph(const SampleKey& view, FilmShot& shot) const {
        Subject subject;
        subject.vertices_m = shot.settled.mesh.positions_m;
        subject.velocities_m_per_s = shot.settled.velocities_m_per_s;
        subject.facing = shot.settled.viewing_normal;
        const size_t last_row = size_t(shot.settled.rows - 1) * size_t(shot.settled.columns);
        const auto row_centre = [&](size_t first) {
            return to_double(shot.settled.mesh.positions_m[first + size_t(shot.settled.columns) / 2]);
        };
        subject.up = row_centre(0) - row_centre(last_row);
        for (const physics::Obstacle& o : shot.settled.obstacles) {
            if (o.role == "desk") subject.upright = false;
            if (o.role == "wall") subject.wall_z_m = 0;  // where every scenario has its wall
        }
        if (!subject.upright) subject.floor_y_m = 0;  // and its table
        Rng rng(view, Stream::Camera);
        std::string reason;
        for (int attempt = 0; attempt < kFramingAttempts; ++attempt) {
            shot.framing = draw_framing(rng);
            shot.framings_redrawn = attempt;
            try {
                shot.camera = frame(shot.framing, config.camera.width_px, config.camera.height_px, subject);
                return;
            } catch (const Error& error) {
                reason = error.what();
            }
        }
        throw Error(ErrorKind::Failed,
                    "no framing in " + std::to_string(kFramingAttempts) + " draws shows the whole film")
            .got(reason)
            .hint("lower camera.coverage, camera.yaw_deg or camera.pitch_deg");
    }

    /// From the shapes as the simulation left them to the scene before the camera, all in the world frame:
    /// that of the first photo of the film, whose camera has heading zero.
    /// @param frames  as FilmGenerator::frames_of() gives them; the middle one is what the camera is aimed at
    /// @param group  with prints; null: the films show none, for geometry alone
    path::SceneDescription set_scene(const FilmRecipe& recipe,
                                     const std::vector<physics::SettledSheet>& frames, FilmGroup* group,
                                     FilmShot& shot) const {
        std::optional<Mat3d> to_world;
        std::optional<Mat3d>& turn = group ? group->to_world : to_world;
        shot.settled = frames[frames.size() / 2];
        if (!turn || recipe.place.view == 0) {
            photograph(recipe.place.film, shot);
            turn = heading_to_zero(shot.camera);
        }
        if (recipe.place.view > 0) photograph(recipe.place.view_key, shot);
        const Vec3d origin = centroid(shot.settled.mesh);
        if (frames.size() > 1) shot.settled = frames[size_t(recipe.place.frame)];
        move_to_world(shot.settled, *turn, origin);
        shot.camera.pose.rotation = *turn * shot.camera.pose.rotation;
        shot.camera.pose.translation_m = *turn * (shot.camera.pose.translation_m - origin);
        if (recipe.place.time_s != 0) shot.camera.pose = shot.camera.pose_at(recipe.place.time_s);

        shot.film =
            geometry::with_rounded_corners(shot.settled.mesh, shot.sheet->width_m, shot.sheet->height_m,
                                           1e-3 * recipe.sheet.corner_radius_mm);
        shot.viewing = pick_viewing(shot.settled, config.light.viewing, recipe.stage.viewing_pick);
        const Surroundings around = surroundings(recipe, shows_tabletop(shot.settled, shot.viewing),
                                                 shot.environment_id, shot.tabletop_id);
        StageRecipe stage = recipe.stage;
        stage.lightbox_flicker_turns += stage.lightbox_flicker_hz * recipe.place.time_s;
        stage.lightbox_flicker_turns -= std::floor(stage.lightbox_flicker_turns);
        const double open_s = shot.camera.motion.exposure_s + shot.camera.motion.readout_s;
        LightboxSubject subject;
        if (shot.viewing == "lightbox") subject = lightbox_subject(frames, *turn, origin, open_s);
        path::SceneDescription description = set_stage(shot.settled, subject, shot.viewing, stage, around);
        set_in_motion(shot, recipe, description);
        path::FilmObject object;
        object.mesh = shot.film;
        object.velocities_m_per_s = shot.film_velocities_m_per_s;
        object.material = recipe.optics;
        if (group)
            object.material.print = group->prints->texture;
        else
            object.material.transmittance = black();
        description.films.push_back(std::move(object));
        add_stack(recipe, group ? &*group->prints : nullptr, shot, description);
        return description;
    }
};

FilmGenerator::FilmGenerator(FilmConfig config, FilmInputs inputs)
    : state_(std::make_unique<State>(std::move(config), std::move(inputs))) {
    const FilmConfig& c = state_->config;
    const OptionalNeeds needs = optional_needs(c);
    c.render.validate({needs.layers, needs.variance});
    check_sheet_config(c.film.sheet);
    check_full_well(c.camera.full_well_e);
    if (group_size() > c.dataset.samples_per_shard)
        throw Error(ErrorKind::Usage, "samples that share a simulation share a shard")
            .where("physics.shapes_per_simulation x group.views x group.lights x group.burst")
            .got(std::to_string(group_size()))
            .expected("at most dataset.samples_per_shard = " + std::to_string(c.dataset.samples_per_shard));
    state_->sources.require_one();
}

FilmGenerator::~FilmGenerator() = default;

const FilmConfig& FilmGenerator::config() const { return state_->config; }

std::string FilmGenerator::split(const SampleKey& key) const {
    return state_->sources.split(place_of(key, state_->config.group).film);
}

void FilmGenerator::check_inputs(const std::function<bool()>& enough) const {
    for (const Asset& asset : state_->inputs.environments) {
        if (enough()) return;
        picture::read_hdr(asset.path);
    }
    for (const Asset& asset : state_->inputs.tabletops) {
        if (enough()) return;
        read_tabletop(asset.path);
    }
}

void FilmGenerator::read_inputs(const SampleKey& key) const {
    const FilmRecipe recipe = draw(key);
    if (!state_->inputs.environments.empty()) state_->environment(recipe.environment);
}

std::vector<std::string> FilmGenerator::notes() const { return state_->sources.notes(); }

FilmRecipe FilmGenerator::draw(const SampleKey& key) const {
    const FilmConfig& c = state_->config;
    FilmRecipe recipe;
    recipe.key = key;
    recipe.place = place_of(key, c.group);
    const SampleKey& of_film = recipe.place.film;
    recipe.source = state_->sources.of(of_film);

    recipe.simulation = {key.root, key.index - key.index % uint64_t(group_size())};
    Rng film(of_film, Stream::Film), first(recipe.simulation, Stream::Film);
    recipe.sheet = draw_sheet(c.film.sheet, *state_->sources.load(recipe.source),
                              draw_format(c.film.sheet, first), film);

    Rng material(of_film, Stream::Material);
    recipe.optics.refractive_index = c.optics.refractive_index.draw(material);
    recipe.optics.callier_q = c.optics.callier_q.draw(material);
    recipe.optics.forward_alpha = c.optics.forward_alpha.draw(material);
    recipe.optics.diffuse_fraction = c.optics.diffuse_fraction.draw(material);
    recipe.optics.haze = c.optics.haze.draw(material);
    recipe.optics.roughness_front = c.optics.roughness_image_side.draw(material);
    recipe.optics.roughness_back = c.optics.roughness_back_side.draw(material);
    recipe.optics.orange_peel.slope_rms = c.optics.ripple_slope.draw(material);
    recipe.optics.orange_peel.wavelength_m = c.optics.ripple_wavelength_m.draw(material);
    recipe.optics.orange_peel.seed = material.next_u64() >> 1;
    recipe.optics.fingerprints.count = c.optics.fingerprints.draw(material);
    recipe.optics.fingerprints.roughness = c.optics.fingerprint_roughness.draw(material);
    recipe.optics.fingerprints.seed = material.next_u64() >> 1;

    const auto draw_light = [&](const SampleKey& of, size_t& environment, size_t& tabletop) {
        Rng light(of, Stream::Light);
        if (!state_->inputs.environments.empty())
            environment = light.below(state_->inputs.environments.size());
        if (!state_->inputs.tabletops.empty()) tabletop = light.below(state_->inputs.tabletops.size());
        StageRecipe stage;
        stage.viewing_pick = light.uniform();
        stage.heading_deg = light.uniform(-180, 180);
        stage.window_offset_deg = c.light.window_offset_deg.draw(light);
        stage.lightbox_ratio = c.light.lightbox_ratio.draw(light);
        stage.lightbox_kelvin = c.light.lightbox_kelvin.draw(light);
        stage.lightbox_falloff = c.light.lightbox_falloff.draw(light);
        stage.lightbox_gap_m = light.uniform(0.001, 0.012);
        stage.lightbox_margin_m = light.uniform(0.0, 0.12);
        stage.tabletop_size_m = c.light.tabletop_size_m.draw(light);
        stage.tabletop_rotation_deg = light.uniform(-180, 180);
        stage.tabletop_u = light.uniform();
        stage.tabletop_v = light.uniform();
        stage.tabletop_gloss = c.light.tabletop_gloss.draw(light);
        stage.tabletop_tint = light.uniform(0.6, 1.0);
        stage.lightbox_flicker = c.light.lightbox_flicker.draw(light);
        stage.lightbox_flicker_hz = c.light.lightbox_flicker_hz.draw(light);
        stage.lightbox_flicker_turns = light.uniform();
        return stage;
    };
    // In another light the film lies on the same table.
    size_t ignored = 0;
    recipe.stage = draw_light(of_film, ignored, recipe.tabletop);
    recipe.stage.set_light(draw_light(recipe.place.light_key, recipe.environment, ignored));

    Rng sensor(recipe.place.burst_key, Stream::Sensor);
    const CameraConfig& cam = c.camera;
    optics::SensorRecipe& s = recipe.sensor;
    s.exposure_ev = cam.exposure_ev.draw(sensor);
    const double full_well_e = cam.full_well_e.draw(sensor);
    s.noise = full_well_e > 0;
    if (s.noise) s.full_well_e = full_well_e;
    s.read_noise_e = cam.read_noise_e.draw(sensor);
    s.vignetting_a2 = -cam.vignetting.draw(sensor);
    const double kelvin_error = cam.white_balance_error_k.draw(sensor);
    float assumed[3], actual[3];
    black_body_rgb(5500, assumed);
    black_body_rgb(5500 + kelvin_error, actual);
    s.white_balance_red = double(actual[0] / actual[1] / (assumed[0] / assumed[1]));
    s.white_balance_blue = double(actual[2] / actual[1] / (assumed[2] / assumed[1]));
    s.white_balance_strength = sensor.uniform(0.2, 0.9);
    s.highlight_share = cam.highlight_share.draw(sensor);
    s.tone_contrast = cam.contrast.draw(sensor);
    s.row_noise_e = cam.row_noise_e.draw(sensor);
    s.crosstalk = cam.crosstalk.draw(sensor);
    s.mosaic = sensor.uniform() < cam.mosaic_share;
    s.denoise_px = cam.denoise_px.draw(sensor);
    s.local_tone = cam.local_tone.draw(sensor);
    s.sharpen = cam.sharpen.draw(sensor);
    s.sharpen_px = cam.sharpen_px.draw(sensor);
    const bool jpeg = sensor.uniform() < cam.jpeg_share;
    const int quality = cam.camera_jpeg_quality.draw(sensor);
    recipe.camera_jpeg_quality = jpeg ? quality : 0;
    recipe.camera_jpeg_chroma = cam.camera_jpeg_chroma.draw(sensor);

    recipe.transport_seed = Rng(key, Stream::Transport).next_u64();
    return recipe;
}

physics::Simulation FilmGenerator::simulate(const FilmRecipe& recipe) const {
    Rng geometry(recipe.simulation, Stream::Geometry);
    return physics::simulate_accepted(state_->config.physics, 1e-3 * recipe.sheet.width_mm,
                                      1e-3 * recipe.sheet.height_mm, geometry);
}

const std::vector<physics::SettledSheet>& FilmGenerator::frames_of(const FilmRecipe& recipe,
                                                                   FilmGroup& group) const {
    if (!group.simulation || !same(group.simulated, recipe.simulation)) {
        group.simulation.emplace(simulate(recipe));
        group.simulated = recipe.simulation;
        group.frames.clear();
    }
    if (!group.frames.empty() && same(group.shaped, recipe.place.film)) return group.frames;
    const FilmConfig& c = state_->config;
    physics::Simulation now;
    if (same(recipe.place.film, recipe.simulation)) {
        now = *group.simulation;
    } else {
        Rng geometry(recipe.place.film, Stream::Geometry);
        now = physics::simulate_further_accepted(*group.simulation, c.physics, geometry);
    }
    std::vector<physics::SettledSheet> frames = {now.sheet};
    if (now.setup.taken_s && c.group.burst_interval_s > 0)
        while (frames.size() < size_t(c.group.burst)) {
            now = physics::follow_motion(now, c.group.burst_interval_s, c.physics);
            frames.push_back(now.sheet);
        }
    // All or none: a frame that cannot be made leaves no shorter burst for the photos behind it.
    group.frames = std::move(frames);
    group.shaped = recipe.place.film;
    return group.frames;
}

Image FilmGenerator::flow_to(const FilmRecipe& recipe, const std::vector<physics::SettledSheet>& frames,
                             const FilmShot& shot) const {
    FilmShot next;
    next.sheet = shot.sheet;
    const path::Scene scene(state_->device, state_->set_scene(recipe, frames, nullptr, next));
    const path::GroundTruth& maps = shot.maps;
    Image flow(maps.mask.height_px, maps.mask.width_px, 2, PixelType::F32, ColorSpace::Data);
    const auto mask = maps.mask.view<uint8_t>();
    const auto uv = maps.uv.view<float>();
    const auto faces = maps.face.view<uint16_t>();
    parallel_for(flow.height_px, 16, [&](int64_t begin, int64_t end) {
        std::vector<path::FilmPoint> points;
        for (int r = int(begin); r < int(end); ++r) {
            points.clear();
            for (int c = 0; c < flow.width_px; ++c) {
                if (mask(r, c) == 0) continue;
                path::FilmPoint point;
                point.face = uint32_t(faces(r, c, 0)) | uint32_t(faces(r, c, 1)) << 16;
                point.world_m = on_face(next.film, point.face, {double(uv(r, c, 0)), double(uv(r, c, 1))});
                points.push_back(point);
            }
            path::look(scene, next.camera, 0, points);
            for (int c = 0, k = 0; c < flow.width_px; ++c) {
                float* out = flow.view<float>().pixel(r, c);
                out[0] = out[1] = std::numeric_limits<float>::quiet_NaN();
                if (mask(r, c) == 0) continue;
                const path::FilmPoint& point = points[size_t(k++)];
                if (!path::is_visible(point.seen)) continue;
                out[0] = float(point.px.x - c - 0.5);
                out[1] = float(point.px.y - r - 0.5);
            }
        }
    });
    return flow;
}

FilmShot FilmGenerator::realise(const FilmRecipe& recipe, StageSeconds* seconds, FilmGroup* group) const {
    const FilmConfig& c = state_->config;
    StageClock clock(seconds);
    FilmShot shot;
    shot.source_id = state_->sources.id(recipe.source);
    shot.slices_left_out = state_->sources.slices_left_out(recipe.source);
    // Held until the films below are printed, too.
    const std::shared_ptr<const Volume> volume = state_->sources.load(recipe.source);
    clock.done("volume");

    FilmGroup alone;
    if (!group) group = &alone;
    if (!group->prints || !same(group->printed, recipe.place.film)) {
        group->prints.emplace(state_->print(recipe));
        group->to_world.reset();
        group->printed = recipe.place.film;
    }
    shot.sheet = group->prints->sheet;
    clock.done("sheet");

    const std::vector<physics::SettledSheet>& frames = frames_of(recipe, *group);
    clock.done("physics");

    path::SceneDescription description = state_->set_scene(recipe, frames, group, shot);
    const OptionalNeeds needs = optional_needs(c);
    if (needs.shading)
        shot.shading = path::render(path::Scene(state_->device, with_white_sheet(description)), shot.camera,
                                    c.render, recipe.transport_seed)
                           .radiance;
    const path::Scene scene(state_->device, std::move(description));
    clock.done("scene");

    shot.rendered =
        path::render(scene, shot.camera, c.render, recipe.transport_seed, {needs.layers, needs.variance});
    clock.done("path tracing");
    std::optional<path::Texture> checker;
    if (needs.checker)
        checker.emplace(checkerboard(shot.sheet->width_m, shot.sheet->height_m), path::Wrap::Clamp);
    shot.maps =
        path::render_maps(scene, shot.camera, {needs.surface, checker ? &*checker : nullptr, needs.coverage});
    clock.done("maps");
    const int bm_width =
        std::max(1, int(std::lround(c.film.bm_height_px * recipe.sheet.width_mm / recipe.sheet.height_mm)));
    shot.texel_state = Image(c.film.bm_height_px, bm_width, 1, PixelType::U8, ColorSpace::Data);
    const auto state = shot.texel_state.view<uint8_t>();
    const auto look = [&](Span<geometry::TexelPoint> texels) {
        std::vector<path::FilmPoint> points(texels.size());
        for (size_t k = 0; k < points.size(); ++k) {
            points[k].world_m = texels[k].world_m;
            points[k].face = uint32_t(texels[k].face);
        }
        path::look(scene, shot.camera, 0, points);
        for (size_t k = 0; k < points.size(); ++k) {
            texels[k].px = points[k].px;
            texels[k].visible = path::is_visible(points[k].seen);
            state(texels[k].row, texels[k].column) = uint8_t(points[k].seen);
        }
    };
    shot.bm = geometry::backward_map(shot.film, c.film.bm_height_px, bm_width, look, c.camera.height_px,
                                     c.camera.width_px);
    for (const Panel& p : shot.sheet->panels_info)
        shot.panels_seen.push_back(
            see({p.left_px, p.top_px, p.left_px + p.width_px, p.top_px + p.height_px}, shot));
    if (needs.flow) shot.flow = flow_to(draw(recipe.place.next), frames, shot);
    clock.done("backward map");

    shot.check = check_maps(shot.maps.albedo, shot.bm, shot.sheet->flat);
    clock.done("self check");

    Rng noise(recipe.key, Stream::Noise);
    shot.photo = optics::expose(shot.rendered.radiance, recipe.sensor, noise, &shot.sensor);
    if (recipe.camera_jpeg_quality > 0) {
        const std::string file = shard::encode_jpg(
            shot.photo, recipe.camera_jpeg_quality,
            recipe.camera_jpeg_chroma == "4:2:0" ? shard::JpegChroma::Quarter : shard::JpegChroma::Full);
        shot.photo = shard::decode_jpg({reinterpret_cast<const std::byte*>(file.data()), file.size()});
    }
    clock.done("sensor");
    return shot;
}

std::vector<FieldSpec> FilmGenerator::fields() const { return film_fields(state_->config); }

Sample FilmGenerator::encode(const FilmRecipe& recipe, const FilmShot& shot) const {
    Sample sample;
    sample.key = recipe.key;
    sample.split = split(recipe.key);
    sample.fields = film_members(state_->config, recipe, shot, sample.split);
    return sample;
}

std::vector<Sample> FilmGenerator::generate(Span<const SampleKey> keys) const {
    std::vector<Sample> samples;
    FilmGroup group;
    for (const SampleKey& key : keys) {
        const FilmRecipe recipe = draw(key);
        const FilmShot shot = realise(recipe, nullptr, &group);
        if (shot.rendered.stats.dropped_paths > 0)
            throw Error(ErrorKind::Failed, "the path tracer dropped paths that were not finite")
                .got(std::to_string(shot.rendered.stats.dropped_paths));
        if (!shows_film(shot.maps.mask))
            throw Error(ErrorKind::Failed, "no pixel shows the film").where(shot.settled.recipe.name);
        const double least = state_->config.film.check_min_ssim;
        if (shot.check.windows > 0 && shot.check.ssim < least)
            throw Error(ErrorKind::Failed, "the film read back through the maps differs from the flat film")
                .where(shot.settled.recipe.name)
                .got("SSIM " + std::to_string(shot.check.ssim))
                .expected("at least film.check_min_ssim = " + std::to_string(least));
        samples.push_back(encode(recipe, shot));
    }
    return samples;
}

}  // namespace radforge::film
