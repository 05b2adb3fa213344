// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/distance.h"

#include "synth/base/rng.h"

#include <gtest/gtest.h>

#include <utility>

namespace radforge::colorize {
namespace {

Image scattered(int height, int width, double share, uint64_t trial) {
    Rng rng({{3}, trial}, Stream::Noise);
    Image set(height, width, 1, PixelType::U8, ColorSpace::Data);
    for (uint8_t& v : set.values<uint8_t>()) v = rng.uniform() < share ? 255 : 0;
    return set;
}

ImageView<const uint8_t> view(const Image& image) { return image.view<uint8_t>(); }

TEST(SquaredDistance, IsTheBruteForceMinimum) {
    for (uint64_t trial = 0; trial < 30; ++trial) {
        const int h = 5 + int(trial % 7) * 4, w = 31 - int(trial % 5) * 6;
        const Image set = scattered(h, w, trial % 3 == 0 ? 0.004 : 0.05, trial);
        const std::vector<int32_t> found = squared_distance(view(set));
        for (int r = 0; r < h; ++r)
            for (int c = 0; c < w; ++c) {
                int32_t best = kFar_px2;
                for (int y = 0; y < h; ++y)
                    for (int x = 0; x < w; ++x)
                        if (view(set)(y, x) != 0)
                            best = std::min(best, (y - r) * (y - r) + (x - c) * (x - c));
                EXPECT_EQ(found[size_t(r * w + c)], best) << trial << ": " << r << ", " << c;
            }
    }
}

TEST(Opening, IsErosionThenDilationByTheDisc) {
    const int side = 30, radius = 3;
    Image set = scattered(side, side, 0.93, 1);
    const Image before = set;
    open_by_disc(set, radius);
    const auto in_disc = [&](int dr, int dc) { return dr * dr + dc * dc <= radius * radius; };
    Image eroded(side, side, 1, PixelType::U8, ColorSpace::Data);
    for (int r = 0; r < side; ++r)
        for (int c = 0; c < side; ++c) {
            bool all = true;
            for (int y = 0; y < side; ++y)
                for (int x = 0; x < side; ++x)
                    all = all && (!in_disc(y - r, x - c) || view(before)(y, x) != 0);
            eroded.view<uint8_t>()(r, c) = all;
        }
    int kept = 0;
    for (int r = 0; r < side; ++r)
        for (int c = 0; c < side; ++c) {
            bool any = false;
            for (int y = 0; y < side; ++y)
                for (int x = 0; x < side; ++x)
                    any = any || (in_disc(y - r, x - c) && view(eroded)(y, x) != 0);
            EXPECT_EQ(view(set)(r, c), any ? 255 : 0);
            kept += any;
        }
    EXPECT_GT(kept, 20);
}

TEST(Parts, AreFourConnectedAndCounted) {
    Image set(4, 5, 1, PixelType::U8, ColorSpace::Data);
    for (const auto& [r, c] : {std::pair{0, 0}, {0, 1}, {1, 2}, {2, 2}, {3, 2}, {3, 4}})
        set.view<uint8_t>()(r, c) = 9;
    const Parts parts = parts_of(view(set));
    EXPECT_EQ(parts.area, (std::vector<int64_t>{0, 2, 3, 1}));
    EXPECT_EQ(parts.of[0], 1);
    EXPECT_EQ(parts.of[7], 2) << "touches the first by a corner only";
    EXPECT_EQ(keep_largest(set), 3);
    EXPECT_EQ(view(set)(2, 2), 255);
    EXPECT_EQ(view(set)(0, 0), 0);
}

TEST(FillHoles, FillsWhatTheBorderCannotReach) {
    Image set(7, 7, 1, PixelType::U8, ColorSpace::Data);
    const ImageView<uint8_t> v = set.view<uint8_t>();
    for (int i = 1; i < 6; ++i) v(1, i) = v(5, i) = v(i, 1) = v(i, 5) = 255;
    v(1, 1) = 0;  // a corner is no opening for a 4-connected flood
    fill_holes(set);
    EXPECT_EQ(v(3, 3), 255);
    EXPECT_EQ(v(1, 1), 0);
    v(3, 3) = v(2, 3) = v(1, 3) = 0;
    fill_holes(set);
    EXPECT_EQ(v(3, 3), 0) << "now open to the outside";
}

}  // namespace
}  // namespace radforge::colorize
