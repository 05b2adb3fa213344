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

constexpr int kMostTests = kMostSide / kRun;  // of a line, a bit each

#if defined(__AVX512BW__)
constexpr int kLanes = 16;
typedef float Floats __attribute__((vector_size(64)));
typedef int Ints __attribute__((vector_size(64)));

constexpr Floats kCount{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    kCountInRun{0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7};

/// 32 bits each, from unit number `at` of Scale bytes on; 0 in lanes that are not wanted.
template <int Scale>
Ints gather(const void* base, Ints at, unsigned wanted = 0xffff) {
    return Ints(
        _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), __mmask16(wanted), __m512i(at), base, Scale));
}
Floats fused(Floats a, Floats b, Floats c) {
    return Floats(_mm512_fmadd_ps(__m512(a), __m512(b), __m512(c)));
}
unsigned zeros(Ints v) { return _mm512_testn_epi32_mask(__m512i(v), __m512i(v)); }
Ints nearest(Floats v) { return Ints(_mm512_cvtps_epi32(v)); }
/// One number for each run.
Floats spread(const float* of_run) {
    return Floats(_mm512_insertf32x8(_mm512_set1_ps(of_run[0]), _mm256_set1_ps(of_run[1]), 1));
}
void put(Ints v, unsigned wanted, uint8_t* const* to) {
    const __m128i bytes = _mm512_cvtusepi32_epi8(__m512i(v));
    _mm_mask_storeu_epi8(to[0], __mmask16(wanted & 0xff), bytes);
    _mm_mask_storeu_epi8(to[1] - kRun, __mmask16(wanted & 0xff00), bytes);
}
void put(Ints v, unsigned wanted, int16_t* const* to) {
    const __m256i words = _mm512_cvtsepi32_epi16(__m512i(v));
    _mm256_mask_storeu_epi16(to[0], __mmask16(wanted & 0xff), words);
    _mm256_mask_storeu_epi16(to[1] - kRun, __mmask16(wanted & 0xff00), words);
}
#else
constexpr int kLanes = 8;
typedef float Floats __attribute__((vector_size(32)));
typedef int Ints __attribute__((vector_size(32)));

constexpr Floats kCount{0, 1, 2, 3, 4, 5, 6, 7}, kCountInRun = kCount;

/// 32 bits each, from unit number `at` of Scale bytes on; 0 in lanes that are not wanted.
template <int Scale>
Ints gather(const void* base, Ints at, unsigned wanted = 0xff) {
    const __m256i bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    const __m256i lanes = _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(int(wanted)), bits), bits);
    return Ints(_mm256_mask_i32gather_epi32(_mm256_setzero_si256(), static_cast<const int*>(base),
                                            __m256i(at), lanes, Scale));
}
Floats fused(Floats a, Floats b, Floats c) {
    return Floats(_mm256_fmadd_ps(__m256(a), __m256(b), __m256(c)));
}
unsigned zeros(Ints v) {
    return unsigned(
        _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(__m256i(v), _mm256_setzero_si256()))));
}
Ints nearest(Floats v) { return Ints(_mm256_cvtps_epi32(v)); }
/// One number for each run.
Floats spread(const float* of_run) { return of_run[0] + Floats{}; }
/// The lowest bytes of a register.
template <class T>
void put_wanted(__m128i v, unsigned wanted, T* to) {
    alignas(16) T all[16 / sizeof(T)];
    _mm_store_si128(reinterpret_cast<__m128i*>(all), v);
    if (wanted == 0xff)
        __builtin_memcpy(to, all, kRun * sizeof(T));
    else
        __builtin_memcpy(to, all, size_t(__builtin_popcount(wanted)) * sizeof(T));
}
__m128i to_words(Ints v) {
    return _mm_packs_epi32(_mm256_castsi256_si128(__m256i(v)), _mm256_extracti128_si256(__m256i(v), 1));
}
void put(Ints v, unsigned wanted, uint8_t* const* to) {
    put_wanted(_mm_packus_epi16(to_words(v), to_words(v)), wanted, to[0]);
}
void put(Ints v, unsigned wanted, int16_t* const* to) { put_wanted(to_words(v), wanted, to[0]); }
#endif

template <class Vector, class T>
Vector clamp(Vector v, T low, T high) {
    v = v < low ? low : v;
    return v > high ? high : v;
}
Floats to_floats(Ints v) { return __builtin_convertvector(v, Floats); }
Ints truncated(Floats v) { return __builtin_convertvector(v, Ints); }
Floats lerp(Floats a, Floats b, Floats t) { return fused(t, b - a, a); }

/// The edges along x of the lanes' cells, each interpolated: y fastest.
struct Edges {
    Floats v[4];
};

