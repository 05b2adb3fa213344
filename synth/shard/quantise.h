// SPDX-License-Identifier: Apache-2.0
/// Numeric fields in the three storage profiles: int16 with a fixed affine scale, the same compressed, or
/// float32.
#pragma once
#include "synth/base/dist.h"
#include "synth/base/span.h"
#include "synth/shard/sample.h"

#include <optional>
#include <string>
#include <vector>

namespace radforge::shard {

enum class Profile { Raw, Gz, F32 };
/// @throws Error on a name other than raw, gz, f32
Profile parse_profile(const std::string& name);

/// value = stored * scale + offset.
struct Affine {
    double scale = 1, offset = 0;
    /// Offset 0, and the larger end of `range` at the largest stored integer: stored 0 decodes to exactly 0.
    /// @throws Error when the range is empty or not finite
    static Affine covering(Range<double> range);
};

/// What a numeric field is and how it is stored; fixed by the config before the first sample.
struct NumericField {
    std::string name;
    std::vector<int64_t> shape;  ///< [C,H,W]; -1 where it varies
    std::string unit;
    Range<double> range{0, 0};     ///< of legal values, closed
    bool always_float = false;     ///< wc, depth, bm: float32 in every profile
    bool nan_is_invalid = false;   ///< NaN means "no value here": kept in float32, -32768 in int16
    std::optional<Affine> affine;  ///< default: Affine::covering(range)
};

/// The spec that goes into the manifest.
FieldSpec spec_of(const NumericField& field, Profile profile);

/// Stores values in the field's profile: rounded to the nearest integer step, half to even.
/// @param values  in C order, `shape` long
/// @param shape   [C,H,W]; must agree with field.shape where that is not -1
/// @throws Error naming the field and the first offender, when a value lies outside the range or is NaN and
/// may not be:
///         the sample is then quarantined, nothing is ever clipped
Field store(const NumericField& field, Profile profile, Span<const float> values, std::vector<int64_t> shape);

}  // namespace radforge::shard
