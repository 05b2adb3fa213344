// SPDX-License-Identifier: Apache-2.0
/// The shard record: the last 512 bytes of every shard, behind the end of the tar, where no tar reader looks.
/// Layout in FORMAT.md.
#pragma once
#include "synth/base/span.h"

#include <cstdint>
#include <string>
#include <vector>

namespace radforge::shard {

constexpr size_t kRecordBytes = 512;
/// Quarantined indices that fit into the record; more lie in blocks of their own before it.
constexpr size_t kInlineQuarantined = 46;

/// What a shard says of itself.
struct ShardRecord {
    uint64_t shard_id = 0;
    uint64_t first_index = 0, last_index = 0;  ///< of the planned samples
    uint64_t planned_count = 0;                ///< samples the plan puts here
    uint64_t sample_count = 0;                 ///< samples that are here; the others are quarantined
    uint64_t bytes_before = 0;                 ///< file size less the record
    std::string content_sha256;                ///< of the bytes before the record, 64 hex digits
    std::string plan_digest;                   ///< of the plan that the shard belongs to, 64 hex digits
    std::vector<uint64_t> quarantined;         ///< indices, ascending
};

/// The two zero blocks that end a tar, and the quarantined indices that do not fit into the record, in whole
/// blocks.
std::string encode_end_of_archive(const std::vector<uint64_t>& quarantined);

/// @returns 512 bytes. @throws Error when a digest is not 64 hex digits
std::string encode_record(const ShardRecord& record);

/// Reads the record of a whole shard. Checks the record's own checksum, version, and the file size; not the
/// content's hash.
/// @param path  for messages
/// @throws Error when there is no valid record, naming a newer version
ShardRecord decode_record(Span<const std::byte> shard, const std::string& path);

/// Checks that the content has the hash that the record states. @throws Error when it does not
void check_content_hash(const ShardRecord& record, Span<const std::byte> shard, const std::string& path);

}  // namespace radforge::shard
