// SPDX-License-Identifier: Apache-2.0
#include "synth/blur/convolve.h"

#include "synth/base/error.h"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>

namespace radforge::blur {
namespace {

constexpr int kVector = 8, kVectorsPerTile = 6, kTileWidth = kVector * kVectorsPerTile;
constexpr int kOne = 1 << kWeightBits;

/// Two 16-bit numbers side by side; the first in the low half.
int32_t pair_of(int first, int second) {
    return int32_t(uint32_t(uint16_t(first)) | uint32_t(uint16_t(second)) << 16);
}

/// What the sums read: the box and its surroundings in every slice that counts. Each place holds its own
/// value and its right neighbour's, so that one multiply-add takes two weights.
struct Patch {
    int margin_px = 0;
    ptrdiff_t stride = 0, plane = 0;  ///< places from row to row, from slice to slice
    std::unique_ptr<int32_t[]> places;

    Patch(int slices, Box box, int margin) : margin_px(margin) {
        // Tiles reach beyond the box: to a multiple of the tile's width, and by one row. On the left, one
        // more place has the outermost value as its neighbour.
        stride = (box.width_px + kTileWidth - 1) / kTileWidth * kTileWidth + 2 * margin + 1;
        plane = stride * (box.height_px + 1 + 2 * margin);
        places.reset(new int32_t[size_t(plane) * size_t(slices)]);
    }
    /// First pixel of the box in the first slice.
    const int32_t* origin() const { return places.get() + margin_px * stride + margin_px + 1; }
};

/// Weights by the place they read, for two rows at once: what row r reads with the kernel's row i, row r + 1
/// reads with row i + 1. Weights come in pairs, as places do.
struct Taps {
    struct Both {
        ptrdiff_t offset;
        int32_t upper, lower;
    };
    struct Single {
        ptrdiff_t offset;
        int32_t weights;
    };
    std::vector<Both> both;
    std::vector<Single> upper, lower;

    void add(ptrdiff_t offset, int32_t upper_weights, int32_t lower_weights) {
        if (upper_weights != 0 && lower_weights != 0)
            both.push_back({offset, upper_weights, lower_weights});
        else if (upper_weights != 0)
            upper.push_back({offset, upper_weights});
        else if (lower_weights != 0)
            lower.push_back({offset, lower_weights});
    }
};

/// The part of a kernel that is not zero, as integers.
struct Weights15 {
    int depth, side, first_row, last_row, first_column, last_column;
    std::vector<int> values;

    explicit Weights15(const optics::Psf& psf)
        : depth(psf.depth),
          side(psf.side_px),
          first_row(side),
          last_row(-1),
          first_column(side),
          last_column(-1) {
        int64_t sum = 0;
        values.resize(psf.weights.size());
        for (size_t n = 0; n < values.size(); ++n) {
            values[n] = int(psf.weights[n] * float(kOne));
            RADFORGE_ASSERT(values[n] >= 0 && values[n] < kOne &&
                            float(values[n]) == psf.weights[n] * float(kOne));
            if (values[n] == 0) continue;
            sum += values[n];
            const int row = int(n) / side % side, column = int(n) % side;
            first_row = std::min(first_row, row);
            last_row = std::max(last_row, row);
            first_column = std::min(first_column, column);
            last_column = std::max(last_column, column);
        }
        RADFORGE_ASSERT(sum == kOne);
    }
    int at(int d, int i, int j) const {
        return i < 0 || i >= side || j < 0 || j >= side
                   ? 0
                   : values[(size_t(d) * size_t(side) + size_t(i)) * size_t(side) + size_t(j)];
    }
    /// How far from the centre there is weight, in the plane.
    int reach_px(int centre_px) const {
        return std::max({centre_px - first_row, last_row - centre_px, centre_px - first_column,
                         last_column - centre_px, 0});
    }
};

Taps make_taps(const Weights15& psf, int centre_px, const Patch& patch) {
    Taps taps;
    for (int d = 0; d < psf.depth; ++d)
        for (int i = psf.first_row - 1; i <= psf.last_row; ++i)
            for (int j = psf.first_column; j <= psf.last_column; ++j) {
                if (psf.at(d, i, j) == 0 && psf.at(d, i + 1, j) == 0) continue;
                // The kernel's column j + 1 reads the place to the left of column j's. Slices of the patch
                // run upwards, those of the kernel against them.
                const ptrdiff_t offset =
                    (psf.depth - 1 - d) * patch.plane + (centre_px - i) * patch.stride + centre_px - j - 1;
                taps.add(offset, pair_of(psf.at(d, i, j + 1), psf.at(d, i, j)),
                         pair_of(psf.at(d, i + 1, j + 1), psf.at(d, i + 1, j)));
                ++j;
            }
    return taps;
}

/// Two rows of 8 Count sums each, starting at `p`.
template <int Count>
inline void sum_tile(const int32_t* p, const Taps& taps, int32_t* upper_out, int32_t* lower_out) {
    __m256i upper[Count], lower[Count];
    const auto at = [](const int32_t* q, int n) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(q + kVector * n));
    };
    for (int n = 0; n < Count; ++n) upper[n] = lower[n] = _mm256_setzero_si256();
    for (const Taps::Both& t : taps.both) {
        const __m256i a = _mm256_set1_epi32(t.upper), b = _mm256_set1_epi32(t.lower);
        for (int n = 0; n < Count; ++n) {
            const __m256i x = at(p + t.offset, n);
            upper[n] = _mm256_add_epi32(upper[n], _mm256_madd_epi16(a, x));
            lower[n] = _mm256_add_epi32(lower[n], _mm256_madd_epi16(b, x));
        }
    }
    for (const Taps::Single& t : taps.upper) {
        const __m256i w = _mm256_set1_epi32(t.weights);
        for (int n = 0; n < Count; ++n)
            upper[n] = _mm256_add_epi32(upper[n], _mm256_madd_epi16(w, at(p + t.offset, n)));
    }
    for (const Taps::Single& t : taps.lower) {
        const __m256i w = _mm256_set1_epi32(t.weights);
        for (int n = 0; n < Count; ++n)
            lower[n] = _mm256_add_epi32(lower[n], _mm256_madd_epi16(w, at(p + t.offset, n)));
    }
    for (int n = 0; n < Count; ++n) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(upper_out + kVector * n), upper[n]);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(lower_out + kVector * n), lower[n]);
    }
}

