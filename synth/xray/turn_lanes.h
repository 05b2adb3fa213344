// SPDX-License-Identifier: Apache-2.0
/// The kernel of turn_rows.h, compiled once per instruction set. A sample is a lane whose operations are the
/// same in every width, so the width never changes a bit.
///
/// turn_<isa>.cpp instantiate it; nothing here may call an out-of-line inline function, or the linker could
/// hand a copy with wider instructions to the rest of the program.
#pragma once
#include "synth/xray/turn_rows.h"

#include <immintrin.h>

namespace radforge::xray {
namespace {

#if defined(__AVX512BW__)
constexpr int kLanes = 16;
typedef float Floats __attribute__((vector_size(64)));
typedef int Ints __attribute__((vector_size(64)));

constexpr Floats kCount{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/// 32 bits each, from unit number `at` of Scale bytes on.
template <int Scale>
Ints gather(const void* base, Ints at) {
    return Ints(_mm512_i32gather_epi32(__m512i(at), base, Scale));
}
unsigned zeros(Ints v) { return _mm512_testn_epi32_mask(__m512i(v), __m512i(v)); }
Ints nearest(Floats v) { return Ints(_mm512_cvtps_epi32(v)); }
void put(Ints v, int count, uint8_t* to) {
    _mm_mask_storeu_epi8(to, __mmask16((1u << count) - 1), _mm512_cvtusepi32_epi8(__m512i(v)));
}
void put(Ints v, int count, int16_t* to) {
    _mm256_mask_storeu_epi16(to, __mmask16((1u << count) - 1), _mm512_cvtsepi32_epi16(__m512i(v)));
}
#else
constexpr int kLanes = 8;
typedef float Floats __attribute__((vector_size(32)));
typedef int Ints __attribute__((vector_size(32)));

constexpr Floats kCount{0, 1, 2, 3, 4, 5, 6, 7};

/// 32 bits each, from unit number `at` of Scale bytes on.
template <int Scale>
Ints gather(const void* base, Ints at) {
    return Ints(_mm256_i32gather_epi32(static_cast<const int*>(base), __m256i(at), Scale));
}
unsigned zeros(Ints v) {
    return unsigned(
        _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(__m256i(v), _mm256_setzero_si256()))));
}
Ints nearest(Floats v) { return Ints(_mm256_cvtps_epi32(v)); }
void put(Ints v, int count, uint8_t* to) {
    const __m128i words =
        _mm_packus_epi32(_mm256_castsi256_si128(__m256i(v)), _mm256_extracti128_si256(__m256i(v), 1));
    alignas(16) uint8_t bytes[16];
    _mm_store_si128(reinterpret_cast<__m128i*>(bytes), _mm_packus_epi16(words, words));
    __builtin_memcpy(to, bytes, size_t(count));
}
void put(Ints v, int count, int16_t* to) {
    alignas(16) int16_t words[8];
    _mm_store_si128(
        reinterpret_cast<__m128i*>(words),
        _mm_packs_epi32(_mm256_castsi256_si128(__m256i(v)), _mm256_extracti128_si256(__m256i(v), 1)));
    __builtin_memcpy(to, words, size_t(count) * sizeof(int16_t));
}
#endif

template <class Vector, class T>
Vector clamp(Vector v, T low, T high) {
    v = v < low ? low : v;
    return v > high ? high : v;
}
Floats to_floats(Ints v) { return __builtin_convertvector(v, Floats); }
Ints truncated(Floats v) { return __builtin_convertvector(v, Ints); }
Floats lerp(Floats a, Floats b, Floats t) { return a + t * (b - a); }

/// The corners of the lanes' cells, x fastest.
struct Corners {
    Floats v[8];
};

Corners read(const uint16_t* columns, Ints at, int, int plane) {
    Corners c;
    for (int z = 0; z < 2; ++z) {
        const Ints four = gather<2>(columns, at + z * plane);
        c.v[4 * z] = to_floats(four & 255);
        c.v[4 * z + 1] = to_floats(four >> 16 & 255);
        c.v[4 * z + 2] = to_floats(four >> 8 & 255);
        c.v[4 * z + 3] = to_floats(four >> 24 & 255);
    }
    return c;
}
Corners read(const int16_t* values, Ints at, int row, int plane) {
    Corners c;
    for (int k = 0; k < 4; ++k) {
        const Ints two = gather<2>(values, at + ((k & 1) * row + (k >> 1) * plane));
        c.v[2 * k] = to_floats(two & 0xffff);
        c.v[2 * k + 1] = to_floats(two >> 16);
    }
    return c;
}

/// Which of kLanes runs, the first at x, may hold anything: a bit each.
unsigned occupied_runs(const PaddedCube& cube, const Line& line, int x) {
    const Floats middle = (float(x) + .5f * (kRun - 1)) + float(kRun) * kCount;
    Ints at{};
    for (int k = 2; k >= 0; --k) {
        const Ints voxel = clamp(truncated(line.start[k] + middle * line.step[k]), 0, cube.side() - 1);
        at = at * cube.bricks() + (voxel >> kBrickBits);
    }
    return zeros(gather<1>(cube.empty, at) & 255);
}

template <class Voxel, class T>
void turn_row(const PaddedCube& cube, const Voxel* voxels, const Line& line, T* out) {
    constexpr int kRuns = kLanes / kRun;  // that are sampled at once
    const int side = cube.side();
    const float last = float(cube.n) + .999f;
    for (int first = line.begin; first < line.end; first += kRun * kLanes)
        for (unsigned runs = occupied_runs(cube, line, first); runs != 0;) {
            const int run = __builtin_ctz(runs) / kRuns * kRuns, x = first + run * kRun;
            if (x >= line.end) break;
            runs &= ~(((1u << kRuns) - 1) << run);
            const Floats i = float(x) + kCount;
            Ints cell[3];
            Floats f[3];
            for (int k = 0; k < 3; ++k) {
                const Floats p = clamp(line.start[k] + i * line.step[k], 0.f, last);
                cell[k] = truncated(p);
                f[k] = p - to_floats(cell[k]);
            }
            const Corners c = read(voxels, (cell[2] * side + cell[1]) * side + cell[0], side, side * side);
            const Floats y0 = lerp(lerp(c.v[0], c.v[1], f[0]), lerp(c.v[2], c.v[3], f[0]), f[1]),
                         y1 = lerp(lerp(c.v[4], c.v[5], f[0]), lerp(c.v[6], c.v[7], f[0]), f[1]);
            const int left = line.end - x;
            put(nearest(lerp(y0, y1, f[2])), left < kLanes ? left : kLanes, out + x);
        }
}

TurnRows turn_rows_here() {
    return {[](const PaddedCube& c, const Line& l, uint8_t* out) { turn_row(c, c.columns, l, out); },
            [](const PaddedCube& c, const Line& l, int16_t* out) { turn_row(c, c.values, l, out); }};
}

}  // namespace
}  // namespace radforge::xray
