// SPDX-License-Identifier: Apache-2.0
#include "synth/base/hash.h"

#include "synth/base/error.h"
#include "tests/synth/base/no_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace radforge {
namespace {

// FIPS 180-4 examples.
TEST(Sha256, KnownAnswers) {
    EXPECT_EQ(sha256_hex(std::string()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex(std::string("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex(std::string(1000000, 'a')),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesGiveTheHashOfTheWhole) {
    Sha256 hash;
    for (const char* piece : {"a", "", "b", "c"}) hash.update(std::string(piece));
    EXPECT_EQ(hash.hex(), sha256_hex(std::string("abc")));
}

TEST(Sha256, AForkGoesOnAloneFromWhatWasSeen) {
    Sha256 hash;
    hash.update("ab");
    Sha256 other = hash.fork();
    hash.update("c");
    other.update("d");
    EXPECT_EQ(hash.hex(), sha256_hex("abc"));
    EXPECT_EQ(other.hex(), sha256_hex("abd"));
}

TEST(Sha256, AFileThatCannotBeReadAtTheMomentIsNoBadData) {
    EXPECT_TRUE(test::is_put_off([] { sha256_file("/proc/self/exe"); }));
    try {
        sha256_file("/no/such/file");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadData);
    }
}

TEST(Sha256, FilesLargerThanTheBufferAreReadToTheEnd) {
    const auto path = std::filesystem::temp_directory_path() / "radforge_hash_test.bin";
    const std::string bytes(3 * 1024 * 1024 + 17, 'x');
    std::ofstream(path, std::ios::binary) << bytes;
    EXPECT_EQ(sha256_file(path.string()), sha256_hex(bytes));
    std::filesystem::remove(path);
}

TEST(Sha256, AMissingFileIsNamed) {
    try {
        sha256_file("/nonexistent/file");
        FAIL();
    } catch (const Error& e) {
        EXPECT_STREQ(e.what(), "/nonexistent/file: cannot read the file");
        EXPECT_EQ(e.exit_code(), 65);
    }
}

// XXH3_64bits with seed 0: the empty input, and the value xxhsum -H3 prints for "abc".
TEST(Xxh3, KnownAnswers) {
    EXPECT_EQ(xxh3_64(bytes_of(std::string())), 0x2d06800538d394c2u);
    EXPECT_EQ(xxh3_64(bytes_of(std::string("abc"))), 0x78af5f94892f3950u);
}

}  // namespace
}  // namespace radforge
