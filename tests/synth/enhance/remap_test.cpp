// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/remap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace radforge::enhance {
namespace {

std::vector<std::vector<double>> read_csv(const std::string& path, bool titled) {
    std::ifstream in(path);
    std::vector<std::vector<double>> rows;
    std::string line, cell;
    if (titled) std::getline(in, line);
    while (std::getline(in, line)) {
        std::istringstream cells(line);
        rows.emplace_back();
        while (std::getline(cells, cell, ',')) rows.back().push_back(std::stod(cell));
    }
    return rows;
}

TEST(Remap, IsTheFormulaOfTheGoldenFile) {
    const auto rows = read_csv(RADFORGE_SOURCE_DIR "/tests/golden/remap.csv", true);
    ASSERT_EQ(rows.size(), 1440u);
    for (const auto& row : rows) {
        const double out = kFullScale * remap(row[0] / kFullScale, {row[1], row[2], row[3], row[4]});
        // Narrow windows off [0,1] divide small differences of numbers near 1.
        const double scale = row[4] > 0.1 ? 1 : kFullScale;
        EXPECT_NEAR(out, row[5], 1e-7 * std::max(scale, std::abs(row[5])));
        EXPECT_NEAR(stored(out / kFullScale), std::clamp(row[5], 0.0, 65535.0), 0.5 + 1e-6);
    }
}

TEST(Remap, RisesStrictlyWithTheRawValueWhateverTheParameters) {
    for (const double a : {0.25, 1.0, 4.0})
        for (const double b : {-4.0, -0.7, 0.0, 0.6, 4.0})
            for (const double wc : {-0.25, 0.5, 1.25})
                for (const double ww : {0.3, 1.0, 2.0}) {
                    double last = -1e9;
                    for (int i = 0; i <= 65535; i += 257) {
                        const double out = remap(i / kFullScale, {a, b, wc, ww});
                        EXPECT_GT(out, last) << a << " " << b << " " << wc << " " << ww << " at " << i;
                        last = out;
                    }
                }
}

TEST(Remap, WindowMapsItsEndsToZeroAndOne) {
    for (const double wc : {-0.25, 0.1, 1.25})
        for (const double ww : {0.2, 1.0, 2.0}) {
            const Window window(wc, ww);
            EXPECT_EQ(window(0), 0);
            EXPECT_NEAR(window(1), 1, 1e-12);
        }
    EXPECT_NEAR(Window(0.5, 1)(0.5), 0.5, 1e-15) << "the curve is odd about its centre";
}

TEST(Remap, StoredValuesAreRoundedAndClamped) {
    EXPECT_EQ(stored(-0.1), 0);
    EXPECT_EQ(stored(1.1), 65535);
    EXPECT_EQ(stored(100.49 / 65535), 100);
    EXPECT_EQ(stored(100.51 / 65535), 101);
}

}  // namespace
}  // namespace radforge::enhance
