// SPDX-License-Identifier: Apache-2.0
/// meta.json, the last member of every sample; see FORMAT.md.
#pragma once
#include "synth/base/rng.h"

#include <string>

namespace radforge::shard {

constexpr size_t kMaxMetaBytes = 64 * 1024;

/// The part of meta.json that every kind has.
struct MetaHeader {
    std::string kind, split, dataset;
    SampleKey key;
};

/// One JSON object on one line, keys sorted.
/// @param recipe_json  object: every drawn number, unit in its name; replays the sample
/// @param source_json  object: hash prefixes of the inputs
/// @param more_json    object: what the kind adds ("camera", "film"); its keys join the top level
/// @throws Error when one is no object, repeats a key, or the whole exceeds 64 kB
std::string make_meta(const MetaHeader& header, const std::string& recipe_json,
                      const std::string& source_json, const std::string& more_json = "{}");

/// Checks a meta.json against where it was found. @throws Error naming the key that disagrees, or a newer
/// format
void check_meta(const std::string& text, const MetaHeader& expected);

/// @returns the text of the "recipe" object. @throws Error when there is none
std::string recipe_of(const std::string& meta_json);

/// @returns the SHA-256 of the file beside the shards that the sample refers to; empty when it refers to none
std::string volume_file_sha256_of(const std::string& meta_json);

}  // namespace radforge::shard
