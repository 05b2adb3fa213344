// SPDX-License-Identifier: Apache-2.0
/// Trilinear samples along straight lines through a density cube.
#pragma once
#include <cstdint>

namespace radforge::xray {

/// A brick is kBrick^3 padded voxels. A run of kRun samples whose middle lies in it starts and ends
/// within 3.5 voxels of the brick along the axis that the run is nearest to, within 2.5 along the others, and
/// a sample reads one voxel more: kReach and kReachAcross behind the brick, one less before it.
constexpr int kBrickBits = 2, kBrick = 1 << kBrickBits, kRun = 8, kReach = 5, kReachAcross = 4;

/// Voxels along a cube, at most.
constexpr int kMostSide = 1024;

/// A cube in a shell of zeros, one voxel thick.
struct PaddedCube {
    int n;                    ///< without the shell
    const uint16_t* columns;  ///< voxels of 8 bits: each word holds (x,y) and (x,y+1); else null
    const int16_t* values;    ///< voxels of 15 bits; else null
    const uint8_t* empty;     ///< of each brick, x fastest: whether no run of the axis reads anything; three
                              ///< bytes behind the last can be read

    int side() const { return n + 2; }
    int bricks() const { return (side() + kBrick - 1) / kBrick; }
};

/// Samples `begin` to `end` of start + i step, in padded voxels.
struct Line {
    float start[3];
    int begin, end;
};

/// Neighbouring rows of a turned volume.
struct Bundle {
    static constexpr int kMost = 16;
    float step[3];
    int count;
    Line lines[kMost];
};

/// Writes the rounded samples of line k to out[k * stride + begin..end); what is zero may be left out.
struct TurnRows {
    void (*bytes)(const PaddedCube& cube, const Bundle& bundle, long stride, uint8_t* out);
    void (*words)(const PaddedCube& cube, const Bundle& bundle, long stride, int16_t* out);
};
TurnRows turn_rows_avx2();
TurnRows turn_rows_avx512();

}  // namespace radforge::xray
