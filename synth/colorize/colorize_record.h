// SPDX-License-Identifier: Apache-2.0
/// A colourisation sample as stored: its members in the order of sample-format.md, and meta.json.
#pragma once
#include "synth/colorize/colorize_generator.h"

#include <string>
#include <vector>

namespace radforge::colorize {

/// Names, types, shapes and scales, fixed by the config before the first sample.
/// @param size_px  of both sides, -1 where it varies
std::vector<FieldSpec> colorize_fields(const std::string& profile, const ContourConfig& contour, int size_px);

/// ct, rgb, mask, labels and contour: all but meta.json.
std::vector<Field> picture_members(const std::string& profile, const ContourConfig& contour, int size_px,
                                   const SectionPair& pair);

std::vector<Field> colorize_members(const ColorizeConfig& config, const ColorizeRecipe& recipe,
                                    const SectionPair& pair, const std::string& source_id,
                                    const std::string& split);

/// "head", "chest", ...
std::string body_part_name(BodyPart part);

}  // namespace radforge::colorize
