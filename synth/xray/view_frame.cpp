// SPDX-License-Identifier: Apache-2.0
#include "synth/xray/view_frame.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace radforge::xray {
namespace {

constexpr int kLanes = 8, kBrickBits = 2, kBrick = 1 << kBrickBits, kBundle = 16;
// A run of eight samples lies within 3.5 voxels of its middle, and reads one voxel more.
constexpr int kReach = 5;

struct Geometry {
    int n, side;  // of the cube, of the padded cube
    int bricks() const { return (side + kBrick - 1) / kBrick; }
    size_t at(int x, int y, int z) const {
        return (size_t(z) * size_t(side) + size_t(y)) * size_t(side) + size_t(x);
    }
};

/// For every brick: whether all voxels are zero that a run with its middle in the brick may read.
std::vector<uint8_t> empty_bricks(const std::vector<int16_t>& padded, const Geometry& g) {
    const int count = g.bricks();
    // Axis by axis: x, then y, then z shrink from voxels to bricks.
    const auto shrink = [&](const std::vector<uint8_t>& in, size_t outer, int length, size_t inner) {
        std::vector<uint8_t> out(outer * size_t(count) * inner, 0);
        for (size_t o = 0; o < outer; ++o)
            for (int b = 0; b < count; ++b) {
                uint8_t* const to = &out[(o * size_t(count) + size_t(b)) * inner];
                const int first = std::max(0, b * kBrick - kReach),
                          last = std::min(length - 1, b * kBrick + kBrick - 1 + kReach);
                for (int i = first; i <= last; ++i) {
                    const uint8_t* const from = &in[(o * size_t(length) + size_t(i)) * inner];
                    for (size_t k = 0; k < inner; ++k) to[k] |= from[k];
                }
            }
        return out;
    };
    const size_t side = size_t(g.side), bricks = size_t(count);
    std::vector<uint8_t> occupied(side * side * side);
    for (size_t i = 0; i < occupied.size(); ++i) occupied[i] = padded[i] != 0;
    occupied = shrink(occupied, side * side, g.side, 1);
    occupied = shrink(occupied, side, g.side, bricks);
    occupied = shrink(occupied, 1, g.side, bricks * bricks);
    for (uint8_t& b : occupied) b = !b;
    occupied.resize(occupied.size() + sizeof(int), 0);  // bytes are read four at a time
    return occupied;
}

/// The x of a row whose samples lie inside the padded cube: [begin, end).
struct Run {
    int begin, end;
};

/// Rows of one direction.
class Rows {
public:
    Rows(Vec3d step, int n) : step_(step), n_(n) {
        for (int k = 0; k < 3; ++k) inverse_[k] = std::fabs(step[k]) < 1e-12 ? 0 : 1 / step[k];
    }
    Run inside(Vec3d start) const {
        double low = 0, high = n_ - 1;
        for (int k = 0; k < 3; ++k) {
            const double first = 0, last = n_ + 1;  // both ends lie on zeros
            if (inverse_[k] == 0) {
                if (start[k] <= first || start[k] >= last) return {0, 0};
                continue;
            }
            double a = (first - start[k]) * inverse_[k], b = (last - start[k]) * inverse_[k];
            if (a > b) std::swap(a, b);
            low = std::max(low, a), high = std::min(high, b);
        }
        return high < low ? Run{0, 0} : Run{int(std::ceil(low)), int(std::floor(high)) + 1};
    }
    const Vec3d& step() const { return step_; }

private:
    Vec3d step_;
    int n_;
    double inverse_[3];
};

inline __m256 lerp(__m256 a, __m256 b, __m256 t) {
    return _mm256_add_ps(a, _mm256_mul_ps(t, _mm256_sub_ps(b, a)));
}

/// The corners of eight cells, x fastest.
struct Corners {
    __m256 v[8];
};

struct ByteColumns {
    const uint16_t* columns;
    Corners read(__m256i at, int, int plane) const {
        Corners c;
        for (int z = 0; z < 2; ++z) {
            const __m256i four =
                _mm256_i32gather_epi32(reinterpret_cast<const int*>(columns),
                                       _mm256_add_epi32(at, _mm256_set1_epi32(z * plane)), sizeof(uint16_t));
            const __m256i byte = _mm256_set1_epi32(255);
            c.v[4 * z] = _mm256_cvtepi32_ps(_mm256_and_si256(four, byte));
            c.v[4 * z + 1] = _mm256_cvtepi32_ps(_mm256_and_si256(_mm256_srli_epi32(four, 16), byte));
            c.v[4 * z + 2] = _mm256_cvtepi32_ps(_mm256_and_si256(_mm256_srli_epi32(four, 8), byte));
            c.v[4 * z + 3] = _mm256_cvtepi32_ps(_mm256_srli_epi32(four, 24));
        }
        return c;
    }
};

struct WordPairs {
    const int16_t* values;
    Corners read(__m256i at, int row, int plane) const {
        Corners c;
        for (int k = 0; k < 4; ++k) {
            const int offset = (k & 1) * row + (k >> 1) * plane;
            const __m256i two =
                _mm256_i32gather_epi32(reinterpret_cast<const int*>(values),
                                       _mm256_add_epi32(at, _mm256_set1_epi32(offset)), sizeof(int16_t));
            c.v[2 * k] = _mm256_cvtepi32_ps(_mm256_and_si256(two, _mm256_set1_epi32(0xffff)));
            c.v[2 * k + 1] = _mm256_cvtepi32_ps(_mm256_srli_epi32(two, 16));
        }
        return c;
    }
};

/// Eight rounded samples.
template <class Reader>
__m256i sample(const Reader& reader, const Geometry& g, const __m256* at) {
    const __m256 zero = _mm256_setzero_ps(), last = _mm256_set1_ps(float(g.n) + .999f);
    __m256i cell[3];
    __m256 f[3];
    for (int k = 0; k < 3; ++k) {
        const __m256 p = _mm256_min_ps(_mm256_max_ps(at[k], zero), last);
        cell[k] = _mm256_cvttps_epi32(p);
        f[k] = _mm256_sub_ps(p, _mm256_cvtepi32_ps(cell[k]));
    }
    const __m256i side = _mm256_set1_epi32(g.side);
    const __m256i index = _mm256_add_epi32(
        _mm256_mullo_epi32(_mm256_add_epi32(_mm256_mullo_epi32(cell[2], side), cell[1]), side), cell[0]);
    const Corners c = reader.read(index, g.side, g.side * g.side);
    const __m256 y0 = lerp(lerp(c.v[0], c.v[1], f[0]), lerp(c.v[2], c.v[3], f[0]), f[1]);
    const __m256 y1 = lerp(lerp(c.v[4], c.v[5], f[0]), lerp(c.v[6], c.v[7], f[0]), f[1]);
    return _mm256_cvtps_epi32(lerp(y0, y1, f[2]));
}

/// Writes the first `count` of eight.
void put(__m256i eight, int count, uint8_t* to) {
    const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
    alignas(16) uint8_t bytes[16];
    _mm_store_si128(reinterpret_cast<__m128i*>(bytes), _mm_packus_epi16(words, words));
    std::memcpy(to, bytes, size_t(count));
}
void put(__m256i eight, int count, int16_t* to) {
    alignas(16) int16_t words[8];
    _mm_store_si128(reinterpret_cast<__m128i*>(words),
                    _mm_packs_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1)));
    std::memcpy(to, words, size_t(count) * sizeof(int16_t));
}

