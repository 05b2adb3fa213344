// SPDX-License-Identifier: Apache-2.0
#include "tests/models/photo/picture_files.h"

#include <turbojpeg.h>
#include <zlib.h>

#include <memory>
#include <stdexcept>

namespace radforge::test {
namespace {

std::string big(uint32_t value, int bytes) {
    std::string out;
    for (int i = bytes - 1; i >= 0; --i) out += char(value >> (8 * i));
    return out;
}

std::string chunk(const std::string& name, const std::string& content) {
    const std::string body = name + content;
    const auto sum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), uInt(body.size()));
    return big(uint32_t(content.size()), 4) + body + big(uint32_t(sum), 4);
}

}  // namespace

std::string make_png(const PngFile& file) {
    const int channels = file.colour == PngColour::Rgb         ? 3
                         : file.colour == PngColour::Rgba      ? 4
                         : file.colour == PngColour::GreyAlpha ? 2
                                                               : 1;
    std::string rows;
    for (int y = 0; y < file.height; ++y) {
        rows += '\0';  // no filter
        uint32_t packed = 0;
        int filled = 0;
        for (int x = 0; x < file.width; ++x)
            for (int k = 0; k < channels; ++k) {
                packed = packed << file.bits | file.value(y, x, k);
                filled += file.bits;
                if (filled % 8 != 0) continue;
                rows += big(packed, filled / 8);
                packed = 0;
                filled = 0;
            }
        if (filled > 0) rows += char(packed << (8 - filled));
    }
    uLongf size = compressBound(uLong(rows.size()));
    std::string packed(size, '\0');
    if (compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(rows.data()),
                  uLong(rows.size()), 1) != Z_OK)
        throw std::runtime_error("zlib");
    packed.resize(size);
    std::string png = "\x89PNG\r\n\x1a\n";
    png += chunk("IHDR", big(uint32_t(file.width), 4) + big(uint32_t(file.height), 4) + char(file.bits) +
                             char(file.colour) + std::string(3, '\0'));
    if (file.orientation > 0) png += chunk("eXIf", exif_block(file.orientation, true));
    if (!file.palette.empty()) png += chunk("PLTE", std::string(file.palette.begin(), file.palette.end()));
    return png + chunk("IDAT", packed) + chunk("IEND", "");
}

std::string exif_block(int orientation, bool big_endian) {
    const auto number = [&](uint32_t value, int bytes) {
        const std::string out = big(value, bytes);
        return big_endian ? out : std::string(out.rbegin(), out.rend());
    };
    std::string block = big_endian ? std::string("MM\0*", 4) : std::string("II*\0", 4);
    block += number(8, 4) + number(2, 2);                                     // directory of two entries
    block += number(0x010f, 2) + number(2, 2) + number(1, 4) + number(0, 4);  // Make, one zero
    block +=
        number(0x0112, 2) + number(3, 2) + number(1, 4) + number(uint32_t(orientation), 2) + number(0, 2);
    return block + number(0, 4);
}

std::string with_exif(const std::string& jpeg, const std::string& block) {
    const std::string content = std::string("Exif\0\0", 6) + block;
    return jpeg.substr(0, 2) + "\xff\xe1" + big(uint32_t(content.size() + 2), 2) + content + jpeg.substr(2);
}

std::string make_cmyk_jpeg(int width, int height, const std::vector<uint8_t>& inks) {
    std::vector<uint8_t> pixels;
    for (int i = 0; i < width * height; ++i)
        for (const uint8_t ink : inks) pixels.push_back(uint8_t(255 - ink));
    const std::unique_ptr<void, int (*)(void*)> turbo(tjInitCompress(), tjDestroy);
    unsigned char* buffer = nullptr;
    unsigned long size = 0;
    if (tjCompress2(turbo.get(), pixels.data(), width, 0, height, TJPF_CMYK, &buffer, &size, TJSAMP_444, 95,
                    TJFLAG_ACCURATEDCT) != 0)
        throw std::runtime_error("turbojpeg");
    std::string out(reinterpret_cast<const char*>(buffer), size);
    tjFree(buffer);
    return out;
}

}  // namespace radforge::test
