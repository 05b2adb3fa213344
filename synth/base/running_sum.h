// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "synth/base/span.h"

#include <cstddef>
#include <cstdint>
#include <memory>

struct XXH3_state_s;

namespace radforge {

/// xxh3_64() of bytes that come piece by piece.
class RunningSum {
public:
    RunningSum();
    void add(Span<const std::byte> bytes);
    uint64_t value() const;

private:
    struct Free {
        void operator()(XXH3_state_s* state) const;
    };
    std::unique_ptr<XXH3_state_s, Free> state_;
};

}  // namespace radforge
