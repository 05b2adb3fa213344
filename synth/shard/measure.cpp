// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/measure.h"

#include "synth/base/error.h"
#include "synth/shard/number_text.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <type_traits>

namespace radforge::shard {
namespace {

/// A half of IEEE 754-2019 as its bits.
struct Half {
    uint16_t bits;
};

double to_double(Half half) {
    const int exponent = half.bits >> 10 & 31, fraction = half.bits & 1023;
    double value = exponent == 31  ? (fraction ? std::nan("") : std::numeric_limits<double>::infinity())
                   : exponent == 0 ? std::ldexp(double(fraction), -24)
                                   : std::ldexp(double(1024 + fraction), exponent - 25);
    return half.bits & 0x8000 ? -value : value;
}
template <class T>
double to_double(T value) {
    return double(value);
}

/// A dense array seen as [outer, channel, inner].
struct Layout {
    const std::byte* bytes;
    PixelType type;
    size_t outer, channels, inner;
};

struct Limits {
    double lo = -std::numeric_limits<double>::infinity(), hi = std::numeric_limits<double>::infinity();
    std::optional<double> invalid;  ///< stored value that means "none"
    bool nan_is_invalid = false;
};

Limits limits_of(const FieldSpec& spec) {
    Limits limits;
    const bool is_float = spec.type == PixelType::F32 || spec.type == PixelType::F16;
    if (const auto range = parse_range(spec.range)) {
        const double slack = is_float ? 1e-6 * (range->hi - range->lo) : 0.5 * spec.scale;
        limits.lo = range->lo - slack;
        limits.hi = range->hi + slack;
    }
    if (spec.invalid == "NaN")
        limits.nan_is_invalid = true;
    else if (!spec.invalid.empty())
        limits.invalid = std::stod(spec.invalid);
    return limits;
}

template <class T>
ChannelStats measure_channel(const FieldSpec& spec, const Layout& layout, const Limits& limits,
                             size_t channel) {
    ChannelStats stats;
    double sum = 0, lowest = limits.hi, highest = limits.lo;
    const auto each = [&](auto&& use) {
        for (size_t o = 0; o < layout.outer; ++o) {
            const std::byte* const run =
                layout.bytes + (o * layout.channels + channel) * layout.inner * sizeof(T);
            for (size_t i = 0; i < layout.inner; ++i) {
                T stored;
                std::memcpy(&stored, run + i * sizeof(T), sizeof(T));
                use(to_double(stored));
            }
        }
    };
    each([&](double stored) {
        if ((limits.nan_is_invalid && std::isnan(stored)) || (limits.invalid && stored == *limits.invalid)) {
            ++stats.invalid;
            return;
        }
        const double value = stored * spec.scale + spec.offset;
        if (!std::isfinite(value) || !(value >= limits.lo && value <= limits.hi))
            throw Error(ErrorKind::BadData, "illegal value")
                .got(number_text(value))
                .expected(spec.range.empty() ? "finite values" : spec.range);
        lowest = std::min(lowest, value);
        highest = std::max(highest, value);
        sum += value;
        ++stats.count;
    });
    if (stats.count == 0) return stats;
    stats.lowest = lowest;
    stats.highest = highest;
    stats.mean = sum / double(stats.count);
    each([&](double stored) {
        if (std::isnan(stored) || (limits.invalid && stored == *limits.invalid)) return;
        const double distance = stored * spec.scale + spec.offset - stats.mean;
        stats.squares += distance * distance;
    });
    return stats;
}

/// Sums of bytes and of their squares, in blocks that 32 bits hold.
struct ByteSums {
    uint64_t sum = 0, squares = 0;
    uint8_t lowest = 255, highest = 0;

