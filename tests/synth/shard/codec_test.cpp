// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/codec.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/base/rng.h"
#include "tests/synth/shard/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace radforge::shard {
namespace {

Image noise(int height, int width, int channels) {
    Image image(height, width, channels, PixelType::U8, channels == 1 ? ColorSpace::Data : ColorSpace::Srgb);
    Rng rng({Seed{1}, 2}, Stream::Sensor);
    for (std::byte& b : image.bytes) b = std::byte(uint8_t(rng.next_u32()));
    return image;
}

NdArray counting(PixelType type, std::vector<int64_t> shape) {
    NdArray array;
    array.type = type;
    array.shape = std::move(shape);
    size_t count = bytes_per_value(type);
    for (const int64_t side : array.shape) count *= size_t(side);
    for (size_t i = 0; i < count; ++i) array.bytes.push_back(std::byte(uint8_t(i * 7)));
    return array;
}

const std::string kPython = "/usr/bin/python3 -c ";

TEST(Png, ComesBackExactlyWithOneThreeAndFourChannels) {
    for (const int channels : {1, 3, 4}) {
        const Image image = noise(17, 31, channels), back = decode_png(bytes_of(encode_png(image)));
        EXPECT_EQ(back.bytes, image.bytes);
        EXPECT_EQ(back.height_px, 17);
        EXPECT_EQ(back.width_px, 31);
        EXPECT_EQ(back.channels, channels);
    }
}

TEST(Png, MasksAreStoredWithoutRowFilters) {
    Image mask(40, 30, 1, PixelType::U8, ColorSpace::Data);
    for (size_t i = 0; i < mask.bytes.size(); ++i) mask.bytes[i] = std::byte(i / 7 % 3 == 0 ? 255 : 0);
    const test::Scratch scratch;
    test::spill(scratch / "mask.png", encode_png(mask));
    EXPECT_EQ(decode_png(bytes_of(encode_png(mask))).bytes, mask.bytes);
    // The first byte of every row of the inflated data is its filter (PNG specification, section 9).
    const auto result = test::shell(kPython + "\"import zlib;p=open('" + (scratch / "mask.png") +
                                    "','rb').read();a=p.index(b'IDAT');n=int.from_bytes(p[a-4:a],'big');" +
                                    "d=zlib.decompress(p[a+4:a+4+n]);print(len(d),max(d[::31]))\"");
    EXPECT_EQ(result.output, "1240 0\n");
}

TEST(Png, EqualPicturesGiveEqualBytes) { EXPECT_EQ(encode_png(noise(9, 5, 3)), encode_png(noise(9, 5, 3))); }

TEST(Png, PillowReadsTheSamePixels) {
    const test::Scratch scratch;
    const Image image = noise(13, 21, 3);
    test::spill(scratch / "a.png", encode_png(image));
    const auto result = test::shell(
        kPython + "\"import sys;from PIL import Image;import numpy as np,hashlib;a=np.asarray(Image.open('" +
        (scratch / "a.png") + "'));print(a.shape,hashlib.sha256(a.tobytes()).hexdigest())\"");
    EXPECT_EQ(result.output, "(13, 21, 3) " + sha256_hex(image.bytes) + "\n");
}

TEST(Png, RefusesSixteenBitsAndTwoChannels) {
    EXPECT_THROW(encode_png(Image(2, 2, 1, PixelType::U16, ColorSpace::Data)), Error);
    EXPECT_THROW(encode_png(Image(2, 2, 2, PixelType::U8, ColorSpace::Data)), Error);
}

TEST(Png, EveryCutIsAnError) {
    const std::string png = encode_png(noise(4, 4, 3));
    for (size_t length = 0; length < png.size(); ++length)
        EXPECT_THROW(decode_png(bytes_of(png.substr(0, length))), Error) << length;
    EXPECT_THROW(decode_png(bytes_of(png + "x")), Error);
}

TEST(Jpg, SmoothPictureComesBackWithinThreeLevels) {
    Image image(32, 48, 3, PixelType::U8, ColorSpace::Srgb);
    for (int y = 0; y < 32; ++y)
        for (int x = 0; x < 48; ++x)
            for (int c = 0; c < 3; ++c) image.view<uint8_t>()(y, x, c) = uint8_t(40 + 2 * x + 2 * y + 10 * c);
    const std::string bytes = encode_jpg(image, 95);
    EXPECT_EQ(bytes, encode_jpg(image, 95));
    const Image back = decode_jpg(bytes_of(bytes));
    int worst = 0;
    for (size_t i = 0; i < image.bytes.size(); ++i)
        worst = std::max(worst, std::abs(int(image.bytes[i]) - int(back.bytes[i])));
    EXPECT_LE(worst, 3);
}

TEST(Jpg, QuarteredChromaBlursColoursAndLeavesGreys) {
    Image stripes(32, 32, 3, PixelType::U8, ColorSpace::Srgb), grey = stripes;
    for (int r = 0; r < 32; ++r)
        for (int c = 0; c < 32; ++c)
            for (int k = 0; k < 3; ++k) {
                stripes.view<uint8_t>()(r, c, k) = uint8_t(k == 0 ? (c % 2 ? 200 : 60) : 100);
                grey.view<uint8_t>()(r, c, k) = uint8_t(c % 2 ? 200 : 60);
            }
    const auto back = [](const Image& image, JpegChroma chroma) {
        const std::string stream = encode_jpg(image, 98, chroma);
        return decode_jpg(bytes_of(stream));
    };
    // Red against green, of neighbouring columns.
    const auto contrast = [&](const Image& image) {
        const auto p = image.view<uint8_t>();
        const auto difference = [&](int c) { return int(p(16, c, 0)) - int(p(16, c, 1)); };
        return std::abs(difference(17) - difference(16));
    };
    EXPECT_GT(contrast(back(stripes, JpegChroma::Full)), 110);
    EXPECT_LT(contrast(back(stripes, JpegChroma::Quarter)), 40);
    const Image full = back(grey, JpegChroma::Full), quarter = back(grey, JpegChroma::Quarter);
    for (size_t k = 0; k < grey.value_count(); ++k)
        EXPECT_NEAR(quarter.values<uint8_t>()[k], full.values<uint8_t>()[k], 1);
}

TEST(Jpg, CutStreamIsAnError) {
    const std::string bytes = encode_jpg(noise(32, 32, 3));
    EXPECT_THROW(decode_jpg(bytes_of(bytes.substr(0, bytes.size() / 2))), Error);
    EXPECT_THROW(encode_jpg(noise(4, 4, 3), 0), Error);
}

TEST(Npy, HeaderIsTheseLiteralBytes) {
    const std::string bytes = encode_npy(counting(PixelType::I16, {2, 3, 4}));
    const std::string text = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3, 4), }";
    std::string wanted =
        std::string("\x93NUMPY\x01\x00\x76\x00", 10) + text + std::string(118 - text.size() - 1, ' ') + "\n";
    ASSERT_EQ(wanted.size(), 128u);
    EXPECT_EQ(bytes.substr(0, 128), wanted);
    EXPECT_EQ(bytes.size(), 128u + 48u);
}

