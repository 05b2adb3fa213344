// SPDX-License-Identifier: Apache-2.0
#include "render/picture/image_io.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "tests/render/picture/folder_test.h"
#include "tests/synth/base/no_files.h"

#include <OpenImageIO/imageio.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace radforge::picture {
namespace {

namespace fs = std::filesystem;
const std::string kShared = RADFORGE_SHARED_DIR;

class Files : public FolderTest {
protected:
    void write(const std::string& name, const std::string& bytes) const {
        std::ofstream(path(name), std::ios::binary) << bytes;
    }
    /// OpenEXR stores any float.
    void write_exr(const std::string& name, int width, int height, const std::vector<float>& rgb) const {
        const auto file = OIIO::ImageOutput::create("exr");
        ASSERT_TRUE(file && file->open(path(name), OIIO::ImageSpec(width, height, 3, OIIO::TypeDesc::FLOAT)));
        ASSERT_TRUE(file->write_image(OIIO::TypeDesc::FLOAT, rgb.data()) && file->close());
    }
    std::string complaint_of_hdr(const std::string& name) const {
        try {
            read_hdr(path(name));
        } catch (const Error& e) {
            EXPECT_EQ(e.kind(), ErrorKind::BadData);
            EXPECT_NE(std::string(e.what()).find(name), std::string::npos) << e.what();
            return e.what();
        }
        return "no error";
    }
};

using ImageIo = Files;
using ReadHdr = Files;

TEST_F(ImageIo, PngReturnsEveryValueAtBothDepths) {
    Image small(5, 7, 3, PixelType::U8, ColorSpace::Srgb);
    for (size_t i = 0; i < small.value_count(); ++i) small.values<uint8_t>()[i] = uint8_t(i * 37);
    write_png(path("a.png"), small);
    const Image again = read_image(path("a.png"));
    EXPECT_EQ(again.type, PixelType::U8);
    EXPECT_EQ(again.space, ColorSpace::Srgb);
    EXPECT_EQ(again.channels, 3);
    EXPECT_EQ(again.bytes, small.bytes);

    Image deep(3, 4, 1, PixelType::U16, ColorSpace::Data);
    for (size_t i = 0; i < deep.value_count(); ++i) deep.values<uint16_t>()[i] = uint16_t(i * 5003);
    write_png(path("b.png"), deep);
    EXPECT_EQ(read_image(path("b.png")).bytes, deep.bytes);
    EXPECT_EQ(read_image(path("b.png")).type, PixelType::U16);
}

TEST_F(ImageIo, AlphaIsNotMultipliedIn) {
    Image image(2, 2, 4, PixelType::U8, ColorSpace::Srgb);
    for (size_t i = 0; i < 16; ++i) image.values<uint8_t>()[i] = uint8_t(i % 4 == 3 ? 51 : 200);
    write_png(path("a.png"), image);
    EXPECT_EQ(read_image(path("a.png")).bytes, image.bytes);
}

TEST_F(ImageIo, PngBytesRepeat) {
    Image image(64, 48, 3, PixelType::U8, ColorSpace::Srgb);
    for (size_t i = 0; i < image.value_count(); ++i) image.values<uint8_t>()[i] = uint8_t(i * i / 7);
    write_png(path("a.png"), image);
    write_png(path("b.png"), image);
    EXPECT_EQ(sha256_file(path("a.png")), sha256_file(path("b.png")));
}

TEST_F(ImageIo, RealTexturesHaveTheirSize) {
    const Image jpg = read_image(kShared + "/data/background/rosewood_veneer1_diff_1k.jpg");
    EXPECT_EQ(jpg.height_px, 1024);
    EXPECT_EQ(jpg.width_px, 1024);
    EXPECT_EQ(jpg.channels, 3);
    EXPECT_EQ(jpg.type, PixelType::U8);
    EXPECT_EQ(read_image(kShared + "/data/background/fabric_grey_512.png").height_px, 512);
}

TEST_F(ImageIo, MissingDamagedAndShortFilesAreNamed) {
    const auto complains = [&](const std::string& name) {
        try {
            read_image(path(name));
        } catch (const Error& e) {
            return std::string(e.what()).find(name) != std::string::npos;
        }
        return false;
    };
    EXPECT_TRUE(complains("missing.png"));
    write("noise.png", "this is no picture at all");
    EXPECT_TRUE(complains("noise.png"));
    Image image(64, 64, 3, PixelType::U8, ColorSpace::Srgb);
    for (size_t i = 0; i < image.value_count(); ++i) image.values<uint8_t>()[i] = uint8_t(i * i / 7);
    write_png(path("short.png"), image);
    fs::resize_file(path("short.png"), fs::file_size(path("short.png")) / 2);
    EXPECT_TRUE(complains("short.png"));
}

TEST_F(ImageIo, APictureThatCannotBeReadAtTheMomentIsNoBadData) {
    write_png(path("a.png"), Image(2, 2, 3, PixelType::U8, ColorSpace::Srgb));
    EXPECT_TRUE(test::is_put_off([&] { read_image(path("a.png")); }));
    EXPECT_EQ(read_image(path("a.png")).width_px, 2);
}

TEST_F(ReadHdr, MeanRadianceOfARealMapIsTheTablesOne) {
    const Image map = read_hdr(kShared + "/data/hdri/lebombo_1k.hdr");
    ASSERT_EQ(map.height_px, 512);
    ASSERT_EQ(map.width_px, 1024);
    double sum = 0, weights = 0;
    for (int r = 0; r < 512; ++r) {
        const double solid = std::cos(M_PI * r / 512) - std::cos(M_PI * (r + 1) / 512);
        for (int c = 0; c < 1024; ++c) {
            const float* p = map.view<float>().pixel(r, c);
            sum += solid * double(luminance(p[0], p[1], p[2]));
            weights += solid;
        }
    }
    EXPECT_NEAR(sum / weights, 0.7216, 5e-4);
}

TEST_F(ReadHdr, RefusesMapsThatAreNoEnvironment) {
    EXPECT_NE(complaint_of_hdr("missing.hdr").find("cannot read"), std::string::npos);
    write_exr("point.exr", 1, 1, {1, 1, 1});
    EXPECT_NE(complaint_of_hdr("point.exr").find("too small"), std::string::npos);
    write_exr("square.exr", 2, 2, std::vector<float>(12, 1.0f));
    EXPECT_NE(complaint_of_hdr("square.exr").find("lat-long"), std::string::npos);
    write_exr("black.exr", 4, 2, std::vector<float>(24, 0.0f));
    EXPECT_NE(complaint_of_hdr("black.exr").find("black"), std::string::npos);
    for (const float bad : {NAN, INFINITY, -0.5f}) {
        std::vector<float> values(24, 1.0f);
        values[3 * (4 + 2) + 1] = bad;  // row 1, column 2, green
        write_exr("bad.exr", 4, 2, values);
        EXPECT_NE(complaint_of_hdr("bad.exr").find("row 1, column 2, channel 1"), std::string::npos);
    }
    Image flat(2, 4, 3, PixelType::U8, ColorSpace::Srgb);
    std::fill(flat.bytes.begin(), flat.bytes.end(), std::byte{9});
    write_png(path("eight.png"), flat);
    EXPECT_NE(complaint_of_hdr("eight.png").find("dynamic range"), std::string::npos);
}

TEST_F(ReadHdr, TruncatedRealMapIsReported) {
    const std::string name = "short.hdr";
    fs::copy_file(kShared + "/data/hdri/lebombo_1k.hdr", path(name));
    fs::permissions(path(name), fs::perms::owner_all);
    fs::resize_file(path(name), 200000);
    EXPECT_NE(complaint_of_hdr(name).find("damaged"), std::string::npos);
}

}  // namespace
}  // namespace radforge::picture
