// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/raw_files.h"

#include "synth/base/error.h"
#include "synth/base/system_error.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>

namespace radforge::colorize {
namespace {

constexpr SectionLayout kFullColour{1216, 2048, true, 0.33}, kRescan{2700, 4096, false, 0.144};
constexpr uint32_t kGenesisMagic = 0x494D4746;  // "IMGF"
constexpr int kBareSide_px = 512, kVersion2Image = 2308, kUncompressed = 1;

std::vector<std::byte> unpack(const std::vector<std::byte>& packed) {
    const std::unique_ptr<archive, decltype(&archive_read_free)> reader(archive_read_new(),
                                                                        archive_read_free);
    RADFORGE_ASSERT(reader != nullptr);
    const auto failed = [&] {
        const char* why = archive_error_string(reader.get());
        return Error(ErrorKind::BadData, "cannot unpack").got(why == nullptr ? "damaged data" : why);
    };
    archive_entry* entry = nullptr;
    if (archive_read_support_filter_compress(reader.get()) != ARCHIVE_OK ||
        archive_read_support_filter_gzip(reader.get()) != ARCHIVE_OK ||
        archive_read_support_format_raw(reader.get()) != ARCHIVE_OK ||
        archive_read_open_memory(reader.get(), packed.data(), packed.size()) != ARCHIVE_OK ||
        archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK)
        throw failed();
    std::vector<std::byte> bytes, block(1 << 18);
    for (;;) {
        const la_ssize_t n = archive_read_data(reader.get(), block.data(), block.size());
        if (n < 0) throw failed();
        if (n == 0) return bytes;
        bytes.insert(bytes.end(), block.begin(), block.begin() + n);
    }
}

/// Numbers of a byte string, with the place in the message when it is too short.
class Reader {
public:
    Reader(Span<const std::byte> bytes, bool little) : bytes_(bytes), little_(little) {}

    uint32_t u32(size_t at) const {
        need(at, 4);
        uint32_t v = 0;
        for (size_t i = 0; i < 4; ++i) v = v << 8 | uint32_t(bytes_[little_ ? at + 3 - i : at + i]);
        return v;
    }
    int16_t i16(size_t at) const {
        need(at, 2);
        return int16_t(
            uint16_t(uint32_t(bytes_[little_ ? at + 1 : at]) << 8 | uint32_t(bytes_[little_ ? at : at + 1])));
    }
    double f32(size_t at) const {
        const uint32_t bits = u32(at);
        float value = 0;
        std::memcpy(&value, &bits, sizeof value);
        return double(value);
    }
    void need(size_t at, size_t count) const {
        if (at > bytes_.size() || bytes_.size() - at < count)
            throw Error(ErrorKind::BadData, "the file is truncated")
                .got(std::to_string(bytes_.size()) + " bytes")
                .expected("at least " + std::to_string(at + count));
    }

private:
    Span<const std::byte> bytes_;
    bool little_;
};

Image pixels_at(const Reader& reader, size_t at, int height, int width) {
    reader.need(at, size_t(height) * size_t(width) * 2);
    Image image(height, width, 1, PixelType::I16, ColorSpace::Data);
    const Span<int16_t> to = image.values<int16_t>();
    for (size_t i = 0; i < to.size(); ++i) to[i] = reader.i16(at + 2 * i);
    return image;
}

/// Sum of the differences between neighbours in a row: the wrong byte order makes noise.
int64_t roughness(const Image& image) {
    const Span<const int16_t> v = image.values<int16_t>();
    int64_t sum = 0;
    for (size_t i = 1; i < v.size(); ++i) sum += std::abs(int(v[i]) - int(v[i - 1]));
    return sum;
}

/// 0 when it is no size that a pixel of a CT slice can have.
double plausible_mm(double mm, double most) { return mm > 0.01 && mm < most ? mm : 0; }

GenesisSlice decode_bare(Span<const std::byte> bytes) {
    const size_t count = size_t(kBareSide_px) * kBareSide_px * 2;
    const Reader big(bytes, false), little(bytes, true);
    big.need(0, count);
    GenesisSlice slice;
    slice.stored = pixels_at(big, bytes.size() - count, kBareSide_px, kBareSide_px);
    Image other = pixels_at(little, bytes.size() - count, kBareSide_px, kBareSide_px);
    slice.little_endian = roughness(other) < roughness(slice.stored);
    if (slice.little_endian) slice.stored = std::move(other);
    return slice;
}

}  // namespace

std::vector<std::byte> read_unpacked(const std::string& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    std::vector<std::byte> bytes(file ? size_t(std::streamoff(file.tellg())) : 0);
    file.seekg(0);
    if (!file || !file.read(reinterpret_cast<char*>(bytes.data()), std::streamsize(bytes.size()))) {
        throw_if_passing(path);
        throw Error(ErrorKind::BadData, "cannot read").where(path);
    }
    const bool packed = bytes.size() > 2 && bytes[0] == std::byte{0x1f} &&
                        (bytes[1] == std::byte{0x9d} || bytes[1] == std::byte{0x8b});
    return packed ? unpack(bytes) : bytes;
}

std::optional<SectionLayout> layout_of(size_t bytes) {
    for (const SectionLayout& layout : {kFullColour, kRescan})
        if (bytes == layout.bytes()) return layout;
    return std::nullopt;
}

Image decode_section(Span<const std::byte> bytes, const SectionLayout& layout) {
    if (bytes.size() == 0) throw Error(ErrorKind::BadData, "the section is empty: a gap of the saw");
    if (bytes.size() != layout.bytes())
        throw Error(ErrorKind::BadData, "the section has another size")
            .got(std::to_string(bytes.size()) + " bytes")
            .expected(std::to_string(layout.bytes()) + " for " + std::to_string(layout.width_px) + " x " +
                      std::to_string(layout.height_px));
    if (std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; }))
        throw Error(ErrorKind::BadData, "the section is all zero: a gap of the saw");
    Image image(layout.height_px, layout.width_px, 3, PixelType::U8, ColorSpace::Srgb);
    const ImageView<uint8_t> to = image.view<uint8_t>();
    const size_t plane = size_t(layout.height_px) * size_t(layout.width_px);
    for (int r = 0; r < layout.height_px; ++r)
        for (int c = 0; c < layout.width_px; ++c) {
            const size_t at = size_t(layout.height_px - 1 - r) * size_t(layout.width_px) + size_t(c);
            for (size_t k = 0; k < 3; ++k)
                to(r, c, int(k)) = uint8_t(bytes[layout.planar ? k * plane + at : 3 * at + k]);
        }
    return image;
}

