// SPDX-License-Identifier: Apache-2.0
#include "models/photo/read_photo.h"

#include "models/photo/exif.h"
#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/shard/codec.h"
#include "synth/shard/file.h"
#include "tests/models/photo/picture_files.h"
#include "tests/synth/shard/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace radforge::photo {
namespace {

using test::PngColour;
using test::PngFile;
using testing::HasSubstr;

Image decoded(const std::string& bytes, PhotoFacts& facts) { return decode_photo(bytes_of(bytes), facts); }
Image decoded(const std::string& bytes) {
    PhotoFacts facts;
    return decoded(bytes, facts);
}
std::vector<int> pixel(const Image& image, int y, int x) {
    const auto view = image.view<uint8_t>();
    return {view(y, x, 0), view(y, x, 1), view(y, x, 2)};
}
std::string refusal(const std::string& bytes) {
    try {
        decoded(bytes);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadData);
        return error.what();
    }
    return "";
}

/// 32 x 16, left half dark, top half reddish.
std::string small_jpeg() {
    Image image(16, 32, 3, PixelType::U8, ColorSpace::Srgb);
    for (int y = 0; y < 16; ++y)
        for (int x = 0; x < 32; ++x) {
            auto* const p = image.view<uint8_t>().pixel(y, x);
            p[0] = p[1] = p[2] = x < 16 ? 40 : 200;
            if (y < 8) p[0] = 255;
        }
    return shard::encode_jpg(image, 95);
}

TEST(ReadPhoto, EveryOrientationComesUpright) {
    // Where the stored picture's first row and first column are seen (CIPA DC-008, tag 0x0112).
    const char* const row[] = {"top", "top", "bottom", "bottom", "left", "right", "right", "left"};
    const char* const column[] = {"left", "right", "right", "left", "top", "top", "bottom", "bottom"};
    for (int o = 1; o <= 8; ++o) {
        PngFile file;
        file.orientation = o;
        file.value = [](int y, int x, int k) { return uint32_t(k == 0 ? y : k == 1 ? x : 9); };
        PhotoFacts facts;
        const Image image = decoded(test::make_png(file), facts);
        EXPECT_EQ(facts.orientation, o);
        const bool turned = o >= 5;
        ASSERT_EQ(image.height_px, turned ? 3 : 2);
        ASSERT_EQ(image.width_px, turned ? 2 : 3);
        for (int y = 0; y < 2; ++y)
            for (int x = 0; x < 3; ++x) {
                // Distance from the named edges, in the directions in which they are seen.
                int r = 0, c = 0;
                const auto place = [&](const std::string& edge, int distance) {
                    if (edge == "top") r = distance;
                    if (edge == "bottom") r = image.height_px - 1 - distance;
                    if (edge == "left") c = distance;
                    if (edge == "right") c = image.width_px - 1 - distance;
                };
                place(row[o - 1], y);
                place(column[o - 1], x);
                EXPECT_EQ(pixel(image, r, c), (std::vector<int>{y, x, 9})) << o;
            }
    }
}

TEST(ReadPhoto, JpegOfATurnedCameraIsTurnedBack) {
    for (const bool big : {true, false}) {
        PhotoFacts facts;
        const Image image = decoded(test::with_exif(small_jpeg(), test::exif_block(6, big)), facts);
        EXPECT_EQ(facts.orientation, 6);
        ASSERT_EQ(image.height_px, 32);
        ASSERT_EQ(image.width_px, 16);
        // The stored top, red, is seen on the right; the stored left, dark, on top.
        EXPECT_GT(pixel(image, 4, 12)[0], 240);
        EXPECT_LT(pixel(image, 4, 3)[0], 60);
        EXPECT_GT(pixel(image, 28, 3)[0], 180);
    }
}

TEST(ReadPhoto, OrientationMayBeALongNumber) {
    for (const bool big : {true, false}) {
        std::string block = test::exif_block(6, big);
        const size_t entry = 8 + 2 + 12;
        block[entry + (big ? 3 : 2)] = 4;
        if (big) std::swap(block[entry + 9], block[entry + 11]);
        EXPECT_EQ(orientation_of_exif(bytes_of(block)), 6) << big;
    }
}

