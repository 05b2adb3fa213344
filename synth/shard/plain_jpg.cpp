// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/plain_jpg.h"

#if defined(__AVX2__) && defined(__BMI2__)
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

namespace radforge::shard {
namespace {

constexpr int kMostSides = 65500;  // of libjpeg
constexpr uint32_t kLookBits = 10;

/// Coefficients in the order of the stream, and where they lie in the block.
constexpr std::array<uint8_t, 64> kZigZag = {0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,
                                             12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
                                             35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
                                             58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

/// Codes by their first bits. An entry of the look-up, from its lowest bits: 6 of length (the code and the
/// bits of its value), 8 of steps from bit 8 on, 64 less the length from 16, the length of the value from 24;
/// the mark kLong on top.
struct HuffmanTable {
    static constexpr uint32_t kLong = 0x80000000;  ///< the code is longer than kLookBits
    static constexpr uint32_t kEnd = 128;          ///< steps of the end of a block
    static constexpr uint32_t kNone = 64 << 8;     ///< steps out of every block
    std::array<uint32_t, 1 << kLookBits> look;
    std::array<uint32_t, 17> limit{};  ///< of each length, the first 16 bits that a longer code begins with
    std::array<int32_t, 17> first{};   ///< where codes of a length begin in `entries`, less the first code
    std::array<uint32_t, 256> entries{};
    bool present = false;

    /// Steps: of AC, those to the place of the value; kEnd when the block is over. Of DC, 1.
    static uint32_t entry_of(uint8_t symbol, uint32_t length, bool dc) {
        const uint32_t run = symbol >> 4, size = dc ? symbol : symbol & 15,
                       steps = dc                       ? 1
                               : size == 0 && run != 15 ? kEnd
                                                        : run + 1;
        return (length + size) | steps << 8 | (64 - length - size) << 16 | size << 24;
    }

    bool build(const uint8_t* counts, const uint8_t* values, bool dc) {
        look.fill(kLong);
        uint32_t code = 0;
        int number = 0;
        for (uint32_t length = 1; length <= 16; ++length) {
            first[length] = number - int(code);
            for (int i = 0; i < counts[length - 1]; ++i, ++number, ++code) {
                const uint8_t symbol = values[number];
                if ((dc ? symbol : symbol & 15) > (dc ? 11 : 10) || code >= 1u << length) return false;
                const uint32_t entry = entry_of(symbol, length, dc);
                entries[size_t(number)] = entry;
                if (length > kLookBits) continue;
                const uint32_t spare = kLookBits - length;
                std::fill_n(&look[size_t(code) << spare], size_t(1) << spare, entry);
            }
            limit[length] = code << (16 - length);
            code <<= 1;
        }
        present = number > 0;
        return true;
    }

    /// Of a code longer than the look-up. @returns kNone when there is no such code
    uint32_t find(uint32_t code16) const {
        uint32_t length = kLookBits + 1;
        while (length <= 16 && code16 >= limit[length]) ++length;
        return length > 16 ? kNone : entries[size_t(int(code16 >> (16 - length)) + first[length]) & 255];
    }
};

/// The entropy-coded segment without its stuffed zeros, a piece at a time.
class Bits {
public:
    /// The next bits, from the highest on. Kept in registers while a block is read.
    struct Window {
        uint64_t bits = 0;
        uint32_t have = 0;
        const uint8_t* at = nullptr;

        /// At least 56 bits are there then.
        void refill() {
            uint64_t next = 0;
            std::memcpy(&next, at, 8);
            bits |= __builtin_bswap64(next) >> have;
            at += (63 - have) >> 3;
            have |= 56;
        }
    };
    Window window;

    Bits(const uint8_t* from, const uint8_t* end) : from_(from), end_(end) {
        window.at = piece_.data();
        fetch();
    }

    /// Once before each block: enough of the stream for it lies in `piece_` then.
    void prepare() {
        if (!over_ && window.at + kBlockBytes > piece_.data() + filled_) fetch();
    }
    /// Bits that were skipped behind the last one of the segment: zeros stand there.
    bool overrun() const { return window.at - window.have / 8 > piece_.data() + filled_ && over_; }
    /// Whether the segment ends in the byte of the last bit skipped, with EOI behind it.
    bool at_end() const {
        if (!over_ || !whole_) return false;
        const int64_t left = 8 * (piece_.data() + filled_ - window.at) + window.have;
        return left >= 0 && left < 8;
    }

private:
    static constexpr size_t kPiece = 8192, kBlockBytes = 256;  // a block has 27 + 63 * 26 bits at most

    void fetch() {
        const size_t used = size_t(window.at - piece_.data());
        std::memmove(piece_.data(), window.at, filled_ - used);
        filled_ -= used;
        window.at = piece_.data();
        uint8_t* out = piece_.data() + filled_;
        uint8_t* const full = piece_.data() + kPiece;
        while (!over_ && out + 32 <= full) {
            if (end_ - from_ >= 33) {
                const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from_));
                const auto marks =
                    uint32_t(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(-1))));
                _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), bytes);
                const uint32_t plain = marks ? uint32_t(__builtin_ctz(marks)) : 32;
                from_ += plain;
                out += plain;
                if (!marks) continue;
            }
            one(out);
        }
        filled_ = size_t(out - piece_.data());
        if (over_) std::memset(out, 0, piece_.size() - filled_);
    }
    /// A byte of the segment, or its end.
    void one(uint8_t*& out) {
        if (from_ >= end_) {
            over_ = true;
        } else if (*from_ != 0xff) {
            *out++ = *from_++;
        } else if (end_ - from_ >= 2 && from_[1] == 0) {
            *out++ = 0xff;
            from_ += 2;
        } else {
            over_ = true;
            whole_ = end_ - from_ >= 2 && from_[1] == 0xd9;
        }
    }

    std::array<uint8_t, kPiece + 2 * kBlockBytes> piece_;
    size_t filled_ = 0;
    const uint8_t *from_, *end_;
    bool over_ = false, whole_ = false;
};

