// SPDX-License-Identifier: Apache-2.0
/// Poisson counts and normal deviates from a counter: a pure function of (key, place), for noise that does
/// not depend on the order in which pixels are visited.
#pragma once
#include <array>
#include <cstdint>

namespace radforge::optics {

/// Independent random numbers of one place of one image.
class PlaceRandom {
public:
    /// @param key  of the image; row, column, channel: the place; channel < 2^16
    PlaceRandom(uint64_t key, uint32_t row, uint32_t column, uint32_t channel);
    double uniform();  ///< (0,1), 32 bits
    double normal();   ///< mean 0, deviation 1 (Box-Muller)
    /// Poisson count with this mean, 0..1e9. Below 10 by multiplication of uniforms, above by transformed
    /// rejection (Hoermann, "The transformed rejection method for generating Poisson random variables", 1993,
    /// algorithm PTRS).
    double poisson(double mean);

private:
    uint64_t key_;
    std::array<uint32_t, 4> counter_, block_{};
    int used_ = 4;
};

}  // namespace radforge::optics
