// SPDX-License-Identifier: Apache-2.0
// Files that OpenImageIO writes, or that are made here byte by byte, as the readers see them.
#include "render/picture/decode.h"
#include "render/picture/image_io.h"
#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "tests/render/picture/folder_test.h"

#include <OpenImageIO/imageio.h>
#include <gtest/gtest.h>
#include <png.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace radforge::picture {
namespace {

namespace fs = std::filesystem;
const std::string kShared = RADFORGE_SHARED_DIR;

class FileFormats : public FolderTest {
protected:
    template <class T>
    std::vector<T> write(const std::string& name, OIIO::ImageSpec spec, OIIO::TypeDesc type) const {
        std::vector<T> values(size_t(spec.width) * size_t(spec.height) * size_t(spec.nchannels));
        for (size_t i = 0; i < values.size(); ++i) values[i] = T(i * i % 251);
        const auto file = OIIO::ImageOutput::create(name);
        EXPECT_TRUE(file && file->open(path(name), spec) && file->write_image(type, values.data()) &&
                    file->close())
            << name << ": " << OIIO::geterror();
        return values;
    }

    static std::string complaint(const std::string& file) {
        try {
            read_image(file);
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    }
};

template <class T>
void expect_values(const Image& image, const std::vector<T>& values) {
    ASSERT_EQ(image.bytes.size(), values.size() * sizeof(T));
    EXPECT_EQ(std::memcmp(image.bytes.data(), values.data(), image.bytes.size()), 0);
}

/// As the reference reads it, in floats.
std::vector<float> by_openimageio(const std::string& path) {
    const auto input = OIIO::ImageInput::open(path);
    EXPECT_TRUE(input) << path;
    const OIIO::ImageSpec& spec = input->spec();
    std::vector<float> values(size_t(spec.width) * size_t(spec.height) * size_t(spec.nchannels));
    EXPECT_TRUE(input->read_image(0, 0, 0, spec.nchannels, OIIO::TypeDesc::FLOAT, values.data()));
    return values;
}

TEST_F(FileFormats, TiffInStripsAndTilesAtEveryDepth) {
    OIIO::ImageSpec rgb(37, 21, 3, OIIO::TypeDesc::UINT8);
    for (const char* const packing : {"none", "lzw", "zip", "packbits"}) {
        rgb.attribute("compression", packing);
        const auto values = write<uint8_t>("a.tif", rgb, OIIO::TypeDesc::UINT8);
        const Image image = read_image(path("a.tif"));
        EXPECT_EQ(image.width_px, 37);
        EXPECT_EQ(image.height_px, 21);
        EXPECT_EQ(image.space, ColorSpace::Srgb);
        expect_values(image, values);
    }
    rgb.tile_width = rgb.tile_height = 16;
    expect_values(read_image((write<uint8_t>("b.tif", rgb, OIIO::TypeDesc::UINT8), path("b.tif"))),
                  write<uint8_t>("c.tif", rgb, OIIO::TypeDesc::UINT8));
    const OIIO::ImageSpec grey(9, 8, 1, OIIO::TypeDesc::UINT16);
    const auto deep = write<uint16_t>("d.tif", grey, OIIO::TypeDesc::UINT16);
    EXPECT_EQ(read_image(path("d.tif")).type, PixelType::U16);
    expect_values(read_image(path("d.tif")), deep);
    const OIIO::ImageSpec real(9, 8, 3, OIIO::TypeDesc::FLOAT);
    const auto floats = write<float>("e.tif", real, OIIO::TypeDesc::FLOAT);
    EXPECT_EQ(read_image(path("e.tif")).space, ColorSpace::Linear);
    expect_values(read_image(path("e.tif")), floats);
}

TEST_F(FileFormats, TiffThatIsCutOrOfAnotherDepthIsRefused) {
    const OIIO::ImageSpec rgb(64, 64, 3, OIIO::TypeDesc::UINT8);
    write<uint8_t>("a.tif", rgb, OIIO::TypeDesc::UINT8);
    fs::resize_file(path("a.tif"), 900);
    EXPECT_NE(complaint(path("a.tif")).find("cut short"), std::string::npos);
    const OIIO::ImageSpec wide(8, 8, 1, OIIO::TypeDesc::UINT32);
    write<uint32_t>("b.tif", wide, OIIO::TypeDesc::UINT32);
    EXPECT_NE(complaint(path("b.tif")).find("32 bits"), std::string::npos);
}

TEST_F(FileFormats, PngWithPaletteAndFewBitsComesOutInEightBits) {
    const png_color colours[] = {{255, 0, 0}, {0, 128, 0}, {0, 0, 7}};
    const uint8_t indices[] = {0, 1, 2, 2, 1, 0};
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = 3;
    image.height = 2;
    image.format = PNG_FORMAT_RGB_COLORMAP;
    image.colormap_entries = 3;
    ASSERT_TRUE(png_image_write_to_file(&image, path("a.png").c_str(), 0, indices, 0, colours));
    const Image read = read_image(path("a.png"));
    EXPECT_EQ(read.channels, 3);
    EXPECT_EQ(read.width_px, 3);
    std::vector<uint8_t> expected;
    for (const uint8_t i : indices)
        for (const uint8_t value : {colours[i].red, colours[i].green, colours[i].blue})
            expected.push_back(value);
    expect_values(read, expected);
}

TEST_F(FileFormats, RealPicturesAreThoseOfOpenImageIo) {
    for (const char* const name : {"rosewood_veneer1_diff_1k.jpg", "plywood_grey_1k.png"}) {
        const std::string file = kShared + "/data/background/" + name;
        const Image image = read_image(file);
        const std::vector<float> reference = by_openimageio(file);
        ASSERT_EQ(image.value_count(), reference.size());
        for (size_t i = 0; i < reference.size(); i += 97)
            ASSERT_EQ(image.values<uint8_t>()[i], std::lround(255 * reference[i])) << name << " " << i;
    }
}

TEST_F(FileFormats, RealEnvironmentsAreThoseOfOpenImageIo) {
    for (const char* const name : {"lab.hdr", "dikhololo_night_1k.hdr"}) {
        const std::string file = kShared + "/data/hdri/" + name;
        expect_values(read_hdr(file), by_openimageio(file));
    }
}

TEST_F(FileFormats, ExrOfHalvesInALayerIsReadAsFloats) {
    OIIO::ImageSpec spec(8, 4, 4, OIIO::TypeDesc::HALF);
    spec.channelnames = {"View.A", "View.B", "View.G", "View.R"};
    spec.attribute("compression", "piz");
    const auto abgr = write<float>("a.exr", spec, OIIO::TypeDesc::FLOAT);
    const Image map = read_hdr(path("a.exr"));
    for (size_t i = 0; i < 32; ++i)
        for (size_t k = 0; k < 3; ++k) ASSERT_EQ(map.values<float>()[3 * i + k], abgr[4 * i + 3 - k]) << i;
}

TEST_F(FileFormats, ExrWithoutColourIsRefused) {
    const OIIO::ImageSpec grey(8, 4, 1, OIIO::TypeDesc::FLOAT);
    write<float>("a.exr", grey, OIIO::TypeDesc::FLOAT);
    try {
        read_hdr(path("a.exr"));
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("no colour"), std::string::npos) << error.what();
    }
}

/// Radiance files as the format's description has them, without runs, with both kinds of them, turned.
class RadianceFile : public ::testing::Test {
protected:
    static Image read(const std::string& header, const std::string& pixels) {
        return decode_radiance(bytes_of("#?RADIANCE\n" + header + "\n" + pixels));
    }
    /// The mantissa times two to the power of `e`.
    static std::string grey(int mantissa, int e) { return std::string(3, char(mantissa)) + char(e + 136); }
    static std::vector<float> reds(const Image& image) {
        std::vector<float> values;
        for (size_t i = 0; i < image.value_count(); i += 3) values.push_back(image.values<float>()[i]);
        return values;
    }
};

TEST_F(RadianceFile, PlainPixelsAndTheOldRunsOfThem) {
    const std::string format = "FORMAT=32-bit_rle_rgbe\n";
    EXPECT_EQ(reds(read(format, "-Y 1 +X 2\n" + grey(128, 0) + grey(64, 3))), (std::vector<float>{128, 512}));
    const std::string repeat{1, 1, 1, 2};
    EXPECT_EQ(reds(read(format, "-Y 1 +X 4\n" + grey(128, 0) + repeat + grey(64, 0))),
              (std::vector<float>{128, 128, 128, 64}));
    const std::string long_one{1, 1, 1, 1, 1, 1, 1, 1};  // 1 + 256
    EXPECT_EQ(read(format, "-Y 1 +X 258\n" + grey(128, 0) + long_one).value_count(), 258u * 3);
    EXPECT_EQ(reds(read(format, std::string("-Y 1 +X 1\n") + std::string(4, '\0')))[0], 0);
}

TEST_F(RadianceFile, RunsByChannelExposureAndOrder) {
    std::string row{2, 2, 0, 8};
    for (const int value : {128, 128, 128, 129}) row += std::string{char(128 + 5), char(value), 3, 4, 5, 6};
    const Image image = read("EXPOSURE=2\nEXPOSURE=0.25\n", "-Y 1 +X 8\n" + row);
    const float* const first = image.view<float>().pixel(0, 0);
    EXPECT_EQ(first[0], 128 * 2.0f / 128);  // 128 / 256 at exponent 1, divided by 0.5
    EXPECT_EQ(reds(read("", "+Y 2 +X 1\n" + grey(64, 0) + grey(128, 0))), (std::vector<float>{128, 64}));
    EXPECT_EQ(reds(read("", "-Y 1 -X 2\n" + grey(64, 0) + grey(128, 0))), (std::vector<float>{128, 64}));
}

TEST_F(RadianceFile, DamageIsToldFromAnotherFormat) {
    const auto complaint = [&](const std::string& header, const std::string& pixels) {
        try {
            read(header, pixels);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadData);
            return std::string(error.what());
        }
        return std::string("no error");
    };
    EXPECT_NE(complaint("FORMAT=32-bit_rle_xyze\n", "").find("another format"), std::string::npos);
    EXPECT_NE(complaint("", "+X 4 -Y 2\n").find("order"), std::string::npos);
    EXPECT_NE(complaint("", "-Y 0 +X 2\n").find("size"), std::string::npos);
    EXPECT_NE(complaint("", "-Y 1 +X 2\n" + grey(128, 0)).find("cut short"), std::string::npos);
    EXPECT_NE(complaint("", std::string("-Y 1 +X 4\n") + std::string{1, 1, 1, 2}).find("run"),
              std::string::npos);
    EXPECT_NE(complaint("", std::string("-Y 1 +X 8\n") + std::string{2, 2, 0, 8, 0}).find("run"),
              std::string::npos);
    EXPECT_NE(complaint("", std::string("-Y 1 +X 8\n") + std::string{2, 2, 0, 9}).find("width"),
              std::string::npos);
    EXPECT_NE(complaint("EXPOSURE=0\n", "").find("exposure"), std::string::npos);
}

}  // namespace
}  // namespace radforge::picture