/// The least value of so many bits.
constexpr std::array<int, 12> kLeast = {0, -1, -3, -7, -15, -31, -63, -127, -255, -511, -1023, -2047};

/// Takes one code and the bits of its value.
/// @returns its entry, kNone when there is no such code
inline uint32_t take(Bits::Window& window, const HuffmanTable& table, int& value) {
    uint32_t entry = table.look[window.bits >> (64 - kLookBits)];
    if (__builtin_expect(entry & HuffmanTable::kLong, 0)) entry = table.find(uint32_t(window.bits >> 48));
    // EXTEND of T.81 F.2.2.1: a value whose first bit is 0 is negative.
    const uint32_t size = entry >> 24, low = _bzhi_u32(uint32_t(window.bits >> (entry >> 16 & 63)), size);
    const int least = kLeast[size];
    value = int(low) + (least & (int(low + low + uint32_t(least - 1)) >> 31));
    window.bits <<= entry & 63;
    window.have -= uint8_t(entry);
    return entry;
}

/// @param block  of zeros. @returns false when the stream is damaged
bool read_block(Bits& bits, const HuffmanTable& dc, const HuffmanTable& ac, int& last_dc, int16_t* block) {
    bits.prepare();
    Bits::Window window = bits.window;
    window.refill();
    int value = 0;
    if (take(window, dc, value) == HuffmanTable::kNone) return false;
    last_dc += value;
    if (last_dc < INT16_MIN || last_dc > INT16_MAX) return false;
    block[0] = int16_t(last_dc);
    uint32_t k = 0;
    for (;;) {
        window.refill();  // for two values of 26 bits at most
        k += take(window, ac, value) >> 8 & 255;
        if (k >= 63) break;
        block[kZigZag[k]] = int16_t(value);
        k += take(window, ac, value) >> 8 & 255;
        if (k >= 63) break;
        block[kZigZag[k]] = int16_t(value);
    }
    if (k == 63)
        block[63] = int16_t(value);
    else if (k < HuffmanTable::kEnd)
        return false;
    bits.window = window;
    return !bits.overrun();
}

