// SPDX-License-Identifier: Apache-2.0
/// Numbers, shapes and ranges as text: the shortest form that reads back to the same value, in any locale.
#pragma once
#include "synth/base/dist.h"
#include "synth/base/image.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace radforge::shard {

std::string number_text(double value);                      ///< "0.1", "nan", "inf"
std::string shape_text(const std::vector<int64_t>& shape);  ///< "[3, 448, 448]"; * where it varies
std::string range_text(Range<double> range);                ///< "[0, 1]"
/// The inverse of range_text. @returns nothing for an empty text. @throws Error on anything else
std::optional<Range<double>> parse_range(const std::string& text);

const char* type_name(PixelType type);  ///< "uint8", "int16", "uint16", "float16", "float32"
/// @throws Error on another name
PixelType parse_type(const std::string& name);

}  // namespace radforge::shard
