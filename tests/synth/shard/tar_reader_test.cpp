// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/tar_reader.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/shard/tar_writer.h"
#include "tests/synth/shard/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace radforge::shard {
namespace {

std::string two_members() {
    std::string tar;
    append_tar_member(tar, "k.a.json", bytes_of("{}"));
    append_tar_member(tar, "k.b.npy", bytes_of(std::string(600, 'b')));
    return tar;
}

std::string message_of(const std::string& tar) {
    TarReader reader(bytes_of(tar), "x.tar");
    try {
        while (reader.next()) {
        }
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(TarReader, ReturnsNamesOffsetsAndContentInOrder) {
    const std::string tar = two_members() + std::string(1024, '\0');
    TarReader reader(bytes_of(tar), "x.tar");
    const auto a = reader.next(), b = reader.next();
    ASSERT_TRUE(a && b);
    EXPECT_EQ(a->name, "k.a.json");
    EXPECT_EQ(a->offset, 512u);
    EXPECT_EQ(a->content.size(), 2u);
    EXPECT_EQ(b->name, "k.b.npy");
    EXPECT_EQ(b->offset, 1536u);
    EXPECT_EQ(char(b->content[599]), 'b');
    EXPECT_FALSE(reader.next());
    EXPECT_EQ(reader.end_offset(), tar.size() - 1024);
}

TEST(TarReader, CutMemberIsReportedWithOffset) {
    EXPECT_THAT(message_of(two_members().substr(0, 2000)),
                testing::HasSubstr("cut inside member 'k.b.npy' at byte 2000"));
}

TEST(TarReader, MissingEndIsReportedWithOffset) {
    EXPECT_THAT(message_of(two_members()), testing::HasSubstr("no header at byte 2560"));
    EXPECT_THAT(message_of(two_members() + std::string(512, '\0')), testing::HasSubstr("single zero block"));
}

TEST(TarReader, AnyChangedHeaderByteIsAnError) {
    const std::string good = two_members() + std::string(1024, '\0');
    ASSERT_EQ(message_of(good), "");
    for (size_t i = 0; i < 512; ++i) {
        std::string bad = good;
        bad[i] = char(bad[i] ^ 1);
        // A changed name with its checksum unmatched, a changed size, mode, or unused field: all refused.
        EXPECT_NE(message_of(bad), "") << "byte " << i;
    }
}

TEST(TarReader, NonZeroPaddingIsAnError) {
    std::string bad = two_members() + std::string(1024, '\0');
    bad[600] = 'x';
    EXPECT_THAT(message_of(bad), testing::HasSubstr("padding is not zero at byte 514"));
}

TEST(TarReader, ForeignTarIsRefusedAtItsFirstHeader) {
    const test::Scratch scratch;
    ASSERT_EQ(test::shell("cd " + scratch.path() +
                          " && echo hi > k.a.json && tar --format=gnu -cf foreign.tar k.a.json")
                  .exit_code,
              0);
    EXPECT_THAT(message_of(test::slurp(scratch / "foreign.tar")),
                testing::HasSubstr("foreign tar header at byte 0"));
}

}  // namespace
}  // namespace radforge::shard
