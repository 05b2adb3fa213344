// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/enhance_generator.h"

#include "synth/base/error.h"
#include "synth/enhance/correction_maps.h"
#include "synth/enhance/enhance_record.h"
#include "synth/enhance/patient.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace radforge::enhance {
namespace {

constexpr double kRadPerDeg = 3.141592653589793 / 180;
constexpr size_t kCachedVolumes = 1, kCachedSubjects = 3;  // volumes are needed while subjects are made

Degradation draw_degradation(const DegradeConfig& config, const SampleKey& key) {
    Rng rng(key, Stream::Sensor);
    Degradation d;
    d.gamma = config.gamma.draw(rng);
    d.gain = config.gain.draw(rng);
    d.offset = config.offset.draw(rng);
    d.veil = config.veil.draw(rng);
    d.heel = config.heel.draw(rng);
    d.heel_heading_rad = rng.uniform(0, 360) * kRadPerDeg;
    d.noise = config.noise.draw(rng);
    d.blur_px = config.blur_px.draw(rng);
    d.collimated = rng.uniform() < config.collimator_probability;
    for (double* side : {&d.top, &d.bottom, &d.left, &d.right}) *side = config.collimator_share.draw(rng);
    d.border = config.border.draw(rng);
    return d;
}

PhantomFactory phantoms(const PatientConfig& config) {
    return {size_t(config.volumes), [config](const SampleKey& key) { return make_patient(config, key); },
            kCachedVolumes};
}

}  // namespace

EnhanceGenerator::EnhanceGenerator(EnhanceConfig config, std::vector<volume::CtSource> ct)
    : config_(std::move(config)),
      sources_(std::move(ct), phantoms(config_.phantom), config_.dataset, config_.view.views_per_volume,
               Reading::BetweenSlices),
      subjects_(kCachedSubjects) {
    if (config_.phantom.head_part + config_.phantom.limb_part > 1 + 1e-9)
        throw Error(ErrorKind::Usage, "the parts of heads and limbs add up to more than 1")
            .where("phantom.head_part, phantom.limb_part");
    if (config_.view.views_per_volume > config_.dataset.samples_per_shard)
        throw Error(ErrorKind::Usage, "samples that share a volume share a shard")
            .where("view.views_per_volume")
            .got(std::to_string(config_.view.views_per_volume))
            .expected("at most dataset.samples_per_shard = " +
                      std::to_string(config_.dataset.samples_per_shard));
    sources_.require_one();
}

std::shared_ptr<const Subject> EnhanceGenerator::subject(size_t source) const {
    return subjects_.get(sources_.id(source),
                         [&] { return std::make_shared<const Subject>(*sources_.load(source)); });
}

EnhanceRecipe EnhanceGenerator::draw(const SampleKey& key) const {
    return draw(key, *subject(sources_.of(key)));
}

EnhanceRecipe EnhanceGenerator::draw(const SampleKey& key, const Subject& subject) const {
    const ViewConfig& v = config_.view;
    EnhanceRecipe recipe;
    recipe.key = key;
    recipe.source = sources_.of(key);
    Rng rng(key, Stream::Geometry);
    Shot& shot = recipe.shot;
    shot.preset = config_.presets.of(subject.body_part()).draw(rng);
    shot.size_px = rounded_size_px(v.size_px.draw(rng));
    shot.turn_rad = v.turn_deg.draw(rng) * kRadPerDeg;
    shot.tilt_rad = v.tilt_deg.draw(rng) * kRadPerDeg;
    shot.roll_rad = v.roll_deg.draw(rng) * kRadPerDeg;
    shot.shift_across = v.shift.draw(rng);
    shot.shift_down = v.shift.draw(rng);
    shot.field = v.field.draw(rng);
    recipe.degradation = draw_degradation(config_.degrade, key);
    Rng taste(key, Stream::Film);
    recipe.equalisation.kappa = config_.target.kappa.draw(taste);
    recipe.equalisation.detail = config_.target.detail.draw(taste);
    recipe.equalisation.guided = config_.target.smoothing == "guided";
    return recipe;
}

EnhancePair EnhanceGenerator::realise(const EnhanceRecipe& recipe, StageSeconds* seconds) const {
    StageClock clock(seconds);
    const std::shared_ptr<const Subject> patient = subject(recipe.source);
    clock.done("volume");
    return realise(recipe, *patient, seconds);
}

EnhancePair EnhanceGenerator::realise(const EnhanceRecipe& recipe, const Subject& patient,
                                      StageSeconds* seconds) const {
    StageClock clock(seconds);
    const IdealRadiograph ideal = patient.shoot(recipe.shot);
    clock.done("projection");
    RawRadiograph raw = degrade(ideal.ideal, recipe.degradation, recipe.key);
    clock.done("degradation");
    CorrectionMaps corrected =
        equalise(raw.image, ideal.ideal, ideal.body, recipe.degradation, recipe.equalisation);
    clock.done("maps");
    EnhancePair pair;
    // From what is stored, and nothing else: the loss of the true maps is zero.
    pair.target = remap(raw.image, corrected.maps);
    clock.done("remap");
    pair.raw = std::move(raw.image);
    pair.maps = std::move(corrected.maps);
    pair.white = ideal.white;
    pair.field_mm = ideal.field_mm;
    pair.body_share = corrected.body_share;
    pair.ideal_clipped_px = ideal.clipped_px;
    pair.raw_clipped_px = raw.clipped_px;
    pair.maps_clamped = corrected.clamped;
    return pair;
}

std::vector<FieldSpec> EnhanceGenerator::fields() const { return enhance_fields(config_); }

Sample EnhanceGenerator::encode(const EnhanceRecipe& recipe, const EnhancePair& pair) const {
    Sample sample;
    sample.key = recipe.key;
    sample.split = split(recipe.key);
    sample.fields = enhance_members(config_, recipe, pair, sources_.id(recipe.source), sample.split);
    return sample;
}

std::vector<Sample> EnhanceGenerator::generate(Span<const SampleKey> keys) const {
    // Held for the whole group: other groups may push them out of the cache meanwhile.
    std::map<size_t, std::shared_ptr<const Subject>> held;
    std::vector<Sample> samples;
    for (const SampleKey& key : keys) {
        const size_t source = sources_.of(key);
        std::shared_ptr<const Subject>& patient = held[source];
        if (!patient) patient = subject(source);
        const EnhanceRecipe recipe = draw(key, *patient);
        samples.push_back(encode(recipe, realise(recipe, *patient, nullptr)));
    }
    return samples;
}

}  // namespace radforge::enhance
