// SPDX-License-Identifier: Apache-2.0
#include "synth/base/error.h"
#include "synth/shard/codec.h"

#include <png.h>
#include <turbojpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace radforge::shard {
namespace {

struct PngError {
    std::string message;
};

[[noreturn]] void on_png_error(png_structp png, png_const_charp message) {
    // Leaves libpng by longjmp, which is its only exit that is safe through C frames.
    static_cast<PngError*>(png_get_error_ptr(png))->message = message;
    png_longjmp(png, 1);
}
void on_png_warning(png_structp, png_const_charp) {}

void append_bytes(png_structp png, png_bytep bytes, png_size_t count) {
    static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<const char*>(bytes), count);
}
void no_flush(png_structp) {}

struct Input {
    const std::byte* data;
    size_t left;
};
void take_bytes(png_structp png, png_bytep out, png_size_t count) {
    auto* const input = static_cast<Input*>(png_get_io_ptr(png));
    if (input->left < count) png_error(png, "the picture is cut");
    std::memcpy(out, input->data, count);
    input->data += count;
    input->left -= count;
}

void require_u8(const Image& image, bool alpha_allowed) {
    const bool channels_fit =
        image.channels == 1 || image.channels == 3 || (alpha_allowed && image.channels == 4);
    if (image.type != PixelType::U8 || !channels_fit || image.height_px < 1 || image.width_px < 1)
        throw Error(ErrorKind::BadData, "picture that cannot be stored")
            .got(std::to_string(image.channels) + " channels of " +
                 std::to_string(bytes_per_value(image.type)) + " bytes")
            .expected("1 or 3 channels of 8 bits");
    RADFORGE_ASSERT(image.bytes.size() == image.value_count());
}

/// Filters would break up the long runs of a mask, and take a reader twice as long.
bool is_mask(const Image& image) {
    const auto is_end = [](std::byte b) { return b == std::byte{0} || b == std::byte{255}; };
    return image.channels == 1 && std::all_of(image.bytes.begin(), image.bytes.end(), is_end);
}

/// Only setjmp, C calls and trivial objects: a longjmp must not cross a destructor.
bool write_png(png_structp png, png_infop info, const Image* image, int color_type, int filters) {
    if (setjmp(png_jmpbuf(png))) return false;
    png_set_IHDR(png, info, png_uint_32(image->width_px), png_uint_32(image->height_px), 8, color_type,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, 2);  // smaller and twice as fast as 4 on photographs
    png_set_filter(png, 0, filters);
    png_write_info(png, info);
    const auto* row = reinterpret_cast<png_const_bytep>(image->bytes.data());
    const size_t stride = size_t(image->width_px) * size_t(image->channels);
    for (int y = 0; y < image->height_px; ++y, row += stride) png_write_row(png, row);
    png_write_end(png, info);
    return true;
}

bool read_png_header(png_structp png, png_infop info) {
    if (setjmp(png_jmpbuf(png))) return false;
    png_read_info(png, info);
    return true;
}

bool read_png_rows(png_structp png, png_infop info, Image* image) {
    if (setjmp(png_jmpbuf(png))) return false;
    auto* row = reinterpret_cast<png_bytep>(image->bytes.data());
    const size_t stride = size_t(image->width_px) * size_t(image->channels);
    for (int y = 0; y < image->height_px; ++y, row += stride) png_read_row(png, row, nullptr);
    png_read_end(png, info);
    return true;
}

struct Writer {
    PngError error;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &error, on_png_error, on_png_warning);
    png_infop info = png ? png_create_info_struct(png) : nullptr;
    Writer() { RADFORGE_ASSERT(png && info); }
    ~Writer() { png_destroy_write_struct(&png, &info); }
};

struct Reader {
    PngError error;
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &error, on_png_error, on_png_warning);
    png_infop info = png ? png_create_info_struct(png) : nullptr;
    Reader() { RADFORGE_ASSERT(png && info); }
    ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
};

struct TurboClose {
    void operator()(void* handle) const { tjDestroy(handle); }
};
using Turbo = std::unique_ptr<void, TurboClose>;

Error jpeg_error(const Turbo& turbo) {
    return Error(ErrorKind::BadData, std::string("JPEG: ") + tjGetErrorStr2(turbo.get()));
}

ColorSpace space_of(int channels) { return channels >= 3 ? ColorSpace::Srgb : ColorSpace::Data; }

/// Old pixels stay where they are: whoever calls writes them all.
void reshape(Image& image, int height, int width, int channels) {
    image.height_px = height;
    image.width_px = width;
    image.channels = channels;
    image.type = PixelType::U8;
    image.space = space_of(channels);
    image.bytes.resize(image.value_count());
}

}  // namespace

