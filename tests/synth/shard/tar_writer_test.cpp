// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/tar_writer.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"

#include <gtest/gtest.h>

namespace radforge::shard {
namespace {

std::string nuls(size_t count) { return std::string(count, '\0'); }

// Field by field from IEEE Std 1003.1 (pax, ustar): name, mode, uid, gid, size, mtime, chksum, typeflag,
// linkname, magic, version, uname, gname, devmajor, devminor, prefix, padding.
TEST(TarWriter, HeaderIsTheseLiteralBytes) {
    std::string bytes = "a.b.json" + nuls(92);
    bytes += std::string("0000444\0", 8) + std::string("0000000\0", 8) + std::string("0000000\0", 8);
    bytes += std::string("00000000003\0", 12) + std::string("00000000000\0", 12);
    unsigned sum = 0;
    const std::string rest = "0" + nuls(100) + std::string("ustar\0", 6) + "00" + nuls(64) +
                             std::string("0000000\0", 8) + std::string("0000000\0", 8) + nuls(155) + nuls(12);
    for (const char c : bytes + "        " + rest) sum += static_cast<unsigned char>(c);
    char checksum[9];
    snprintf(checksum, sizeof checksum, "%06o", sum);
    bytes += std::string(checksum) + std::string("\0 ", 2) + rest;
    ASSERT_EQ(bytes.size(), 512u);
    EXPECT_EQ(tar_header("a.b.json", 3), bytes);
    EXPECT_EQ(std::string(checksum), "010527");  // pinned
}

TEST(TarWriter, ContentIsPaddedToWholeBlocks) {
    std::string tar;
    append_tar_member(tar, "a", bytes_of("xyz"));
    EXPECT_EQ(tar.size(), 1024u);
    EXPECT_EQ(tar.substr(512, 4), std::string("xyz\0", 4));
    append_tar_member(tar, "b", bytes_of(std::string(512, 'q')));
    EXPECT_EQ(tar.size(), 2048u);
    append_tar_member(tar, "c", {});
    EXPECT_EQ(tar.size(), 2560u);
}

TEST(TarWriter, RefusesNamesAndSizesThatUstarCannotHold) {
    EXPECT_EQ(tar_header(std::string(99, 'n'), 0).size(), 512u);
    EXPECT_THROW(tar_header(std::string(100, 'n'), 0), Error);
    EXPECT_THROW(tar_header("", 0), Error);
    EXPECT_EQ(tar_header("n", (uint64_t(1) << 33) - 1).substr(124, 11), "77777777777");
    EXPECT_THROW(tar_header("n", uint64_t(1) << 33), Error);
}

}  // namespace
}  // namespace radforge::shard
