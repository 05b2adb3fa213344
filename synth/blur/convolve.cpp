// SPDX-License-Identifier: Apache-2.0
#include "synth/blur/convolve.h"

#include "synth/base/error.h"

#include <immintrin.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace radforge::blur {
namespace {

constexpr int kVector = 8, kVectorsPerTile = 6, kTileWidth = kVector * kVectorsPerTile;

/// A copy of what the sums read: the box and its surroundings in every slice that counts.
struct Patch {
    int margin_px = 0, slices = 0;
    ptrdiff_t stride = 0, plane = 0;  ///< values from row to row, from slice to slice
    std::unique_ptr<float[]> values;

    Patch(int slice_count, Box box, int margin) : margin_px(margin), slices(slice_count) {
        // Tiles reach beyond the box: to a multiple of the tile's width, and by one row.
        stride = (box.width_px + kTileWidth - 1) / kTileWidth * kTileWidth + 2 * margin;
        plane = stride * (box.height_px + 1 + 2 * margin);
        values.reset(new float[size_t(plane) * size_t(slices)]);
    }
    float* row(int slice, int r) { return values.get() + slice * plane + (r + margin_px) * stride; }
    /// First pixel of the box in a slice.
    const float* origin(int slice) const {
        return values.get() + slice * plane + margin_px * stride + margin_px;
    }
};

/// Weights by what they read, for two rows at once: what row r reads with the kernel's row i, row r + 1 reads
/// with row i + 1.
struct Taps {
    struct Pair {
        ptrdiff_t offset;
        float upper, lower;
    };
    struct Single {
        ptrdiff_t offset;
        float weight;
    };
    std::vector<Pair> both;
    std::vector<Single> upper, lower;
};

Taps make_taps(const optics::Psf& psf, int centre_px, int first_slice, const Patch& patch) {
    Taps taps;
    const int side = psf.side_px;
    for (int d = 0; d < psf.depth; ++d) {
        // Slices of the patch run upwards, those of the kernel against them.
        const ptrdiff_t base = (first_slice - d) * patch.plane;
        for (int i = -1; i < side; ++i)
            for (int j = 0; j < side; ++j) {
                const float upper = i >= 0 ? psf.at(d, i, j) : 0,
                            lower = i + 1 < side ? psf.at(d, i + 1, j) : 0;
                const ptrdiff_t offset = base + (centre_px - i) * patch.stride + centre_px - j;
                const bool has_upper = upper < 0 || upper > 0, has_lower = lower < 0 || lower > 0;
                if (has_upper && has_lower)
                    taps.both.push_back({offset, upper, lower});
                else if (has_upper)
                    taps.upper.push_back({offset, upper});
                else if (has_lower)
                    taps.lower.push_back({offset, lower});
            }
    }
    return taps;
}

/// Two rows of 8 Count sums each, starting at `p`.
template <int Count>
inline void sum_tile(const float* p, const Taps& taps, float* upper_out, float* lower_out) {
    __m256 upper[Count], lower[Count];
    for (int n = 0; n < Count; ++n) upper[n] = lower[n] = _mm256_setzero_ps();
    for (const Taps::Pair& t : taps.both) {
        const __m256 a = _mm256_broadcast_ss(&t.upper), b = _mm256_broadcast_ss(&t.lower);
        for (int n = 0; n < Count; ++n) {
            const __m256 x = _mm256_loadu_ps(p + t.offset + kVector * n);
            upper[n] = _mm256_fmadd_ps(a, x, upper[n]);
            lower[n] = _mm256_fmadd_ps(b, x, lower[n]);
        }
    }
    for (const Taps::Single& t : taps.upper) {
        const __m256 w = _mm256_broadcast_ss(&t.weight);
        for (int n = 0; n < Count; ++n)
            upper[n] = _mm256_fmadd_ps(w, _mm256_loadu_ps(p + t.offset + kVector * n), upper[n]);
    }
    for (const Taps::Single& t : taps.lower) {
        const __m256 w = _mm256_broadcast_ss(&t.weight);
        for (int n = 0; n < Count; ++n)
            lower[n] = _mm256_fmadd_ps(w, _mm256_loadu_ps(p + t.offset + kVector * n), lower[n]);
    }
    for (int n = 0; n < Count; ++n) {
        _mm256_storeu_ps(upper_out + kVector * n, upper[n]);
        _mm256_storeu_ps(lower_out + kVector * n, lower[n]);
    }
}

void put(const float* sums, int count, float* out) { std::memcpy(out, sums, size_t(count) * sizeof(float)); }

/// Rounds half to even. The tile is always complete, the output not.
void put(const float* sums, int count, int16_t* out) {
    alignas(16) int16_t rounded[kTileWidth];
    for (int n = 0; n < kTileWidth; n += kVector) {
        const __m256i whole = _mm256_cvtps_epi32(_mm256_loadu_ps(sums + n));
        const __m128i packed =
            _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
        _mm_store_si128(reinterpret_cast<__m128i*>(rounded + n), packed);
    }
    std::memcpy(out, rounded, size_t(count) * sizeof(int16_t));
}

/// Strips of tiles, top to bottom: what one tile reads stays in the fastest cache for the next.
template <class Out>
void sum_taps(const Patch& patch, const Taps& taps, ImageView<Out> out) {
    float upper[kTileWidth] = {}, lower[kTileWidth] = {};
    const float* origin = patch.origin(0);
    for (int left = 0; left < out.width_px; left += kTileWidth) {
        const int count = std::min(kTileWidth, out.width_px - left),
                  vectors = (count + kVector - 1) / kVector;
        for (int r = 0; r < out.height_px; r += 2) {
            const float* p = origin + r * patch.stride + left;
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

/// How far from its centre a kernel has weight, in the plane.
int reach_px(const optics::Psf& psf, int centre_px) {
    int reach = 0;
    for (int d = 0; d < psf.depth; ++d)
        for (int i = 0; i < psf.side_px; ++i)
            for (int j = 0; j < psf.side_px; ++j)
                if (psf.at(d, i, j) < 0 || psf.at(d, i, j) > 0)
                    reach = std::max({reach, std::abs(i - centre_px), std::abs(j - centre_px)});
    return reach;
}

void copy_mirrored(ImageView<const int16_t> slice, Box box, Patch& patch, int to) {
    const int m = patch.margin_px, columns = slice.width_px;
    const int first = box.left_px - m, last = box.left_px + box.width_px + m;  // of the columns that are read
    const int inner_first = std::max(first, 0), inner_last = std::min(last, columns);
    for (int r = -m; r < box.height_px + m; ++r) {
        const int16_t* in = slice.pixel(mirrored(box.top_px + r, slice.height_px), 0);
        float* out = patch.row(to, r) - first;
        for (int c = first; c < inner_first; ++c) out[c] = in[mirrored(c, columns)];
        for (int c = inner_first; c < inner_last; ++c) out[c] = in[c];
        for (int c = inner_last; c < last; ++c) out[c] = in[mirrored(c, columns)];
        std::fill(out + last, out + first + patch.stride, 0.0f);
    }
    std::fill_n(patch.row(to, box.height_px + m), patch.stride, 0.0f);
}

template <class Out>
void convolve(Span<const ImageView<const int16_t>> slices, int slice, const optics::Psf& psf,
              KernelCentre centre, Box box, ImageView<Out> out) {
    RADFORGE_ASSERT(!slices.empty() && slice >= 0 && size_t(slice) < slices.size());
    const int rows = slices[0].height_px, columns = slices[0].width_px, count = int(slices.size());
    const auto where = [&] {
        return "a box of " + std::to_string(box.width_px) + " x " + std::to_string(box.height_px) +
               " px at (" + std::to_string(box.left_px) + ", " + std::to_string(box.top_px) +
               ") in slices of " + std::to_string(columns) + " x " + std::to_string(rows);
    };
    if (box.height_px < 1 || box.width_px < 1 || box.top_px < 0 || box.left_px < 0 ||
        box.top_px + box.height_px > rows || box.left_px + box.width_px > columns)
        throw Error(ErrorKind::BadData, "the part to blur is not inside the slice").got(where());
    const int reach = reach_px(psf, centre.px), first = slice - (psf.depth - 1 - centre.slice);
    if (reach >= std::min(rows, columns) || -first >= count || slice + centre.slice >= 2 * count - 1)
        throw Error(ErrorKind::BadData, "the blur reaches beyond the mirror image of the volume")
            .got(std::to_string(reach) + " px and " + std::to_string(psf.depth) + " slices, in " + where() +
                 " by " + std::to_string(count) + " slices");
    Patch patch(psf.depth, box, reach);
    for (int d = 0; d < psf.depth; ++d)
        copy_mirrored(slices[size_t(mirrored(first + d, count))], box, patch, d);
    sum_taps(patch, make_taps(psf, centre.px, psf.depth - 1, patch), out);
}

}  // namespace

Image convolve_mirrored(Span<const ImageView<const int16_t>> slices, int slice, const optics::Psf& psf,
                        KernelCentre centre, Box box) {
    Image out(box.height_px, box.width_px, 1, PixelType::F32, ColorSpace::Data);
    convolve(slices, slice, psf, centre, box, out.view<float>());
    return out;
}

Image convolve_mirrored_rounded(Span<const ImageView<const int16_t>> slices, int slice,
                                const optics::Psf& psf, KernelCentre centre, Box box) {
    Image out(box.height_px, box.width_px, 1, PixelType::I16, ColorSpace::Data);
    convolve(slices, slice, psf, centre, box, out.view<int16_t>());
    return out;
}

Image convolve_zero(ImageView<const float> image, const optics::Psf& psf, int centre_px) {
    RADFORGE_ASSERT(psf.depth == 1 && image.channels == 1);
    const Box box{0, 0, image.height_px, image.width_px};
    Patch patch(1, box, reach_px(psf, centre_px));
    std::fill_n(patch.values.get(), patch.plane, 0.0f);
    for (int r = 0; r < image.height_px; ++r)
        std::memcpy(patch.row(0, r) + patch.margin_px, image.pixel(r, 0),
                    size_t(image.width_px) * sizeof(float));
    Image out(image.height_px, image.width_px, 1, PixelType::F32, ColorSpace::Data);
    sum_taps(patch, make_taps(psf, centre_px, 0, patch), out.view<float>());
    return out;
}

}  // namespace radforge::blur