__m256i pair_of(int low, int high) {
    return _mm256_set1_epi32(int(uint32_t(uint16_t(low)) | uint32_t(uint16_t(high)) << 16));
}

/// One direction of libjpeg's accurate inverse transform (jidctint), of eight columns of two blocks: rows of
/// block A in the low halves, of B in the high ones. The products of its 13-bit constants are summed before
/// they are rounded, so the sums may be written as rows of a matrix.
template <int Shift>
void transform_columns(__m256i r[8]) {
    const __m256i round = _mm256_set1_epi32(1 << (Shift - 1));
    const auto half = [&](__m256i p04, __m256i p26, __m256i p13, __m256i p57, __m256i out[8]) {
        const auto dot = [](__m256i a, int x, int y) { return _mm256_madd_epi16(a, pair_of(x, y)); };
        const auto sum = [](__m256i a, __m256i b) { return _mm256_add_epi32(a, b); };
        const __m256i e0 = sum(dot(p04, 8192, 8192), round), e1 = sum(dot(p04, 8192, -8192), round),
                      e2 = dot(p26, 4433, 4433 - 15137), e3 = dot(p26, 4433 + 6270, 4433);
        const __m256i even[4] = {sum(e0, e3), sum(e1, e2), _mm256_sub_epi32(e1, e2),
                                 _mm256_sub_epi32(e0, e3)};
        const __m256i odd[4] = {sum(dot(p13, 11363, 9633), dot(p57, 6437, 2260)),
                                sum(dot(p13, 9633, -2259), dot(p57, -11362, -6436)),
                                sum(dot(p13, 6437, -11362), dot(p57, 2261, 9633)),
                                sum(dot(p13, 2260, -6436), dot(p57, 9633, -11363))};
        for (int i = 0; i < 4; ++i) {
            out[i] = _mm256_srai_epi32(sum(even[i], odd[i]), Shift);
            out[7 - i] = _mm256_srai_epi32(_mm256_sub_epi32(even[i], odd[i]), Shift);
        }
    };
    __m256i low[8], high[8];
    half(_mm256_unpacklo_epi16(r[0], r[4]), _mm256_unpacklo_epi16(r[2], r[6]),
         _mm256_unpacklo_epi16(r[1], r[3]), _mm256_unpacklo_epi16(r[5], r[7]), low);
    half(_mm256_unpackhi_epi16(r[0], r[4]), _mm256_unpackhi_epi16(r[2], r[6]),
         _mm256_unpackhi_epi16(r[1], r[3]), _mm256_unpackhi_epi16(r[5], r[7]), high);
    for (int i = 0; i < 8; ++i) r[i] = _mm256_packs_epi32(low[i], high[i]);
}

inline void transpose(__m256i r[8]) {
    __m256i a[8], b[8];
    for (int i = 0; i < 4; ++i) {
        a[2 * i] = _mm256_unpacklo_epi16(r[i], r[i + 4]);
        a[2 * i + 1] = _mm256_unpackhi_epi16(r[i], r[i + 4]);
    }
    // a: rows (0,4) (0,4)' (1,5) (1,5)' (2,6) (2,6)' (3,7) (3,7)'
    for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 2; ++j) {
            b[4 * j + 2 * i] = _mm256_unpacklo_epi16(a[2 * i + j], a[2 * i + 4 + j]);
            b[4 * j + 2 * i + 1] = _mm256_unpackhi_epi16(a[2 * i + j], a[2 * i + 4 + j]);
        }
    // b[4 j + 2 i + h]: rows (i, 2+i, 4+i, 6+i), columns from 4 j + 2 h on
    for (int j = 0; j < 2; ++j)
        for (int h = 0; h < 2; ++h) {
            r[4 * j + 2 * h] = _mm256_unpacklo_epi16(b[4 * j + h], b[4 * j + 2 + h]);
            r[4 * j + 2 * h + 1] = _mm256_unpackhi_epi16(b[4 * j + h], b[4 * j + 2 + h]);
        }
}

