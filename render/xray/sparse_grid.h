// SPDX-License-Identifier: Apache-2.0
/// Sparse volumes (OpenVDB in, NanoVDB in memory) that are projected without being densified.
#pragma once
#include "render/xray/grid.h"

#include <cstdint>
#include <memory>
#include <string>

namespace radforge::xray {

/// A float tree with background 0 in any affine place. Const after construction: share between threads at
/// will.
class SparseGrid {
public:
    /// Keeps what differs from 0 by more than `tolerance`.
    static SparseGrid from_grid(const Grid& grid, float tolerance = 0);
    /// Reads a float grid of an OpenVDB file; `grid_name` empty: the only float grid of the file.
    /// @param mm_per_unit  length of one world unit of the file (1 for millimetres, 1000 for metres)
    /// @throws Error naming the file: unreadable, no such grid (lists the names), background other than 0,
    /// empty,
    ///         non-linear transform, NaN or infinite voxels
    static SparseGrid read_vdb(const std::string& path, const std::string& grid_name = "",
                               double mm_per_unit = 1);
    /// Writes the tree as an OpenVDB file, values and placement as they are, in millimetres.
    void write_vdb(const std::string& path, const std::string& grid_name) const;

    ~SparseGrid();
    SparseGrid(SparseGrid&&) noexcept;
    SparseGrid& operator=(SparseGrid&&) noexcept;

    /// Placement and size of the box of active voxels; `values` is empty. Index 0 of the box is `first_index`
    /// of the tree.
    const Grid& box() const;
    int64_t active_voxels() const;
    size_t bytes() const;  ///< of the tree in memory

    struct Tree;  ///< the NanoVDB handle, known to the projectors only
    const Tree& tree() const { return *tree_; }

private:
    explicit SparseGrid(std::unique_ptr<Tree> tree);
    std::unique_ptr<Tree> tree_;
};

}  // namespace radforge::xray