TEST(Npy, NumpyReadsEveryTypeAndRank) {
    const test::Scratch scratch;
    struct Case {
        PixelType type;
        std::vector<int64_t> shape;
        std::string wanted;
    };
    const std::vector<Case> cases = {{PixelType::U8, {5}, "uint8 (5,)"},
                                     {PixelType::I16, {1, 2, 3}, "int16 (1, 2, 3)"},
                                     {PixelType::U16, {2, 2}, "uint16 (2, 2)"},
                                     {PixelType::F16, {2, 1, 1, 3}, "float16 (2, 1, 1, 3)"},
                                     {PixelType::F32, {}, "float32 ()"}};
    std::string wanted;
    for (size_t i = 0; i < cases.size(); ++i) {
        const NdArray array = counting(cases[i].type, cases[i].shape);
        test::spill(scratch / (std::to_string(i) + ".npy"), encode_npy(array));
        test::spill(scratch / (std::to_string(i) + ".npy.gz"), encode({"a", "npy.gz", array}));
        wanted += cases[i].wanted + " True " + sha256_hex(array.bytes) + "\n";
    }
    const auto result =
        test::shell("cd " + scratch.path() + " && " + kPython +
                    "\"import numpy as np,hashlib,gzip,io\n"
                    "for i in range(5):\n"
                    "  a=np.load('%d.npy'%i)\n"
                    "  b=np.load(io.BytesIO(gzip.open('%d.npy.gz'%i).read()))\n"
                    "  print(a.dtype,a.shape,a.tobytes()==b.tobytes() and a.flags.c_contiguous,"
                    "hashlib.sha256(a.tobytes()).hexdigest())\"");
    EXPECT_EQ(result.output, wanted);
}

