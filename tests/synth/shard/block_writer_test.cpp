// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/block_writer.h"

#include "synth/base/span.h"
#include "tests/synth/shard/scratch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace radforge::shard {
namespace {

constexpr size_t kBlock = BlockWriter::kBlockBytes;

Span<const std::byte> bytes_of(const std::string& text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

std::string varied(size_t size) {
    std::string text(size, '\0');
    for (size_t i = 0; i < size; ++i) text[i] = char(i * 2654435761u >> 13);
    return text;
}

class OpenFile {
public:
    explicit OpenFile(const std::string& path)
        : descriptor(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) {}
    ~OpenFile() { close(descriptor); }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    const int descriptor;
};

struct Case {
    const char* folder;  ///< whose file system knows direct writes, or does not
    size_t head, size, piece;
};

class BlockWriterSizes : public testing::TestWithParam<Case> {};

TEST_P(BlockWriterSizes, EveryByteArrivesWhereItBelongs) {
    const Case& c = GetParam();
    const std::string path = std::string(c.folder) + "/radforge-blocks-" + std::to_string(getpid());
    const std::string text = varied(c.size);
    {
        const OpenFile file(path);
        ASSERT_GE(file.descriptor, 0);
        ASSERT_EQ(::write(file.descriptor, text.data(), c.head), ssize_t(c.head));
        BlockWriter writer(file.descriptor, c.head);
        for (size_t at = c.head; at < c.size; at += c.piece)
            ASSERT_EQ(writer.write(bytes_of(text.substr(at, c.piece))), 0);
        ASSERT_EQ(writer.finish(), 0);
    }
    const std::string back = test::slurp(path);
    unlink(path.c_str());
    EXPECT_EQ(back.size(), text.size());
    EXPECT_TRUE(back == text);
}

INSTANTIATE_TEST_SUITE_P(Sizes, BlockWriterSizes,
                         testing::Values(Case{"/tmp", 0, 1, 1}, Case{"/tmp", 0, kBlock, kBlock},
                                         Case{"/tmp", 0, 2 * kBlock, 3 * kBlock},
                                         Case{"/tmp", 0, 7 * kBlock + 513, 1234567},
                                         Case{"/tmp", 77, 3 * kBlock + 1, 999999},
                                         Case{"/dev/shm", 77, 7 * kBlock + 513, 1234567}));

TEST(BlockWriter, FullDiskIsToldByALaterCall) {
    const test::Scratch scratch;
    const auto child = [&] {
        signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{5 * kBlock / 2, 5 * kBlock / 2};
        setrlimit(RLIMIT_FSIZE, &limit);
        const OpenFile file(scratch / "a");
        BlockWriter writer(file.descriptor, 0);
        const std::string block = varied(kBlock);
        for (int i = 0; i < 9; ++i)
            if (writer.write(bytes_of(block)) == EFBIG) _exit(writer.finish() == EFBIG ? 0 : 2);
        _exit(writer.finish() == EFBIG ? 0 : 1);
    };
    EXPECT_EXIT(child(), testing::ExitedWithCode(0), "");
}

TEST(BlockWriter, DroppedInTheMiddleItStops) {
    const test::Scratch scratch;
    const OpenFile file(scratch / "a");
    const std::string text = varied(3 * kBlock + 5);
    {
        BlockWriter writer(file.descriptor, 0);
        EXPECT_EQ(writer.write(bytes_of(text)), 0);
    }
    const std::string back = test::slurp(scratch / "a");
    EXPECT_LT(back.size(), text.size()) << "the last part was never asked to be written";
    EXPECT_TRUE(back == text.substr(0, back.size()));
}

}  // namespace
}  // namespace radforge::shard
