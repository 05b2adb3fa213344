// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/plain_png.h"

#include <libdeflate.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace radforge::shard {
namespace {

constexpr uint8_t kSignature[8] = {0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a};
constexpr uint32_t kMostSides = 1000000;  // of libpng

struct FreeDecompressor {
    void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
};

uint32_t big_endian(const uint8_t* at) {
    return uint32_t(at[0]) << 24 | uint32_t(at[1]) << 16 | uint32_t(at[2]) << 8 | at[3];
}

struct Header {
    uint32_t width = 0, height = 0;
    int channels = 0;
};

bool read_header(const uint8_t* data, size_t length, Header& header) {
    if (length != 13) return false;
    header.width = big_endian(data);
    header.height = big_endian(data + 4);
    const int depth = data[8], colours = data[9];
    header.channels = colours == 0 ? 1 : colours == 2 ? 3 : colours == 6 ? 4 : 0;
    return depth == 8 && header.channels > 0 && data[10] == 0 && data[11] == 0 && data[12] == 0 &&
           header.width > 0 && header.height > 0 && header.width <= kMostSides && header.height <= kMostSides;
}

/// The compressed stream of all IDAT chunks, whose sums fit: inside `bytes` if it is one chunk, else
/// gathered.
bool read_chunks(Span<const std::byte> bytes, Header& header, Span<const uint8_t>& stream,
                 std::vector<uint8_t>& gathered) {
    const auto* at = reinterpret_cast<const uint8_t*>(bytes.data());
    const uint8_t* const end = at + bytes.size();
    if (bytes.size() < sizeof kSignature || std::memcmp(at, kSignature, sizeof kSignature) != 0) return false;
    at += sizeof kSignature;
    for (int number = 0; end - at >= 12; ++number) {
        const uint32_t length = big_endian(at);
        if (length > size_t(end - at) - 12 ||
            libdeflate_crc32(0, at + 4, size_t(length) + 4) != big_endian(at + 8 + length))
            return false;
        const uint8_t* const type = at + 4;
        const uint8_t* const data = at + 8;
        at += 12 + size_t(length);
        const auto is = [&](const char* name) { return std::memcmp(type, name, 4) == 0; };
        if (is("IHDR") != (number == 0)) return false;
        if (number == 0) {
            if (!read_header(data, length, header)) return false;
        } else if (is("IDAT")) {
            if (stream.empty()) {
                stream = {data, length};
                continue;
            }
            if (gathered.empty()) gathered.assign(stream.begin(), stream.end());
            gathered.insert(gathered.end(), data, data + length);
            stream = gathered;
        } else {
            return is("IEND") && length == 0 && at == end && !stream.empty();
        }
    }
    return false;
}

/// @param above  the row before, zeros before the first
template <size_t Step>
void add_average(uint8_t* row, const uint8_t* above, size_t size) {
    for (size_t i = 0; i < Step; ++i) row[i] = uint8_t(row[i] + above[i] / 2);
    for (size_t i = Step; i < size; ++i) row[i] = uint8_t(row[i] + (row[i - Step] + above[i]) / 2);
}

template <size_t Step>
void add_paeth(uint8_t* row, const uint8_t* above, size_t size) {
    for (size_t i = 0; i < Step; ++i) row[i] = uint8_t(row[i] + above[i]);
    for (size_t i = Step; i < size; ++i) {
        const int a = row[i - Step], b = above[i], c = above[i - Step];
        const int to_a = std::abs(b - c), to_b = std::abs(a - c), to_c = std::abs(a + b - 2 * c);
        const int nearest = to_a <= to_b && to_a <= to_c ? a : to_b <= to_c ? b : c;
        row[i] = uint8_t(row[i] + nearest);
    }
}

template <size_t Step>
void add_left(uint8_t* row, size_t size) {
    uint8_t left[Step] = {};
    for (size_t i = 0; i < size; i += Step)
        for (size_t k = 0; k < Step; ++k) row[i + k] = left[k] = uint8_t(left[k] + row[i + k]);
}

/// ISO/IEC 15948, clause 9. @returns false when there is no such filter
template <size_t Step>
bool unfilter(int filter, uint8_t* row, const uint8_t* above, size_t size) {
    switch (filter) {
        case 0:
            return true;
        case 1:
            add_left<Step>(row, size);
            return true;
        case 2:
            for (size_t i = 0; i < size; ++i) row[i] = uint8_t(row[i] + above[i]);
            return true;
        case 3:
            add_average<Step>(row, above, size);
            return true;
        case 4:
            add_paeth<Step>(row, above, size);
            return true;
        default:
            return false;
    }
}

/// @param pixels  filtered rows, which become rows of pixels
template <size_t Step>
bool unfilter_rows(const Header& header, uint8_t* pixels) {
    const size_t size = size_t(header.width) * Step;
    const std::vector<uint8_t> zeros(size);
    const uint8_t* above = zeros.data();
    for (size_t y = 0; y < header.height; ++y) {
        const uint8_t* const filtered = pixels + y * (size + 1);
        uint8_t* const row = pixels + y * size;
        const int filter = filtered[0];
        std::memmove(row, filtered + 1, size);
        if (!unfilter<Step>(filter, row, above, size)) return false;
        above = row;
    }
    return true;
}

bool unfilter_rows(const Header& header, uint8_t* pixels) {
    if (header.channels == 1) return unfilter_rows<1>(header, pixels);
    if (header.channels == 3) return unfilter_rows<3>(header, pixels);
    return unfilter_rows<4>(header, pixels);
}

}  // namespace

bool decode_plain_png(Span<const std::byte> bytes, Image& into) {
    Header header;
    Span<const uint8_t> stream;
    std::vector<uint8_t> gathered;
    if (!read_chunks(bytes, header, stream, gathered)) return false;
    const size_t size = size_t(header.height) * (size_t(header.width) * size_t(header.channels) + 1);
    if (size / 1032 > stream.size()) return false;  // deflate never reaches 1032 : 1
    const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor(
        libdeflate_alloc_decompressor());
    size_t used = 0;
    into.bytes.resize(size);
    auto* const pixels = reinterpret_cast<uint8_t*>(into.bytes.data());
    if (!decompressor ||
        libdeflate_zlib_decompress_ex(decompressor.get(), stream.data(), stream.size(), pixels, size, &used,
                                      nullptr) != LIBDEFLATE_SUCCESS ||
        used != stream.size() || !unfilter_rows(header, pixels))
        return false;
    into.height_px = int(header.height);
    into.width_px = int(header.width);
    into.channels = header.channels;
    into.type = PixelType::U8;
    into.space = header.channels == 1 ? ColorSpace::Data : ColorSpace::Srgb;
    into.bytes.resize(into.value_count());
    return true;
}

}  // namespace radforge::shard
