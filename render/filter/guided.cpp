// SPDX-License-Identifier: Apache-2.0
/// The local linear model of the guided filter (He, Sun and Tang, "Guided image filtering", ECCV 2010) with
/// several guides, as Bitterli et al. regress light on features ("Nonlinearly weighted first-order regression
/// for denoising Monte Carlo renderings", EGSR 2016), on a pyramid: moments of blocks of 2 x 2 pixels and,
/// level by level, of 2 x 2 blocks; a window is 3 x 3 of a level's blocks. Both halves of the samples share
/// guides, hence one factorisation; the fit to their mean is the mean of their fits.
#include "render/filter/guided.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace radforge::filter {
namespace {

constexpr int kLevels = 4, kChoices = kLevels + 1;  // the last choice: no window
constexpr int kShared = 4, kGuides = 2 + kShared;   // albedo and film of the channel, then the shape
constexpr int kHalves = 2, kChannels = 3;
constexpr int kRowsPerTask = 16;

using Fit = std::array<float, kGuides + 1>;  // factors of the guides, then the constant

/// Sums over the pixels of a block.
struct Moments {
    struct Channel {
        std::array<float, 2> guide{};
        std::array<float, 3> square{};                                // albedo^2, albedo film, film^2
        std::array<float, 2 * kShared> cross{};                       // albedo, then film, times the shape
        std::array<std::array<float, kGuides + 1>, kHalves> light{};  // times the guides, then alone
    };
    float count = 0;
    std::array<float, kShared> shape{};
    std::array<float, kShared*(kShared + 1) / 2> square{};
    std::array<Channel, kChannels> channel;

    static constexpr size_t kFloats = 1 + kShared + kShared * (kShared + 1) / 2 +
                                      kChannels * (2 + 3 + 2 * kShared + kHalves * (kGuides + 1));
    void add(const Moments& other) {
        auto* to = reinterpret_cast<float*>(this);
        const auto* from = reinterpret_cast<const float*>(&other);
        for (size_t k = 0; k < kFloats; ++k) to[k] += from[k];
    }
};
static_assert(sizeof(Moments) == Moments::kFloats * sizeof(float), "summed as plain floats");

/// The fits of one block: [half][channel].
using BlockFits = std::array<std::array<Fit, kChannels>, kHalves>;

template <class T>
struct Grid {
    int rows = 0, columns = 0;
    std::vector<T> cells;
    Grid(int r, int c) : rows(r), columns(c), cells(size_t(r) * size_t(c)) {}
    T& at(int r, int c) { return cells[size_t(r) * size_t(columns) + size_t(c)]; }
    const T& at(int r, int c) const { return cells[size_t(r) * size_t(columns) + size_t(c)]; }
    const T& near(int r, int c) const {
        return at(std::clamp(r, 0, rows - 1), std::clamp(c, 0, columns - 1));
    }
};

struct Source {
    ImageView<const float> light[kHalves], albedo, film, shape;

