// SPDX-License-Identifier: Apache-2.0
/// The one source of randomness: Philox4x32-10, a pure function of (dataset seed, sample index, stream,
/// position). Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011; through Debian's
/// Random123.
#pragma once
#include <array>
#include <cstdint>

namespace radforge {

struct Seed {
    uint64_t value = 0;
};  ///< below 2^63, so that it fits a TOML integer

/// Identity of one sample: kind and dataset name do not change a pixel.
struct SampleKey {
    Seed root;
    uint64_t index = 0;
};

/// Independent streams of one sample. Append, never insert: the number enters the counter.
enum class Stream : uint32_t {
    Geometry,
    Material,
    Light,
    Camera,
    Transport,
    Sensor,
    Augment,
    Source,
    Film,
    Split,
    Grain,
    Noise,
    Phantom,
    Room
};

/// Philox4x32-10: 128 random bits for a 64-bit key and a 128-bit counter.
std::array<uint32_t, 4> philox(uint64_t key, std::array<uint32_t, 4> counter);

/// A sequence of numbers for one (key, stream). Counter = {block, stream, index low, index high}.
class Rng {
public:
    Rng(const SampleKey& key, Stream stream);

    uint32_t next_u32();
    uint64_t next_u64();
    double uniform();                      ///< [0,1), 53 bits
    double uniform(double lo, double hi);  ///< [lo,hi]
    uint64_t below(uint64_t n);            ///< {0..n-1} without bias; n >= 1
    double normal();                       ///< mean 0, deviation 1 (Box-Muller)

private:
    std::array<uint32_t, 4> counter_;
    std::array<uint32_t, 4> block_{};
    uint64_t key_;
    int used_ = 4;
};

}  // namespace radforge