TEST(ReadPhoto, DamagedExifCountsAsNone) {
    const std::string block = test::exif_block(6, true);
    EXPECT_EQ(orientation_of_exif(bytes_of(block)), 6);
    for (size_t cut = 0; cut < block.size() - 6; ++cut) {
        const std::string part = block.substr(0, cut);
        EXPECT_EQ(orientation_of_exif(bytes_of(part)), 1) << cut;
    }
    EXPECT_EQ(orientation_of_exif(bytes_of(test::exif_block(9, false))), 1);
    std::string far = block;
    far[4] = '\xff';  // the directory lies far beyond the end
    EXPECT_EQ(orientation_of_exif(bytes_of(far)), 1);
    EXPECT_EQ(decoded(test::with_exif(small_jpeg(), far)).width_px, 32);
}

TEST(ReadPhoto, SixteenBitsAreRoundedToEight) {
    PngFile file;
    file.bits = 16;
    file.value = [](int y, int x, int k) {
        return uint32_t(257 * (80 * x + 40 * y + k) + (x == 1 ? 100 : 0));
    };
    PhotoFacts facts;
    const Image image = decoded(test::make_png(file), facts);
    EXPECT_EQ(facts.bits, 16);
    for (int y = 0; y < 2; ++y)
        for (int x = 0; x < 3; ++x)
            for (int k = 0; k < 3; ++k) EXPECT_NEAR(pixel(image, y, x)[size_t(k)], 80 * x + 40 * y + k, 1);
}

TEST(ReadPhoto, GreyPaletteAndAlphaBecomeColour) {
    PhotoFacts facts;
    PngFile grey;
    grey.colour = PngColour::Grey;
    grey.value = [](int, int x, int) { return uint32_t(100 * x); };
    EXPECT_EQ(pixel(decoded(test::make_png(grey), facts), 0, 2), (std::vector<int>{200, 200, 200}));
    EXPECT_EQ(facts.colours, "grey");
    grey.bits = 1;
    grey.value = [](int, int x, int) { return uint32_t(x & 1); };
    EXPECT_EQ(pixel(decoded(test::make_png(grey)), 0, 1), (std::vector<int>{255, 255, 255}));

    PngFile palette;
    palette.colour = PngColour::Palette;
    palette.bits = 2;
    palette.palette = {1, 2, 3, 40, 50, 60, 7, 8, 9};
    palette.value = [](int, int x, int) { return uint32_t(x); };
    EXPECT_EQ(pixel(decoded(test::make_png(palette), facts), 1, 1), (std::vector<int>{40, 50, 60}));
    EXPECT_EQ(facts.colours, "palette");

    PngFile alpha;
    alpha.colour = PngColour::Rgba;
    alpha.value = [](int, int x, int k) { return k < 3 ? 10u : x == 0 ? 0u : 255u; };
    const Image laid = decoded(test::make_png(alpha), facts);
    EXPECT_TRUE(facts.alpha);
    EXPECT_EQ(pixel(laid, 0, 0), (std::vector<int>{255, 255, 255}));  // white below
    EXPECT_EQ(pixel(laid, 0, 1), (std::vector<int>{10, 10, 10}));
    alpha.colour = PngColour::GreyAlpha;
    alpha.bits = 16;
    alpha.value = [](int, int, int k) { return k == 0 ? 257u * 30 : 65535u; };
    EXPECT_NEAR(pixel(decoded(test::make_png(alpha)), 0, 0)[1], 30, 1);

    const Image one(8, 8, 1, PixelType::U8, ColorSpace::Data);
    EXPECT_EQ(decoded(shard::encode_jpg(one, 90), facts).channels, 3);
    EXPECT_EQ(facts.colours, "grey");
}

TEST(ReadPhoto, FourInksBecomeLight) {
    PhotoFacts facts;
    // Full cyan takes all red; 40 % black takes 40 % of the rest.
    const Image image = decoded(test::make_cmyk_jpeg(16, 16, {255, 0, 0, 102}), facts);
    EXPECT_EQ(facts.colours, "CMYK");
    const std::vector<int> p = pixel(image, 8, 8);
    EXPECT_NEAR(p[0], 0, 3);
    EXPECT_NEAR(p[1], 153, 3);
    EXPECT_NEAR(p[2], 153, 3);
}