TEST(Npy, ReadsWhatNumpyWrites) {
    const test::Scratch scratch;
    const auto result = test::shell("cd " + scratch.path() + " && " + kPython +
                                    "\"import numpy as np\n"
                                    "np.save('a.npy',np.arange(6,dtype='<f4').reshape(1,2,3))\n"
                                    "np.save('f.npy',np.asfortranarray(np.ones((3,4),dtype='<f4')))\n"
                                    "np.save('b.npy',np.ones(3,dtype='>i2'))\n"
                                    "np.save('d.npy',np.ones(3))\"");
    ASSERT_EQ(result.exit_code, 0) << result.output;
    const NdArray a = decode_npy(bytes_of(test::slurp(scratch / "a.npy")));
    EXPECT_EQ(a.shape, (std::vector<int64_t>{1, 2, 3}));
    float values[6];
    std::memcpy(values, a.bytes.data(), sizeof values);
    for (int i = 0; i < 6; ++i) EXPECT_EQ(values[i], float(i));
    for (const char* const name : {"f.npy", "b.npy", "d.npy"})
        EXPECT_THROW(decode_npy(bytes_of(test::slurp(scratch / name))), Error) << name;
}

TEST(Npy, EveryCutAndANewerVersionAreErrors) {
    std::string bytes = encode_npy(counting(PixelType::I16, {2, 2}));
    for (size_t length = 0; length < bytes.size(); ++length)
        EXPECT_THROW(decode_npy(bytes_of(bytes.substr(0, length))), Error) << length;
    bytes[6] = 2;
    EXPECT_THROW(decode_npy(bytes_of(bytes)), Error);
}

TEST(Npy, BytesMustFitTheShape) {
    NdArray array = counting(PixelType::F32, {2, 2});
    array.shape = {2, 3};
    EXPECT_THROW(encode_npy(array), Error);
    array.shape = {-1, 2};
    EXPECT_THROW(encode_npy(array), Error);
}

TEST(Gzip, ComesBackAndHoldsNoTime) {
    const std::string text(100000, 'r'), packed = compress_gzip(bytes_of(text));
    EXPECT_EQ(decompress_gzip(bytes_of(packed)), text);
    EXPECT_LT(packed.size(), 1000u);
    EXPECT_EQ(packed.substr(0, 8), std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00", 8));
}

TEST(Gzip, DamageAndImpossibleSizesAreErrors) {
    const std::string packed = compress_gzip(
        bytes_of("radforge radforge radforge radforge radforge, once more and with other words"));
    for (size_t i = 0; i < packed.size(); ++i) {
        if (i >= 3 && i <= 9) continue;  // flags, time, system: RFC 1952 covers them by no sum
        std::string bad = packed;
        bad[i] = char(bad[i] ^ 1);
        EXPECT_THROW(decompress_gzip(bytes_of(bad)), Error) << i;
    }
}

TEST(Encode, RefusesValuesThatDoNotFitTheExtensionAndNamesTheField) {
    try {
        encode({"uv", "npy", noise(2, 2, 3)});
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::StartsWith("uv.npy: "));
    }
    EXPECT_THROW(encode({"meta", "json", std::string("{")}), Error);
    EXPECT_THROW(encode({"photo", "exr", noise(2, 2, 3)}), Error);
    EXPECT_THROW(encode({"photo", "jpg", std::string("no jpeg")}), Error);
    EXPECT_THROW(decode("photo", "exr", {}), Error);
}

TEST(Encode, StoresACamerasOwnJpegAsItIs) {
    const std::string stream = encode_jpg(noise(8, 8, 3), 60);
    EXPECT_EQ(encode({"photo", "jpg", stream}), stream);
}

}  // namespace
}  // namespace radforge::shard