inline __m256 along(Vec3d start, Vec3d step, int k, __m256 i) {
    return _mm256_add_ps(_mm256_set1_ps(float(start[k])), _mm256_mul_ps(i, _mm256_set1_ps(float(step[k]))));
}

/// Which of eight runs of eight samples, the first at x, may hold anything: a bit each.
unsigned occupied_runs(const uint8_t* empty, const Geometry& g, Vec3d start, Vec3d step, int x) {
    const __m256 middle = _mm256_add_ps(_mm256_set1_ps(float(x) + .5f * (kLanes - 1)),
                                        _mm256_setr_ps(0, 8, 16, 24, 32, 40, 48, 56));
    const __m256i zero = _mm256_setzero_si256(), last = _mm256_set1_epi32(g.side - 1),
                  bricks = _mm256_set1_epi32(g.bricks());
    __m256i at = zero;
    for (int k = 2; k >= 0; --k) {
        const __m256i voxel = _mm256_min_epi32(
            _mm256_max_epi32(_mm256_cvttps_epi32(along(start, step, k, middle)), zero), last);
        at = _mm256_add_epi32(_mm256_mullo_epi32(at, bricks), _mm256_srli_epi32(voxel, kBrickBits));
    }
    const __m256i found = _mm256_i32gather_epi32(reinterpret_cast<const int*>(empty), at, 1);
    const __m256i is_occupied = _mm256_cmpeq_epi32(_mm256_and_si256(found, _mm256_set1_epi32(255)), zero);
    return unsigned(_mm256_movemask_ps(_mm256_castsi256_ps(is_occupied)));
}

template <class T, class Reader>
void resample_row(const Reader& reader, const Geometry& g, const std::vector<uint8_t>& empty,
                  const Rows& rows, Vec3d start, T* out) {
    const Run run = rows.inside(start);
    const __m256 lane = _mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7);
    for (int first = run.begin; first < run.end; first += kLanes * kLanes)
        for (unsigned runs = occupied_runs(empty.data(), g, start, rows.step(), first); runs != 0;
             runs &= runs - 1) {
            const int x = first + kLanes * __builtin_ctz(runs);
            if (x >= run.end) break;
            const __m256 i = _mm256_add_ps(_mm256_set1_ps(float(x)), lane);
            const __m256 at[3] = {along(start, rows.step(), 0, i), along(start, rows.step(), 1, i),
                                  along(start, rows.step(), 2, i)};
            put(sample(reader, g, at), std::min(kLanes, run.end - x), out + x);
        }
}