GenesisSlice decode_genesis(Span<const std::byte> bytes) {
    Reader reader(bytes, false);
    reader.need(0, 4);
    GenesisSlice slice;
    slice.header = reader.u32(0) == kGenesisMagic;
    if (!slice.header && Reader(bytes, true).u32(0) == kGenesisMagic)
        slice.header = slice.little_endian = true, reader = Reader(bytes, true);
    if (!slice.header) return decode_bare(bytes);

    const uint32_t offset = reader.u32(4), width = reader.u32(8), height = reader.u32(12),
                   depth = reader.u32(16), compression = reader.u32(20);
    const int version = reader.i16(52);
    if (width < 16 || height < 16 || width > 4096 || height > 4096)
        throw Error(ErrorKind::BadData, "an impossible CT slice")
            .got(std::to_string(width) + " x " + std::to_string(height));
    if (depth != 16) throw Error(ErrorKind::BadData, "CT slices have 16 bits").got(std::to_string(depth));
    if (compression != kUncompressed)
        throw Error(ErrorKind::BadData, "the pixels are packed in a way that is not read")
            .got("compression " + std::to_string(compression))
            .expected(std::to_string(kUncompressed) + " (none)");
    slice.stored = pixels_at(reader, offset, int(height), int(width));
    const bool second = version == 2;
    const size_t image = second ? size_t(kVersion2Image) : size_t(reader.u32(148));
    // Files whose header has been cut down to its first part keep their pixels; the size is then asked for.
    if (image > 0 && image + 60 <= bytes.size()) {
        const double x = plausible_mm(reader.f32(image + (second ? 52 : 50)), 10),
                     y = plausible_mm(reader.f32(image + (second ? 56 : 54)), 10);
        slice.pixel_mm = std::abs(x - y) <= 1e-3 * x ? x : 0;
        slice.thickness_mm = plausible_mm(reader.f32(image + (second ? 28 : 26)), 100);
    }
    return slice;
}

}  // namespace radforge::colorize
