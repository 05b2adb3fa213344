// SPDX-License-Identifier: Apache-2.0
#include "synth/base/running_sum.h"

#include "synth/base/error.h"

#include <xxhash.h>
#if defined(__x86_64__)
#include <xxh_x86dispatch.h>  // the widest instructions of the machine; the same sums
#endif

namespace radforge {

RunningSum::RunningSum() : state_(XXH3_createState()) {
    RADFORGE_ASSERT(state_ && XXH3_64bits_reset(state_.get()) == XXH_OK);
}

void RunningSum::add(Span<const std::byte> bytes) {
    XXH3_64bits_update(state_.get(), bytes.data(), bytes.size());
}

uint64_t RunningSum::value() const { return XXH3_64bits_digest(state_.get()); }

void RunningSum::Free::operator()(XXH3_state_s* state) const { XXH3_freeState(state); }

}  // namespace radforge
