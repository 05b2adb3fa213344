// SPDX-License-Identifier: Apache-2.0
#include "models/photo/exif.h"

#include <cstring>
#include <utility>

namespace radforge::photo {
namespace {

constexpr uint16_t kOrientationTag = 0x0112, kLong = 4;

/// Numbers of a byte order, 0 beyond the end.
struct Bytes {
    Span<const std::byte> data;
    bool big = true;
    uint32_t at(size_t i) const { return i < data.size() ? uint32_t(data[i]) : 0; }
    uint32_t u16(size_t i) const { return big ? at(i) << 8 | at(i + 1) : at(i + 1) << 8 | at(i); }
    uint32_t u32(size_t i) const { return big ? u16(i) << 16 | u16(i + 2) : u16(i + 2) << 16 | u16(i); }
    bool says(size_t i, const char* text, size_t size) const {
        return i + size <= data.size() && std::memcmp(data.data() + i, text, size) == 0;
    }
    Span<const std::byte> part(size_t from, size_t size) const {
        if (from >= data.size()) return {};
        return {data.data() + from, std::min(size, data.size() - from)};
    }
};

}  // namespace

int orientation_of_exif(Span<const std::byte> block) {
    Bytes bytes{block};
    if (!bytes.says(0, "II*\0", 4) && !bytes.says(0, "MM\0*", 4)) return 1;
    bytes.big = bytes.at(0) == 'M';
    const size_t directory = bytes.u32(4);
    const size_t entries = bytes.u16(directory);
    for (size_t i = 0; i < entries; ++i) {
        const size_t entry = directory + 2 + 12 * i;
        if (entry + 12 > block.size()) break;
        if (bytes.u16(entry) != kOrientationTag) continue;
        // SHORT by the standard; some programs write LONG.
        const uint32_t value = bytes.u16(entry + 2) == kLong ? bytes.u32(entry + 8) : bytes.u16(entry + 8);
        return value >= 1 && value <= 8 ? int(value) : 1;
    }
    return 1;
}

int orientation_of_jpeg(Span<const std::byte> stream) {
    const Bytes bytes{stream};
    // Segments: 0xff, marker, length that counts itself; the picture's own data begins with 0xffda.
    for (size_t i = 2; i + 4 <= stream.size() && bytes.at(i) == 0xff;) {
        const uint32_t marker = bytes.at(i + 1);
        if (marker == 0xff) {  // fill byte
            ++i;
            continue;
        }
        if (marker == 0xda || marker == 0xd9) break;
        const size_t length = bytes.u16(i + 2);
        if (marker == 0xe1 && length >= 8 && bytes.says(i + 4, "Exif\0\0", 6))
            return orientation_of_exif(bytes.part(i + 10, length - 8));
        i += 2 + std::max<size_t>(2, length);
    }
    return 1;
}

int orientation_of_png(Span<const std::byte> stream) {
    const Bytes bytes{stream};
    for (size_t i = 8; i + 12 <= stream.size();) {
        const size_t length = bytes.u32(i);
        if (bytes.says(i + 4, "eXIf", 4)) return orientation_of_exif(bytes.part(i + 8, length));
        i += 12 + length;
    }
    return 1;
}

Image upright(Image image, int orientation) {
    if (orientation <= 1 || orientation > 8) return image;
    const bool turned = orientation >= 5;
    const int h = image.height_px, w = image.width_px;
    Image out(turned ? w : h, turned ? h : w, image.channels, image.type, image.space);
    const auto from = std::as_const(image).view<uint8_t>();
    const auto to = out.view<uint8_t>();
    for (int r = 0; r < out.height_px; ++r)
        for (int c = 0; c < out.width_px; ++c) {
            int y = turned ? c : r, x = turned ? r : c;
            if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7) y = h - 1 - y;
            if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8) x = w - 1 - x;
            std::memcpy(to.pixel(r, c), from.pixel(y, x), size_t(image.channels));
        }
    return out;
}

}  // namespace radforge::photo
