// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/record.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/shard/names.h"
#include "synth/shard/tar_writer.h"

#include <algorithm>
#include <cstring>

namespace radforge::shard {
namespace {

constexpr char kMagic[] = "radforge";
constexpr size_t kInlineOffset = 136, kChecksumOffset = 504;

void put(std::string& bytes, size_t offset, uint64_t value, size_t count) {
    for (size_t i = 0; i < count; ++i) bytes[offset + i] = char(value >> (8 * i) & 255);
}

uint64_t take(const std::byte* bytes, size_t count) {
    uint64_t value = 0;
    for (size_t i = 0; i < count; ++i) value |= uint64_t(bytes[i]) << (8 * i);
    return value;
}

void put_digest(std::string& bytes, size_t offset, const std::string& hex) {
    if (hex.size() != 64 || hex.find_first_not_of("0123456789abcdef") != std::string::npos)
        throw Error(ErrorKind::BadData, "not a SHA-256 digest")
            .got("'" + hex + "'")
            .expected("64 hex digits");
    for (size_t i = 0; i < 32; ++i) bytes[offset + i] = char(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
}

std::string take_digest(const std::byte* bytes) {
    std::string hex;
    for (size_t i = 0; i < 32; ++i) {
        hex += "0123456789abcdef"[uint8_t(bytes[i]) >> 4];
        hex += "0123456789abcdef"[uint8_t(bytes[i]) & 15];
    }
    return hex;
}

size_t overflow_bytes(uint64_t quarantined) {
    const size_t spilled = quarantined > kInlineQuarantined ? size_t(quarantined - kInlineQuarantined) : 0;
    return (spilled * 8 + kTarBlock - 1) / kTarBlock * kTarBlock;
}

}  // namespace

std::string encode_end_of_archive(const std::vector<uint64_t>& quarantined) {
    std::string bytes(2 * kTarBlock + overflow_bytes(quarantined.size()), '\0');
    for (size_t i = kInlineQuarantined; i < quarantined.size(); ++i)
        put(bytes, 2 * kTarBlock + 8 * (i - kInlineQuarantined), quarantined[i], 8);
    return bytes;
}

std::string encode_record(const ShardRecord& record) {
    std::string bytes(kRecordBytes, '\0');
    bytes.replace(0, 8, kMagic);
    put(bytes, 8, kFormatVersion, 4);
    put(bytes, 16, record.shard_id, 8);
    put(bytes, 24, record.first_index, 8);
    put(bytes, 32, record.last_index, 8);
    put(bytes, 40, record.planned_count, 8);
    put(bytes, 48, record.sample_count, 8);
    put(bytes, 56, record.bytes_before, 8);
    put(bytes, 64, record.quarantined.size(), 8);
    put_digest(bytes, 72, record.content_sha256);
    put_digest(bytes, 104, record.plan_digest);
    const size_t inlined = std::min(record.quarantined.size(), kInlineQuarantined);
    for (size_t i = 0; i < inlined; ++i) put(bytes, kInlineOffset + 8 * i, record.quarantined[i], 8);
    put(bytes, kChecksumOffset, xxh3_64(bytes_of(bytes).first(kChecksumOffset)), 8);
    return bytes;
}

ShardRecord decode_record(Span<const std::byte> shard, const std::string& path) {
    const auto damaged = [&](const std::string& what) {
        return Error(ErrorKind::BadData, what)
            .where(path)
            .hint("the shard is cut or damaged; remove it and run the same command again");
    };
    if (shard.size() < 2 * kTarBlock + kRecordBytes) throw damaged("too short to hold a shard record");
    const std::byte* const bytes = shard.data() + (shard.size() - kRecordBytes);
    if (std::memcmp(bytes, kMagic, 8) != 0) throw damaged("no shard record at the end");
    const uint64_t version = take(bytes + 8, 4);
    // Only a record that is whole may claim to be newer: a flipped bit in the version is damage.
    if (take(bytes + kChecksumOffset, 8) != xxh3_64(Span<const std::byte>(bytes, kChecksumOffset)))
        throw damaged("damaged shard record");
    if (version > kFormatVersion)
        throw Error(ErrorKind::BadData, "written in a newer format")
            .where(path)
            .got("format version " + std::to_string(version))
            .expected("at most " + std::to_string(kFormatVersion))
            .hint("update radforge");
    if (version == 0) throw damaged("shard record without a version");
    ShardRecord record;
    record.shard_id = take(bytes + 16, 8);
    record.first_index = take(bytes + 24, 8);
    record.last_index = take(bytes + 32, 8);
    record.planned_count = take(bytes + 40, 8);
    record.sample_count = take(bytes + 48, 8);
    record.bytes_before = take(bytes + 56, 8);
    record.content_sha256 = take_digest(bytes + 72);
    record.plan_digest = take_digest(bytes + 104);
    const uint64_t count = take(bytes + 64, 8);
    if (record.bytes_before + kRecordBytes != shard.size())
        throw damaged("wrong size")
            .got(std::to_string(shard.size()) + " bytes")
            .expected(std::to_string(record.bytes_before + kRecordBytes));
    if (count > kMaxSamples || record.sample_count + count != record.planned_count ||
        overflow_bytes(count) > record.bytes_before)
        throw damaged("shard record with counts that do not add up");
    const std::byte* const overflow = bytes - overflow_bytes(count);
    for (uint64_t i = 0; i < count; ++i)
        record.quarantined.push_back(i < kInlineQuarantined
                                         ? take(bytes + kInlineOffset + 8 * i, 8)
                                         : take(overflow + 8 * (i - kInlineQuarantined), 8));
    return record;
}

void check_content_hash(const ShardRecord& record, Span<const std::byte> shard, const std::string& path) {
    const std::string hash = sha256_hex(shard.first(record.bytes_before));
    if (hash != record.content_sha256)
        throw Error(ErrorKind::BadData, "the content does not have the hash in its shard record")
            .where(path)
            .got(hash)
            .expected(record.content_sha256);
}

}  // namespace radforge::shard
