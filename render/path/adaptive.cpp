// SPDX-License-Identifier: Apache-2.0
#include "render/path/adaptive.h"

#include <algorithm>
#include <cmath>

namespace radforge::path {

namespace {

/// Samples grow as this power of the mean square error.
constexpr double kPower = 0.4;
/// Of the picture's mean square error: what a pixel may have without its neighbours having shown it.
constexpr double kLeastShare = 0.05;
constexpr int kReach = 2;

}  // namespace

Image mean_of_neighbours(const Image& square) {
    const int height = square.height_px, width = square.width_px;
    Image mean(height, width, 1, PixelType::F32, ColorSpace::Data);
    const auto from = square.view<float>();
    const auto to = mean.view<float>();
    for (int row = 0; row < height; ++row)
        for (int column = 0; column < width; ++column) {
            float sum = 0;
            int count = 0;
            for (int i = std::max(0, row - kReach); i <= std::min(height - 1, row + kReach); ++i)
                for (int j = std::max(0, column - kReach); j <= std::min(width - 1, column + kReach); ++j) {
                    if (i == row && j == column) continue;
                    sum += from(i, j);
                    ++count;
                }
            to(row, column) = sum / float(count);
        }
    return mean;
}

std::vector<uint8_t> share_out(const Image& square, int least, double budget, int most) {
    const auto values = square.values<float>();
    double sum = 0;
    for (const float v : values) sum += double(v);
    const double floor = std::max(kLeastShare * sum / double(values.size()), 1e-30);
    std::vector<double> wish(values.size());  // doublings, but for a term that all share
    for (size_t k = 0; k < wish.size(); ++k) wish[k] = kPower * std::log2(std::max(double(values[k]), floor));
    int deepest = 0;
    while (double(least) * std::exp2(deepest + 1) <= double(most)) ++deepest;
    const auto doublings = [&](size_t k, double term) {
        return int(std::min(std::max(std::floor(wish[k] + term + 0.5), 0.0), double(deepest)));
    };
    const auto [low, high] = std::minmax_element(wish.begin(), wish.end());
    // Between nobody and everybody as deep as can be.
    double below = -1 - *high, above = deepest + 1 - *low;
    const auto samples = [&](double term) {
        uint64_t count = 0;
        for (size_t k = 0; k < wish.size(); ++k) count += uint64_t(1) << doublings(k, term);
        return double(count) * double(least);
    };
    const double all = budget * double(wish.size());
    if (samples(above) <= all) below = above;
    for (int step = 0; step < 40 && below < above; ++step) {
        const double middle = 0.5 * (below + above);
        (samples(middle) <= all ? below : above) = middle;
    }
    std::vector<uint8_t> result(wish.size());
    for (size_t k = 0; k < result.size(); ++k) result[k] = uint8_t(doublings(k, below));
    return result;
}

}  // namespace radforge::path