    void add(int row, int column, Moments& m) const {
        const float* s = shape.pixel(row, column);
        m.count += 1;
        size_t at = 0;
        for (size_t i = 0; i < kShared; ++i) {
            m.shape[i] += s[i];
            for (size_t j = 0; j <= i; ++j) m.square[at++] += s[i] * s[j];
        }
        for (size_t c = 0; c < kChannels; ++c) {
            Moments::Channel& to = m.channel[c];
            const float a = albedo.pixel(row, column)[c], f = film.pixel(row, column)[c];
            to.guide[0] += a;
            to.guide[1] += f;
            to.square[0] += a * a;
            to.square[1] += a * f;
            to.square[2] += f * f;
            for (size_t i = 0; i < kShared; ++i) {
                to.cross[i] += a * s[i];
                to.cross[kShared + i] += f * s[i];
            }
            for (size_t h = 0; h < kHalves; ++h) {
                const float y = light[h].pixel(row, column)[c];
                to.light[h][0] += y * a;
                to.light[h][1] += y * f;
                for (size_t i = 0; i < kShared; ++i) to.light[h][2 + i] += y * s[i];
                to.light[h][kGuides] += y;
            }
        }
    }
};

/// Guides that vary less than this within a window explain nothing there; they are averages of few samples.
constexpr float kAlbedoRidge = 1e-6f, kFilmRidge = 1e-6f, kShapeRidge = 1e-4f;

/// Solves the centred normal equations by Cholesky's factorisation.
void fit(const Moments& m, BlockFits& fits) {
    const float n = 1 / m.count;
    for (size_t c = 0; c < kChannels; ++c) {
        const Moments::Channel& from = m.channel[c];
        std::array<float, kGuides> mean{from.guide[0] * n, from.guide[1] * n};
        for (size_t i = 0; i < kShared; ++i) mean[2 + i] = m.shape[i] * n;
        float l[kGuides][kGuides];
        l[0][0] = from.square[0] * n + kAlbedoRidge;
        l[1][0] = from.square[1] * n;
        l[1][1] = from.square[2] * n + kFilmRidge;
        size_t at = 0;
        for (size_t i = 0; i < kShared; ++i) {
            l[2 + i][0] = from.cross[i] * n;
            l[2 + i][1] = from.cross[kShared + i] * n;
            for (size_t j = 0; j <= i; ++j) l[2 + i][2 + j] = m.square[at++] * n + (i == j ? kShapeRidge : 0);
        }
        for (size_t i = 0; i < kGuides; ++i)
            for (size_t j = 0; j <= i; ++j) {
                float sum = l[i][j] - mean[i] * mean[j];
                for (size_t k = 0; k < j; ++k) sum -= l[i][k] * l[j][k];
                l[i][j] = i == j ? std::sqrt(std::max(sum, 1e-7f)) : sum / l[j][j];
            }
        for (size_t h = 0; h < kHalves; ++h) {
            const auto& y = from.light[h];
            const float level = y[kGuides] * n;
            Fit& x = fits[h][c];
            for (size_t i = 0; i < kGuides; ++i) {
                float sum = y[i] * n - level * mean[i];
                for (size_t k = 0; k < i; ++k) sum -= l[i][k] * x[k];
                x[i] = sum / l[i][i];
            }
            x[kGuides] = level;
            for (size_t i = kGuides; i-- > 0;) {
                float sum = x[i];
                for (size_t k = i + 1; k < kGuides; ++k) sum -= l[k][i] * x[k];
                x[i] = sum / l[i][i];
                x[kGuides] -= x[i] * mean[i];
            }
        }
    }
}

Grid<Moments> blocks_of_pixels(const Source& source, int height, int width) {
    Grid<Moments> blocks((height + 1) / 2, (width + 1) / 2);
    parallel_for(blocks.rows, kRowsPerTask, [&](int64_t begin, int64_t end) {
        for (int r = 2 * int(begin); r < std::min(2 * int(end), height); ++r)
            for (int c = 0; c < width; ++c) source.add(r, c, blocks.at(r / 2, c / 2));
    });
    return blocks;
}

Grid<Moments> coarser(const Grid<Moments>& fine) {
    Grid<Moments> blocks((fine.rows + 1) / 2, (fine.columns + 1) / 2);
    for (int r = 0; r < fine.rows; ++r)
        for (int c = 0; c < fine.columns; ++c) blocks.at(r / 2, c / 2).add(fine.at(r, c));
    return blocks;
}

Grid<BlockFits> fits_of(const Grid<Moments>& blocks) {
    Grid<BlockFits> fits(blocks.rows, blocks.columns);
    parallel_for(blocks.rows, kRowsPerTask, [&](int64_t begin, int64_t end) {
        for (int r = int(begin); r < int(end); ++r)
            for (int c = 0; c < blocks.columns; ++c) {
                Moments window{};
                for (int i = std::max(0, r - 1); i <= std::min(blocks.rows - 1, r + 1); ++i)
                    for (int j = std::max(0, c - 1); j <= std::min(blocks.columns - 1, c + 1); ++j)
                        window.add(blocks.at(i, j));
                fit(window, fits.at(r, c));
            }
    });
    return fits;
}

/// Light of both halves by the fits of a level, interpolated between its blocks.
void foretell(const Grid<BlockFits>& fits, int block_px, const Source& source, int row, int column,
              float light[kHalves][kChannels]) {
    const float y = (float(row) + 0.5f) / float(block_px) - 0.5f,
                x = (float(column) + 0.5f) / float(block_px) - 0.5f;
    const int r = int(std::floor(y)), c = int(std::floor(x));
    const float fy = y - float(r), fx = x - float(c);
    const BlockFits* corner[4] = {&fits.near(r, c), &fits.near(r, c + 1), &fits.near(r + 1, c),
                                  &fits.near(r + 1, c + 1)};
    const float weight[4] = {(1 - fy) * (1 - fx), (1 - fy) * fx, fy * (1 - fx), fy * fx};
    const float* s = source.shape.pixel(row, column);
    float guide[kGuides + 1];
    for (size_t i = 0; i < kShared; ++i) guide[2 + i] = s[i];
    guide[kGuides] = 1;
    for (size_t c3 = 0; c3 < kChannels; ++c3) {
        guide[0] = source.albedo.pixel(row, column)[c3];
        guide[1] = source.film.pixel(row, column)[c3];
        for (size_t h = 0; h < kHalves; ++h) {
            float sum = 0;
            for (size_t k = 0; k < 4; ++k) {
                const Fit& f = (*corner[k])[h][c3];
                float at = 0;
                for (size_t i = 0; i <= kGuides; ++i) at += f[i] * guide[i];
                sum += weight[k] * at;
            }
            light[h][c3] = sum;
        }
    }
}

/// Mean over (2 radius + 1)^2 pixels, cut off at the borders; one plane of `planes` interleaved ones at a
/// time.
void box_mean(std::vector<float>& values, int height, int width, int planes, int radius) {
    std::vector<float> turned(values.size());
    const auto along = [&](const std::vector<float>& from, std::vector<float>& to, int lines, int length,
                           size_t line_step, size_t step) {
        parallel_for(lines, kRowsPerTask, [&](int64_t begin, int64_t end) {
            for (int64_t l = begin; l < end; ++l)
                for (int p = 0; p < planes; ++p) {
                    const size_t base = size_t(l) * line_step + size_t(p);
                    double sum = 0;
                    int count = 0;
                    const auto value = [&](int i) { return double(from[base + size_t(i) * step]); };
                    for (int i = 0; i < std::min(radius, length); ++i) sum += value(i), ++count;
                    for (int i = 0; i < length; ++i) {
                        if (i + radius < length) sum += value(i + radius), ++count;
                        if (i - radius - 1 >= 0) sum -= value(i - radius - 1), --count;
                        to[base + size_t(i) * step] = float(sum / count);
                    }
                }
        });
    };
    const auto n = size_t(planes);
    along(values, turned, height, width, size_t(width) * n, n);
    along(turned, values, width, height, n, size_t(width) * n);
}

void check(const Image& first, const Image& second, const GuideImages& guides) {
    const auto is = [&](const Image& image, int channels) {
        return image.type == PixelType::F32 && image.channels == channels &&
               image.height_px == first.height_px && image.width_px == first.width_px;
    };
    if (first.height_px < 1 || first.width_px < 1 || !is(first, 3) || !is(second, 3) ||
        !is(guides.albedo, 3) || !is(guides.film, 3) || !is(guides.shape, 4))
        throw Error(ErrorKind::BadData, "light and guides do not fit")
            .got(std::to_string(first.width_px) + " x " + std::to_string(first.height_px))
            .expected("f32 of one size, with 3 channels, shape with 4");
}

}  // namespace

