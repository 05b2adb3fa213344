// SPDX-License-Identifier: Apache-2.0
#include "models/infer/fill.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace radforge::infer {
namespace {

/// Texels around a known one that its slope is fitted to, each way.
constexpr int kFitRadius = 4;

struct Grid {
    int h, w;
    size_t at(int r, int c) const { return size_t(r) * size_t(w) + size_t(c); }
    bool holds(int r, int c) const { return r >= 0 && c >= 0 && r < h && c < w; }
    size_t size() const { return size_t(h) * size_t(w); }
};

using Position = std::array<double, 2>;

/// value(r, c) = base + down r + right c, per channel.
struct Affine {
    Position base{}, down{}, right{};
    double operator()(double r, double c, size_t k) const { return base[k] + down[k] * r + right[k] * c; }
};

/// Least squares over points (row, column, value); constant where they do not span a plane.
class AffineFit {
public:
    void add(double r, double c, const float* value) {
        ++n_;
        r_ += r;
        c_ += c;
        rr_ += r * r;
        rc_ += r * c;
        cc_ += c * c;
        for (size_t k = 0; k < 2; ++k) {
            v_[k] += double(value[k]);
            rv_[k] += r * double(value[k]);
            cv_[k] += c * double(value[k]);
        }
    }
    Affine solve() const {
        const double mr = r_ / n_, mc = c_ / n_;
        const double srr = rr_ - n_ * mr * mr, src = rc_ - n_ * mr * mc, scc = cc_ - n_ * mc * mc;
        const double determinant = srr * scc - src * src;
        Affine fit;
        for (size_t k = 0; k < 2; ++k) {
            const double mv = v_[k] / n_, srv = rv_[k] - n_ * mr * mv, scv = cv_[k] - n_ * mc * mv;
            if (determinant > 1e-6 * n_ * n_) {
                fit.down[k] = (srv * scc - scv * src) / determinant;
                fit.right[k] = (scv * srr - srv * src) / determinant;
            }
            fit.base[k] = mv - fit.down[k] * mr - fit.right[k] * mc;
        }
        return fit;
    }

private:
    double n_ = 0, r_ = 0, c_ = 0, rr_ = 0, rc_ = 0, cc_ = 0;
    Position v_{}, rv_{}, cv_{};
};

/// Unknown texels that hang together with the border, by sides.
std::vector<uint8_t> open_texels(const Grid& grid, const std::vector<uint8_t>& known) {
    std::vector<uint8_t> open(grid.size());
    std::vector<std::pair<int, int>> stack;
    const auto visit = [&](int r, int c) {
        if (!grid.holds(r, c) || known[grid.at(r, c)] || open[grid.at(r, c)]) return;
        open[grid.at(r, c)] = 1;
        stack.emplace_back(r, c);
    };
    for (int r = 0; r < grid.h; ++r) {
        visit(r, 0);
        visit(r, grid.w - 1);
    }
    for (int c = 0; c < grid.w; ++c) {
        visit(0, c);
        visit(grid.h - 1, c);
    }
    while (!stack.empty()) {
        const auto [r, c] = stack.back();
        stack.pop_back();
        visit(r - 1, c);
        visit(r + 1, c);
        visit(r, c - 1);
        visit(r, c + 1);
    }
    return open;
}

/// One scale of the pyramid: weighted means.
struct Level {
    Grid grid;
    std::vector<std::array<float, 2>> value;
    std::vector<float> weight;
    explicit Level(Grid g) : grid(g), value(g.size()), weight(g.size()) {}
};

Level halved(const Level& fine) {
    Level coarse({(fine.grid.h + 1) / 2, (fine.grid.w + 1) / 2});
    for (int r = 0; r < fine.grid.h; ++r)
        for (int c = 0; c < fine.grid.w; ++c) {
            const size_t from = fine.grid.at(r, c), to = coarse.grid.at(r / 2, c / 2);
            for (size_t k = 0; k < 2; ++k) coarse.value[to][k] += fine.weight[from] * fine.value[from][k];
            coarse.weight[to] += fine.weight[from];
        }
    for (size_t i = 0; i < coarse.grid.size(); ++i) {
        if (coarse.weight[i] > 0)
            for (float& v : coarse.value[i]) v /= coarse.weight[i];
        coarse.weight[i] = std::min(coarse.weight[i], 1.0f);
    }
    return coarse;
}

/// Fills what has weight below 1 from the coarser level, whose texels all have values.
void pull(const Level& coarse, Level& fine) {
    for (int r = 0; r < fine.grid.h; ++r)
        for (int c = 0; c < fine.grid.w; ++c) {
            const size_t i = fine.grid.at(r, c);
            if (fine.weight[i] >= 1) continue;
            const double y = std::clamp((r + 0.5) / 2 - 0.5, 0.0, coarse.grid.h - 1.0),
                         x = std::clamp((c + 0.5) / 2 - 0.5, 0.0, coarse.grid.w - 1.0);
            const int y0 = int(y), x0 = int(x), y1 = std::min(y0 + 1, coarse.grid.h - 1),
                      x1 = std::min(x0 + 1, coarse.grid.w - 1);
            const auto fy = float(y - y0), fx = float(x - x0);
            for (size_t k = 0; k < 2; ++k) {
                const auto at = [&](int j, int l) { return coarse.value[coarse.grid.at(j, l)][k]; };
                const float from = (at(y0, x0) * (1 - fx) + at(y0, x1) * fx) * (1 - fy) +
                                   (at(y1, x0) * (1 - fx) + at(y1, x1) * fx) * fy;
                fine.value[i][k] = fine.weight[i] * fine.value[i][k] + (1 - fine.weight[i]) * from;
            }
        }
}

void fill_holes(Image& bm, const std::vector<uint8_t>& known, const std::vector<Fill>& how) {
    const Grid grid{bm.height_px, bm.width_px};
    const auto view = bm.view<float>();
    AffineFit fit;
    for (int r = 0; r < grid.h; ++r)
        for (int c = 0; c < grid.w; ++c)
            if (known[grid.at(r, c)]) fit.add(r, c, view.pixel(r, c));
    const Affine plane = fit.solve();
    std::vector<Level> levels{Level(grid)};
    for (int r = 0; r < grid.h; ++r)
        for (int c = 0; c < grid.w; ++c) {
            const size_t i = grid.at(r, c);
            if (!known[i]) continue;
            levels[0].weight[i] = 1;
            for (size_t k = 0; k < 2; ++k)
                levels[0].value[i][k] = float(double(view.pixel(r, c)[k]) - plane(r, c, k));
        }
    while (levels.back().grid.size() > 1) levels.push_back(halved(levels.back()));
    for (size_t l = levels.size() - 1; l-- > 0;) pull(levels[l + 1], levels[l]);
    for (int r = 0; r < grid.h; ++r)
        for (int c = 0; c < grid.w; ++c) {
            const size_t i = grid.at(r, c);
            if (how[i] != Fill::Inside) continue;
            for (size_t k = 0; k < 2; ++k)
                view.pixel(r, c)[k] = float(double(levels[0].value[i][k]) + plane(r, c, k));
        }
}

/// For every texel the nearest known one, by two sweeps over its neighbours' (Danielsson, "Euclidean distance
/// mapping", 1980).
std::vector<int32_t> nearest_known(const Grid& grid, const std::vector<uint8_t>& known) {
    std::vector<int32_t> nearest(grid.size(), -1);
    for (size_t i = 0; i < grid.size(); ++i)
        if (known[i]) nearest[i] = int32_t(i);
    const auto squared = [&](int r, int c, int32_t source) {
        const int64_t dr = r - source / grid.w, dc = c - source % grid.w;
        return dr * dr + dc * dc;
    };
    const auto take = [&](int r, int c, int from_r, int from_c) {
        if (!grid.holds(from_r, from_c)) return;
        const int32_t source = nearest[grid.at(from_r, from_c)];
        int32_t& own = nearest[grid.at(r, c)];
        if (source >= 0 && (own < 0 || squared(r, c, source) < squared(r, c, own))) own = source;
    };
    for (int r = 0; r < grid.h; ++r) {
        for (int c = 0; c < grid.w; ++c)
            for (const auto& [dr, dc] : {std::pair{-1, -1}, {-1, 0}, {-1, 1}, {0, -1}}) take(r, c, r + dr, c + dc);
        for (int c = grid.w; c-- > 0;) take(r, c, r, c + 1);
    }
    for (int r = grid.h; r-- > 0;) {
        for (int c = grid.w; c-- > 0;)
            for (const auto& [dr, dc] : {std::pair{1, 1}, {1, 0}, {1, -1}, {0, 1}}) take(r, c, r + dr, c + dc);
        for (int c = 0; c < grid.w; ++c) take(r, c, r, c - 1);
    }
    return nearest;
}

void continue_rim(Image& bm, const std::vector<uint8_t>& known, const std::vector<uint8_t>& open,
                  std::vector<Fill>& how) {
    const Grid grid{bm.height_px, bm.width_px};
    const auto view = bm.view<float>();
    const std::vector<int32_t> nearest = nearest_known(grid, known);
    std::vector<Affine> slopes(grid.size());
    std::vector<uint8_t> fitted(grid.size());
    for (int r = 0; r < grid.h; ++r)
        for (int c = 0; c < grid.w; ++c) {
            const size_t i = grid.at(r, c);
            if (!open[i]) continue;
            const auto source = size_t(nearest[i]);
            const int sr = int(source) / grid.w, sc = int(source) % grid.w;
            if (!fitted[source]) {
                AffineFit fit;
                for (int y = std::max(0, sr - kFitRadius); y <= std::min(grid.h - 1, sr + kFitRadius); ++y)
                    for (int x = std::max(0, sc - kFitRadius); x <= std::min(grid.w - 1, sc + kFitRadius); ++x)
                        if (known[grid.at(y, x)]) fit.add(y - sr, x - sc, view.pixel(y, x));
                slopes[source] = fit.solve();
                fitted[source] = 1;
            }
            const double far = std::hypot(r - sr, c - sc), part = std::min(1.0, kReach / far);
            how[i] = far <= kReach ? Fill::Rim : Fill::Beyond;
            const Affine& slope = slopes[source];
            for (size_t k = 0; k < 2; ++k)
                view.pixel(r, c)[k] = float(double(view.pixel(sr, sc)[k]) +
                                            part * (slope.down[k] * (r - sr) + slope.right[k] * (c - sc)));
        }
}

/// The map as a function on all integers: straight on beyond its border.
class Extended {
public:
    explicit Extended(const Image& bm) : view_(bm.view<float>()) {}
    double operator()(int r, int c, int k) const {
        return line(r, view_.height_px, [&](int row) {
            return line(c, view_.width_px, [&](int column) { return double(view_(row, column, k)); });
        });
    }

private:
    template <class F>
    static double line(int i, int n, const F& at) {
        if (i >= 0 && i < n) return at(i);
        const int rim = i < 0 ? 0 : n - 1;
        if (n == 1) return at(rim);
        const int inner = i < 0 ? 1 : n - 2;
        return at(rim) + (at(rim) - at(inner)) * std::abs(i - rim);
    }
    ImageView<const float> view_;
};

}  // namespace

