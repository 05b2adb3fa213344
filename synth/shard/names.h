// SPDX-License-Identifier: Apache-2.0
/// The names that a dataset is made of; see FORMAT.md.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace radforge::shard {

/// Version of everything a dataset holds: tar layout, record, plan, manifest, meta.json.
constexpr uint32_t kFormatVersion = 1;

/// Sample indices are written with nine digits.
constexpr uint64_t kMaxSamples = 1000000000;

/// "film-000000042". @throws Error when the kind is not [a-z0-9_]+ or the index has more than nine digits
std::string sample_name(const std::string& kind, uint64_t index);

/// "film-train-000003.tar". @throws Error on an illegal kind or split, or a number above 999999
std::string shard_file_name(const std::string& kind, const std::string& split, uint32_t number);

/// The parts of a shard's file name.
struct ShardName {
    std::string kind, split;
    uint32_t number = 0;
};
/// @returns nothing when `file_name` is not the name of a shard
std::optional<ShardName> parse_shard_name(const std::string& file_name);

/// The parts of a member's name, `<key>.<field>.<extension>`.
struct MemberName {
    std::string key, field, extension;
};
/// @returns nothing when the name does not have these three parts
std::optional<MemberName> parse_member_name(const std::string& name);

/// @returns the index in "film-000000042", nothing when `key` is not such a name
std::optional<uint64_t> parse_sample_name(const std::string& kind, const std::string& key);

}  // namespace radforge::shard
