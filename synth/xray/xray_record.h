// SPDX-License-Identifier: Apache-2.0
/// An x-ray sample as stored: its members in the order of sample-format.md, and meta.json.
#pragma once
#include "synth/xray/xray_generator.h"

#include <string>
#include <vector>

namespace radforge::xray {

/// Names, types, shapes and scales, fixed by the config before the first sample.
std::vector<FieldSpec> xray_fields(const XrayConfig& config);

std::vector<Field> xray_members(const XrayConfig& config, const XrayRecipe& recipe, XrayShot shot,
                                const std::string& split);

/// Where volume.mode = "reference" keeps the cube of a volume, within the dataset.
std::string volume_file(const VolumeName& name);

}  // namespace radforge::xray
