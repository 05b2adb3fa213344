// SPDX-License-Identifier: Apache-2.0
/// Run lengths (Galloway, "Texture analysis using gray level run lengths", 1975), size zones (Thibault et
/// al., "Shape and texture indexes", 2009) and dependences (Sun and Wee, "Neighboring gray level dependence
/// matrix", 1983): one matrix of (level, size) each and the same features under different names.
#include "models/metrics/texture_detail.h"

#include <array>
#include <cmath>

namespace radforge::metrics {
namespace {

/// Names that one family gives to what all three read off their matrix P(i,j) with sum N.
struct Names {
    const char* family;
    const char* small;            ///< sum P / j^2 / N
    const char* large;            ///< sum P j^2 / N
    const char* size_uniformity;  ///< sum_j (sum_i P)^2 / N; Normalized: / N^2
    const char* size_variance;
    const char* entropy;
    const char* low;                   ///< sum P / i^2 / N
    const char* high;                  ///< sum P i^2 / N
    std::array<const char*, 4> joint;  ///< small low, small high, large low, large high
};

constexpr Names kRuns = {"glrlm",
                         "ShortRunEmphasis",
                         "LongRunEmphasis",
                         "RunLengthNonUniformity",
                         "RunVariance",
                         "RunEntropy",
                         "LowGrayLevelRunEmphasis",
                         "HighGrayLevelRunEmphasis",
                         {"ShortRunLowGrayLevelEmphasis", "ShortRunHighGrayLevelEmphasis",
                          "LongRunLowGrayLevelEmphasis", "LongRunHighGrayLevelEmphasis"}};
constexpr Names kZones = {"glszm",
                          "SmallAreaEmphasis",
                          "LargeAreaEmphasis",
                          "SizeZoneNonUniformity",
                          "ZoneVariance",
                          "ZoneEntropy",
                          "LowGrayLevelZoneEmphasis",
                          "HighGrayLevelZoneEmphasis",
                          {"SmallAreaLowGrayLevelEmphasis", "SmallAreaHighGrayLevelEmphasis",
                           "LargeAreaLowGrayLevelEmphasis", "LargeAreaHighGrayLevelEmphasis"}};
constexpr Names kDependences = {
    "gldm",
    "SmallDependenceEmphasis",
    "LargeDependenceEmphasis",
    "DependenceNonUniformity",
    "DependenceVariance",
    "DependenceEntropy",
    "LowGrayLevelEmphasis",
    "HighGrayLevelEmphasis",
    {"SmallDependenceLowGrayLevelEmphasis", "SmallDependenceHighGrayLevelEmphasis",
     "LargeDependenceLowGrayLevelEmphasis", "LargeDependenceHighGrayLevelEmphasis"}};

struct Read {
    std::vector<Feature> features;
    double total = 0, gray_uniformity = 0;
};

/// The 13 features that all three families have.
Read read(const CountMatrix& matrix, const Names& names) {
    Read out;
    for (const double v : matrix.counts) out.total += v;
    const double n = out.total;
    double small = 0, large = 0, low = 0, high = 0, entropy = 0, size_uniformity = 0, mean_i = 0, mean_j = 0;
    std::array<double, 4> joint{};
    for (int i = 1; i <= matrix.rows; ++i) {
        double row = 0;
        for (int j = 1; j <= matrix.columns; ++j) {
            const double p = matrix.at(i, j) / n;
            if (p == 0) continue;
            const double ii = double(i) * i, jj = double(j) * j;
            row += matrix.at(i, j);
            small += p / jj;
            large += p * jj;
            low += p / ii;
            high += p * ii;
            joint[0] += p / (ii * jj);
            joint[1] += p * ii / jj;
            joint[2] += p * jj / ii;
            joint[3] += p * ii * jj;
            entropy += detail::entropy_term(p);
            mean_i += p * i;
            mean_j += p * j;
        }
        out.gray_uniformity += row * row / n;
    }
    double gray_variance = 0, size_variance = 0;
    for (int j = 1; j <= matrix.columns; ++j) {
        double column = 0;
        for (int i = 1; i <= matrix.rows; ++i) {
            const double p = matrix.at(i, j) / n;
            column += matrix.at(i, j);
            gray_variance += p * (i - mean_i) * (i - mean_i);
            size_variance += p * (j - mean_j) * (j - mean_j);
        }
        size_uniformity += column * column / n;
    }
    const auto add = [&](const std::string& name, double value) {
        out.features.push_back({names.family, name, value});
    };
    add("GrayLevelNonUniformity", out.gray_uniformity);
    add("GrayLevelVariance", gray_variance);
    add(names.size_uniformity, size_uniformity);
    add(std::string(names.size_uniformity) + "Normalized", size_uniformity / n);
    add(names.size_variance, size_variance);
    add(names.entropy, entropy);
    add(names.small, small);
    add(names.large, large);
    add(names.low, low);
    add(names.high, high);
    for (size_t k = 0; k < joint.size(); ++k) add(names.joint[k], joint[k]);
    return out;
}

/// Runs and zones also have these.
std::vector<Feature> read_parts(const CountMatrix& matrix, const Names& names, const char* percentage,
                                int64_t pixels) {
    Read out = read(matrix, names);
    out.features.push_back(
        {names.family, "GrayLevelNonUniformityNormalized", out.gray_uniformity / out.total});
    out.features.push_back({names.family, percentage, out.total / double(pixels)});
    return out.features;
}

}  // namespace

namespace detail {

std::vector<Feature> mean_features(const std::vector<std::vector<Feature>>& lists) {
    std::vector<Feature> mean = lists.at(0);
    for (size_t l = 1; l < lists.size(); ++l)
        for (size_t f = 0; f < mean.size(); ++f) mean[f].value += lists[l][f].value;
    for (Feature& feature : mean) feature.value /= double(lists.size());
    return mean;
}

}  // namespace detail

CountMatrix runs(const LevelImage& image, Direction direction) {
    CountMatrix counts(image.highest, std::max(image.height_px, image.width_px));
    for (int r = 0; r < image.height_px; ++r)
        for (int c = 0; c < image.width_px; ++c) {
            const int level = image.at(r, c);
            if (level == 0 || image.at(r - direction.rows, c - direction.columns) == level) continue;
            int length = 1;
            while (image.at(r + length * direction.rows, c + length * direction.columns) == level) ++length;
            ++counts.at(level, length);
        }
    return counts;
}

CountMatrix zones(const LevelImage& image) {
    std::vector<int> left = image.levels;  // 0 where a zone has been counted
    struct Zone {
        int level, size;
    };
    std::vector<Zone> found;
    std::vector<int> open;
    int largest = 1;
    for (size_t start = 0; start < left.size(); ++start) {
        const int level = left[start];
        if (level == 0) continue;
        int size = 0;
        left[start] = 0;
        open.assign(1, int(start));
        while (!open.empty()) {
            const int at = open.back(), row = at / image.width_px, column = at % image.width_px;
            open.pop_back();
            ++size;
            for (int r = row - 1; r <= row + 1; ++r)
                for (int c = column - 1; c <= column + 1; ++c) {
                    if (image.at(r, c) != level) continue;
                    const int next = r * image.width_px + c;
                    if (left[size_t(next)] == 0) continue;
                    left[size_t(next)] = 0;
                    open.push_back(next);
                }
        }
        largest = std::max(largest, size);
        found.push_back({level, size});
    }
    CountMatrix counts(image.highest, largest);
    for (const Zone& zone : found) ++counts.at(zone.level, zone.size);
    return counts;
}

CountMatrix dependences(const LevelImage& image) {
    CountMatrix counts(image.highest, 9);
    for (int r = 0; r < image.height_px; ++r)
        for (int c = 0; c < image.width_px; ++c) {
            const int level = image.at(r, c);
            if (level == 0) continue;
            int equal = 0;  // counts the pixel itself
            for (int j = -1; j <= 1; ++j)
                for (int i = -1; i <= 1; ++i) equal += image.at(r + j, c + i) == level;
            ++counts.at(level, equal);
        }
    return counts;
}

std::vector<Feature> glrlm_features(const LevelImage& image) {
    std::vector<std::vector<Feature>> lists;
    for (const Direction direction : kDirections)
        lists.push_back(read_parts(runs(image, direction), kRuns, "RunPercentage", image.count));
    std::vector<Feature> mean = detail::mean_features(lists);
    return mean;
}

std::vector<Feature> glszm_features(const LevelImage& image) {
    return read_parts(zones(image), kZones, "ZonePercentage", image.count);
}

std::vector<Feature> gldm_features(const LevelImage& image) {
    return read(dependences(image), kDependences).features;
}

}  // namespace radforge::metrics
