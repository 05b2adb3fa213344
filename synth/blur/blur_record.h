// SPDX-License-Identifier: Apache-2.0
/// A blur sample as stored: its members in the order of sample-format.md, and meta.json.
#pragma once
#include "synth/blur/blur_generator.h"

#include <string>
#include <vector>

namespace radforge::blur {

/// Names, types, shapes and scales, fixed by the config before the first sample.
std::vector<FieldSpec> blur_fields(const BlurConfig& config);

std::vector<Field> blur_members(const BlurConfig& config, const BlurRecipe& recipe, const BlurPair& pair,
                                const std::string& source_id, const std::string& split);

}  // namespace radforge::blur
