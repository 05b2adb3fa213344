// SPDX-License-Identifier: Apache-2.0
/// The kinds of data, by name.
#pragma once
#include "synth/base/log.h"
#include "synth/config/document.h"
#include "synth/config/provenance.h"
#include "synth/dataset_config.h"
#include "synth/generator.h"
#include "synth/preview.h"
#include "synth/shard/plan.h"

#include <memory>
#include <string>
#include <vector>

namespace radforge {

/// What the user points at on the command line; empty ones stand for procedural inputs.
struct InputPaths {
    std::vector<std::string> ct;
    std::string hdri, backgrounds;
};

/// A generator and everything the driver needs to know of its dataset; plan.directory and plan.count are left
/// to the caller.
struct GeneratorSetup {
    std::unique_ptr<Generator> generator;
    DatasetPlan plan;
    DatasetConfig dataset;
};

/// For the kinds that are not photographed. @param what  in the plural, for the message
/// @throws Error when environments or table tops are given
void refuse_scenery(const InputPaths& paths, const std::string& what);

/// What every kind's set-up ends with: the plan gets its fields and its provenance.
/// @param plan        with config_toml
/// @param embree_isa  path::kIsa for kinds that trace rays, "none" for the others
GeneratorSetup finish(DatasetPlan plan, const DatasetConfig& dataset, std::unique_ptr<Generator> generator,
                      const std::string& embree_isa = "none");

/// @throws Error on an unknown kind (with the list of kinds), a config that is wrong, or inputs that cannot
/// be read or
///         are not those that the config names
GeneratorSetup set_up_generator(const std::string& kind, const config::Document& document,
                                const InputPaths& inputs, Logger& logger);

/// One row a sample: its members, or what its kind shows of them. @return u8 [H,W,3]
Image contact_sheet(const std::vector<Sample>& samples, const DatasetPlan& plan, int tile_px = 168);

std::vector<std::string> generator_kinds();
/// As manifest.json has it.
std::string provenance_json(const config::Provenance& provenance);
/// Markdown table of all config keys of a kind.
std::string generator_manual(const std::string& kind);

}  // namespace radforge