template <class T>
void mirror_columns(const T* in, T* out, size_t n) {
    for (size_t line = 0; line < n * n; ++line)
        std::reverse_copy(in + line * n, in + (line + 1) * n, out + line * n);
}

/// Row by row into memory that nothing else has filled.
void append_mirrored_rows(const std::vector<std::byte>& in, size_t n, size_t row_bytes,
                          std::vector<std::byte>& out) {
    out.reserve(in.size());
    for (size_t z = 0; z < n; ++z)
        for (size_t y = n; y-- > 0;) {
            const auto row = in.begin() + ptrdiff_t((z * n + y) * row_bytes);
            out.insert(out.end(), row, row + ptrdiff_t(row_bytes));
        }
}

}  // namespace

ViewFrame::ViewFrame(const Cube& cube) : n_(cube.n), largest_(cube.largest) {
    const Geometry g{n_, n_ + 2};
    const size_t side = size_t(g.side);
    padded_.assign(side * side * side + 2, 0);  // a pair may be read behind the last voxel
    for (int z = 0; z < n_; ++z)
        for (int y = 0; y < n_; ++y)
            std::copy_n(&cube.levels[size_t((z * n_ + y)) * size_t(n_)], n_, &padded_[g.at(1, y + 1, z + 1)]);
    empty_ = empty_bricks(padded_, g);
    if (largest_ > 255) return;
    columns_.assign(side * side * side + 1, 0);
    for (int z = 0; z < g.side; ++z)
        for (int y = 0; y + 1 < g.side; ++y)
            for (int x = 0; x < g.side; ++x)
                columns_[g.at(x, y, z)] = uint16_t(padded_[g.at(x, y, z)] | padded_[g.at(x, y + 1, z)] << 8);
    padded_.clear();
    padded_.shrink_to_fit();
}

NdArray ViewFrame::resample(const Mat3d& cube_from_view) const {
    const Geometry g{n_, n_ + 2};
    const bool bytes = largest_ <= 255;
    NdArray out{bytes ? PixelType::U8 : PixelType::I16, {n_, n_, n_}, {}};
    out.bytes.resize(size_t(n_) * size_t(n_) * size_t(n_) * bytes_per_value(out.type));
    const double middle = .5 * (n_ - 1);
    const Rows rows(cube_from_view.column(0), n_);
    const auto resample_line = [&](int y, int z) {
        const Vec3d centred = cube_from_view * Vec3d{-middle, y - middle, z - middle};
        const Vec3d start = centred + Vec3d{middle + 1, middle + 1, middle + 1};
        const size_t at = size_t(z * n_ + y) * size_t(n_);
        if (bytes)
            resample_row(ByteColumns{columns_.data()}, g, empty_, rows, start,
                         reinterpret_cast<uint8_t*>(out.bytes.data()) + at);
        else
            resample_row(WordPairs{padded_.data()}, g, empty_, rows, start,
                         reinterpret_cast<int16_t*>(out.bytes.data()) + at);
    };
    // In bundles of rows that stay together in the cube, whatever the turn: what one row brings into the
    // nearest caches its neighbours read again.
    const int bundles = (n_ + kBundle - 1) / kBundle;
    parallel_for(int64_t(bundles) * bundles, 1, [&](int64_t begin, int64_t end) {
        for (int64_t bundle = begin; bundle < end; ++bundle) {
            const int z0 = int(bundle) / bundles * kBundle, y0 = int(bundle) % bundles * kBundle;
            for (int z = z0; z < std::min(n_, z0 + kBundle); ++z)
                for (int y = y0; y < std::min(n_, y0 + kBundle); ++y) resample_line(y, z);
        }
    });
    return out;
}

NdArray mirrored(const NdArray& volume, bool rows) {
    RADFORGE_ASSERT(volume.shape.size() == 3);
    NdArray out{volume.type, volume.shape, {}};
    const auto n = size_t(volume.shape[0]);
    if (rows) {
        append_mirrored_rows(volume.bytes, n, n * bytes_per_value(volume.type), out.bytes);
        return out;
    }
    out.bytes.resize(volume.bytes.size());
    if (volume.type == PixelType::U8)
        mirror_columns(reinterpret_cast<const uint8_t*>(volume.bytes.data()),
                       reinterpret_cast<uint8_t*>(out.bytes.data()), n);
    else
        mirror_columns(reinterpret_cast<const int16_t*>(volume.bytes.data()),
                       reinterpret_cast<int16_t*>(out.bytes.data()), n);
    return out;
}

std::vector<double> cube_from_view_4x4(const Mat3d& m) {
    return {m.rows[0].x, m.rows[0].y, m.rows[0].z, 0, m.rows[1].x, m.rows[1].y, m.rows[1].z, 0,
            m.rows[2].x, m.rows[2].y, m.rows[2].z, 0, 0,           0,           0,           1};
}

}  // namespace radforge::xray
