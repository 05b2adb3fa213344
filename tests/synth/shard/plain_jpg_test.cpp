// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/plain_jpg.h"

#include "synth/base/hash.h"
#include "synth/base/rng.h"
#include "synth/shard/codec.h"

#include <gtest/gtest.h>
#include <turbojpeg.h>

#include <memory>
#include <optional>
#include <string>

namespace radforge::shard {
namespace {

/// Levels below 256 around the middle; 255 gives the largest steps there are.
Image noise(int height, int width, int channels, uint32_t levels, uint64_t seed) {
    Image image(height, width, channels, PixelType::U8, ColorSpace::Srgb);
    Rng rng({{seed}, 0}, Stream::Noise);
    for (std::byte& value : image.bytes)
        value = std::byte(levels == 255 ? uint8_t(rng.below(2) * 255)
                                        : uint8_t(128 - levels / 2 + rng.below(levels)));
    return image;
}

/// libjpeg-turbo's own answer; nothing when it complains.
std::optional<std::vector<std::byte>> by_turbo(const std::string& stream) {
    const std::unique_ptr<void, int (*)(void*)> turbo(tjInitDecompress(), tjDestroy);
    const auto* const data = reinterpret_cast<const unsigned char*>(stream.data());
    int width = 0, height = 0, sampling = 0, space = 0;
    if (tjDecompressHeader3(turbo.get(), data, stream.size(), &width, &height, &sampling, &space) != 0)
        return std::nullopt;
    const int channels = space == TJCS_GRAY ? 1 : 3;
    if (width > 256 || height > 256) return std::nullopt;  // a flipped bit's
    std::vector<std::byte> pixels(size_t(width) * size_t(height) * size_t(channels));
    if (tjDecompress2(turbo.get(), data, stream.size(), reinterpret_cast<unsigned char*>(pixels.data()),
                      width, 0, height, channels == 1 ? TJPF_GRAY : TJPF_RGB,
                      TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING) != 0)
        return std::nullopt;
    return pixels;
}

std::string by_turbo_encoder(const Image& image, int flags) {
    const std::unique_ptr<void, int (*)(void*)> turbo(tjInitCompress(), tjDestroy);
    unsigned char* buffer = nullptr;
    unsigned long size = 0;
    EXPECT_EQ(
        tjCompress2(turbo.get(), reinterpret_cast<const unsigned char*>(image.bytes.data()), image.width_px,
                    0, image.height_px, TJPF_RGB, &buffer, &size, TJSAMP_444, 90, flags),
        0);
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(buffer, tjFree);
    return {reinterpret_cast<const char*>(buffer), size};
}

#if defined(__AVX2__) && defined(__BMI2__)
constexpr bool kDecodes = true;
#else
constexpr bool kDecodes = false;
#endif

TEST(PlainJpg, HasTheBitsOfLibjpegTurbo) {
    Image decoded;
    uint64_t seed = 0;
    for (const int width : {1, 8, 9, 17, 100})
        for (const int height : {1, 8, 15, 40})
            for (const int channels : {1, 3})
                for (const int quality : {1, 10, 50, 95, 100})
                    for (const uint32_t levels : {3u, 40u, 254u, 255u}) {
                        const std::string stream =
                            encode_jpg(noise(height, width, channels, levels, ++seed), quality);
                        ASSERT_EQ(decode_plain_jpg(bytes_of(stream), decoded), kDecodes);
                        if (!kDecodes) continue;
                        ASSERT_EQ(decoded.width_px, width);
                        ASSERT_EQ(decoded.height_px, height);
                        ASSERT_EQ(decoded.channels, channels);
                        ASSERT_EQ(decoded.bytes, by_turbo(stream).value())
                            << width << " x " << height << " x " << channels << ", quality " << quality
                            << ", levels " << levels;
                    }
}

TEST(PlainJpg, LongStreamsComeInPieces) {
    const std::string stream = encode_jpg(noise(250, 250, 3, 255, 1), 100);
    ASSERT_GT(stream.size(), 100000u);
    Image decoded;
    ASSERT_EQ(decode_plain_jpg(bytes_of(stream), decoded), kDecodes);
    if (kDecodes) {
        EXPECT_EQ(decoded.bytes, by_turbo(stream).value());
    }
}

TEST(PlainJpg, LeavesOtherSortsAlone) {
    const Image image = noise(40, 40, 3, 40, 2);
    Image decoded;
    EXPECT_FALSE(decode_plain_jpg(bytes_of(encode_jpg(image, 90, JpegChroma::Quarter)), decoded));
    const std::string progressive = by_turbo_encoder(image, TJFLAG_PROGRESSIVE);
    EXPECT_FALSE(decode_plain_jpg(bytes_of(progressive), decoded));
    EXPECT_EQ(decode_jpg(bytes_of(progressive)).bytes, by_turbo(progressive).value());
    EXPECT_FALSE(decode_plain_jpg({}, decoded));
    const std::string text = "not a picture";
    EXPECT_FALSE(decode_plain_jpg(bytes_of(text), decoded));
}

TEST(PlainJpg, RefusesEveryCut) {
    const std::string stream = encode_jpg(noise(16, 24, 3, 254, 3), 95);
    Image decoded;
    for (size_t size = 0; size < stream.size(); ++size)
        ASSERT_FALSE(decode_plain_jpg(bytes_of(stream.substr(0, size)), decoded)) << size;
}

TEST(PlainJpg, AcceptsNoDamageThatLibjpegReportsOrReadsOtherwise) {
    Rng rng({{4}, 0}, Stream::Noise);
    int accepted = 0;
    Image decoded;
    for (const uint32_t levels : {3u, 254u}) {
        const std::string whole = encode_jpg(noise(24, 24, 3, levels, 4), 90);
        for (int i = 0; i < 4000; ++i) {
            std::string stream = whole;
            for (uint64_t flips = 1 + rng.below(3); flips > 0; --flips)
                stream[rng.below(stream.size())] ^= char(1 << rng.below(8));
            if (!decode_plain_jpg(bytes_of(stream), decoded)) continue;
            ++accepted;
            const auto wanted = by_turbo(stream);
            ASSERT_TRUE(wanted) << "flips of round " << i;
            ASSERT_EQ(decoded.bytes, *wanted) << "flips of round " << i;
        }
    }
    EXPECT_GT(accepted, kDecodes ? 100 : -1);
}

}  // namespace
}  // namespace radforge::shard
