// SPDX-License-Identifier: Apache-2.0
#include "render/xray/grid.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <limits>

namespace radforge::xray {
namespace {

TEST(Grid, CentreOfAZeroGridIsTheWorldOrigin) {
    const Grid grid = zero_grid(4, 5, 7, {1, 2, 3});
    EXPECT_NEAR(length(grid.centre_mm()), 0, 1e-12);
    EXPECT_EQ(grid.world_mm({3, 4, 6}), (Vec3d{1.5, 4, 9}));
}

TEST(Grid, BadVolumesAreRefusedByName) {
    EXPECT_THROW(zero_grid(0, 4, 4, {1, 1, 1}), Error);
    EXPECT_THROW(zero_grid(4, 4, 4, {1, 0, 1}), Error);
    EXPECT_THROW(zero_grid(2000, 2000, 2000, {1, 1, 1}), Error);

    Grid nan = zero_grid(4, 4, 4, {1, 1, 1});
    nan.at(1, 2, 3) = std::numeric_limits<float>::quiet_NaN();
    Grid flat = zero_grid(4, 4, 4, {1, 1, 1});
    flat.step_mm.rows[2] = flat.step_mm.rows[1];
    Grid cut = zero_grid(4, 4, 4, {1, 1, 1});
    cut.values.pop_back();
    for (const Grid* grid : {&nan, &flat, &cut}) {
        try {
            grid->validate("thorax.nii");
            FAIL() << "accepted";
        } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()).find("thorax.nii"), std::string::npos);
            EXPECT_EQ(error.exit_code(), 65);
        }
    }
}

TEST(Grid, InverseUndoesAShearedMatrix) {
    const Mat3d m{{{.7, .1, 0}, {0, .7, -.4}, {0, .2, 5}}};
    const Mat3d identity = m * inverse(m);
    for (int r = 0; r < 3; ++r)
        for (int c = 0; c < 3; ++c) EXPECT_NEAR(identity.rows[r][c], r == c, 1e-14);
    EXPECT_THROW(inverse(Mat3d{{{1, 0, 0}, {0, 1, 0}, {1, 1, 0}}}), Error);
}

}  // namespace
}  // namespace radforge::xray