Image filter_illumination(const Image& first, const Image& second, const GuideImages& guides) {
    check(first, second, guides);
    const int h = first.height_px, w = first.width_px;
    const Source source{{first.view<float>(), second.view<float>()},
                        guides.albedo.view<float>(),
                        guides.film.view<float>(),
                        guides.shape.view<float>()};
    std::vector<Grid<BlockFits>> levels;
    {
        Grid<Moments> blocks = blocks_of_pixels(source, h, w);
        for (int level = 0; level < kLevels; ++level) {
            levels.push_back(fits_of(blocks));
            if (level + 1 < kLevels) blocks = coarser(blocks);
        }
    }
    // All choices, and how far each half's is from the other half's light.
    const size_t pixels = size_t(h) * size_t(w);
    std::vector<float> choice(pixels * kChoices * kChannels), error(pixels * kChoices);
    parallel_for(h, kRowsPerTask, [&](int64_t begin, int64_t end) {
        for (int row = int(begin); row < int(end); ++row)
            for (int column = 0; column < w; ++column) {
                const size_t pixel = size_t(row) * size_t(w) + size_t(column);
                const float* half[kHalves] = {source.light[0].pixel(row, column),
                                              source.light[1].pixel(row, column)};
                float light[kChoices][kHalves][kChannels];
                for (int level = 0; level < kLevels; ++level)
                    foretell(levels[size_t(level)], 2 << level, source, row, column, light[level]);
                std::copy_n(half[0], kChannels, light[kLevels][0]);
                std::copy_n(half[1], kChannels, light[kLevels][1]);
                // Errors count relative to the light, so that its brightest places do not decide for others.
                float scale = 1e-12f;
                for (int c = 0; c < kChannels; ++c) {
                    const float mean = 0.5f * (light[1][0][c] + light[1][1][c]);
                    scale += mean * mean;
                }
                for (size_t k = 0; k < kChoices; ++k) {
                    float sum = 0;
                    for (size_t c = 0; c < kChannels; ++c) {
                        const float d0 = light[k][0][c] - half[1][c], d1 = light[k][1][c] - half[0][c];
                        sum += d0 * d0 + d1 * d1;
                        choice[(pixel * kChoices + k) * kChannels + c] =
                            0.5f * (light[k][0][c] + light[k][1][c]);
                    }
                    error[pixel * kChoices + k] = sum / scale;
                }
            }
    });
    constexpr int kErrorRadius = 5, kBlendRadius = 2;
    box_mean(error, h, w, kChoices, kErrorRadius);
    for (size_t pixel = 0; pixel < pixels; ++pixel) {
        float* e = error.data() + pixel * kChoices;
        const auto best = std::min_element(e, e + kChoices) - e;
        std::fill_n(e, kChoices, 0.0f);
        e[best] = 1;
    }
    box_mean(error, h, w, kChoices, kBlendRadius);
    Image out(h, w, kChannels, PixelType::F32, first.space);
    const auto to = out.values<float>();
    for (size_t pixel = 0; pixel < pixels; ++pixel)
        for (size_t c = 0; c < kChannels; ++c) {
            float sum = 0;
            for (size_t k = 0; k < kChoices; ++k)
                sum += error[pixel * kChoices + k] * choice[(pixel * kChoices + k) * kChannels + c];
            // Beside a bright mirror image fits foretell less than no light: the pixel's own, then.
            to[pixel * kChannels + c] = sum < 0 ? choice[(pixel * kChoices + kLevels) * kChannels + c] : sum;
        }
    return out;
}

}  // namespace radforge::filter
