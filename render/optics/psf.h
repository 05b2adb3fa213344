// SPDX-License-Identifier: Apache-2.0
/// Blur kernels from paths: what a point leaves on the image while it moves.
/// Source: Boracchi and Foi, "Modeling the Performance of Image Restoration From Motion Blur", IEEE TIP
/// 21(8), 2012, section II; the partial exposures of its public implementations telescope to the plain sum
/// below.
#pragma once
#include "synth/base/span.h"

#include <vector>

namespace radforge::optics {

/// Weights [depth, side, side], slice by slice, row by row.
struct Psf {
    int depth = 1, side_px = 0;
    std::vector<float> weights;

    float& at(int slice, int row, int column) {
        return weights[(size_t(slice) * size_t(side_px) + size_t(row)) * size_t(side_px) + size_t(column)];
    }
    float at(int slice, int row, int column) const { return const_cast<Psf&>(*this).at(slice, row, column); }
    double sum() const;
    float largest() const;
    /// Multiplies all weights.
    void scale(double factor);
};

/// sum over t of weight * splat(column_px[t], row_px[t]); a splat gives a point to its four neighbours
/// bilinearly. Index i of the kernel is position i. What falls on index side_px is cut off (the last cell
/// reaches beyond the canvas).
/// @param column_px, row_px  equally long, in [0, side_px)
/// @throws Error when a position leaves the canvas
Psf rasterise_path(Span<const float> column_px, Span<const float> row_px, int side_px, double weight);

/// The same with motion through the slices, trilinearly.
/// @param slice  in slices, in [0, depth - 1]
Psf rasterise_path(Span<const float> slice, Span<const float> column_px, Span<const float> row_px, int depth,
                   int side_px, double weight);

}  // namespace radforge::optics