Edges read(const uint16_t* columns, Ints at, Floats fraction, unsigned wanted, int, int plane) {
    Edges e;
    for (int z = 0; z < 2; ++z) {
        const Ints four = gather<2>(columns + z * plane, at, wanted);
        e.v[2 * z] = lerp(to_floats(four & 255), to_floats(four >> 16 & 255), fraction);
        e.v[2 * z + 1] = lerp(to_floats(four >> 8 & 255), to_floats(four >> 24 & 255), fraction);
    }
    return e;
}
Edges read(const int16_t* values, Ints at, Floats fraction, unsigned wanted, int row, int plane) {
    Edges e;
    for (int k = 0; k < 4; ++k) {
        const Ints two = gather<2>(values + (k & 1) * row + (k >> 1) * plane, at, wanted);
        e.v[k] = lerp(to_floats(two & 0xffff), to_floats(two >> 16), fraction);
    }
    return e;
}

/// Which of kLanes runs, the first at x, may hold anything: a bit each.
unsigned occupied_runs(const PaddedCube& cube, const float* step, const Line& line, int x) {
    const Floats middle = (float(x) + .5f * (kRun - 1)) + float(kRun) * kCount;
    Ints at{};
    for (int k = 2; k >= 0; --k) {
        const Ints voxel = clamp(truncated(line.start[k] + middle * step[k]), 0, cube.side() - 1);
        at = at * cube.bricks() + (voxel >> kBrickBits);
    }
    return zeros(gather<1>(cube.empty, at) & 255);
}

struct Run {
    short line, x;
};

/// Lists the runs of a bundle that may hold anything. @returns how many
int list_runs(const PaddedCube& cube, const Bundle& bundle, Run* runs) {
    // All tests before all lists: the processor cannot guess how many runs a line has, and would wait for
    // each.
    unsigned occupied[Bundle::kMost][kMostTests / kLanes];
    for (int l = 0; l < bundle.count; ++l) {
        const Line& line = bundle.lines[l];
        unsigned* test = occupied[l];
        for (int x = line.begin; x < line.end; x += kRun * kLanes)
            *test++ = occupied_runs(cube, bundle.step, line, x);
    }
    int count = 0;
    for (int l = 0; l < bundle.count; ++l) {
        const Line& line = bundle.lines[l];
        const unsigned* test = occupied[l];
        for (int first = line.begin; first < line.end; first += kRun * kLanes)
            for (unsigned left = *test++; left != 0; left &= left - 1) {
                const int x = first + __builtin_ctz(left) * kRun;
                if (x >= line.end) break;
                runs[count++] = {short(l), short(x)};
            }
    }
    return count;
}

template <class Voxel, class T>
void turn_bundle(const PaddedCube& cube, const Voxel* voxels, const Bundle& bundle, long stride, T* out) {
    constexpr int kAtOnce = kLanes / kRun;
    Run runs[Bundle::kMost * kMostTests + 1];
    const int count = list_runs(cube, bundle, runs), side = cube.side();
    runs[count] = {0, short(bundle.lines[0].end)};  // fills up the last register
    for (int r = 0; r < count; r += kAtOnce) {
        float start[3][kAtOnce], first[kAtOnce];
        T* to[kAtOnce];
        unsigned wanted = 0;
        for (int j = 0; j < kAtOnce; ++j) {
            const Line& line = bundle.lines[runs[r + j].line];
            const int x = runs[r + j].x, left = line.end - x;
            wanted |= ((1u << (left < kRun ? left : kRun)) - 1) << (j * kRun);
            for (int k = 0; k < 3; ++k) start[k][j] = line.start[k];
            first[j] = float(x);
            to[j] = out + runs[r + j].line * stride + x;
        }
        const Floats i = spread(first) + kCountInRun;
        Ints cell[3];
        Floats f[3];
        for (int k = 0; k < 3; ++k) {
            const Floats p = fused(i, bundle.step[k] + Floats{}, spread(start[k]));
            cell[k] = truncated(p);
            f[k] = p - to_floats(cell[k]);
        }
        const Edges e =
            read(voxels, (cell[2] * side + cell[1]) * side + cell[0], f[0], wanted, side, side * side);
        put(nearest(lerp(lerp(e.v[0], e.v[1], f[1]), lerp(e.v[2], e.v[3], f[1]), f[2])), wanted, to);
    }
}

TurnRows turn_rows_here() {
    return {[](const PaddedCube& c, const Bundle& b, long s, uint8_t* out) {
                turn_bundle(c, c.columns, b, s, out);
            },
            [](const PaddedCube& c, const Bundle& b, long s, int16_t* out) {
                turn_bundle(c, c.values, b, s, out);
            }};
}

}  // namespace
}  // namespace radforge::xray
