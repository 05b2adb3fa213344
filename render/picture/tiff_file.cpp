// SPDX-License-Identifier: Apache-2.0
#include "render/picture/decode.h"
#include "synth/base/error.h"

#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

namespace radforge::picture {
namespace {

/// A file in memory, and the first thing libtiff had to say about it.
struct Source {
    Span<const std::byte> bytes;
    uint64_t at = 0;
};

Source& source_of(thandle_t handle) { return *static_cast<Source*>(handle); }

tmsize_t read(thandle_t handle, void* out, tmsize_t count) {
    Source& s = source_of(handle);
    const uint64_t left = s.at < s.bytes.size() ? s.bytes.size() - s.at : 0;
    const uint64_t n = std::min<uint64_t>(left, uint64_t(count));
    if (n > 0) std::memcpy(out, s.bytes.data() + s.at, n);
    s.at += n;
    return tmsize_t(n);
}
tmsize_t write(thandle_t, void*, tmsize_t) { return 0; }
toff_t seek(thandle_t handle, toff_t offset, int whence) {
    Source& s = source_of(handle);
    s.at = whence == SEEK_SET ? offset : whence == SEEK_CUR ? s.at + offset : s.bytes.size() + offset;
    return s.at;
}
int close(thandle_t) { return 0; }
toff_t size(thandle_t handle) { return source_of(handle).bytes.size(); }

struct Close {
    void operator()(TIFF* file) const { TIFFClose(file); }
};
using File = std::unique_ptr<TIFF, Close>;

Error refused(const std::string& what) {
    return Error(ErrorKind::BadData, "TIFF: " + what)
        .expected("grey or RGB, 8 or 16 bit integers or 32-bit floats, channels together");
}
Error damaged() { return Error(ErrorKind::BadData, "TIFF: damaged or cut short"); }

struct Layout {
    uint32_t width = 0, height = 0, tile_width = 0, tile_height = 0;
    uint16_t bits = 1, channels = 1, format = SAMPLEFORMAT_UINT, planar = PLANARCONFIG_CONTIG,
             photometric = PHOTOMETRIC_MINISBLACK;
};

Layout layout_of(TIFF* file) {
    Layout l;
    if (!TIFFGetField(file, TIFFTAG_IMAGEWIDTH, &l.width) ||
        !TIFFGetField(file, TIFFTAG_IMAGELENGTH, &l.height))
        throw damaged();
    TIFFGetFieldDefaulted(file, TIFFTAG_BITSPERSAMPLE, &l.bits);
    TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLESPERPIXEL, &l.channels);
    TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLEFORMAT, &l.format);
    TIFFGetFieldDefaulted(file, TIFFTAG_PLANARCONFIG, &l.planar);
    TIFFGetField(file, TIFFTAG_PHOTOMETRIC, &l.photometric);
    if (l.photometric == PHOTOMETRIC_YCBCR) {  // JPEG inside: libtiff converts
        TIFFSetField(file, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        l.photometric = PHOTOMETRIC_RGB;
    }
    if (TIFFIsTiled(file) && (!TIFFGetField(file, TIFFTAG_TILEWIDTH, &l.tile_width) ||
                              !TIFFGetField(file, TIFFTAG_TILELENGTH, &l.tile_height)))
        throw damaged();
    constexpr uint32_t kMostPixelsAcross = 1 << 16;
    if (l.width < 1 || l.height < 1 || l.width > kMostPixelsAcross || l.height > kMostPixelsAcross)
        throw refused(std::to_string(l.width) + " x " + std::to_string(l.height) + " pixels");
    const bool integer = l.format == SAMPLEFORMAT_UINT && (l.bits == 8 || l.bits == 16),
               real = l.format == SAMPLEFORMAT_IEEEFP && l.bits == 32;
    if (!integer && !real)
        throw refused(std::to_string(l.bits) + " bits of sample format " + std::to_string(l.format));
    if (l.photometric != PHOTOMETRIC_MINISBLACK && l.photometric != PHOTOMETRIC_RGB)
        throw refused("colours of photometric interpretation " + std::to_string(l.photometric));
    if (l.planar != PLANARCONFIG_CONTIG && l.channels > 1) throw refused("channels apart");
    if (l.channels < 1 || l.channels > 4) throw refused(std::to_string(l.channels) + " channels");
    return l;
}

void read_strips(TIFF* file, const Layout& l, std::byte* out, size_t stride) {
    for (uint32_t row = 0; row < l.height; ++row)
        if (TIFFReadScanline(file, out + row * stride, row) < 0) throw damaged();
}

void read_tiles(TIFF* file, const Layout& l, std::byte* out, size_t stride) {
    const size_t pixel = stride / l.width;
    std::vector<std::byte> tile(size_t(TIFFTileSize(file)));
    for (uint32_t top = 0; top < l.height; top += l.tile_height)
        for (uint32_t left = 0; left < l.width; left += l.tile_width) {
            if (TIFFReadTile(file, tile.data(), left, top, 0, 0) < 0) throw damaged();
            const uint32_t rows = std::min(l.tile_height, l.height - top),
                           columns = std::min(l.tile_width, l.width - left);
            for (uint32_t row = 0; row < rows; ++row)
                std::memcpy(out + (top + row) * stride + left * pixel,
                            tile.data() + size_t(row) * l.tile_width * pixel, columns * pixel);
        }
}

}  // namespace

Image decode_tiff(Span<const std::byte> bytes) {
    // What it would print tells a user nothing that the error does not.
    static const bool silent = (TIFFSetErrorHandler(nullptr), TIFFSetWarningHandler(nullptr), true);
    RADFORGE_ASSERT(silent);
    Source source{bytes};
    const File file(
        TIFFClientOpen("memory", "rm", &source, read, write, seek, close, size, nullptr, nullptr));
    if (!file) throw damaged();
    const Layout l = layout_of(file.get());
    const PixelType type = l.bits == 8 ? PixelType::U8 : l.bits == 16 ? PixelType::U16 : PixelType::F32;
    Image image(int(l.height), int(l.width), l.channels, type,
                type == PixelType::F32 ? ColorSpace::Linear : ColorSpace::Srgb);
    const size_t stride = image.bytes.size() / l.height;
    if (l.tile_width > 0)
        read_tiles(file.get(), l, image.bytes.data(), stride);
    else
        read_strips(file.get(), l, image.bytes.data(), stride);
    return image;
}

}  // namespace radforge::picture