/// Whether sums of two of them stay within 16 bits, as in libjpeg-turbo's transform.
bool moderate(const __m256i r[8]) {
    __m256i most = _mm256_abs_epi16(r[0]);
    for (int i = 1; i < 8; ++i) most = _mm256_max_epu16(most, _mm256_abs_epi16(r[i]));
    return _mm256_testz_si256(most, _mm256_set1_epi16(int16_t(0xc000)));
}

/// @param blocks  two blocks of coefficients, which are zeros afterwards
/// @param out     eight rows of 16 samples, `stride` apart
/// @returns false when coefficients are larger than pictures have
bool inverse_transform(int16_t* blocks, const uint16_t* quantum, uint8_t* out, size_t stride) {
    __m256i r[8];
    for (size_t i = 0; i < 8; ++i) {
        const auto row = [](const void* at) { return _mm_loadu_si128(static_cast<const __m128i*>(at)); };
        const __m256i coefficients = _mm256_set_m128i(row(blocks + 64 + 8 * i), row(blocks + 8 * i));
        r[i] = _mm256_mullo_epi16(coefficients, _mm256_broadcastsi128_si256(row(quantum + 8 * i)));
    }
    std::memset(blocks, 0, 128 * sizeof(int16_t));
    if (!moderate(r)) return false;
    transform_columns<11>(r);
    if (!moderate(r)) return false;
    transpose(r);
    transform_columns<18>(r);
    transpose(r);
    for (size_t i = 0; i < 8; i += 2) {
        const __m256i bytes =
            _mm256_add_epi8(_mm256_packs_epi16(r[i], r[i + 1]), _mm256_set1_epi8(int8_t(-128)));
        const __m256i rows = _mm256_permute4x64_epi64(bytes, 0xd8);  // A and B of row i, then of i + 1
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i * stride), _mm256_castsi256_si128(rows));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out + (i + 1) * stride),
                         _mm256_extracti128_si256(rows, 1));
    }
    return true;
}

/// libjpeg's conversion (jdcolor) of 16 pixels: whole multiples of Cb and Cr aside, its 16-bit fractions
/// stay.
void to_rgb(const uint8_t* y, const uint8_t* cb, const uint8_t* cr, uint8_t* rgb) {
    const auto load = [](const uint8_t* at) {
        return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
    };
    const __m256i middle = _mm256_set1_epi16(128), two = _mm256_set1_epi16(2),
                  round = _mm256_set1_epi32(1 << 15);
    const __m256i luma = load(y), blue = _mm256_sub_epi16(load(cb), middle),
                  red = _mm256_sub_epi16(load(cr), middle);
    const auto fraction = [](__m256i a, __m256i b, int x, int z, __m256i more) {
        const auto part = [&](__m256i pairs) {
            return _mm256_srai_epi32(_mm256_add_epi32(_mm256_madd_epi16(pairs, pair_of(x, z)), more), 16);
        };
        return _mm256_packs_epi32(part(_mm256_unpacklo_epi16(a, b)), part(_mm256_unpackhi_epi16(a, b)));
    };
    const __m256i zero = _mm256_setzero_si256();
    const auto add = [](__m256i a, __m256i b) { return _mm256_add_epi16(a, b); };
    const __m256i r = add(add(luma, red), fraction(red, two, 91881 - 65536, 16384, zero));
    const __m256i g = add(_mm256_sub_epi16(luma, red), fraction(blue, red, -22554, 65536 - 46802, round));
    const __m256i b = add(add(luma, add(blue, blue)), fraction(blue, two, 116130 - 131072, 16384, zero));
    const auto bytes = [](__m256i v) {
        return _mm_packus_epi16(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    };
    const __m128i plane[3] = {bytes(r), bytes(g), bytes(b)};
    // Byte n of the three registers is plane n % 3 of pixel n / 3.
    alignas(16) static constexpr int8_t kPick[3][3][16] = {
        {{0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1, 5},
         {-1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1},
         {-1, -1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1}},
        {{-1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10, -1},
         {5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10},
         {-1, 5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1}},
        {{-1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1, -1},
         {-1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1},
         {10, -1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15}}};
    for (size_t part = 0; part < 3; ++part) {
        __m128i out = _mm_setzero_si128();
        for (size_t k = 0; k < 3; ++k)
            out = _mm_or_si128(out,
                               _mm_shuffle_epi8(plane[k], *reinterpret_cast<const __m128i*>(kPick[part][k])));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(rgb + 16 * part), out);
    }
}

