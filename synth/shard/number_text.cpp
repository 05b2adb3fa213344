// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/number_text.h"

#include "synth/base/error.h"

#include <charconv>

namespace radforge::shard {
namespace {

struct TypeName {
    PixelType type;
    const char* name;
};
constexpr TypeName kTypeNames[] = {{PixelType::U8, "uint8"},
                                   {PixelType::I16, "int16"},
                                   {PixelType::U16, "uint16"},
                                   {PixelType::F16, "float16"},
                                   {PixelType::F32, "float32"}};

bool parse_number(const std::string& text, double& value) {
    const char* const begin = text.data();
    const auto [end, error] = std::from_chars(begin, begin + text.size(), value);
    return error == std::errc() && end == begin + text.size();
}

}  // namespace

std::string number_text(double value) {
    char buffer[40];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
    RADFORGE_ASSERT(error == std::errc());
    return std::string(buffer, end);
}

std::string shape_text(const std::vector<int64_t>& shape) {
    std::string text = "[";
    for (size_t i = 0; i < shape.size(); ++i) {
        if (i > 0) text += ", ";
        text += shape[i] == -1 ? "*" : std::to_string(shape[i]);
    }
    return text + "]";
}

std::string range_text(Range<double> range) {
    return "[" + number_text(range.lo) + ", " + number_text(range.hi) + "]";
}

std::optional<Range<double>> parse_range(const std::string& text) {
    if (text.empty()) return std::nullopt;
    const size_t comma = text.find(", ");
    Range<double> range;
    if (text.front() != '[' || text.back() != ']' || comma == std::string::npos ||
        !parse_number(text.substr(1, comma - 1), range.lo) ||
        !parse_number(text.substr(comma + 2, text.size() - comma - 3), range.hi))
        throw Error(ErrorKind::BadData, "not a range").got("'" + text + "'").expected("'[lo, hi]'");
    return range;
}

const char* type_name(PixelType type) {
    for (const TypeName& known : kTypeNames)
        if (known.type == type) return known.name;
    RADFORGE_ASSERT(false);
    return "";
}

PixelType parse_type(const std::string& name) {
    for (const TypeName& known : kTypeNames)
        if (name == known.name) return known.type;
    throw Error(ErrorKind::BadData, "unknown dtype").got("'" + name + "'");
}

}  // namespace radforge::shard
