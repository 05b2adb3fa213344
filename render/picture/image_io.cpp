// SPDX-License-Identifier: Apache-2.0
#include "render/picture/image_io.h"

#include "render/picture/decode.h"
#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/base/system_error.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

namespace radforge::picture {
namespace {

struct Format {
    const char* magic;
    size_t size;
    Image (*decode)(Span<const std::byte>);
};
constexpr Format kPictures[] = {{"\x89PNG\r\n\x1a\n", 8, decode_png},
                                {"\xff\xd8\xff", 3, decode_jpeg},
                                {"II*\0", 4, decode_tiff},
                                {"MM\0*", 4, decode_tiff}},
                 kMaps[] = {{"#?", 2, decode_radiance}, {"\x76\x2f\x31\x01", 4, decode_exr_rgb}};

bool fits(const Format& format, const std::string& bytes) {
    return bytes.size() >= format.size && std::memcmp(bytes.data(), format.magic, format.size) == 0;
}

std::string content(const std::string& path, const char* what) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::ostringstream bytes;
    if (file && file.peek() != EOF && bytes << file.rdbuf()) return bytes.str();
    throw_if_passing(path);
    throw Error(ErrorKind::BadData, what).where(path);
}

Error failure(const std::string& path, const std::string& what, const std::string& detail) {
    Error error(ErrorKind::BadData, what);
    error.where(path);
    if (!detail.empty()) error.got(detail);
    return error;
}

Image decoded(const Format& format, const std::string& bytes, const std::string& path) {
    try {
        return format.decode(bytes_of(bytes));
    } catch (Error& error) {
        throw error.where(path);
    }
}

}  // namespace

Image read_image(const std::string& path) {
    const std::string bytes = content(path, "cannot read the image");
    for (const Format& format : kPictures)
        if (fits(format, bytes)) return decoded(format, bytes, path);
    throw failure(path, "not a picture that is read", "").expected("PNG, JPEG or TIFF");
}

Image read_hdr(const std::string& path) {
    const std::string bytes = content(path, "cannot read the environment map");
    for (const Format& format : kPictures)
        if (fits(format, bytes))
            throw failure(path, "the environment map has no dynamic range", "")
                .expected("floating point")
                .hint("use the .hdr or .exr file");
    const auto* const format =
        std::find_if(std::begin(kMaps), std::end(kMaps), [&](const Format& f) { return fits(f, bytes); });
    if (format == std::end(kMaps))
        throw failure(path, "not an environment map that is read", "").expected("Radiance or OpenEXR");
    Image image = decoded(*format, bytes, path);
    const std::string size =
        std::to_string(image.width_px) + " x " + std::to_string(image.height_px) + " pixels";
    if (image.height_px < 2)
        throw failure(path, "the environment map is too small", size).expected("at least 4 x 2 pixels");
    if (image.width_px != 2 * image.height_px)
        throw failure(path, "the environment map is not lat-long", size).expected("twice as wide as high");
    float brightest = 0;
    const auto view = image.view<float>();
    for (int r = 0; r < image.height_px; ++r)
        for (int c = 0; c < image.width_px; ++c)
            for (int k = 0; k < 3; ++k) {
                const float value = view(r, c, k);
                if (!(std::isfinite(value) && value >= 0))
                    throw failure(path, "the environment map holds an impossible radiance",
                                  std::to_string(value) + " at row " + std::to_string(r) + ", column " +
                                      std::to_string(c) + ", channel " + std::to_string(k))
                        .expected("finite values, 0 or more");
                brightest = std::max(brightest, value);
            }
    if (brightest == 0)
        throw failure(path, "the environment map is black everywhere", "").expected("some light");
    return image;
}

}  // namespace radforge::picture