void put(const int32_t* sums, int count, int32_t* out) {
    std::memcpy(out, sums, size_t(count) * sizeof(int32_t));
}

void put(const int32_t* sums, int count, int16_t* out) {
    for (int n = 0; n < count; ++n) out[n] = int16_t((sums[n] + kOne / 2) >> kWeightBits);
}

/// Strips of tiles, top to bottom: what one tile reads stays in the fastest cache for the next.
template <class Out>
void sum_taps(const Patch& patch, const Taps& taps, ImageView<Out> out) {
    int32_t upper[kTileWidth], lower[kTileWidth];
    for (int left = 0; left < out.width_px; left += kTileWidth) {
        const int count = std::min(kTileWidth, out.width_px - left),
                  vectors = (count + kVector - 1) / kVector;
        for (int r = 0; r < out.height_px; r += 2) {
            const int32_t* p = patch.origin() + r * patch.stride + left;
            if (vectors <= 2)
                sum_tile<2>(p, taps, upper, lower);
            else if (vectors <= 4)
                sum_tile<4>(p, taps, upper, lower);
            else
                sum_tile<kVectorsPerTile>(p, taps, upper, lower);
            put(upper, count, out.pixel(r, left));
            if (r + 1 < out.height_px) put(lower, count, out.pixel(r + 1, left));
        }
    }
}

/// Index of what a mirror at the first and last of n shows at i, -n < i < 2 n - 1.
int mirrored(int i, int n) { return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i; }

/// Fills one slice of the patch. @param outside  the value at a row and a column of which one is not in the
/// slice
template <class Outside>
void copy(ImageView<const int16_t> slice, Box box, Patch& patch, int to, Outside outside) {
    const int m = patch.margin_px, columns = slice.width_px, width = int(patch.stride);
    const int first = box.left_px - m - 1, last = box.left_px + box.width_px + m;
    const int inner_first = std::max(first + 1, 0), inner_last = std::min(last, columns);
    std::vector<int16_t> line(size_t(width) + 1, 0);
    const auto value = [&](int c) -> int16_t& { return line[size_t(c - first)]; };
    for (int r = -m; r < box.height_px + m; ++r) {
        const int y = box.top_px + r;
        const bool inside = y >= 0 && y < slice.height_px;
        for (int c = first + 1; c < inner_first; ++c) value(c) = outside(y, c);
        for (int c = inner_last; c < last; ++c) value(c) = outside(y, c);
        if (inside)
            std::copy_n(slice.pixel(y, inner_first), inner_last - inner_first, &value(inner_first));
        else
            for (int c = inner_first; c < inner_last; ++c) value(c) = outside(y, c);
        int32_t* out = patch.places.get() + to * patch.plane + (r + m) * patch.stride;
        for (int c = 0; c < width; ++c) out[c] = pair_of(line[size_t(c)], line[size_t(c) + 1]);
    }
    // Read for the row below an odd number of rows, which is dropped.
    std::fill_n(patch.places.get() + to * patch.plane + (box.height_px + 2 * m) * patch.stride, width, 0);
}