    void add(const uint8_t* bytes, size_t count) {
        constexpr size_t kBlock = 32768;  // x 255^2 < 2^32
        for (size_t begin = 0; begin < count; begin += kBlock) {
            const size_t n = std::min(kBlock, count - begin);
            const uint8_t* const block = bytes + begin;
            uint32_t s = 0, q = 0;
            uint8_t lo = lowest, hi = highest;
            for (size_t i = 0; i < n; ++i) {
                const uint32_t v = block[i];
                s += v;
                q += v * v;
                lo = std::min(lo, block[i]);
                hi = std::max(hi, block[i]);
            }
            sum += s, squares += q, lowest = lo, highest = hi;
        }
    }
};

/// As measure_channel(), in exact integers: volumes of bytes are the largest members there are.
/// @returns nothing when there is no value or an illegal one
std::optional<ChannelStats> measure_bytes(const FieldSpec& spec, const Layout& layout, const Limits& limits,
                                          size_t channel) {
    ByteSums sums;
    for (size_t o = 0; o < layout.outer; ++o)
        sums.add(
            reinterpret_cast<const uint8_t*>(layout.bytes) + (o * layout.channels + channel) * layout.inner,
            layout.inner);
    const uint64_t count = layout.outer * layout.inner;
    if (count == 0) return std::nullopt;
    ChannelStats stats;
    stats.count = count;
    const double at_low = sums.lowest * spec.scale + spec.offset,
                 at_high = sums.highest * spec.scale + spec.offset;
    stats.lowest = std::min(at_low, at_high);
    stats.highest = std::max(at_low, at_high);
    if (!(stats.lowest >= limits.lo && stats.highest <= limits.hi)) return std::nullopt;
    // About the nearest integer to the mean, so that little cancels.
    const auto middle = int64_t(sums.sum / count);
    const int64_t about =
        int64_t(sums.squares) - 2 * middle * int64_t(sums.sum) + middle * middle * int64_t(count);
    const double rest = double(int64_t(sums.sum) - middle * int64_t(count)) / double(count);
    stats.mean = (double(middle) + rest) * spec.scale + spec.offset;
    stats.squares = spec.scale * spec.scale * (double(about) - double(count) * rest * rest);
    return stats;
}

template <class T>
FieldStats measure_as(const FieldSpec& spec, const Layout& layout) {
    const Limits limits = limits_of(spec);
    FieldStats stats;
    for (size_t channel = 0; channel < layout.channels; ++channel) {
        if constexpr (std::is_same_v<T, uint8_t>) {
            // Pictures interleave their channels, and a byte that means "none" has to be looked for.
            if (layout.inner > 1 && !limits.invalid)
                if (const auto quick = measure_bytes(spec, layout, limits, channel)) {
                    stats.channels.push_back(*quick);
                    continue;
                }
        }
        stats.channels.push_back(measure_channel<T>(spec, layout, limits, channel));
    }
    return stats;
}

FieldStats measure_layout(const FieldSpec& spec, const Layout& layout) {
    switch (layout.type) {
        case PixelType::U8:
            return measure_as<uint8_t>(spec, layout);
        case PixelType::I16:
            return measure_as<int16_t>(spec, layout);
        case PixelType::U16:
            return measure_as<uint16_t>(spec, layout);
        case PixelType::F16:
            return measure_as<Half>(spec, layout);
        case PixelType::F32:
            return measure_as<float>(spec, layout);
    }
    RADFORGE_ASSERT(false);
    return {};
}

void check_kind(const FieldSpec& spec, PixelType type, const std::vector<int64_t>& shape) {
    if (type != spec.type)
        throw Error(ErrorKind::BadData, "wrong dtype").got(type_name(type)).expected(type_name(spec.type));
    bool fits = shape.size() == spec.shape.size();
    for (size_t i = 0; fits && i < shape.size(); ++i) fits = spec.shape[i] == -1 || spec.shape[i] == shape[i];
    if (!fits)
        throw Error(ErrorKind::BadData, "wrong shape")
            .got(shape_text(shape))
            .expected(shape_text(spec.shape));
}

FieldStats measure_value(const FieldSpec& spec, const Field& field) {
    if (const auto* image = std::get_if<Image>(&field.value)) {
        check_kind(spec, image->type, {image->height_px, image->width_px, image->channels});
        return measure_layout(
            spec, {image->bytes.data(), image->type, size_t(image->height_px) * size_t(image->width_px),
                   size_t(image->channels), 1});
    }
    if (const auto* array = std::get_if<NdArray>(&field.value)) {
        check_kind(spec, array->type, array->shape);
        size_t count = 1;
        for (const int64_t side : array->shape) count *= size_t(side);
        const size_t channels = array->shape.size() == 3 ? size_t(array->shape[0]) : 1;
        return measure_layout(
            spec, {array->bytes.data(), array->type, 1, channels, channels ? count / channels : 0});
    }
    return {};
}

}  // namespace

void ChannelStats::merge(const ChannelStats& other) {
    invalid += other.invalid;
    if (other.count == 0) return;
    if (count == 0) {
        const uint64_t invalid_so_far = invalid;
        *this = other;
        invalid = invalid_so_far;
        return;
    }
    const double n = double(count), m = double(other.count), gap = other.mean - mean;
    lowest = std::min(lowest, other.lowest);
    highest = std::max(highest, other.highest);
    mean += gap * (m / (n + m));
    squares += other.squares + gap * gap * (n * m / (n + m));
    count += other.count;
}

double ChannelStats::deviation() const { return count > 0 ? std::sqrt(squares / double(count)) : 0; }

void FieldStats::merge(const FieldStats& other) {
    if (channels.size() < other.channels.size()) channels.resize(other.channels.size());
    for (size_t i = 0; i < other.channels.size(); ++i) channels[i].merge(other.channels[i]);
}

FieldStats measure(const FieldSpec& spec, const Field& field) {
    try {
        if (field.name != spec.name || field.extension != spec.extension)
            throw Error(ErrorKind::BadData, "unexpected member").expected(spec.name + "." + spec.extension);
        return measure_value(spec, field);
    } catch (Error& error) {
        throw error.where(field.name + "." + field.extension);
    }
}

}  // namespace radforge::shard
