// SPDX-License-Identifier: Apache-2.0
#include "render/picture/decode.h"
#include "render/picture/image_io.h"
#include "synth/base/error.h"

#include <png.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

namespace radforge::picture {
namespace {

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
    *static_cast<std::string*>(png_get_error_ptr(png)) = message;
    png_longjmp(png, 1);
}
void on_warning(png_structp, png_const_charp) {}

struct Input {
    Span<const std::byte> left;
};
void take(png_structp png, png_bytep out, png_size_t count) {
    auto* const input = static_cast<Input*>(png_get_io_ptr(png));
    if (input->left.size() < count) png_error(png, "cut short");
    std::memcpy(out, input->left.data(), count);
    input->left = {input->left.data() + count, input->left.size() - count};
}

struct Reader {
    std::string error;
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &error, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : nullptr;
    Reader() { RADFORGE_ASSERT(png && info); }
    ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
};

struct Writer {
    std::string error;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &error, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : nullptr;
    Writer() { RADFORGE_ASSERT(png && info); }
    ~Writer() { png_destroy_write_struct(&png, &info); }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
};

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

// Between setjmp and a longjmp only C calls and trivial objects: no destructor may be jumped over.

bool read_header(png_structp png, png_infop info) {
    if (setjmp(png_jmpbuf(png))) return false;
    png_read_info(png, info);
    png_set_expand(png);
    png_set_swap(png);  // 16 bits as this machine has them
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    return true;
}

bool read_pixels(png_structp png, png_bytep* rows) {
    if (setjmp(png_jmpbuf(png))) return false;
    png_read_image(png, rows);
    png_read_end(png, nullptr);
    return true;
}

bool write(png_structp png, png_infop info, std::FILE* file, const Image* image, int colours,
           png_const_bytep pixels, size_t stride) {
    if (setjmp(png_jmpbuf(png))) return false;
    png_init_io(png, file);
    png_set_IHDR(png, info, png_uint_32(image->width_px), png_uint_32(image->height_px),
                 image->type == PixelType::U8 ? 8 : 16, colours, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (image->space == ColorSpace::Srgb) png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
    png_write_info(png, info);
    png_set_swap(png);
    for (int row = 0; row < image->height_px; ++row) png_write_row(png, pixels + size_t(row) * stride);
    png_write_end(png, info);
    return true;
}

}  // namespace

Image decode_png(Span<const std::byte> bytes) {
    Reader reader;
    Input input{bytes};
    png_set_read_fn(reader.png, &input, take);
    const auto failed = [&] { return Error(ErrorKind::BadData, "PNG: " + reader.error); };
    if (!read_header(reader.png, reader.info)) throw failed();
    const bool deep = png_get_bit_depth(reader.png, reader.info) == 16;
    Image image(int(png_get_image_height(reader.png, reader.info)),
                int(png_get_image_width(reader.png, reader.info)),
                int(png_get_channels(reader.png, reader.info)), deep ? PixelType::U16 : PixelType::U8,
                ColorSpace::Srgb);
    std::vector<png_bytep> rows;
    const size_t stride = png_get_rowbytes(reader.png, reader.info);
    RADFORGE_ASSERT(stride * size_t(image.height_px) == image.bytes.size());
    for (int row = 0; row < image.height_px; ++row)
        rows.push_back(reinterpret_cast<png_bytep>(image.bytes.data()) + size_t(row) * stride);
    if (!read_pixels(reader.png, rows.data())) throw failed();
    return image;
}

void write_png(const std::string& path, const Image& image) {
    constexpr int kColours[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                PNG_COLOR_TYPE_RGB_ALPHA};
    if ((image.type != PixelType::U8 && image.type != PixelType::U16) || image.channels < 1 ||
        image.channels > 4)
        throw Error(ErrorKind::BadData, "a PNG holds 1 to 4 channels of 8 or 16 bit unsigned integers")
            .where(path);
    std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "wb"));
    if (!file)
        throw Error(ErrorKind::BadData, "cannot write an image there").where(path).got(std::strerror(errno));
    Writer writer;
    const size_t stride = size_t(image.width_px) * size_t(image.channels) * bytes_per_value(image.type);
    const bool written = write(writer.png, writer.info, file.get(), &image, kColours[image.channels - 1],
                               reinterpret_cast<png_const_bytep>(image.bytes.data()), stride);
    if (!written || std::fclose(file.release()) != 0)
        throw Error(ErrorKind::TryAgain, "cannot write the image")
            .where(path)
            .got(writer.error.empty() ? std::strerror(errno) : writer.error);
}

}  // namespace radforge::picture
