// SPDX-License-Identifier: Apache-2.0
// The format is described in Radiance's "File formats" (radsite.lbl.gov/radiance/refer/filefmts.pdf) and in
// Ward, "Real pixels", Graphics Gems II, 1991.
#include "render/picture/decode.h"
#include "synth/base/error.h"

#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

namespace radforge::picture {
namespace {

constexpr int kLeastRunWidth = 8, kMostRunWidth = 0x7fff, kMostPixelsAcross = 1 << 16;
using Rgbe = std::array<uint8_t, 4>;

Error refused(const std::string& what) { return Error(ErrorKind::BadData, "Radiance picture: " + what); }

class Reader {
public:
    explicit Reader(Span<const std::byte> bytes) : bytes_(bytes) {}

    uint8_t byte() {
        if (at_ >= bytes_.size()) throw refused("damaged or cut short");
        return uint8_t(bytes_[at_++]);
    }
    Rgbe pixel() {
        Rgbe p{};
        for (uint8_t& value : p) value = byte();
        return p;
    }
    std::string line() {
        std::string text;
        for (char c = char(byte()); c != '\n'; c = char(byte())) text += c;
        return text;
    }

private:
    Span<const std::byte> bytes_;
    size_t at_ = 0;
};

struct Header {
    int width = 0, height = 0;
    bool from_bottom = false, from_right = false;
    double exposure = 1;
};

Header read_header(Reader& reader) {
    Header h;
    reader.line();
    for (std::string line = reader.line(); !line.empty(); line = reader.line()) {
        const size_t equals = line.find('=');
        const std::string key = line.substr(0, equals),
                          value = equals == std::string::npos ? "" : line.substr(equals + 1);
        if (key == "FORMAT" && value.find("32-bit_rle_rgbe") == std::string::npos)
            throw refused("pixels of another format").got(value).expected("32-bit_rle_rgbe");
        if (key == "EXPOSURE") h.exposure *= std::strtod(value.c_str(), nullptr);  // each line multiplies
    }
    if (!(h.exposure > 0 && std::isfinite(h.exposure)))
        throw refused("an impossible exposure").got(std::to_string(h.exposure));
    const std::string size = reader.line();
    std::string y, x;
    std::istringstream(size) >> y >> h.height >> x >> h.width;
    if ((y != "-Y" && y != "+Y") || (x != "-X" && x != "+X"))
        throw refused("an unknown or turned order of pixels").got(size).expected("-Y HEIGHT +X WIDTH");
    if (h.width < 1 || h.height < 1 || h.width > kMostPixelsAcross || h.height > kMostPixelsAcross)
        throw refused("an impossible size").got(size);
    h.from_bottom = y == "+Y";
    h.from_right = x == "-X";
    return h;
}

/// Each channel by itself: a count above 128 repeats the next byte, others precede that many bytes.
void read_channel_runs(Reader& reader, std::vector<Rgbe>& row) {
    for (size_t channel = 0; channel < 4; ++channel)
        for (size_t i = 0; i < row.size();) {
            const uint8_t code = reader.byte();
            const bool run = code > 128;
            const size_t count = run ? code - 128u : code;
            if (count == 0 || i + count > row.size()) throw refused("a damaged run of pixels");
            const uint8_t repeated = run ? reader.byte() : uint8_t(0);
            for (size_t end = i + count; i < end; ++i) row[i][channel] = run ? repeated : reader.byte();
        }
}

/// Pixels one after the other; (1, 1, 1, n) repeats the last one, several in a row are digits of one count.
void read_pixels(Reader& reader, Rgbe first, std::vector<Rgbe>& row) {
    int shift = 0;
    Rgbe pixel = first;
    for (size_t i = 0;;) {
        if (pixel[0] == 1 && pixel[1] == 1 && pixel[2] == 1) {
            if (i == 0 || shift > 16) throw refused("a damaged run of pixels");
            const size_t count = size_t(pixel[3]) << shift;
            if (i + count > row.size()) throw refused("a damaged run of pixels");
            for (size_t end = i + count; i < end; ++i) row[i] = row[i - 1];
            shift += 8;
        } else {
            row[i++] = pixel;
            shift = 0;
        }
        if (i == row.size()) return;
        pixel = reader.pixel();
    }
}

}  // namespace

Image decode_radiance(Span<const std::byte> bytes) {
    Reader reader(bytes);
    const Header h = read_header(reader);
    Image image(h.height, h.width, 3, PixelType::F32, ColorSpace::Linear);
    std::array<float, 256> scale{};
    for (int e = 1; e < 256; ++e) scale[size_t(e)] = float(std::ldexp(1.0, e - 136) / h.exposure);
    std::vector<Rgbe> row(static_cast<size_t>(h.width));
    const auto out = image.view<float>();
    for (int r = 0; r < h.height; ++r) {
        const Rgbe first = reader.pixel();
        const bool by_channel = first[0] == 2 && first[1] == 2 && first[2] < 128 &&
                                h.width >= kLeastRunWidth && h.width <= kMostRunWidth;
        if (by_channel && (first[2] << 8 | first[3]) != h.width) throw refused("a row of another width");
        if (by_channel)
            read_channel_runs(reader, row);
        else
            read_pixels(reader, first, row);
        for (int c = 0; c < h.width; ++c) {
            const Rgbe& p = row[size_t(c)];
            float* const to =
                out.pixel(h.from_bottom ? h.height - 1 - r : r, h.from_right ? h.width - 1 - c : c);
            for (size_t k = 0; k < 3; ++k) to[k] = float(p[k]) * scale[p[3]];
        }
    }
    return image;
}

}  // namespace radforge::picture