TEST(ReadPhoto, OnePixelIsAPhotoAndFiftyMillionAreOne) {
    PngFile one;
    one.width = one.height = 1;
    one.value = [](int, int, int k) { return uint32_t(50 + k); };
    EXPECT_EQ(pixel(decoded(test::make_png(one)), 0, 0), (std::vector<int>{50, 51, 52}));

    Image large(6124, 8165, 1, PixelType::U8, ColorSpace::Data);
    large.view<uint8_t>()(6123, 8164) = 255;
    for (int x = 4000; x < 8165; ++x)
        for (int y = 6000; y < 6124; ++y) large.view<uint8_t>()(y, x) = 200;
    const Image image = decoded(test::with_exif(shard::encode_jpg(large, 80), test::exif_block(3, false)));
    EXPECT_EQ(image.width_px, 8165);
    EXPECT_NEAR(pixel(image, 10, 10)[0], 200, 4);
    EXPECT_NEAR(pixel(image, 6000, 8000)[0], 0, 4);
}

TEST(ReadPhoto, APictureThatIsCutAnywhereIsRefused) {
    PngFile file;
    file.width = file.height = 24;
    file.value = [](int y, int x, int k) { return uint32_t((x * 37 + y * 91 + k * 13) & 255); };
    for (const std::string& whole : {small_jpeg(), test::make_png(file)}) {
        ASSERT_EQ(refusal(whole), "");
        for (size_t cut = 0; cut < whole.size(); cut += 1 + whole.size() / 97) {
            // Behind the last value of the picture only end markers are missing.
            if (cut + 14 >= whole.size()) break;
            EXPECT_NE(refusal(whole.substr(0, cut)), "") << cut << " of " << whole.size();
        }
    }
}

TEST(ReadPhoto, BytesBehindThePictureOfAJpegAreNoDamage) {
    const std::string whole = small_jpeg(), end = "\xff\xd9";
    ASSERT_EQ(whole.substr(whole.size() - 2), end);
    const std::string picture = whole.substr(0, whole.size() - 2);
    EXPECT_EQ(decoded(picture + std::string(72, 'x') + end).bytes, decoded(whole).bytes);
    EXPECT_NE(refusal(picture.substr(0, picture.size() / 2 + 200) + std::string(72, 'x') + end), "");
    EXPECT_NE(refusal(picture.substr(0, picture.size() - 40) + end), "");
}

TEST(ReadPhoto, WhatIsNoPictureIsSaidSo) {
    EXPECT_THAT(refusal(""), HasSubstr("empty"));
    EXPECT_THAT(refusal("GIF89a..."), HasSubstr("JPEG or PNG"));
    EXPECT_THAT(refusal(std::string(5000, 'x')), HasSubstr("JPEG or PNG"));
    EXPECT_THAT(refusal("\xff\xd8\xff\xe0"), HasSubstr("JPEG:"));
    EXPECT_THAT(refusal("\xff\xd8\xff" + std::string(100, '\0')), HasSubstr("JPEG:"));
    PngFile file;
    file.value = [](int, int, int) { return 0u; };
    std::string huge = test::make_png(file);
    huge[16] = huge[20] = '\x40';  // a billion pixels each way; the sum of the header no longer fits either
    EXPECT_THAT(refusal(huge), HasSubstr("PNG:"));
}

TEST(ReadPhoto, NamesTheFile) {
    test::Scratch scratch;
    shard::write_text_file(scratch / ".", "notes.jpg", "dear diary");
    PhotoFacts facts;
    for (const auto& [name, what] : {std::pair<std::string, std::string>{"notes.jpg", "JPEG or PNG"},
                                     {"none.jpg", "no such photo"},
                                     {".", "not a file"}})
        try {
            read_photo(scratch / name, facts);
            FAIL() << name;
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr(scratch / name));
            EXPECT_THAT(error.what(), HasSubstr(what));
        }
}

}  // namespace
}  // namespace radforge::photo
