// SPDX-License-Identifier: Apache-2.0
/// Proves that a dataset is what its plan says, byte by byte.
#pragma once
#include "synth/base/log.h"

#include <cstdint>
#include <string>
#include <vector>

namespace radforge::shard {

struct VerifyOptions {
    bool phi = false;  ///< also look for patient identity in text members, card, config and picture metadata
    bool decode = true;  ///< also decode every member and check dtype, shape, range
    bool complete =
        true;  ///< a missing sample, or a missing file that goes with a complete set, is a problem
    bool by_program = false;  ///< the set is of `radforge`, which always writes preview.png and overrides.txt
};

/// What does away with a finding.
enum class Remedy { Synth, Index, Removal };

/// One thing that is wrong: the file, or file and member, and what.
struct Finding {
    std::string where, what;
    Remedy remedy = Remedy::Synth;
};

struct VerifyReport {
    uint64_t shards = 0, samples = 0, quarantined = 0, bytes = 0;
    std::vector<Finding> problems;
    std::vector<Finding> identity;  ///< with options.phi
    bool ok() const { return problems.empty() && identity.empty(); }
};

/// Recomputes all hashes, walks every tar, decodes every member, compares keys with the plan (missing,
/// double, in the wrong shard) and every derived file with its derivation; lists stray and temporary files.
/// Every flipped bit and every cut of a shard is found. Collects problems instead of stopping at the first.
/// @throws Error when the folder holds no dataset at all, or one of a newer format
VerifyReport verify(const std::string& directory, const VerifyOptions& options, Logger& logger);

}  // namespace radforge::shard