std::vector<Fill> fill(Image& bm) {
    const Grid grid{bm.height_px, bm.width_px};
    std::vector<uint8_t> known(grid.size());
    const auto view = bm.view<float>();
    size_t count = 0;
    for (int r = 0; r < grid.h; ++r)
        for (int c = 0; c < grid.w; ++c) {
            const float* const p = view.pixel(r, c);
            known[grid.at(r, c)] = std::isfinite(p[0]) && std::isfinite(p[1]);
            count += known[grid.at(r, c)];
        }
    if (count == 0) throw Error(ErrorKind::BadData, "a backward map without a single known texel");
    std::vector<Fill> how(grid.size(), Fill::Known);
    const std::vector<uint8_t> open = open_texels(grid, known);
    for (size_t i = 0; i < grid.size(); ++i)
        if (!known[i] && !open[i]) how[i] = Fill::Inside;
    if (count < grid.size()) {
        fill_holes(bm, known, how);
        continue_rim(bm, known, open, how);
    }
    for (float& v : bm.values<float>()) v = std::clamp(v, -1.0f, 1.0f);
    return how;
}

Image box_blur(const Image& bm) {
    const Extended in(bm);
    Image out(bm.height_px, bm.width_px, bm.channels, PixelType::F32, ColorSpace::Data);
    const auto view = out.view<float>();
    for (int r = 0; r < bm.height_px; ++r)
        for (int c = 0; c < bm.width_px; ++c)
            for (int k = 0; k < bm.channels; ++k) {
                double sum = 0;
                for (int dr = -1; dr <= 1; ++dr)
                    for (int dc = -1; dc <= 1; ++dc) sum += in(r + dr, c + dc, k);
                view(r, c, k) = float(sum / 9);
            }
    return out;
}

Image enlarge(const Image& bm, int height_px, int width_px) {
    const Extended in(bm);
    Image out(height_px, width_px, bm.channels, PixelType::F32, ColorSpace::Data);
    const auto view = out.view<float>();
    parallel_for(height_px, 16, [&](int64_t begin, int64_t end) {
        for (int r = int(begin); r < int(end); ++r)
            for (int c = 0; c < width_px; ++c) {
                const double y = (r + 0.5) * bm.height_px / height_px - 0.5,
                             x = (c + 0.5) * bm.width_px / width_px - 0.5;
                const int y0 = int(std::floor(y)), x0 = int(std::floor(x));
                const double fy = y - y0, fx = x - x0;
                for (int k = 0; k < bm.channels; ++k)
                    view(r, c, k) = float((in(y0, x0, k) * (1 - fx) + in(y0, x0 + 1, k) * fx) * (1 - fy) +
                                          (in(y0 + 1, x0, k) * (1 - fx) + in(y0 + 1, x0 + 1, k) * fx) * fy);
            }
    });
    return out;
}

}  // namespace radforge::infer
