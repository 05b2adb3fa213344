// SPDX-License-Identifier: Apache-2.0
/// Checks a decoded member against its spec and measures it; one pass serves the driver, the index and
/// verify. Merged by the parallel formula of Chan, Golub and LeVeque (1979) in a fixed order, so that the
/// last digit is reproducible.
#pragma once
#include "synth/base/running_sum.h"
#include "synth/shard/sample.h"

#include <cstdint>
#include <vector>

namespace radforge::shard {

/// Moments of decoded values; invalid ones are counted and left out.
struct ChannelStats {
    uint64_t count = 0, invalid = 0;
    double lowest = 0, highest = 0;  ///< meaningful when count > 0
    double mean = 0, squares = 0;    ///< squares: sum of squared distances from the mean

    void merge(const ChannelStats& other);
    double deviation() const;  ///< of the population
};

/// One per channel: the last axis of a picture, the first of an array of three axes, else a single one.
struct FieldStats {
    std::vector<ChannelStats> channels;
    void merge(const FieldStats& other);
};

/// @param sum  of an array's values: each channel is added just before it is measured, while the caches hold
/// it
/// @throws Error naming the member when type, shape, finiteness or range are not what the spec says.
///         Values out of range by less than half a step (int16) or 1e-6 of the range (float) pass.
FieldStats measure(const FieldSpec& spec, const Field& field, RunningSum* sum = nullptr);

}  // namespace radforge::shard
