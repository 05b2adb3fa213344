// SPDX-License-Identifier: Apache-2.0
#include "synth/base/rng.h"

#include "synth/base/error.h"

#include <Random123/philox.h>

#include <cmath>

namespace radforge {

std::array<uint32_t, 4> philox(uint64_t key, std::array<uint32_t, 4> counter) {
    const philox4x32_ctr_t c = {{counter[0], counter[1], counter[2], counter[3]}};
    const philox4x32_key_t k = {{uint32_t(key), uint32_t(key >> 32)}};
    const philox4x32_ctr_t r = philox4x32(c, k);
    return {r.v[0], r.v[1], r.v[2], r.v[3]};
}

Rng::Rng(const SampleKey& key, Stream stream)
    : counter_{0, uint32_t(stream), uint32_t(key.index), uint32_t(key.index >> 32)}, key_(key.root.value) {}

uint32_t Rng::next_u32() {
    if (used_ == 4) {
        block_ = philox(key_, counter_);
        ++counter_[0];
        RADFORGE_ASSERT(counter_[0] != 0);
        used_ = 0;
    }
    return block_[size_t(used_++)];
}

uint64_t Rng::next_u64() {
    const uint64_t low = next_u32();
    return low | uint64_t(next_u32()) << 32;
}

double Rng::uniform() { return double(next_u64() >> 11) * 0x1p-53; }

double Rng::uniform(double lo, double hi) { return lo + (hi - lo) * uniform(); }

uint64_t Rng::below(uint64_t n) {
    RADFORGE_ASSERT(n >= 1);
    const uint64_t rejected = (0 - n) % n;  // 2^64 mod n
    uint64_t x = next_u64();
    while (x < rejected) x = next_u64();
    return x % n;
}

double Rng::normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(6.283185307179586 * uniform());
}

}  // namespace radforge