std::string encode_png(const Image& image) {
    require_u8(image, true);
    std::string bytes;
    Writer writer;
    png_set_write_fn(writer.png, &bytes, append_bytes, no_flush);
    const int type = image.channels == 1   ? PNG_COLOR_TYPE_GRAY
                     : image.channels == 3 ? PNG_COLOR_TYPE_RGB
                                           : PNG_COLOR_TYPE_RGB_ALPHA;
    const int filters = is_mask(image) ? PNG_FILTER_NONE : PNG_FILTER_SUB | PNG_FILTER_UP;
    if (!write_png(writer.png, writer.info, &image, type, filters))
        throw Error(ErrorKind::BadData, "PNG: " + writer.error.message);
    return bytes;
}

Image decode_png(Span<const std::byte> bytes) {
    Image image;
    decode_png(bytes, image);
    return image;
}

void decode_png(Span<const std::byte> bytes, Image& into) {
    Reader reader;
    Input input{bytes.data(), bytes.size()};
    png_set_read_fn(reader.png, &input, take_bytes);
#ifdef PNG_IGNORE_ADLER32  // not in every build of libpng; every chunk has its CRC-32 already
    png_set_option(reader.png, PNG_IGNORE_ADLER32, PNG_OPTION_ON);
#endif
    const auto failed = [&] { return Error(ErrorKind::BadData, "PNG: " + reader.error.message); };
    if (!read_png_header(reader.png, reader.info)) throw failed();
    const int type = png_get_color_type(reader.png, reader.info);
    const int channels = png_get_channels(reader.png, reader.info);
    if (png_get_bit_depth(reader.png, reader.info) != 8 || type == PNG_COLOR_TYPE_PALETTE || channels == 2 ||
        png_get_interlace_type(reader.png, reader.info) != PNG_INTERLACE_NONE)
        throw Error(ErrorKind::BadData, "PNG of another sort")
            .expected("8 bits, 1, 3 or 4 channels, no palette, not interlaced");
    reshape(into, int(png_get_image_height(reader.png, reader.info)),
            int(png_get_image_width(reader.png, reader.info)), channels);
    if (!read_png_rows(reader.png, reader.info, &into)) throw failed();
    if (input.left != 0) throw Error(ErrorKind::BadData, "PNG: bytes behind the end");
}

std::string encode_jpg(const Image& image, int quality, JpegChroma chroma) {
    require_u8(image, false);
    if (quality < 1 || quality > 100)
        throw Error(ErrorKind::BadData, "JPEG quality out of range")
            .got(std::to_string(quality))
            .expected("1 to 100");
    const Turbo turbo(tjInitCompress());
    RADFORGE_ASSERT(turbo);
    unsigned char* buffer = nullptr;
    unsigned long size = 0;
    const int sampling = image.channels == 1             ? TJSAMP_GRAY
                         : chroma == JpegChroma::Quarter ? TJSAMP_420
                                                         : TJSAMP_444;
    const int result =
        tjCompress2(turbo.get(), reinterpret_cast<const unsigned char*>(image.bytes.data()), image.width_px,
                    0, image.height_px, image.channels == 1 ? TJPF_GRAY : TJPF_RGB, &buffer, &size, sampling,
                    quality, TJFLAG_ACCURATEDCT);
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(buffer, tjFree);
    if (result != 0) throw jpeg_error(turbo);
    return std::string(reinterpret_cast<const char*>(buffer), size);
}

Image decode_jpg(Span<const std::byte> bytes) {
    Image image;
    decode_jpg(bytes, image);
    return image;
}

void decode_jpg(Span<const std::byte> bytes, Image& into) {
    const Turbo turbo(tjInitDecompress());
    RADFORGE_ASSERT(turbo);
    const auto* const data = reinterpret_cast<const unsigned char*>(bytes.data());
    int width = 0, height = 0, sampling = 0, space = 0;
    if (tjDecompressHeader3(turbo.get(), data, bytes.size(), &width, &height, &sampling, &space) != 0)
        throw jpeg_error(turbo);
    const int channels = space == TJCS_GRAY ? 1 : 3;
    reshape(into, height, width, channels);
    if (tjDecompress2(turbo.get(), data, bytes.size(), reinterpret_cast<unsigned char*>(into.bytes.data()),
                      width, 0, height, channels == 1 ? TJPF_GRAY : TJPF_RGB,
                      TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING) != 0)
        throw jpeg_error(turbo);
}

}  // namespace radforge::shard
