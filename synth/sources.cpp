// SPDX-License-Identifier: Apache-2.0
#include "synth/sources.h"

#include "synth/split.h"
#include "synth/volume/phantom_head.h"
#include "synth/volume/phantom_torso.h"

#include <exception>

namespace radforge {
namespace {

constexpr size_t kCachedVolumes = 6;
constexpr double kHeadReach_mm = 145,
                 kTorsoReach_mm = 300;  // skull base to vertex; apex of the lung downwards

Volume make_phantom(const SampleKey& key, const PhantomConfig& p) {
    Rng rng(key, Stream::Phantom);
    if (rng.uniform() < p.head_part) {
        volume::HeadPhantomSpec spec;
        spec.rows = spec.columns = p.size_px;
        spec.slices = p.slices;
        spec.slice_spacing_mm = spec.slice_thickness_mm = kHeadReach_mm / p.slices;
        return volume::make_head_phantom(spec, key);
    }
    volume::TorsoPhantomSpec spec;
    spec.rows = spec.columns = p.size_px;
    spec.slices = p.slices;
    spec.slice_spacing_mm = spec.slice_thickness_mm = kTorsoReach_mm / p.slices;
    spec.body_part = rng.uniform() < 0.5 ? BodyPart::Chest : BodyPart::Abdomen;
    return volume::make_torso_phantom(spec, key);
}

}  // namespace

SampleKey phantom_key(Seed dataset, size_t number) { return {dataset, (uint64_t(1) << 48) + number}; }

VolumeSources::VolumeSources(std::vector<volume::CtSource> ct, const PhantomConfig& phantom,
                             const DatasetConfig& dataset, int run, Reading reading)
    : VolumeSources(std::move(ct),
                    {size_t(phantom.volumes),
                     [phantom](const SampleKey& key) { return make_phantom(key, phantom); }, kCachedVolumes},
                    dataset, run, reading) {}

VolumeSources::VolumeSources(std::vector<volume::CtSource> ct, PhantomFactory phantoms,
                             const DatasetConfig& dataset, int run, Reading reading)
    : ct_(std::move(ct)),
      phantoms_(std::move(phantoms)),
      dataset_(dataset),
      run_(uint64_t(run)),
      reading_(reading),
      volumes_(phantoms_.cached) {
    RADFORGE_ASSERT(run >= 1);
    require_parts(dataset);
}

size_t VolumeSources::count() const { return ct_.empty() ? phantoms_.count : ct_.size(); }

std::string VolumeSources::id(size_t source) const {
    return ct_.empty() ? "phantom-" + std::to_string(source) : ct_[source].id;
}

size_t VolumeSources::of(const SampleKey& key) const {
    return size_t(Rng({key.root, key.index / run_}, Stream::Source).below(count()));
}

std::string VolumeSources::split(const SampleKey& key) const {
    const size_t source = of(key);
    return ct_.empty() ? split_of_invention(dataset_, id(source))
                       : split_of_scan(dataset_, ct_[source].split_key);
}

std::shared_ptr<const VolumeSources::Loaded> VolumeSources::loaded(size_t source) const {
    return volumes_.get(id(source), [&] {
        auto made = std::make_shared<Loaded>();
        if (ct_.empty()) {
            made->volume = phantoms_.make(phantom_key({uint64_t(dataset_.seed)}, source));
            return std::shared_ptr<const Loaded>(made);
        }
        volume::LoadReport report;
        made->volume = volume::load(ct_[source], report);
        made->slices_left_out = int64_t(report.left_out.size());
        if (reading_ == Reading::BetweenSlices) volume::require_few_gaps(ct_[source], made->volume, report);
        if (std::string note = volume::loss_note(ct_[source], report); !note.empty()) {
            const std::lock_guard<std::mutex> lock(notes_mutex_);
            notes_.emplace(id(source), std::move(note));
        }
        return std::shared_ptr<const Loaded>(made);
    });
}

std::shared_ptr<const Volume> VolumeSources::load(size_t source) const {
    const std::shared_ptr<const Loaded> kept = loaded(source);
    return {kept, &kept->volume};
}

int64_t VolumeSources::slices_left_out(size_t source) const { return loaded(source)->slices_left_out; }

std::vector<std::string> VolumeSources::notes() const {
    const std::lock_guard<std::mutex> lock(notes_mutex_);
    std::vector<std::string> lines;
    for (const auto& [id, note] : notes_) lines.push_back(note);
    return lines;
}

void VolumeSources::require_one() const {
    if (ct_.empty()) return;
    std::exception_ptr first;
    const size_t wanted = of({{uint64_t(dataset_.seed)}, 0});
    for (size_t i = 0; i < ct_.size(); ++i) {
        try {
            loaded((wanted + i) % ct_.size());
            return;
        } catch (const Error&) {
            if (!first) first = std::current_exception();
        }
    }
    std::rethrow_exception(first);
}

std::vector<volume::CtSource> select_ct(const std::vector<std::string>& folders,
                                        std::vector<std::string>& ids, Logger& logger) {
    if (folders.empty() && ids.empty()) return {};
    return select_inputs(volume::find_sources(folders, logger), ids, "inputs.ct", "--ct");
}

DatasetPlan plan_of(const DatasetConfig& dataset, const std::string& kind) {
    DatasetPlan plan;
    plan.name = dataset.name;
    plan.kind = kind;
    plan.seed = {uint64_t(dataset.seed)};
    plan.samples_per_shard = dataset.samples_per_shard;
    plan.profile = dataset.profile;
    plan.split_parts = {{"train", dataset.train_part},
                        {"val", dataset.val_part},
                        {"test", 1 - dataset.train_part - dataset.val_part}};
    return plan;
}

void credit(const std::vector<volume::CtSource>& ct, DatasetPlan& plan) {
    for (const volume::CtSource& source : ct)
        plan.inputs.push_back({"CT volume " + source.id, "as given by its owner", source.origin, source.id});
}

}  // namespace radforge
