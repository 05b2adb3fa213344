// SPDX-License-Identifier: Apache-2.0
/// What turns sample keys into samples; five kinds implement it, one driver runs it.
#pragma once
#include "synth/base/span.h"
#include "synth/shard/plan.h"
#include "synth/shard/sample.h"

#include <functional>
#include <stdexcept>
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
    /// Where adjacent samples share a source, so many to each: how many; 0 where samples draw theirs.
    virtual uint64_t samples_per_source() const { return 0; }
    /// The source of a sample, where samples_per_source() is not 0.
    /// @throws Error when there are not so many
    virtual PlannedSource source(const SampleKey&) const { throw std::logic_error("no sources"); }
    /// Content of the file source(key).file, where that has a name.
    virtual std::string source_file(const SampleKey&) const { throw std::logic_error("no sources"); }
    /// What the user should know of the inputs that were used so far, one line each; for the log alone.
    virtual std::vector<std::string> notes() const { return {}; }
    /// Reads all inputs that samples may want and that were not read yet, so that one that cannot be used is
    /// told before hours of work; the driver does so beside the first samples.
    /// @param enough  asked between inputs: true ends the check
    /// @throws Error naming the input
    virtual void check_inputs(const std::function<bool()>&) const {}
    /// @throws Error when a sample cannot be made: the driver quarantines that key with the message
    virtual std::vector<Sample> generate(Span<const SampleKey> keys) const = 0;
    /// The same samples one by one, for a taker that is done with each before the next is made.
    virtual void generate_each(Span<const SampleKey> keys, const std::function<void(Sample)>& take) const {
        for (Sample& sample : generate(keys)) take(std::move(sample));
    }
};

}  // namespace radforge
