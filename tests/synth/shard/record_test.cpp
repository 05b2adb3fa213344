// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/record.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace radforge::shard {
namespace {

ShardRecord sample_record(size_t quarantined) {
    ShardRecord record;
    record.shard_id = 3;
    record.first_index = 100;
    record.last_index = 1000;
    record.planned_count = 900;
    record.sample_count = 900 - quarantined;
    record.content_sha256 = std::string(62, '0') + "ab";
    record.plan_digest = "cd" + std::string(62, '0');
    for (size_t i = 0; i < quarantined; ++i) record.quarantined.push_back(200 + 3 * i);
    return record;
}

std::string whole_shard(ShardRecord& record) {
    const std::string end = encode_end_of_archive(record.quarantined);
    record.bytes_before = end.size();
    record.content_sha256 = sha256_hex(end);
    return end + encode_record(record);
}

TEST(ShardRecord, IsTheseLiteralBytes) {
    ShardRecord record = sample_record(1);
    record.bytes_before = 0x0102030405;
    const std::string bytes = encode_record(record);
    std::string wanted = "radforge";
    wanted += std::string("\1\0\0\0\0\0\0\0", 8);    // version
    wanted += std::string("\3\0\0\0\0\0\0\0", 8);    // shard
    wanted += std::string("\144\0\0\0\0\0\0\0", 8);  // first, 100
    wanted += std::string("\350\3\0\0\0\0\0\0", 8);  // last, 1000
    wanted += std::string("\204\3\0\0\0\0\0\0", 8);  // planned, 900
    wanted += std::string("\203\3\0\0\0\0\0\0", 8);  // stored, 899
    wanted += std::string("\5\4\3\2\1\0\0\0", 8);    // bytes before
    wanted += std::string("\1\0\0\0\0\0\0\0", 8);    // quarantined
    wanted += std::string(31, '\0') + "\xab" + "\xcd" + std::string(31, '\0');
    wanted += std::string("\310\0\0\0\0\0\0\0", 8) + std::string(45 * 8, '\0');
    ASSERT_EQ(wanted.size(), 504u);
    EXPECT_EQ(bytes.substr(0, 504), wanted);
    const uint64_t checksum = xxh3_64(bytes_of(wanted));
    for (size_t i = 0; i < 8; ++i) EXPECT_EQ(uint8_t(bytes[504 + i]), checksum >> (8 * i) & 255);
}

class QuarantineList : public testing::TestWithParam<size_t> {};

TEST_P(QuarantineList, ComesBackWholeWhateverItsLength) {
    ShardRecord record = sample_record(GetParam());
    const std::string shard = whole_shard(record);
    EXPECT_EQ(shard.size() % 512, 0u);
    const ShardRecord back = decode_record(bytes_of(shard), "s.tar");
    EXPECT_EQ(back.quarantined, record.quarantined);
    EXPECT_EQ(back.planned_count, 900u);
    EXPECT_EQ(back.sample_count, 900 - GetParam());
    EXPECT_EQ(back.plan_digest, record.plan_digest);
    check_content_hash(back, bytes_of(shard), "s.tar");
}

// 46 fit into the record, 64 more into each block before it.
INSTANTIATE_TEST_SUITE_P(Lengths, QuarantineList, testing::Values(0, 1, 45, 46, 47, 110, 111, 900));

TEST(ShardRecord, NewerVersionIsRefusedByName) {
    ShardRecord record = sample_record(0);
    std::string shard = whole_shard(record);
    std::string tail = shard.substr(shard.size() - 512, 504);
    tail[8] = 2;
    const uint64_t checksum = xxh3_64(bytes_of(tail));
    for (size_t i = 0; i < 8; ++i) tail += char(checksum >> (8 * i) & 255);
    shard.replace(shard.size() - 512, 512, tail);
    try {
        decode_record(bytes_of(shard), "film-train-000004.tar");
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("film-train-000004.tar"),
                                                 testing::HasSubstr("newer format"),
                                                 testing::HasSubstr("format version 2, expected at most 1")));
        EXPECT_EQ(error.exit_code(), 65);
    }
}

TEST(ShardRecord, EveryFlippedBitOfTheRecordIsFound) {
    ShardRecord record = sample_record(2);
    const std::string shard = whole_shard(record);
    for (size_t bit = (shard.size() - 512) * 8; bit < shard.size() * 8; ++bit) {
        std::string bad = shard;
        bad[bit / 8] = char(bad[bit / 8] ^ (1 << bit % 8));
        EXPECT_THROW(decode_record(bytes_of(bad), "s.tar"), Error) << "bit " << bit;
    }
}

TEST(ShardRecord, RefusesWhatIsNoDigest) {
    ShardRecord record = sample_record(0);
    record.plan_digest = "short";
    EXPECT_THROW(encode_record(record), Error);
}

}  // namespace
}  // namespace radforge::shard
