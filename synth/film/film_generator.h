// SPDX-License-Identifier: Apache-2.0
/// Photos of warped printed CT films with exact ground truth: the `film` kind of sample-format.md.
#pragma once
#include "physics/settle.h"
#include "render/optics/sensor.h"
#include "render/path/maps.h"
#include "synth/asset.h"
#include "synth/base/rng.h"
#include "synth/film/film_config.h"
#include "synth/film/framing.h"
#include "synth/film/self_check.h"
#include "synth/film/sheet.h"
#include "synth/film/stage.h"
#include "synth/generator.h"
#include "synth/sources.h"
#include "synth/stage_clock.h"
#include "synth/volume/source.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace radforge::film {

/// What the user brings; empty lists stand for procedural ones.
struct FilmInputs {
    std::vector<volume::CtSource> ct;
    std::vector<Asset> environments, tabletops;
};

/// Every drawn number of one sample.
struct FilmRecipe {
    SampleKey key;
    PhotoPlace place;        ///< among the photos of its film
    SampleKey simulation;    ///< the sample that the shape's simulation was made for: itself, or one before
    size_t source = 0;       ///< index of the CT source, or number of the phantom
    size_t environment = 0;  ///< index of the asset; unused for procedural ones
    size_t tabletop = 0;
    SheetRecipe sheet;
    path::FilmMaterial optics;  ///< without its texture
    StageRecipe stage;
    std::string scenario;
    optics::SensorRecipe sensor;
    int camera_jpeg_quality = 0;  ///< 0: none
    std::string camera_jpeg_chroma;
    uint64_t transport_seed = 0;
};

/// A rectangle of the flat film as the camera sees it.
struct SeenBox {
    std::array<Vec2d, 4>
        corners_px;  ///< photo position, edge based: top left, top right, bottom right, bottom left
    std::array<bool, 4> visible{};  ///< nothing hides that corner
    double visible_share = 0;       ///< of 5 x 5 places inside
};

/// A film that the sample lies on: printed like it, from other slices of the same patient.
struct StackedFilm {
    int slice_first = 0;
    uint64_t ripple_seed = 0, fingerprint_seed = 0;
    template <class V>
    void visit(V& v) {
        v("slice_first", slice_first);
        v("ripple_seed", ripple_seed);
        v("fingerprint_seed", fingerprint_seed);
    }
};

/// What all photos of one film show: its own print, and those of the films below it.
struct FilmPrints {
    std::shared_ptr<const Sheet> sheet;
    std::shared_ptr<const path::Texture> texture;  ///< of the sheet
    Rng grain;  ///< what the prints so far left of their stream; films below are printed when they are first
                ///< seen
    std::vector<StackedFilm> below;  ///< from the table upwards
    std::vector<std::shared_ptr<const path::Texture>> below_textures;
};

/// What adjacent samples share, made for the first one that needs it: shapes of one simulation, photos of one
/// film. No sample depends on which others were made with it.
struct FilmGroup {
    std::optional<physics::Simulation> simulation;
    std::optional<FilmPrints> prints;
    std::optional<Mat3d> to_world;              ///< from the simulation's frame, by the film's first photo
    std::vector<physics::SettledSheet> frames;  ///< of a burst where the film moves, else one
    /// FilmRecipe::simulation and PhotoPlace::film they were made for.
    SampleKey simulated, printed, shaped;
};

/// All that is known of one photo before it is encoded.
struct FilmShot {
    std::shared_ptr<const Sheet> sheet;
    physics::SettledSheet settled;               ///< in the world frame of sample-format.md
    Mesh film;                                   ///< settled.mesh with its corners rounded: what is rendered
    std::vector<Vec3f> film_velocities_m_per_s;  ///< of its vertices when it is taken in motion, else empty
    std::vector<StackedFilm> below;              ///< from the table upwards
    FramingRecipe framing;
    int framings_redrawn = 0;
    std::string viewing, environment_id, tabletop_id, source_id;
    int64_t slices_left_out = 0;  ///< of the source, unreadable
    optics::Camera camera;
    std::vector<SeenBox> panels_seen;  ///< of sheet.panels_info
    path::RenderOutput rendered;
    path::GroundTruth maps;
    Image bm;           ///< f32 [h,w,2], NaN where not visible
    Image texel_state;  ///< u8 [h,w,1]: path::Visibility of each texel of bm, 0 outside the film's outline
    Image shading;      ///< f32 [H,W,3], see optional member "shading"; empty unless asked for
    Image flow;         ///< f32 [H,W,2], see optional member "flow"; empty unless asked for
    SelfCheck check;
    Image photo;  ///< u8 sRGB
    optics::SensorReport sensor;
};

/// A place of the film at its row's mid-exposure.
struct SeenPlace {
    Vec3d world_m;
    Vec2d px;  ///< NaN behind the camera
};
/// @param uv of the whole film, rounded corners or not
SeenPlace see(const FilmShot& shot, Vec2d uv);

class FilmGenerator final : public Generator {
public:
    /// @throws Error when the config contradicts itself or the inputs
    FilmGenerator(FilmConfig config, FilmInputs inputs);
    ~FilmGenerator() override;

    std::string kind() const override { return "film"; }
    std::vector<FieldSpec> fields() const override;
    int group_size() const override {
        return config().physics.shapes_per_simulation * config().group.photos();
    }
    std::string split(const SampleKey& key) const override;
    std::vector<std::string> notes() const override;
    void check_inputs(const std::function<bool()>& enough) const override;
    std::vector<Sample> generate(Span<const SampleKey> keys) const override;

    /// Reads the files that the sample takes from unless the caches hold them: what a set pays for once.
    /// @throws Error naming the file
    void read_inputs(const SampleKey& key) const;
    FilmRecipe draw(const SampleKey& key) const;
    /// @param seconds  filled when given; process CPU time, so meaningful with one thread only
    /// @param group    what was made for samples before, taken and added to
    FilmShot realise(const FilmRecipe& recipe, StageSeconds* seconds = nullptr,
                     FilmGroup* group = nullptr) const;
    Sample encode(const FilmRecipe& recipe, const FilmShot& shot) const;
    const FilmConfig& config() const;

private:
    struct State;
    physics::Simulation simulate(const FilmRecipe& recipe) const;
    /// The film's shape in each frame of its bursts; one for all where it is at rest.
    const std::vector<physics::SettledSheet>& frames_of(const FilmRecipe& recipe, FilmGroup& group) const;
    Image flow_to(const FilmRecipe& recipe, const std::vector<physics::SettledSheet>& frames,
                  const FilmShot& shot) const;
    std::unique_ptr<State> state_;
};

}  // namespace radforge::film
