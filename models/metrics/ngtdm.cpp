// SPDX-License-Identifier: Apache-2.0
/// Neighbourhood grey-tone difference. Source: Amadasun and King, "Textural features corresponding to
/// textural properties", IEEE SMC 1989.
#include "models/metrics/texture.h"

#include <cmath>

namespace radforge::metrics {

std::vector<Feature> ngtdm_features(const LevelImage& image) {
    const size_t n = size_t(image.highest) + 1;
    std::vector<double> count(n), difference(n);  // n_i, s_i
    double pixels = 0;
    for (int r = 0; r < image.height_px; ++r)
        for (int c = 0; c < image.width_px; ++c) {
            const int level = image.at(r, c);
            if (level == 0) continue;
            int neighbours = 0, sum = 0;
            for (int j = -1; j <= 1; ++j)
                for (int i = -1; i <= 1; ++i) {
                    const int other = (i != 0 || j != 0) ? image.at(r + j, c + i) : 0;
                    neighbours += other != 0;
                    sum += other;
                }
            if (neighbours == 0) continue;
            ++count[size_t(level)];
            ++pixels;
            difference[size_t(level)] += std::abs(level - double(sum) / neighbours);
        }
    double coarse = 0, all_differences = 0;
    std::vector<size_t> used;
    for (size_t i = 1; i < n; ++i) {
        if (count[i] == 0) continue;
        used.push_back(i);
        coarse += count[i] / pixels * difference[i];
        all_differences += difference[i];
    }
    double contrast = 0, busy = 0, complexity = 0, strength = 0;
    for (const size_t i : used)
        for (const size_t j : used) {
            const double pi = count[i] / pixels, pj = count[j] / pixels, d = double(i) - double(j);
            contrast += pi * pj * d * d;
            busy += std::abs(double(i) * pi - double(j) * pj);
            complexity += std::abs(d) * (pi * difference[i] + pj * difference[j]) / (pi + pj) / pixels;
            strength += (pi + pj) * d * d;
        }
    const double levels = double(used.size());
    return {
        {"ngtdm", "Busyness", busy > 0 ? coarse / busy : 0},
        {"ngtdm", "Coarseness", coarse > 0 ? 1 / coarse : 1e6},
        {"ngtdm", "Complexity", complexity},
        {"ngtdm", "Contrast", levels > 1 ? contrast / (levels * (levels - 1)) * all_differences / pixels : 0},
        {"ngtdm", "Strength", all_differences > 0 ? strength / all_differences : 0},
    };
}

}  // namespace radforge::metrics
