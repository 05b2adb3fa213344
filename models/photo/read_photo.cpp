// SPDX-License-Identifier: Apache-2.0
#include "models/photo/read_photo.h"

#include "models/photo/exif.h"
#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/shard/file.h"

#include <png.h>
#include <turbojpeg.h>

#include <cstring>
#include <filesystem>
#include <memory>

namespace radforge::photo {
namespace {

bool begins_with(Span<const std::byte> bytes, const char* magic, size_t size) {
    return bytes.size() >= size && std::memcmp(bytes.data(), magic, size) == 0;
}

void check_size(int64_t width, int64_t height) {
    if (width * height > kMostPhotoPixels)
        throw Error(ErrorKind::BadData, "a photo of this size is not read")
            .got(std::to_string(width) + " x " + std::to_string(height) + " pixels")
            .expected("at most " + std::to_string(kMostPhotoPixels / 1000000) + " million");
}

struct TurboClose {
    void operator()(void* handle) const { tjDestroy(handle); }
};

/// Whether the inks are stored inverted, as Adobe's programs do: by their APP14 segment.
bool inverted_inks(Span<const std::byte> bytes) {
    const auto at = [&](size_t i) { return uint32_t(bytes[i]); };
    for (size_t i = 2; i + 9 <= bytes.size() && at(i) == 0xff && at(i + 1) != 0xda;) {
        if (at(i + 1) == 0xee && std::memcmp(bytes.data() + i + 4, "Adobe", 5) == 0) return true;
        i += 2 + std::max<size_t>(2, at(i + 2) << 8 | at(i + 3));
    }
    return false;
}

Image decode_jpeg(Span<const std::byte> bytes, PhotoFacts& facts) {
    const std::unique_ptr<void, TurboClose> turbo(tjInitDecompress());
    RADFORGE_ASSERT(turbo);
    const auto failed = [&] {
        return Error(ErrorKind::BadData, std::string("JPEG: ") + tjGetErrorStr2(turbo.get()));
    };
    const auto* const data = reinterpret_cast<const unsigned char*>(bytes.data());
    int width = 0, height = 0, sampling = 0, space = 0;
    if (tjDecompressHeader3(turbo.get(), data, bytes.size(), &width, &height, &sampling, &space) != 0)
        throw failed();
    if (width == 0 || height == 0) throw Error(ErrorKind::BadData, "JPEG: there is no picture in it");
    check_size(width, height);
    const bool inks = space == TJCS_CMYK || space == TJCS_YCCK;
    facts.colours = inks ? "CMYK" : space == TJCS_GRAY ? "grey" : "RGB";
    const auto decode = [&](unsigned char* to, int format) {
        const auto decoded = [&](int flags) {
            return tjDecompress2(turbo.get(), data, bytes.size(), to, width, 0, height, format,
                                 TJFLAG_ACCURATEDCT | flags) == 0 ||
                   (flags == 0 && tjGetErrorCode(turbo.get()) == TJERR_WARNING);
        };
        // A cut file is a warning to it. Some cameras leave bytes behind the picture, before its end marker:
        // when these are the first warning, the picture itself had none.
        if (decoded(TJFLAG_STOPONWARNING)) return;
        const bool behind = std::strstr(tjGetErrorStr2(turbo.get()), "extraneous bytes before marker 0xd9");
        if (!behind || !decoded(0)) throw failed();
    };
    Image image(height, width, 3, PixelType::U8, ColorSpace::Srgb);
    auto* const rgb = reinterpret_cast<unsigned char*>(image.bytes.data());
    if (!inks) {
        decode(rgb, TJPF_RGB);
        return image;
    }
    std::vector<uint8_t> cmyk(size_t(width) * size_t(height) * 4);
    decode(cmyk.data(), TJPF_CMYK);
    // Without a profile: each ink takes its complement, and black takes from all.
    const bool inverted = inverted_inks(bytes);
    for (size_t i = 0; i < cmyk.size() / 4; ++i)
        for (size_t k = 0; k < 3; ++k) {
            const auto left = [&](size_t ink) {
                const int v = cmyk[4 * i + ink];
                return inverted ? v : 255 - v;
            };
            rgb[3 * i + k] = uint8_t((left(k) * left(3) + 127) / 255);
        }
    return image;
}

struct PngOwner {
    png_image image{};
    PngOwner() { image.version = PNG_IMAGE_VERSION; }
    ~PngOwner() { png_image_free(&image); }
    PngOwner(const PngOwner&) = delete;
    PngOwner& operator=(const PngOwner&) = delete;
};

Image decode_png(Span<const std::byte> bytes, PhotoFacts& facts) {
    PngOwner owner;
    png_image& png = owner.image;
    const auto failed = [&] { return Error(ErrorKind::BadData, std::string("PNG: ") + png.message); };
    if (!png_image_begin_read_from_memory(&png, bytes.data(), bytes.size())) throw failed();
    check_size(png.width, png.height);
    facts.bits = bytes.size() > 24 ? int(bytes[24]) : 8;  // IHDR comes first
    facts.alpha = (png.format & PNG_FORMAT_FLAG_ALPHA) != 0;
    facts.colours = (png.format & PNG_FORMAT_FLAG_COLORMAP) != 0 ? "palette"
                    : (png.format & PNG_FORMAT_FLAG_COLOR) != 0  ? "RGB"
                                                                 : "grey";
    // 16-bit pictures of cameras are as gamma-coded as others.
    png.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
    png.format = PNG_FORMAT_RGB;
    Image image(int(png.height), int(png.width), 3, PixelType::U8, ColorSpace::Srgb);
    const png_color white{255, 255, 255};
    if (!png_image_finish_read(&png, &white, image.bytes.data(), 0, nullptr)) throw failed();
    return image;
}

}  // namespace

Image decode_photo(Span<const std::byte> bytes, PhotoFacts& facts) {
    facts = {};
    if (begins_with(bytes, "\xff\xd8\xff", 3)) {
        facts.format = "JPEG";
        facts.orientation = orientation_of_jpeg(bytes);
        return upright(decode_jpeg(bytes, facts), facts.orientation);
    }
    if (begins_with(bytes, "\x89PNG\r\n\x1a\n", 8)) {
        facts.format = "PNG";
        facts.orientation = orientation_of_png(bytes);
        return upright(decode_png(bytes, facts), facts.orientation);
    }
    throw Error(ErrorKind::BadData, bytes.empty() ? "the file is empty" : "not a picture that is read")
        .expected("JPEG or PNG")
        .hint("convert it, for example with ImageMagick's convert");
}

Image read_photo(const std::string& path, PhotoFacts& facts) {
    std::error_code none;
    if (!std::filesystem::exists(path, none)) throw Error(ErrorKind::BadData, "no such photo").where(path);
    if (!std::filesystem::is_regular_file(path, none))
        throw Error(ErrorKind::BadData, "not a file").where(path);
    try {
        return decode_photo(bytes_of(shard::read_text_file(path)), facts);
    } catch (Error& error) {
        throw error.where(path);
    }
}

}  // namespace radforge::photo
