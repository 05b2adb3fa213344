// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/names.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

namespace radforge::shard {
namespace {

TEST(Names, AreFixedWidthAndComeBack) {
    EXPECT_EQ(sample_name("film", 42), "film-000000042");
    EXPECT_EQ(shard_file_name("film", "train", 3), "film-train-000003.tar");
    const auto name = parse_shard_name("film-train-000003.tar");
    ASSERT_TRUE(name);
    EXPECT_EQ(name->kind + "/" + name->split + "/" + std::to_string(name->number), "film/train/3");
    EXPECT_EQ(parse_sample_name("film", "film-000000042"), 42u);
    const auto member = parse_member_name("film-000000042.uv.npy.gz");
    ASSERT_TRUE(member);
    EXPECT_EQ(member->key + "|" + member->field + "|" + member->extension, "film-000000042|uv|npy.gz");
}

TEST(Names, IllegalOnesAreRefused) {
    EXPECT_THROW(sample_name("Film", 0), Error);
    EXPECT_THROW(sample_name("film", kMaxSamples), Error);
    EXPECT_THROW(shard_file_name("film", "tr ain", 0), Error);
    EXPECT_THROW(shard_file_name("film", "train", 1000000), Error);
    for (const char* const text : {"film-000003.tar", "film-train-3.tar", "film-train-000003.tar.gz",
                                   ".tmp-film-train-000003.tar", "film-train-00000x.tar"})
        EXPECT_FALSE(parse_shard_name(text)) << text;
    for (const char* const text : {"film-42", "film-0000000420", "xray-000000042", "film_000000042"})
        EXPECT_FALSE(parse_sample_name("film", text)) << text;
    EXPECT_FALSE(parse_member_name("film-000000042.json"));
}

}  // namespace
}  // namespace radforge::shard
