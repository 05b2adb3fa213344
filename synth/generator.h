// SPDX-License-Identifier: Apache-2.0
/// What turns sample keys into samples; five kinds implement it, one driver runs it.
#pragma once
#include "synth/base/span.h"
#include "synth/shard/sample.h"

#include <string>
#include <vector>

namespace radforge {

/// Thread-safe: generate() may run on many threads at once, and each sample is a pure function of its own
/// key.
class Generator {
public:
    virtual ~Generator() = default;
    virtual std::string kind() const = 0;                       ///< "film", "xray", ...
    virtual std::vector<FieldSpec> fields() const = 0;          ///< the members of every sample, in order
    virtual int group_size() const { return 1; }                ///< adjacent keys that share work
    virtual std::string split(const SampleKey& key) const = 0;  ///< from the source volume alone
    /// What the user should know of the inputs that were used so far, one line each; for the log alone.
    virtual std::vector<std::string> notes() const { return {}; }
    /// @throws Error when a sample cannot be made: the driver quarantines that key with the message
    virtual std::vector<Sample> generate(Span<const SampleKey> keys) const = 0;
};

}  // namespace radforge
