// SPDX-License-Identifier: Apache-2.0
/// Random numbers of a detector, a pure function of (seed, view, pixel).
#pragma once
#include "synth/base/rng.h"

#include <cstdint>

namespace radforge::xray {

/// Where a noise field comes from. Two images with the same key have the same noise, whatever else differs.
struct NoiseKey {
    Seed seed;
    uint64_t view = 0;
};

/// The stream of one pixel. Philox counter: {pixel, "XR" | block, view low, view high}; Rng's second word, a
/// stream number, stays below "XR", so that the two never share a block.
class PixelRng {
public:
    PixelRng(const NoiseKey& key, uint32_t pixel);
    double uniform();  ///< (0,1), 32 bits
    double normal();   ///< mean 0, deviation 1 (Box-Muller)

    /// Exact Poisson variate: products of uniforms below mean 10, above it PTRS (W. Hoermann, "The
    /// transformed rejection method for generating Poisson random variables", Insurance: Mathematics and
    /// Economics 12, 1993).
    /// @throws Error for a negative or non-finite mean
    double poisson(double mean);

private:
    uint64_t key_;
    std::array<uint32_t, 4> counter_;
    std::array<uint32_t, 4> block_{};
    int used_ = 4;
};

}  // namespace radforge::xray
