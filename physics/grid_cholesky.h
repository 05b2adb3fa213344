// SPDX-License-Identifier: Apache-2.0
/// Cholesky factorisation of the symmetric positive definite matrix of a film grid. Lines of nodes cut the
/// grid in two again and again and are eliminated after both halves (nested dissection: George, SIAM J.
/// Numer. Anal. 10(2), 1973), each line as a dense front (multifrontal method: Liu, SIAM Review 34(1), 1992):
/// half the work of a band matrix. Sums run in a fixed order, so every CPU of one build makes the same bits.
#pragma once
#include "physics/film_grid.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace radforge::physics {

/// Three rows a free node; entries between nodes at most two steps apart. clear(), fill blocks, factor(),
/// solve(); again with other values.
class GridCholesky {
public:
    /// @param held  by node: no rows
    GridCholesky(const FilmGrid& grid, const std::vector<char>& held);
    /// In the order of the matrix's rows.
    const std::vector<int>& free_nodes() const { return node_of_; }
    void clear();
    /// The 3 x 3 block of rows of node a and columns of node b: entry (i, j) at first[j * step + i].
    struct Block {
        double* first;  ///< null in the upper half and for held nodes
        size_t step;
    };
    /// @param a,b  at most two steps apart
    Block block(int a, int b) {
        const int p = row_of_[size_t(a)], q = row_of_[size_t(b)];
        if (q < 0 || p < q) return {nullptr, 0};
        const Place from = place_[size_t(b)], to = place_[size_t(a)];
        const size_t spot = size_t(kReach * (to.row - from.row + 2) + to.column - from.column + 2);
        return {&values_[block_at_[size_t(q) * kReach * kReach + spot]], step_of_[size_t(q)]};
    }
    /// @returns false when a pivot is not positive: the matrix is not positive definite
    bool factor();
    /// Solves in place; x holds three values a free node.
    void solve(double* x);

private:
    static constexpr int kReach = 5;  // two steps either way
    struct Place {
        int16_t column, row;
    };
    /// Nodes of a border that lie side by side in the parent, too, where 0 is its own first.
    struct Run {
        int first, in_parent, count;
    };
    /// Nodes that are eliminated together, and those after them that this touches.
    struct Front {
        int first = 0, own = 0;        ///< rows of nodes that are eliminated here
        std::vector<int> border = {};  ///< nodes after them, ascending
        std::vector<Run> in_parent = {};
        std::vector<int> children = {};
        size_t values_at = 0, step = 0;     ///< columns of the factor: (row, column) at column * step + row
        size_t rest_at = 0, rest_step = 0;  ///< what is left for the parent, in rest_: from row rest_row on
        int rest_row = 0;
        int columns() const { return 3 * own; }
        int rows() const { return 3 * (own + int(border.size())); }
        /// Of a node's row among the front's nodes.
        int index_of(int row) const;
    };
    struct Rect {
        int column0, column1, row0, row1;  ///< ends are not inside
    };
    void dissect(const FilmGrid& grid, const std::vector<char>& held, const Rect& rect);
    void add_front(const FilmGrid& grid, const std::vector<char>& held, const Rect& rect);
    void find_borders(const FilmGrid& grid);
    void place_values(const FilmGrid& grid);
    void place_rests();
    double* column(const Front& f, int c) {
        return c < f.columns() ? &values_[f.values_at + size_t(c) * f.step]
                               : &rest_[f.rest_at + size_t(c - f.columns()) * f.rest_step] - f.rest_row;
    }
    void take(const Front& child, const Front& parent);
    bool eliminate(const Front& f);

    std::vector<Place> place_;  ///< by node
    std::vector<int> row_of_, node_of_, front_of_;
    std::vector<Front> fronts_;       ///< children before their parents
    std::vector<uint32_t> block_at_;  ///< by row and where the other node lies
    std::vector<size_t> step_of_;
    std::vector<double> values_, rest_, solving_;
};

}  // namespace radforge::physics
