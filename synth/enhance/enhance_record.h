// SPDX-License-Identifier: Apache-2.0
/// An enhancement sample as stored: its members in the order of sample-format.md, and meta.json.
#pragma once
#include "synth/enhance/enhance_generator.h"

#include <string>
#include <vector>

namespace radforge::enhance {

/// Pictures are int16: stored + 32768 is the value on the scale 0..65535, every one of which exists.
constexpr int kStoredOffset = 32768;

/// Sizes are rounded to multiples of 8, at least 64: whole maps at a quarter, whole pictures at an eighth.
int rounded_size_px(int size_px);

/// Names, types, shapes and scales, fixed by the config before the first sample.
std::vector<FieldSpec> enhance_fields(const EnhanceConfig& config);

std::vector<Field> enhance_members(const EnhanceConfig& config, const EnhanceRecipe& recipe,
                                   const EnhancePair& pair, const std::string& source_id,
                                   const std::string& split);

}  // namespace radforge::enhance
