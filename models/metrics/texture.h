// SPDX-License-Identifier: Apache-2.0
/// Texture matrices of a grey-level region in 2D and what is read off them.
/// Formulas: Zwanenburg et al., "Image biomarker standardisation initiative", reference manual,
/// arXiv:1612.07003; with the conventions of pyradiomics' documentation (models.md 6.3): levels that do not
/// occur keep their number, a logarithm sees 2.2e-16 more than the probability.
#pragma once
#include "models/metrics/level_image.h"

#include <string>
#include <vector>

namespace radforge::metrics {

/// One number about a region; family and name as pyradiomics has them.
struct Feature {
    std::string family, name;
    double value = 0;
};

/// Counts of (level, size) or (level, level): rows 1..rows, columns 1..columns.
struct CountMatrix {
    int rows = 0, columns = 0;
    std::vector<double> counts;
    CountMatrix(int r, int c) : rows(r), columns(c), counts(size_t(r) * size_t(c)) {}
    double& at(int i, int j) { return counts[size_t(i - 1) * size_t(columns) + size_t(j - 1)]; }
    double at(int i, int j) const { return counts[size_t(i - 1) * size_t(columns) + size_t(j - 1)]; }
};

/// The four directions of a plane, as steps in rows and columns.
struct Direction {
    int rows, columns;
};
constexpr Direction kDirections[4] = {{0, 1}, {1, 0}, {1, 1}, {1, -1}};

/// How often level i stands beside level j along a direction, either way round.
CountMatrix cooccurrences(const LevelImage& image, Direction direction);
/// Runs of one level along a direction, by level and length.
CountMatrix runs(const LevelImage& image, Direction direction);
/// 8-connected zones of one level, by level and size.
CountMatrix zones(const LevelImage& image);
/// Pixels by level and 1 + their 8-neighbours of the same level.
CountMatrix dependences(const LevelImage& image);

/// 24 features, means over the four directions that have pairs.
std::vector<Feature> glcm_features(const LevelImage& image);
/// 16 features, means over the four directions.
std::vector<Feature> glrlm_features(const LevelImage& image);
/// 16 features.
std::vector<Feature> glszm_features(const LevelImage& image);
/// 14 features.
std::vector<Feature> gldm_features(const LevelImage& image);
/// 5 features of the difference to the mean of the 8-neighbours.
std::vector<Feature> ngtdm_features(const LevelImage& image);

}  // namespace radforge::metrics