class Decoder {
public:
    Decoder(Span<const std::byte> bytes, Image& into)
        : at_(reinterpret_cast<const uint8_t*>(bytes.data())), end_(at_ + bytes.size()), into_(into) {}

    bool decode() { return read_headers() && read_scan(); }

private:
    struct Component {
        int id = 0, quantum = 0, dc = 0, ac = 0, last_dc = 0;
    };

    static int word(const uint8_t* at) { return at[0] << 8 | at[1]; }

    bool read_headers() {
        if (end_ - at_ < 4 || at_[0] != 0xff || at_[1] != 0xd8) return false;
        at_ += 2;
        while (end_ - at_ >= 4 && at_[0] == 0xff) {
            const int marker = at_[1], length = word(at_ + 2);
            if (length < 2 || end_ - at_ < 2 + length) return false;
            const uint8_t* const segment = at_ + 4;
            at_ += 2 + length;
            if (marker == 0xda) return read_scan_header(segment, length - 2);
            if (!read_segment(marker, segment, length - 2)) return false;
        }
        return false;
    }

    bool read_segment(int marker, const uint8_t* at, int length) {
        switch (marker) {
            case 0xe0:
                if (length < 14 || std::memcmp(at, "JFIF", 5) != 0) return true;
                jfif_ = true;
                return at[5] == 1;  // libjpeg warns of other versions
            case 0xee:              // Adobe's, which says how to read the colours
                return false;
            case 0xdb:
                return read_quanta(at, length);
            case 0xc4:
                return read_codes(at, length);
            case 0xc0:
                return read_frame(at, length);
            case 0xdd:
                return length == 2 && word(at) == 0;
            default:
                return (marker >= 0xe1 && marker <= 0xef) || marker == 0xfe;
        }
    }

    bool read_quanta(const uint8_t* at, int length) {
        for (; length >= 65; at += 65, length -= 65) {
            if (at[0] > 3) return false;
            std::array<uint16_t, 64>& table = quanta_[at[0]];
            for (size_t i = 0; i < 64; ++i) table[kZigZag[i]] = at[1 + i];
            has_quanta_[at[0]] = true;
        }
        return length == 0;
    }

    bool read_codes(const uint8_t* at, int length) {
        while (length >= 17) {
            const int kind = at[0] >> 4, number = at[0] & 15;
            if (kind > 1 || number > 1) return false;
            int count = 0;
            for (int i = 1; i <= 16; ++i) count += at[i];
            if (count > 256 || length < 17 + count) return false;
            if (!codes_[kind][number].build(at + 1, at + 17, kind == 0)) return false;
            at += 17 + count;
            length -= 17 + count;
        }
        return length == 0;
    }

    bool read_frame(const uint8_t* at, int length) {
        if (count_ != 0 || length < 6 || at[0] != 8) return false;
        height_ = word(at + 1);
        width_ = word(at + 3);
        if ((at[5] != 1 && at[5] != 3) || length != 6 + 3 * at[5]) return false;
        count_ = at[5];
        for (int c = 0; c < count_; ++c) {
            const uint8_t* const of = at + 6 + 3 * c;
            if (of[1] != 0x11 || of[2] > 3) return false;
            components_[c].id = of[0];
            components_[c].quantum = of[2];
        }
        return height_ > 0 && width_ > 0 && height_ <= kMostSides && width_ <= kMostSides;
    }