void check(Span<const ImageView<const int16_t>> slices, int slice, const Weights15& psf, KernelCentre centre,
           Box box) {
    RADFORGE_ASSERT(!slices.empty() && slice >= 0 && size_t(slice) < slices.size());
    const int rows = slices[0].height_px, columns = slices[0].width_px, count = int(slices.size()),
              reach = psf.reach_px(centre.px);
    const auto where = [&] {
        return "a box of " + std::to_string(box.width_px) + " x " + std::to_string(box.height_px) +
               " px at (" + std::to_string(box.left_px) + ", " + std::to_string(box.top_px) +
               ") in slices of " + std::to_string(columns) + " x " + std::to_string(rows);
    };
    if (box.height_px < 1 || box.width_px < 1 || box.top_px < 0 || box.left_px < 0 ||
        box.top_px + box.height_px > rows || box.left_px + box.width_px > columns)
        throw Error(ErrorKind::BadData, "the part to blur is not inside the slice").got(where());
    const int first = slice - (psf.depth - 1 - centre.slice), last = slice + centre.slice;
    if (reach >= std::min(rows, columns) || -first >= count || last > 2 * (count - 1))
        throw Error(ErrorKind::BadData, "the blur reaches beyond the mirror image of the volume")
            .got(std::to_string(reach) + " px and " + std::to_string(psf.depth) + " slices, in " + where() +
                 " by " + std::to_string(count) + " slices");
}

}  // namespace

void normalise(optics::Psf& psf) {
    const double total = psf.sum();
    struct Part {
        double remainder;
        size_t index;
    };
    std::vector<Part> parts;
    int missing = kOne;
    for (size_t n = 0; n < psf.weights.size(); ++n) {
        if (!(psf.weights[n] > 0) && !(psf.weights[n] < 0)) continue;
        const double exact = double(psf.weights[n]) / total * kOne, whole = std::floor(exact);
        if (!(whole >= 0 && whole < kOne))
            throw Error(ErrorKind::BadData, "no kernel of a motion")
                .got("a weight of " + std::to_string(exact / kOne) + " of the sum");
        parts.push_back({exact - whole, n});
        psf.weights[n] = float(whole / kOne);
        missing -= int(whole);
    }
    if (parts.empty()) throw Error(ErrorKind::BadData, "no kernel of a motion").got("no weight at all");
    RADFORGE_ASSERT(missing >= 0 && size_t(missing) <= parts.size());
    std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
        return a.remainder > b.remainder || (a.remainder == b.remainder && a.index < b.index);
    });
    for (size_t n = 0; n < size_t(missing); ++n) psf.weights[parts[n].index] += 1.0f / kOne;
}

Image convolve_mirrored(Span<const ImageView<const int16_t>> slices, int slice, const optics::Psf& psf,
                        KernelCentre centre, Box box) {
    const Weights15 weights(psf);
    check(slices, slice, weights, centre, box);
    Patch patch(psf.depth, box, weights.reach_px(centre.px));
    for (int d = 0; d < psf.depth; ++d) {
        const ImageView<const int16_t> from =
            slices[size_t(mirrored(slice - (psf.depth - 1 - centre.slice) + d, int(slices.size())))];
        copy(from, box, patch, d,
             [&](int r, int c) { return from(mirrored(r, from.height_px), mirrored(c, from.width_px)); });
    }
    Image out(box.height_px, box.width_px, 1, PixelType::I16, ColorSpace::Data);
    sum_taps(patch, make_taps(weights, centre.px, patch), out.view<int16_t>());
    return out;
}

std::vector<int32_t> convolve_framed(ImageView<const int16_t> slice, const optics::Psf& psf, int centre_px,
                                     int16_t beyond) {
    RADFORGE_ASSERT(psf.depth == 1 && slice.channels == 1);
    const Weights15 weights(psf);
    const Box box{0, 0, slice.height_px, slice.width_px};
    Patch patch(1, box, weights.reach_px(centre_px));
    copy(slice, box, patch, 0, [&](int, int) { return beyond; });
    std::vector<int32_t> out(size_t(slice.height_px) * size_t(slice.width_px));
    sum_taps(patch, make_taps(weights, centre_px, patch),
             ImageView<int32_t>{out.data(), slice.height_px, slice.width_px, 1, slice.width_px});
    return out;
}

}  // namespace radforge::blur
