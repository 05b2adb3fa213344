// SPDX-License-Identifier: Apache-2.0
#include "synth/xray/xray_volumes.h"

#include "render/xray/material_split.h"
#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/shard/codec.h"
#include "synth/split.h"
#include "synth/volume/crania.h"
#include "synth/volume/reslice.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <exception>
#include <numeric>

namespace radforge::xray {
namespace {

constexpr size_t kCachedVolumes = 4;
constexpr int kByteSteps = 255, kWordSteps = 32767;

std::string padded_number(uint64_t n) {
    const std::string digits = std::to_string(n);
    return std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits;
}

std::string species_id(uint64_t species) { return "cranium-" + padded_number(species); }

std::vector<std::string> split_species(int species, const DatasetConfig& dataset) {
    std::vector<std::pair<double, int>> order;
    for (int s = 0; s < species; ++s)
        order.emplace_back(keyed_position(dataset.seed, species_id(uint64_t(s))), s);
    std::sort(order.begin(), order.end());
    std::vector<std::string> split(size_t(species), "test");
    const auto train = std::lround(dataset.train_part * species),
               val = std::lround((dataset.train_part + dataset.val_part) * species);
    for (long rank = 0; rank < species; ++rank)
        split[size_t(order[size_t(rank)].second)] = rank < train ? "train" : rank < val ? "val" : "test";
    return split;
}

ProjectorOptions options_of(const ProjectorConfig& config, double edge_mm) {
    ProjectorOptions options;
    options.method = config.method == "march"       ? Method::March
                     : config.method == "joseph"    ? Method::Joseph
                     : config.method == "shearwarp" ? Method::ShearWarp
                                                    : Method::Siddon;
    options.march_steps = config.march_steps;
    options.march_length_mm = edge_mm;
    options.device = config.device == "cuda" ? Device::Cuda : Device::Cpu;
    return options;
}

/// Copies that the projectors keep: padded, and for shear-warp turned as well; two materials, and the grid
/// each comes from.
double grids_in_use(const ProjectorConfig& config) { return config.method == "shearwarp" ? 6 : 4; }

}  // namespace

std::string cube_npy(const Cube& cube) {
    NdArray array;
    array.shape = {cube.n, cube.n, cube.n};
    array.type = cube.largest <= kByteSteps ? PixelType::U8 : PixelType::I16;
    array.bytes.resize(cube.levels.size() * bytes_per_value(array.type));
    if (array.type == PixelType::I16)
        std::memcpy(array.bytes.data(), cube.levels.data(), array.bytes.size());
    else
        for (size_t i = 0; i < cube.levels.size(); ++i) array.bytes[i] = std::byte(cube.levels[i]);
    return shard::encode_npy(array);
}

XrayVolumes::XrayVolumes(std::vector<volume::CtSource> ct, const XrayConfig& config)
    : ct_(std::move(ct)), config_(config), prepared_(kCachedVolumes) {
    require_parts(config.dataset);
    if (ct_.empty()) species_split_ = split_species(config.crania.species, config.dataset);
}

uint64_t XrayVolumes::count() const {
    return ct_.empty() ? uint64_t(config_.crania.species) * uint64_t(config_.crania.individuals) : ct_.size();
}

VolumeName XrayVolumes::name(uint64_t volume) const {
    RADFORGE_ASSERT(volume < count());
    if (!ct_.empty()) {
        const volume::CtSource& ct = ct_[size_t(volume)];
        const auto first = std::find_if(ct_.begin(), ct_.end(), [&](const volume::CtSource& other) {
            return other.split_key == ct.split_key;
        });
        return {ct.id, first->id, "", 0};
    }
    // One animal of every species before the second of any: a part of the set shows all that it can.
    const uint64_t species = volume % uint64_t(config_.crania.species),
                   individual = volume / uint64_t(config_.crania.species);
    const std::string id = species_id(species);
    return {id + "-" + std::to_string(individual), id,
            volume::cranium_kind_name(volume::cranium_kind(species)), int64_t(individual)};
}

std::string XrayVolumes::split(uint64_t volume) const {
    RADFORGE_ASSERT(volume < count());
    if (ct_.empty()) return species_split_[size_t(volume % uint64_t(config_.crania.species))];
    return split_of_scan(config_.dataset, ct_[size_t(volume)].split_key);
}

std::shared_ptr<const PreparedVolume> XrayVolumes::load(uint64_t volume) const {
    return prepared_.get(name(volume).id, [&] { return prepare(volume); });
}

Volume XrayVolumes::scan(uint64_t volume, PreparedVolume& prepared) const {
    if (ct_.empty()) {
        volume::CraniumSpec spec;
        spec.size_voxels = std::clamp(config_.volume.size_vox, 16, 512);
        spec.soft_tissue = config_.crania.soft_tissue;
        return volume::make_cranium(spec, {uint64_t(config_.dataset.seed)},
                                    volume % uint64_t(config_.crania.species),
                                    volume / uint64_t(config_.crania.species));
    }
    const volume::CtSource& source = ct_[size_t(volume)];
    volume::LoadReport report;
    Volume scan = volume::load(source, report, config_.volume.memory_gb);
    prepared.padding_voxels = report.padding_voxels;
    prepared.clamped_voxels = report.clamped_voxels;
    prepared.slices_left_out = int64_t(report.left_out.size());
    prepared.gaps = int64_t(report.gaps.size());
    volume::require_few_gaps(source, scan, report);
    const std::string note = volume::loss_note(source, report);
    if (!note.empty()) {
        const std::lock_guard<std::mutex> lock(notes_mutex_);
        notes_.emplace(source.id, note);
    }
    return scan;
}

std::shared_ptr<const PreparedVolume> XrayVolumes::prepare(uint64_t volume) const {
    auto prepared = std::make_shared<PreparedVolume>();
    prepared->name = name(volume);
    Volume scan = this->scan(volume, *prepared);
    try {
        use(std::move(scan), *prepared);
    } catch (const Error& error) {
        if (ct_.empty()) throw;
        throw Error(error).where(ct_[size_t(volume)].files.front());
    }
    return prepared;
}

void XrayVolumes::use(Volume scan, PreparedVolume& prepared) const {
    CubeSettings settings;
    settings.n = config_.volume.size_vox;
    settings.largest = config_.volume.type == "u8" ? kByteSteps : kWordSteps;
    settings.fit_body = config_.volume.fit == "body";
    settings.air_hu = config_.volume.air_hu;
    settings.memory_gb = config_.volume.memory_gb;
    prepared.cube = make_cube(scan, settings);
    const ProjectorOptions options = options_of(config_.projector, prepared.cube.edge_mm);
    prepared.density = make_projector(prepared.cube.grid(), options);
    if (config_.volume.mode == "stored")
        prepared.frame.emplace(prepared.cube);
    else
        prepared.cube_sha256 = sha256_hex(cube_npy(prepared.cube));

    if (config_.detector.enabled) {
        if (config_.detector.voxel_mm > 0) scan = volume::resample_regular(scan, config_.detector.voxel_mm);
        require_memory(scan, grids_in_use(config_.projector), config_.volume.memory_gb);
        MaterialGrids materials = material_grids(scan);
        // A detector sees all of the matter, the march one edge of the cube along each ray.
        ProjectorOptions whole = options;
        if (whole.method == Method::March) whole.method = Method::Joseph;
        prepared.water = make_projector(materials.water, whole);
        materials.water = {};
        prepared.bone = make_projector(materials.bone, whole);
    }
}

std::vector<std::string> XrayVolumes::notes() const {
    const std::lock_guard<std::mutex> lock(notes_mutex_);
    std::vector<std::string> lines;
    for (const auto& [id, note] : notes_) lines.push_back(note);
    return lines;
}

void XrayVolumes::require_one() const {
    if (ct_.empty()) return;
    std::exception_ptr first;
    for (uint64_t volume = 0; volume < count(); ++volume) {
        try {
            load(volume);
            return;
        } catch (const Error&) {
            if (!first) first = std::current_exception();
        }
    }
    std::rethrow_exception(first);
}

}  // namespace radforge::xray