    bool read_scan_header(const uint8_t* at, int length) {
        if (count_ == 0 || length != 4 + 2 * count_ || at[0] != count_) return false;
        for (int c = 0; c < count_; ++c) {
            Component& component = components_[c];
            const int tables = at[2 + 2 * c];
            component.dc = tables >> 4;
            component.ac = tables & 15;
            // Without JFIF's mark, libjpeg takes other numbers for other colours.
            if (at[1 + 2 * c] != component.id || (count_ == 3 && !jfif_ && component.id != c + 1) ||
                component.dc > 1 || component.ac > 1 || !codes_[0][component.dc].present ||
                !codes_[1][component.ac].present || !has_quanta_[component.quantum])
                return false;
        }
        const uint8_t* const last = at + 1 + 2 * count_;
        return last[0] == 0 && last[1] == 63 && last[2] == 0;
    }

    void shape_image() {
        into_.height_px = height_;
        into_.width_px = width_;
        into_.channels = count_;
        into_.type = PixelType::U8;
        into_.space = count_ == 3 ? ColorSpace::Srgb : ColorSpace::Data;
        into_.bytes.resize(into_.value_count());
    }

    bool read_scan() {
        const size_t across = (size_t(width_) + 7) / 8, even = (across + 1) / 2 * 2, stride = 8 * even;
        // Each block has two bits at least, so that no short file asks for much memory.
        if (across * ((size_t(height_) + 7) / 8) * size_t(count_) > size_t(end_ - at_) * 4) return false;
        shape_image();
        std::vector<int16_t> blocks(size_t(count_) * even * 64);
        std::vector<uint8_t> rows(size_t(count_) * 8 * stride);
        Bits bits(at_, end_);
        for (int y = 0; y < height_; y += 8) {
            for (size_t x = 0; x < across; ++x)
                for (int c = 0; c < count_; ++c) {
                    Component& of = components_[c];
                    if (!read_block(bits, codes_[0][of.dc], codes_[1][of.ac], of.last_dc,
                                    &blocks[(size_t(c) * even + x) * 64]))
                        return false;
                }
            for (int c = 0; c < count_; ++c)
                for (size_t x = 0; x < even; x += 2)
                    if (!inverse_transform(&blocks[(size_t(c) * even + x) * 64],
                                           quanta_[components_[c].quantum].data(),
                                           &rows[size_t(c) * 8 * stride + 8 * x], stride))
                        return false;
            for (int line = 0; line < std::min(8, height_ - y); ++line)
                write_row(&rows[size_t(line) * stride], 8 * stride, y + line);
        }
        return bits.at_end();
    }

    /// @param row    of the first component, the others `plane` apart; filled up to 16 samples
    void write_row(const uint8_t* row, size_t plane, int y) {
        const auto width = size_t(width_);
        auto* const out = reinterpret_cast<uint8_t*>(into_.bytes.data()) + size_t(y) * width * size_t(count_);
        if (count_ == 1) {
            std::memcpy(out, row, width);
            return;
        }
        size_t x = 0;
        for (; x + 16 <= width; x += 16) to_rgb(row + x, row + plane + x, row + 2 * plane + x, out + 3 * x);
        if (x == width) return;
        std::array<uint8_t, 48> last;
        to_rgb(row + x, row + plane + x, row + 2 * plane + x, last.data());
        std::memcpy(out + 3 * x, last.data(), 3 * (width - x));
    }

    const uint8_t *at_, *end_;
    Image& into_;
    bool jfif_ = false;
    int height_ = 0, width_ = 0, count_ = 0;
    Component components_[3];
    std::array<std::array<uint16_t, 64>, 4> quanta_{};
    std::array<bool, 4> has_quanta_{};
    HuffmanTable codes_[2][2];  ///< [DC or AC][number]
};

}  // namespace

bool decode_plain_jpg(Span<const std::byte> bytes, Image& into) { return Decoder(bytes, into).decode(); }

}  // namespace radforge::shard
#else
namespace radforge::shard {

bool decode_plain_jpg(Span<const std::byte>, Image&) { return false; }

}  // namespace radforge::shard
#endif
