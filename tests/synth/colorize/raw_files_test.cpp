// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/raw_files.h"

#include "synth/base/error.h"
#include "tests/synth/colorize/visible_human_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace radforge::colorize {
namespace {

using testing::Bytes;
using testing::genesis_bytes;
using testing::GenesisOptions;

Image ramp(int height, int width) {
    Image image(height, width, 1, PixelType::I16, ColorSpace::Data);
    for (int r = 0; r < height; ++r)
        for (int c = 0; c < width; ++c) image.view<int16_t>()(r, c) = int16_t(7 * r + 3 * c - 40);
    return image;
}

std::string message_of(const Bytes& bytes) {
    try {
        decode_genesis(bytes);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(Sections, SizesOfTheOriginalsDecideTheLayout) {
    const auto male = layout_of(7471104), rescan = layout_of(33177600);
    ASSERT_TRUE(male && rescan);
    EXPECT_EQ(male->width_px, 2048);
    EXPECT_EQ(male->height_px, 1216);
    EXPECT_TRUE(male->planar);
    EXPECT_EQ(male->pixel_mm, 0.33);
    EXPECT_EQ(rescan->width_px, 4096);
    EXPECT_EQ(rescan->height_px, 2700);
    EXPECT_FALSE(rescan->planar);
    EXPECT_FALSE(layout_of(7471103));
}

TEST(Sections, PlanesAndRowsComeOutUpright) {
    // Literal bytes of 2 x 2 pixels: red plane, green plane, blue plane, each with the backmost row first.
    const unsigned char planes[] = {1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24};
    Bytes bytes;
    for (const unsigned char b : planes) bytes.push_back(std::byte(b));
    const Image photo = decode_section(bytes, {2, 2, true, 1});
    const auto v = photo.view<uint8_t>();
    EXPECT_EQ(v(0, 0, 0), 3);
    EXPECT_EQ(v(0, 1, 1), 14);
    EXPECT_EQ(v(1, 0, 2), 21);
    const Image pixels = decode_section(bytes, {2, 2, false, 1});
    EXPECT_EQ(pixels.view<uint8_t>()(1, 0, 2), 3);
    EXPECT_EQ(pixels.view<uint8_t>()(0, 1, 0), 22);
}

TEST(Sections, GapsOfTheSawAndTruncatedFilesAreErrors) {
    const SectionLayout layout{2, 2, true, 1};
    for (const Bytes& bytes : {Bytes(), Bytes(12), Bytes(11, std::byte{9})})
        EXPECT_THROW(decode_section(bytes, layout), Error) << bytes.size();
}

TEST(Genesis, BothByteOrdersAndVersionsGiveTheSameSlice) {
    const Image slice = ramp(20, 24);
    for (const bool little : {false, true})
        for (const int version : {2, 3}) {
            GenesisOptions options;
            options.little_endian = little;
            options.version = version;
            options.pixel_mm = 0.898f;
            const GenesisSlice read = decode_genesis(genesis_bytes(slice, options));
            EXPECT_TRUE(read.header);
            EXPECT_EQ(read.little_endian, little);
            EXPECT_EQ(read.stored.width_px, 24);
            EXPECT_EQ(read.stored.bytes, slice.bytes) << little << version;
            EXPECT_NEAR(read.pixel_mm, 0.898, 1e-6);
            EXPECT_EQ(read.thickness_mm, 3);
        }
}

TEST(Genesis, HeaderIsWhereTheFormatHasIt) {
    const Bytes bytes = genesis_bytes(ramp(20, 24));
    const unsigned char start[] = {'I', 'M', 'G', 'F', 0, 0, 0x0d, 0x58, 0, 0, 0, 24,
                                   0,   0,   0,   20,  0, 0, 0,    16,   0, 0, 0, 1};
    for (size_t i = 0; i < sizeof start; ++i) EXPECT_EQ(bytes[i], std::byte(start[i])) << i;
    EXPECT_EQ(bytes[53], std::byte{3});
}

TEST(Genesis, WithoutMagicTheLast512SquareIsRead) {
    const Image slice = ramp(512, 512);
    for (const bool little : {false, true}) {
        GenesisOptions options;
        options.magic = false;
        options.little_endian = little;
        Bytes bytes = genesis_bytes(slice, options);
        bytes.insert(bytes.begin(), 700, std::byte{0x5a});
        const GenesisSlice read = decode_genesis(bytes);
        EXPECT_FALSE(read.header);
        EXPECT_EQ(read.little_endian, little);
        EXPECT_EQ(read.stored.bytes, slice.bytes);
        EXPECT_EQ(read.pixel_mm, 0) << "unknown, not guessed";
    }
}

TEST(Genesis, BadFilesAreErrorsThatSayWhy) {
    const Image slice = ramp(20, 24);
    Bytes cut = genesis_bytes(slice);
    cut.resize(cut.size() - 1);
    EXPECT_NE(message_of(cut).find("truncated"), std::string::npos);
    cut.resize(30);
    EXPECT_NE(message_of(cut).find("truncated"), std::string::npos);
    EXPECT_NE(message_of({}).find("truncated"), std::string::npos);
    EXPECT_NE(message_of(Bytes(5000)).find("truncated"), std::string::npos) << "no magic, and no 512 x 512";
    GenesisOptions packed;
    packed.compression = 3;
    EXPECT_NE(message_of(genesis_bytes(slice, packed)).find("compression 3"), std::string::npos);
    GenesisOptions shallow;
    shallow.depth = 8;
    EXPECT_NE(message_of(genesis_bytes(slice, shallow)).find("16 bits"), std::string::npos);
}

class Unpacking : public ::testing::Test {
protected:
    void SetUp() override { std::filesystem::create_directories(folder_); }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::string folder_ = ::testing::TempDir() + "/unpacking-" + std::to_string(getpid());
};

TEST_F(Unpacking, UnixCompressIsUndone) {
    const Bytes plain = genesis_bytes(ramp(64, 64)), packed = testing::compressed(plain);
    EXPECT_EQ(packed[0], std::byte{0x1f});
    EXPECT_EQ(packed[1], std::byte{0x9d});
    EXPECT_LT(packed.size(), plain.size());
    testing::write(folder_ + "/a.fre", plain);
    testing::write(folder_ + "/b.fre.Z", packed);
    EXPECT_EQ(read_unpacked(folder_ + "/a.fre"), plain);
    EXPECT_EQ(read_unpacked(folder_ + "/b.fre.Z"), plain);
    const Bytes half(packed.begin(), packed.begin() + std::ptrdiff_t(packed.size() / 2));
    testing::write(folder_ + "/c.fre.Z", half);
    // A .Z has no length of its own: what is left ends early, and the slice is found to be truncated.
    std::string message;
    try {
        decode_genesis(read_unpacked(folder_ + "/c.fre.Z"));
    } catch (const Error& error) {
        message = error.what();
    }
    EXPECT_FALSE(message.empty());
    EXPECT_THROW(read_unpacked(folder_ + "/none"), Error);
}

TEST_F(Unpacking, AnEmptyFileIsEmpty) {
    testing::write(folder_ + "/empty", {});
    EXPECT_TRUE(read_unpacked(folder_ + "/empty").empty());
}

}  // namespace
}  // namespace radforge::colorize
