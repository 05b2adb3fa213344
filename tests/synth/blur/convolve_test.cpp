// SPDX-License-Identifier: Apache-2.0
#include "synth/blur/convolve.h"

#include "synth/base/error.h"
#include "synth/base/rng.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::blur {
namespace {

struct Stack {
    int slices, rows, columns;
    std::vector<int16_t> hu;
    std::vector<ImageView<const int16_t>> views() const {
        std::vector<ImageView<const int16_t>> v;
        for (int s = 0; s < slices; ++s)
            v.push_back({hu.data() + s * rows * columns, rows, columns, 1, columns});
        return v;
    }
    double at(int s, int r, int c) const { return hu[size_t((s * rows + r) * columns + c)]; }
};

Stack noise(int slices, int rows, int columns) {
    Stack stack{slices, rows, columns, {}};
    Rng rng({{1}, 1}, Stream::Noise);
    for (int i = 0; i < slices * rows * columns; ++i) stack.hu.push_back(int16_t(rng.uniform(-1000, 2000)));
    return stack;
}

/// Few weights in odd places, of sum 1.
optics::Psf scattered(int depth, int side, int count, uint64_t index) {
    optics::Psf psf{depth, side, std::vector<float>(size_t(depth * side * side))};
    Rng rng({{2}, index}, Stream::Noise);
    for (int i = 0; i < count; ++i)
        psf.weights[size_t(rng.below(psf.weights.size()))] += float(rng.uniform(0.1, 1));
    normalise(psf);
    return psf;
}

int mirror(int i, int n) { return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i; }

double direct(const Stack& in, int slice, const optics::Psf& psf, KernelCentre centre, int r, int c) {
    double sum = 0;
    for (int d = 0; d < psf.depth; ++d)
        for (int i = 0; i < psf.side_px; ++i)
            for (int j = 0; j < psf.side_px; ++j)
                sum += double(psf.at(d, i, j)) * in.at(mirror(slice - d + centre.slice, in.slices),
                                                       mirror(r - i + centre.px, in.rows),
                                                       mirror(c - j + centre.px, in.columns));
    return sum;
}

TEST(Convolve, IsTheSumOfItsDefinitionForAnyBox) {
    const Stack stack = noise(4, 61, 83);
    const Box boxes[] = {{0, 0, 61, 83},  {7, 11, 50, 48}, {60, 0, 1, 1},
                         {3, 30, 17, 53}, {0, 82, 61, 1},  {20, 5, 33, 26}};
    uint64_t index = 0;
    for (const Box& box : boxes)
        for (const int depth : {1, 3}) {
            const optics::Psf psf = scattered(depth, 21, depth * 40, ++index);
            const KernelCentre centre{depth / 2, 10};
            for (const int slice : {0, 2, 3}) {
                const Image out = convolve_mirrored(stack.views(), slice, psf, centre, box);
                int wrong = 0;
                for (int r = 0; r < box.height_px; ++r)
                    for (int c = 0; c < box.width_px; ++c)
                        wrong +=
                            out.view<int16_t>()(r, c) !=
                            std::floor(direct(stack, slice, psf, centre, box.top_px + r, box.left_px + c) +
                                       0.5);
                EXPECT_EQ(wrong, 0);
            }
        }
}

TEST(Convolve, UnevenKernelIsNotTurnedAround) {
    Stack stack{1, 9, 9, std::vector<int16_t>(81)};
    stack.hu[4 * 9 + 4] = 100;
    optics::Psf psf{1, 5, std::vector<float>(25)};
    psf.at(0, 1, 4) = 0.75f;
    psf.at(0, 2, 2) = 0.25f;
    const Image out = convolve_mirrored(stack.views(), 0, psf, {0, 2}, {0, 0, 9, 9});
    EXPECT_EQ(out.view<int16_t>()(3, 6), 75);
    EXPECT_EQ(out.view<int16_t>()(4, 4), 25);
    EXPECT_EQ(out.view<int16_t>()(5, 2), 0);
}

TEST(Convolve, KeepsConstants) {
    Stack stack{1, 70, 70, std::vector<int16_t>(4900, 1234)};
    const Image out = convolve_mirrored(stack.views(), 0, scattered(1, 65, 150, 3), {0, 32}, {0, 0, 70, 70});
    for (const int16_t v : out.values<int16_t>()) EXPECT_EQ(v, 1234);
}

TEST(Convolve, LargestValuesDoNotOverflow) {
    for (const int16_t extreme : {int16_t(32767), int16_t(-32768)}) {
        Stack stack{1, 70, 70, std::vector<int16_t>(4900, extreme)};
        const Image out =
            convolve_mirrored(stack.views(), 0, scattered(1, 65, 150, 3), {0, 32}, {0, 0, 70, 70});
        for (const int16_t v : out.values<int16_t>()) EXPECT_EQ(v, extreme);
    }
}

TEST(Convolve, FrameHasOneValue) {
    const Stack stack = noise(1, 37, 53);
    const optics::Psf psf = scattered(1, 64, 120, 8);
    const std::vector<int32_t> out = convolve_framed(stack.views()[0], psf, 31, -77);
    int wrong = 0;
    for (int r = 0; r < 37; ++r)
        for (int c = 0; c < 53; ++c) {
            double sum = 0;
            for (int i = 0; i < 64; ++i)
                for (int j = 0; j < 64; ++j) {
                    const int y = r - i + 31, x = c - j + 31;
                    const bool inside = y >= 0 && x >= 0 && y < 37 && x < 53;
                    sum += double(psf.at(0, i, j)) * (inside ? stack.at(0, y, x) : -77);
                }
            wrong += out[size_t(r * 53 + c)] != sum * 32768;
        }
    EXPECT_EQ(wrong, 0);
}

TEST(Normalise, GivesMultiplesOf2ToTheMinus15OfSumOne) {
    for (uint64_t index = 0; index < 20; ++index) {
        optics::Psf psf{1, 30, std::vector<float>(900)};
        Rng rng({{6}, index}, Stream::Noise);
        for (int i = 0; i < 200; ++i) psf.weights[size_t(rng.below(900))] += float(rng.uniform(0, 0.01));
        const optics::Psf before = psf;
        const double total = before.sum();
        normalise(psf);
        EXPECT_EQ(psf.sum(), 1);
        for (size_t n = 0; n < 900; ++n) {
            const double scaled = double(psf.weights[n]) * 32768;
            EXPECT_EQ(scaled, std::floor(scaled));
            EXPECT_LT(std::abs(scaled - double(before.weights[n]) / total * 32768), 1);
        }
        const optics::Psf once = psf;
        normalise(psf);
        EXPECT_EQ(psf.weights, once.weights);
    }
}

TEST(Normalise, RefusesWhatIsNoMotion) {
    optics::Psf psf{1, 5, std::vector<float>(25)};
    EXPECT_THROW(normalise(psf), Error);
    psf.at(0, 1, 1) = 1;
    EXPECT_THROW(normalise(psf), Error);
    psf.at(0, 1, 2) = -0.1f;
    EXPECT_THROW(normalise(psf), Error);
    psf.at(0, 1, 2) = NAN;
    EXPECT_THROW(normalise(psf), Error);
}

TEST(Convolve, BoxOutsideAndKernelBeyondTheMirrorImageAreErrors) {
    const Stack stack = noise(3, 20, 24);
    const optics::Psf small = scattered(1, 5, 9, 1);
    EXPECT_THROW(convolve_mirrored(stack.views(), 0, small, {0, 2}, {0, 0, 21, 24}), Error);
    EXPECT_THROW(convolve_mirrored(stack.views(), 0, small, {0, 2}, {0, -1, 5, 5}), Error);
    optics::Psf wide{1, 65, std::vector<float>(65 * 65)};
    wide.at(0, 32, 0) = wide.at(0, 32, 32) = 0.5f;
    EXPECT_THROW(convolve_mirrored(stack.views(), 0, wide, {0, 32}, {0, 0, 5, 5}), Error);
    optics::Psf deep{9, 5, std::vector<float>(9 * 25)};
    deep.at(4, 2, 2) = deep.at(4, 2, 3) = 0.5f;
    EXPECT_THROW(convolve_mirrored(stack.views(), 1, deep, {4, 2}, {0, 0, 5, 5}), Error);
}

}  // namespace
}  // namespace radforge::blur
