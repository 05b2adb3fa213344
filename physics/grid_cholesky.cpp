// SPDX-License-Identifier: Apache-2.0
#include "physics/grid_cholesky.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace radforge::physics {
namespace {

constexpr int kLeafNodes = 8;  // not cut further
// Entries that change together, held in registers while products are taken off: so many vectors of eight
// rows, so many columns.
constexpr int kVector = 8, kTileVectors = 3, kTileColumns = 4;

int whole_vectors(int rows) { return (rows + kVector - 1) / kVector * kVector; }
int whole_tiles(int columns) { return (columns + kTileColumns - 1) / kTileColumns * kTileColumns; }
int vector_start(int row) { return row / kVector * kVector; }

/// Solved columns of a front: (row, q) at q * stride + row.
struct Solved {
    const double* values;
    size_t stride;
    int count;  ///< columns
};

/// tile(r, c) -= sum over q of l(row + r, q) * l(column + c, q), each product rounded with its sum and in the
/// order of q: the bits depend neither on the size of tiles nor on that of vectors.
/// @param a,step  the tile's first entry, and how far apart its columns are
using SubtractTile = void (*)(double* a, size_t step, const Solved& l, int row, int column);

template <int Vectors>
void subtract_tile_plain(double* a, size_t step, const Solved& l, int row, int column) {
    for (size_t c = 0; c < kTileColumns; ++c)
        for (int q = 0; q < l.count; ++q) {
            const double* lq = l.values + size_t(q) * l.stride;
            const double f = -lq[size_t(column) + c];
            for (size_t r = 0; r < Vectors * kVector; ++r)
                a[c * step + r] = std::fma(f, lq[size_t(row) + r], a[c * step + r]);
        }
}

#if defined(__x86_64__)
template <int Vectors>
__attribute__((target("avx512f"))) void subtract_tile_avx512(double* a, size_t step, const Solved& l, int row,
                                                             int column) {
    __m512d sum[kTileColumns][Vectors];
    for (size_t c = 0; c < kTileColumns; ++c)
        for (size_t v = 0; v < Vectors; ++v) sum[c][v] = _mm512_loadu_pd(a + c * step + 8 * v);
    const double* lq = l.values;
    for (int q = 0; q < l.count; ++q, lq += l.stride) {
        __m512d from[Vectors];
        for (size_t v = 0; v < Vectors; ++v) from[v] = _mm512_loadu_pd(lq + row + 8 * v);
        for (size_t c = 0; c < kTileColumns; ++c) {
            const __m512d f = _mm512_set1_pd(lq[size_t(column) + c]);
            for (size_t v = 0; v < Vectors; ++v) sum[c][v] = _mm512_fnmadd_pd(f, from[v], sum[c][v]);
        }
    }
    for (size_t c = 0; c < kTileColumns; ++c)
        for (size_t v = 0; v < Vectors; ++v) _mm512_storeu_pd(a + c * step + 8 * v, sum[c][v]);
}

template <int Vectors>
__attribute__((target("avx2,fma"))) void subtract_tile_avx2(double* a, size_t step, const Solved& l, int row,
                                                            int column) {
    for (size_t half = 0; half < 2; ++half) {
        const size_t at = half * 4 * Vectors;
        __m256d sum[kTileColumns][Vectors];
        for (size_t c = 0; c < kTileColumns; ++c)
            for (size_t v = 0; v < Vectors; ++v) sum[c][v] = _mm256_loadu_pd(a + c * step + at + 4 * v);
        const double* lq = l.values;
        for (int q = 0; q < l.count; ++q, lq += l.stride) {
            __m256d from[Vectors];
            for (size_t v = 0; v < Vectors; ++v) from[v] = _mm256_loadu_pd(lq + size_t(row) + at + 4 * v);
            for (size_t c = 0; c < kTileColumns; ++c) {
                const __m256d f = _mm256_set1_pd(lq[size_t(column) + c]);
                for (size_t v = 0; v < Vectors; ++v) sum[c][v] = _mm256_fnmadd_pd(f, from[v], sum[c][v]);
            }
        }
        for (size_t c = 0; c < kTileColumns; ++c)
            for (size_t v = 0; v < Vectors; ++v) _mm256_storeu_pd(a + c * step + at + 4 * v, sum[c][v]);
    }
}
#endif

/// By the number of vectors less one.
struct Kernel {
    SubtractTile of[kTileVectors];
};

const Kernel& kernel() {
    static const Kernel plain{{subtract_tile_plain<1>, subtract_tile_plain<2>, subtract_tile_plain<3>}};
#if defined(__x86_64__)
    static const Kernel avx512{{subtract_tile_avx512<1>, subtract_tile_avx512<2>, subtract_tile_avx512<3>}},
        avx2{{subtract_tile_avx2<1>, subtract_tile_avx2<2>, subtract_tile_avx2<3>}};
    static const Kernel& fastest = __builtin_cpu_supports("avx512f")                                 ? avx512
                                   : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? avx2
                                                                                                     : plain;
    return fastest;
#else
    return plain;
#endif
}

/// Takes the products of solved columns off four columns, from the vector that holds row `from` down.
/// @param a  the first of them: row r at a[r]
void subtract(double* a, size_t step, const Solved& l, int column, int from, int rows) {
    const Kernel& k = kernel();
    for (int r = vector_start(from); r < rows; r += kTileVectors * kVector) {
        const int vectors = std::min(kTileVectors, (rows - r + kVector - 1) / kVector);
        k.of[vectors - 1](a + r, step, l, r, column);
    }
}

void subtract_one(double* __restrict a, const double* l, double f, int count) {
#pragma GCC ivdep
    for (int r = 0; r < count; ++r) a[r] = std::fma(-f, l[r], a[r]);
}

double dot_in_lanes(const double* l, const double* y, int count) {
    double lanes[8] = {};
    int r = 0;
    for (; r + 8 <= count; r += 8)
        for (int q = 0; q < 8; ++q) lanes[q] += l[r + q] * y[r + q];
    for (; r < count; ++r) lanes[r & 7] += l[r] * y[r];
    return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

}  // namespace

GridCholesky::GridCholesky(const FilmGrid& grid, const std::vector<char>& held) : row_of_(grid.size(), -1) {
    for (int j = 0; j < grid.rows; ++j)
        for (int i = 0; i < grid.columns; ++i) place_.push_back({int16_t(i), int16_t(j)});
    dissect(grid, held, {0, grid.columns, 0, grid.rows});
    for (size_t row = 0; row < node_of_.size(); ++row) row_of_[size_t(node_of_[row])] = int(row);
    find_borders(grid);
    place_values(grid);
    place_rests();
}

void GridCholesky::dissect(const FilmGrid& grid, const std::vector<char>& held, const Rect& r) {
    const int width = r.column1 - r.column0, height = r.row1 - r.row0;
    if (width <= 0 || height <= 0) return;
    // Entries reach two steps: so wide is the line that parts two halves.
    const int column = r.column0 + (width - 2) / 2, row = r.row0 + (height - 2) / 2;
    if (width * height <= kLeafNodes || std::max(width, height) < 5) {
        add_front(grid, held, r);
    } else if (width > height) {
        dissect(grid, held, {r.column0, column, r.row0, r.row1});
        dissect(grid, held, {column + 2, r.column1, r.row0, r.row1});
        add_front(grid, held, {column, column + 2, r.row0, r.row1});
    } else {
        dissect(grid, held, {r.column0, r.column1, r.row0, row});
        dissect(grid, held, {r.column0, r.column1, row + 2, r.row1});
        add_front(grid, held, {r.column0, r.column1, row, row + 2});
    }
}

void GridCholesky::add_front(const FilmGrid& grid, const std::vector<char>& held, const Rect& r) {
    Front front;
    front.first = int(node_of_.size());
    for (int j = r.row0; j < r.row1; ++j)
        for (int i = r.column0; i < r.column1; ++i)
            if (!held[size_t(grid.id(i, j))]) node_of_.push_back(grid.id(i, j));
    front.own = int(node_of_.size()) - front.first;
    if (front.own == 0) return;
    front_of_.resize(node_of_.size(), int(fronts_.size()));
    fronts_.push_back(std::move(front));
}

int GridCholesky::Front::index_of(int row) const {
    if (row < first + own) return row - first;
    return own + int(std::lower_bound(border.begin(), border.end(), row) - border.begin());
}

void GridCholesky::find_borders(const FilmGrid& grid) {
    for (size_t k = 0; k < fronts_.size(); ++k) {
        Front& f = fronts_[k];
        const int end = f.first + f.own;
        for (int q = f.first; q < end; ++q) {
            const Place at = place_[size_t(node_of_[size_t(q)])];
            for (int j = std::max(0, at.row - 2); j <= std::min(grid.rows - 1, at.row + 2); ++j)
                for (int i = std::max(0, at.column - 2); i <= std::min(grid.columns - 1, at.column + 2);
                     ++i) {
                    const int row = row_of_[size_t(grid.id(i, j))];
                    if (std::abs(i - at.column) + std::abs(j - at.row) <= 2 && row >= end)
                        f.border.push_back(row);
                }
        }
        for (const int child : f.children)
            for (const int row : fronts_[size_t(child)].border)
                if (row >= end) f.border.push_back(row);
        std::sort(f.border.begin(), f.border.end());
        f.border.erase(std::unique(f.border.begin(), f.border.end()), f.border.end());
        if (!f.border.empty()) fronts_[size_t(front_of_[size_t(f.border[0])])].children.push_back(int(k));
    }
    for (const Front& parent : fronts_)
        for (const int child : parent.children) {
            Front& c = fronts_[size_t(child)];
            for (size_t i = 0; i < c.border.size(); ++i) {
                const int at = parent.index_of(c.border[i]);
                if (!c.in_parent.empty() && c.in_parent.back().in_parent + c.in_parent.back().count == at)
                    ++c.in_parent.back().count;
                else
                    c.in_parent.push_back({int(i), at, 1});
            }
        }
}

void GridCholesky::place_values(const FilmGrid& grid) {
    size_t end = 0;
    int most_rows = 0;
    for (Front& f : fronts_) {
        f.values_at = end;
        f.step = size_t(whole_vectors(f.rows()));
        end += size_t(whole_tiles(f.columns())) * f.step;
        most_rows = std::max(most_rows, f.rows());
    }
    RADFORGE_ASSERT(end < UINT32_MAX);
    values_.assign(end, 0.0);
    solving_.assign(size_t(most_rows), 0.0);
    block_at_.assign(node_of_.size() * kReach * kReach, 0);
    for (size_t q = 0; q < node_of_.size(); ++q) {
        const Front& f = fronts_[size_t(front_of_[q])];
        const Place from = place_[size_t(node_of_[q])];
        step_of_.push_back(f.step);
        for (int dj = -2; dj <= 2; ++dj)
            for (int di = -2; di <= 2; ++di) {
                const int i = from.column + di, j = from.row + dj;
                if (std::abs(di) + std::abs(dj) > 2 || i < 0 || i >= grid.columns || j < 0 || j >= grid.rows)
                    continue;
                const int p = row_of_[size_t(grid.id(i, j))];
                if (p < int(q)) continue;
                block_at_[q * kReach * kReach + size_t(kReach * (dj + 2) + di + 2)] =
                    uint32_t(f.values_at + 3 * (q - size_t(f.first)) * f.step + 3 * size_t(f.index_of(p)));
            }
    }
}

/// Each rest lives from its front's elimination to its parent's.
void GridCholesky::place_rests() {
    struct Taken {
        size_t begin, end;
        int front;
    };
    std::vector<Taken> taken;  // ascending
    size_t most = 0;
    for (size_t k = 0; k < fronts_.size(); ++k) {
        Front& f = fronts_[k];
        f.rest_row = vector_start(f.columns());
        f.rest_step = f.step - size_t(f.rest_row);
        const size_t size = size_t(whole_tiles(f.rows() - f.columns())) * f.rest_step;
        size_t begin = 0;
        auto before = taken.begin();
        while (before != taken.end() && before->begin < begin + size) begin = (before++)->end;
        taken.insert(before, {begin, begin + size, int(k)});
        f.rest_at = begin;
        most = std::max(most, begin + size);
        taken.erase(std::remove_if(taken.begin(), taken.end(),
                                   [&](const Taken& t) {
                                       return std::count(f.children.begin(), f.children.end(), t.front) > 0;
                                   }),
                    taken.end());
    }
    rest_.assign(most + kVector, 0.0);
}

void GridCholesky::clear() { std::fill(values_.begin(), values_.end(), 0.0); }

void GridCholesky::take(const Front& child, const Front& parent) {
    for (const Run& across : child.in_parent)
        for (int c = 0; c < 3 * across.count; ++c) {
            const int at = 3 * across.first + c;
            const double* from = column(child, child.columns() + at) + child.columns();
            double* to = column(parent, 3 * across.in_parent + c);
            for (const Run* down = &across; down != child.in_parent.data() + child.in_parent.size(); ++down) {
                const double* source = from + 3 * down->first;
                double* sum = to + 3 * down->in_parent;
                for (int r = down == &across ? c : 0; r < 3 * down->count; ++r) sum[r] += source[r];
            }
        }
}

bool GridCholesky::eliminate(const Front& f) {
    const int columns = f.columns(), rows = f.rows();
    double* values = &values_[f.values_at];
    for (int c = 0; c < columns; c += kTileColumns) {
        subtract(column(f, c), f.step, {values, f.step, c}, c, c, rows);
        for (int q = c; q < std::min(columns, c + kTileColumns); ++q) {
            double* lq = column(f, q);
            if (!(lq[q] > 0)) return false;
            const double diagonal = std::sqrt(lq[q]), inverse = 1 / diagonal;
            lq[q] = diagonal;
            for (int r = q + 1; r < rows; ++r) lq[r] *= inverse;
            for (int d = q + 1; d < std::min(columns, c + kTileColumns); ++d)
                subtract_one(column(f, d) + d, lq + d, lq[d], rows - d);
        }
    }
    for (int c = columns; c < rows; c += kTileColumns)
        subtract(column(f, c), f.rest_step, {values, f.step, columns}, c, c, rows);
    return true;
}

bool GridCholesky::factor() {
    for (const Front& f : fronts_) {
        const int end = f.columns() + whole_tiles(f.rows() - f.columns());
        for (int c = f.columns(); c < end; ++c) {
            // A tile starts above the diagonal of its last column.
            const int from = vector_start(c - (c - f.columns()) % kTileColumns);
            std::fill(column(f, c) + from, column(f, c) + f.step, 0.0);
        }
        for (const int child : f.children) take(fronts_[size_t(child)], f);
        if (!eliminate(f)) return false;
    }
    return true;
}

void GridCholesky::solve(double* x) {
    double* y = solving_.data();
    const auto load = [&](const Front& f) {
        std::copy_n(x + 3 * f.first, f.columns(), y);
        for (size_t i = 0; i < f.border.size(); ++i)
            std::copy_n(x + 3 * f.border[i], 3, y + f.columns() + 3 * int(i));
    };
    for (const Front& f : fronts_) {
        load(f);
        for (int q = 0; q < f.columns(); ++q) {
            const double* l = column(f, q);
            y[q] /= l[q];
            subtract_one(y + q + 1, l + q + 1, y[q], f.rows() - q - 1);
        }
        std::copy_n(y, f.columns(), x + 3 * f.first);
        for (size_t i = 0; i < f.border.size(); ++i)
            std::copy_n(y + f.columns() + 3 * int(i), 3, x + 3 * f.border[i]);
    }
    for (size_t k = fronts_.size(); k-- > 0;) {
        const Front& f = fronts_[k];
        load(f);
        for (int q = f.columns() - 1; q >= 0; --q) {
            const double* l = column(f, q);
            y[q] = (y[q] - dot_in_lanes(l + q + 1, y + q + 1, f.rows() - q - 1)) / l[q];
        }
        std::copy_n(y, f.columns(), x + 3 * f.first);
    }
}

}  // namespace radforge::physics
