// SPDX-License-Identifier: Apache-2.0
#include "synth/xray/xray_generator.h"

#include "synth/base/error.h"
#include "synth/xray/xray_record.h"

#include <algorithm>
#include <utility>

namespace radforge::xray {
namespace {

/// Interpolation that overshoots may leave integrals just below 0 in empty space.
int64_t clamp_at_zero(Image& integral) {
    int64_t clipped = 0;
    for (float& value : integral.values<float>())
        if (value < 0) value = 0, ++clipped;
    return clipped;
}

/// The image of one ray bundle, and its mirror image where the sample is mirrored.
Image as_seen(const Image& image, const XrayRecipe& recipe, const ViewPlan& plan) {
    return recipe.place.mirrored ? plan.mirrored(image) : image;
}

/// The views of a run of samples, each once, unmirrored; which of them a sample shows.
struct Launch {
    std::vector<View> views;
    std::vector<size_t> view_of;
};

Launch launch_of(Span<const XrayRecipe> recipes, const ViewPlan& plan, const Cube& cube, int size_px) {
    Launch launch;
    int last = -1;
    for (const XrayRecipe& recipe : recipes) {
        if (recipe.place.view != last) {
            ViewRecipe straight = recipe.view;
            straight.mirrored = false;
            launch.views.push_back(plan.view(straight, cube.centre_mm, cube.edge_mm, size_px));
            last = recipe.place.view;
        }
        launch.view_of.push_back(launch.views.size() - 1);
    }
    return launch;
}

}  // namespace

XrayGenerator::XrayGenerator(XrayConfig config, std::vector<volume::CtSource> ct)
    : config_(std::move(config)), plan_(config_.view), volumes_(std::move(ct), config_) {
    if (group_size() > config_.dataset.samples_per_shard)
        throw Error(ErrorKind::Usage, "samples that are made together share a shard")
            .where("dataset.samples_per_shard")
            .got(std::to_string(config_.dataset.samples_per_shard))
            .expected("at least " + std::to_string(group_size()))
            .hint(config_.projector.device == "cuda" ? "or lower view.views_per_launch"
                                                     : "or set view.mirror to none");
    if (config_.detector.enabled) validate(config_.detector);
    check_device();
    volumes_.require_one();
}

void XrayGenerator::check_device() const {
    if (config_.projector.device != "cuda" || cuda_available()) return;
    throw Error(ErrorKind::Usage, "no CUDA device can be used")
        .where("projector.device")
        .got("cuda")
        .hint("use --device cpu, or build with nvcc and run on a machine with an NVIDIA GPU");
}

int XrayGenerator::group_size() const {
    return config_.projector.device == "cuda" ? plan_.samples_per_launch() : plan_.samples_per_view();
}

uint64_t XrayGenerator::volume_of(const SampleKey& key) const {
    const Place place = plan_.place(key.index);
    if (place.volume >= volumes_.count())
        throw Error(ErrorKind::Usage, "the set has fewer views than samples asked for")
            .where("--count")
            .got("sample " + std::to_string(key.index))
            .expected("at most " + std::to_string(volumes_.count() * plan_.samples_per_volume()) +
                      " samples: " + std::to_string(volumes_.count()) + " volumes of " +
                      std::to_string(plan_.samples_per_volume()))
            .hint("raise view.count or crania.individuals, or give more volumes");
    return place.volume;
}

XrayRecipe XrayGenerator::draw(const SampleKey& key) const {
    XrayRecipe recipe;
    recipe.key = key;
    recipe.place = plan_.place(key.index);
    recipe.place.volume = volume_of(key);
    recipe.view = plan_.draw(key);
    if (!config_.detector.enabled) return recipe;
    recipe.detector = draw_detector(config_.detector, key, config_.view.geometry == "cone");
    if (recipe.place.mirrored)
        (plan_.mirrors_rows() ? recipe.detector->anode.y : recipe.detector->anode.x) *= -1;
    return recipe;
}

std::vector<XrayShot> XrayGenerator::realise(Span<const XrayRecipe> recipes) const {
    std::vector<XrayShot> shots;
    realise_each(recipes, [&](const XrayRecipe&, XrayShot shot) { shots.push_back(std::move(shot)); });
    return shots;
}

void XrayGenerator::realise_each(Span<const XrayRecipe> recipes, const TakeShot& take) const {
    for (size_t first = 0; first < recipes.size();) {
        size_t last = first + 1;
        while (last < recipes.size() && recipes[last].place.volume == recipes[first].place.volume) ++last;
        realise_run({recipes.data() + first, last - first}, take);
        first = last;
    }
}

void XrayGenerator::realise_run(Span<const XrayRecipe> recipes, const TakeShot& take) const {
    const std::shared_ptr<const PreparedVolume> volume = volumes_.load(recipes[0].place.volume);
    const Cube& cube = volume->cube;
    const int size = config_.image.size_px;
    const Launch launch = launch_of(recipes, plan_, cube, size);
    std::vector<Image> integrals = volume->density->project(launch.views), water, bone;
    std::vector<int64_t> clipped;
    std::vector<Image> opacities;
    for (Image& integral : integrals) {
        clipped.push_back(clamp_at_zero(integral));
        opacities.push_back(opacity(integral, config_.image.chi, cube.edge_mm));
    }
    if (volume->water) {
        water = volume->water->project(launch.views);
        bone = volume->bone->project(launch.views);
        for (Image& path : water) clamp_at_zero(path);
        for (Image& path : bone) clamp_at_zero(path);
    }
    const Mat3d patient_from_cube = cube_axes();
    // Of the density behind the view under way, until its mirrored sample takes it.
    Reflection reflection{plan_.mirrors_rows(), {}};
    for (size_t i = 0; i < recipes.size(); ++i) {
        const XrayRecipe& recipe = recipes[i];
        const size_t v = launch.view_of[i];
        const View& view = launch.views[v];
        XrayShot shot;
        shot.volume = volume;
        shot.view = recipe.place.mirrored ? plan_.mirrored(view) : view;
        shot.cube_from_view = patient_from_cube.transposed() * view_axes(shot.view);
        shot.clipped_px = clipped[v];
        shot.opacity = as_seen(opacities[v], recipe, plan_);
        if (volume->frame) {
            const bool has_twin = i + 1 < recipes.size() && launch.view_of[i + 1] == v;
            if (reflection.volume.bytes.empty())
                shot.density =
                    volume->frame->resample(patient_from_cube.transposed() * view_axes(view),
                                            has_twin || recipe.place.mirrored ? &reflection : nullptr);
            if (recipe.place.mirrored) shot.density = std::exchange(reflection.volume, {});
        }
        if (recipe.detector) {
            const std::vector<MaterialPath> paths = {{Material::Water, as_seen(water[v], recipe, plan_)},
                                                     {Material::Bone, as_seen(bone[v], recipe, plan_)}};
            const double magnification =
                view.beam == Beam::Cone ? recipe.view.source_detector_mm / recipe.view.source_center_mm : 1;
            shot.detector = radiograph(shot.view, paths, config_.detector, *recipe.detector, magnification);
        }
        take(recipe, std::move(shot));
    }
}

std::vector<FieldSpec> XrayGenerator::fields() const { return xray_fields(config_); }

PlannedSource XrayGenerator::source(const SampleKey& key) const {
    const uint64_t volume = volume_of(key);
    const VolumeName name = volumes_.name(volume);
    return {name.id, name.species, volumes_.split(volume),
            config_.volume.mode == "reference" ? volume_file(name) : ""};
}

std::string XrayGenerator::source_file(const SampleKey& key) const {
    return cube_npy(volumes_.load(volume_of(key))->cube);
}

std::vector<Sample> XrayGenerator::generate(Span<const SampleKey> keys) const {
    std::vector<Sample> samples;
    generate_each(keys, [&](Sample sample) { samples.push_back(std::move(sample)); });
    return samples;
}

void XrayGenerator::generate_each(Span<const SampleKey> keys, const std::function<void(Sample)>& take) const {
    std::vector<XrayRecipe> recipes;
    for (const SampleKey& key : keys) recipes.push_back(draw(key));
    realise_each(recipes, [&](const XrayRecipe& recipe, XrayShot shot) {
        Sample sample;
        sample.key = recipe.key;
        sample.split = split(recipe.key);
        sample.fields = xray_members(config_, recipe, std::move(shot), sample.split);
        take(std::move(sample));
    });
}

}  // namespace radforge::xray
