// SPDX-License-Identifier: Apache-2.0
#include "models/metrics/radiomics.h"

#include "models/metrics/quantile.h"
#include "models/metrics/texture_detail.h"
#include "synth/base/error.h"

#include <algorithm>
#include <cmath>

namespace radforge::metrics {
namespace {

constexpr double kPi = 3.14159265358979323846;

std::vector<double> values_inside(const Image& values, const Image& region) {
    std::vector<double> out;
    const auto x = values.values<float>();
    const auto inside = region.values<uint8_t>();
    for (size_t i = 0; i < x.size(); ++i)
        if (inside[i] != 0) out.push_back(double(x[i]));
    return out;
}

double mean_of(const std::vector<double>& x) {
    double sum = 0;
    for (const double v : x) sum += v;
    return sum / double(x.size());
}

double mean_deviation(const std::vector<double>& x) {
    const double mean = mean_of(x);
    double sum = 0;
    for (const double v : x) sum += std::abs(v - mean);
    return sum / double(x.size());
}

/// Outline by marching squares; lengths in mm.
struct Outline {
    double area = 0, perimeter = 0;
    std::vector<std::array<double, 2>> points;  ///< row, column
};

Outline outline_of(const Image& region, const std::array<double, 2>& spacing) {
    const auto on = region.view<uint8_t>();
    const auto at = [&](int r, int c) {
        return r >= 0 && c >= 0 && r < region.height_px && c < region.width_px && on(r, c) != 0;
    };
    const double dr = spacing[0], dc = spacing[1], pixel = dr * dc, cut = std::hypot(dr, dc) / 2;
    Outline out;
    for (int r = -1; r < region.height_px; ++r)
        for (int c = -1; c < region.width_px; ++c) {
            const bool a = at(r, c), b = at(r, c + 1), d = at(r + 1, c), e = at(r + 1, c + 1);
            const int set = a + b + d + e;
            if (a != b) out.points.push_back({r * dr, (c + 0.5) * dc});
            if (a != d) out.points.push_back({(r + 0.5) * dr, c * dc});
            if (set == 4) out.area += pixel;
            if (set == 1 || set == 3) {
                out.area += pixel * (set == 1 ? 1 : 7) / 8;
                out.perimeter += cut;
            } else if (set == 2 && a == e) {  // a diagonal: two corners cut off
                out.area += pixel / 4;
                out.perimeter += 2 * cut;
            } else if (set == 2) {
                out.area += pixel / 2;
                out.perimeter += a == b ? dc : dr;
            }
        }
    return out;
}

/// Keeps the largest 8-connected piece of what is set.
void keep_largest(std::vector<uint8_t>& set, int height, int width) {
    std::vector<int> piece(set.size()), open;
    std::vector<size_t> sizes = {0};
    for (size_t start = 0; start < set.size(); ++start) {
        if (set[start] == 0 || piece[start] != 0) continue;
        const int id = int(sizes.size());
        sizes.push_back(0);
        piece[start] = id;
        open.assign(1, int(start));
        while (!open.empty()) {
            const int at = open.back(), row = at / width, column = at % width;
            open.pop_back();
            ++sizes.back();
            for (int r = std::max(0, row - 1); r <= std::min(height - 1, row + 1); ++r)
                for (int c = std::max(0, column - 1); c <= std::min(width - 1, column + 1); ++c) {
                    const size_t next = size_t(r) * size_t(width) + size_t(c);
                    if (set[next] == 0 || piece[next] != 0) continue;
                    piece[next] = id;
                    open.push_back(int(next));
                }
        }
    }
    const int largest = int(std::max_element(sizes.begin(), sizes.end()) - sizes.begin());
    for (size_t i = 0; i < set.size(); ++i) set[i] = piece[i] == largest && set[i] != 0;
}

/// Sets what cannot be reached from the border through pixel edges.
void fill_holes(std::vector<uint8_t>& set, int height, int width) {
    std::vector<uint8_t> outside(set.size());
    std::vector<int> open;
    const auto visit = [&](int r, int c) {
        const size_t i = size_t(r) * size_t(width) + size_t(c);
        if (set[i] != 0 || outside[i] != 0) return;
        outside[i] = 1;
        open.push_back(int(i));
    };
    for (int r = 0; r < height; ++r) {
        visit(r, 0);
        visit(r, width - 1);
    }
    for (int c = 0; c < width; ++c) {
        visit(0, c);
        visit(height - 1, c);
    }
    while (!open.empty()) {
        const int at = open.back(), r = at / width, c = at % width;
        open.pop_back();
        if (r > 0) visit(r - 1, c);
        if (c > 0) visit(r, c - 1);
        if (r + 1 < height) visit(r + 1, c);
        if (c + 1 < width) visit(r, c + 1);
    }
    for (size_t i = 0; i < set.size(); ++i) set[i] = outside[i] == 0;
}

}  // namespace

std::vector<Feature> first_order_features(const Image& values, const Image& region,
                                          const RadiomicsOptions& options) {
    std::vector<double> x = values_inside(values, region);
    const LevelImage levels = discretised(values, region, options.bin_width);
    const double n = double(x.size()), mean = mean_of(x);
    double energy = 0, m2 = 0, m3 = 0, m4 = 0;
    for (const double v : x) {
        const double d = v - mean;
        energy += v * v;
        m2 += d * d / n;
        m3 += d * d * d / n;
        m4 += d * d * d * d / n;
    }
    std::vector<double> bins(size_t(levels.highest) + 1);
    for (const int level : levels.levels)
        if (level > 0) bins[size_t(level)] += 1 / n;
    double entropy = 0, uniformity = 0;
    for (const double p : bins) {
        if (p > 0) entropy += detail::entropy_term(p);
        uniformity += p * p;
    }
    const double deviation = mean_deviation(x);
    std::sort(x.begin(), x.end());
    const double p10 = quantile(x, 0.1), p90 = quantile(x, 0.9);
    std::vector<double> robust;
    for (const double v : x)
        if (v >= p10 && v <= p90) robust.push_back(v);
    const double pixel_mm2 = options.spacing_mm[0] * options.spacing_mm[1];
    return {
        {"firstorder", "10Percentile", p10},
        {"firstorder", "90Percentile", p90},
        {"firstorder", "Energy", energy},
        {"firstorder", "Entropy", entropy},
        {"firstorder", "InterquartileRange", quantile(x, 0.75) - quantile(x, 0.25)},
        {"firstorder", "Kurtosis", m2 > 0 ? m4 / (m2 * m2) : 0},
        {"firstorder", "Maximum", x.back()},
        {"firstorder", "MeanAbsoluteDeviation", deviation},
        {"firstorder", "Mean", mean},
        {"firstorder", "Median", quantile(x, 0.5)},
        {"firstorder", "Minimum", x.front()},
        {"firstorder", "Range", x.back() - x.front()},
        {"firstorder", "RobustMeanAbsoluteDeviation", mean_deviation(robust)},
        {"firstorder", "RootMeanSquared", std::sqrt(energy / n)},
        {"firstorder", "Skewness", m2 > 0 ? m3 / std::pow(m2, 1.5) : 0},
        {"firstorder", "TotalEnergy", pixel_mm2 * energy},
        {"firstorder", "Uniformity", uniformity},
        {"firstorder", "Variance", m2},
    };
}

std::vector<Feature> shape_features(const Image& region, const RadiomicsOptions& options) {
    const Outline outline = outline_of(region, options.spacing_mm);
    const auto on = region.view<uint8_t>();
    double n = 0, mean_r = 0, mean_c = 0, rr = 0, cc = 0, rc = 0;
    const auto each = [&](const auto& use) {
        for (int r = 0; r < region.height_px; ++r)
            for (int c = 0; c < region.width_px; ++c)
                if (on(r, c) != 0) use(r * options.spacing_mm[0], c * options.spacing_mm[1]);
    };
    each([&](double r, double c) {
        ++n;
        mean_r += r;
        mean_c += c;
    });
    if (n == 0) throw Error(ErrorKind::BadData, "the region of interest is empty");
    mean_r /= n;
    mean_c /= n;
    each([&](double r, double c) {
        rr += (r - mean_r) * (r - mean_r) / n;
        cc += (c - mean_c) * (c - mean_c) / n;
        rc += (r - mean_r) * (c - mean_c) / n;
    });
    const double middle = (rr + cc) / 2, spread = std::hypot((rr - cc) / 2, rc);
    const double most = middle + spread, least = std::max(0.0, middle - spread);
    double diameter = 0;
    for (size_t i = 0; i < outline.points.size(); ++i)
        for (size_t j = 0; j < i; ++j)
            diameter = std::max(diameter, std::hypot(outline.points[i][0] - outline.points[j][0],
                                                     outline.points[i][1] - outline.points[j][1]));
    return {
        {"shape2D", "Elongation", most > 0 ? std::sqrt(least / most) : 1},
        {"shape2D", "MajorAxisLength", 4 * std::sqrt(most)},
        {"shape2D", "MaximumDiameter", diameter},
        {"shape2D", "MeshSurface", outline.area},
        {"shape2D", "MinorAxisLength", 4 * std::sqrt(least)},
        {"shape2D", "Perimeter", outline.perimeter},
        {"shape2D", "PerimeterSurfaceRatio", outline.perimeter / outline.area},
        {"shape2D", "PixelSurface", n * options.spacing_mm[0] * options.spacing_mm[1]},
        {"shape2D", "Sphericity", 2 * std::sqrt(kPi * outline.area) / outline.perimeter},
    };
}

std::vector<Feature> radiomics(const Image& values, const Image& region, const RadiomicsOptions& options) {
    const LevelImage levels = discretised(values, region, options.bin_width);
    std::vector<Feature> all = first_order_features(values, region, options);
    for (const auto& family : {shape_features(region, options), glcm_features(levels), gldm_features(levels),
                               glrlm_features(levels), glszm_features(levels), ngtdm_features(levels)})
        all.insert(all.end(), family.begin(), family.end());
    RADFORGE_ASSERT(all.size() == size_t(kFeatureCount));
    return all;
}

Image head_region(const Image& hu) {
    Image region(hu.height_px, hu.width_px, 1, PixelType::U8, ColorSpace::Data);
    std::vector<uint8_t> set(hu.value_count());
    const auto x = hu.values<float>();
    for (size_t i = 0; i < set.size(); ++i) set[i] = x[i] > -300;
    keep_largest(set, hu.height_px, hu.width_px);
    if (std::find(set.begin(), set.end(), uint8_t(1)) == set.end()) return region;
    fill_holes(set, hu.height_px, hu.width_px);
    for (size_t i = 0; i < set.size(); ++i) region.values<uint8_t>()[i] = set[i] != 0 ? 255 : 0;
    return region;
}

}  // namespace radforge::metrics
