// SPDX-License-Identifier: Apache-2.0
#include "synth/blur/kernel.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::blur {
namespace {

std::vector<MotionPath> paths(double anxiety, uint64_t count, uint64_t first = 0, bool rectilinear = false) {
    std::vector<MotionRequest> requests;
    for (uint64_t i = first; i < first + count; ++i) {
        MotionRequest r;
        r.key = {{17}, i};
        Rng rng(r.key, Stream::Geometry);
        r.motion = draw_motion(anxiety, rectilinear, rng);
        requests.push_back(r);
    }
    return follow(requests);
}

struct Moments {
    double sum = 0, column = 0, row = 0;
    int width = 0, height = 0;
};

Moments moments(const optics::Psf& psf) {
    Moments m;
    int left = psf.side_px, right = -1, top = psf.side_px, bottom = -1;
    for (int r = 0; r < psf.side_px; ++r)
        for (int c = 0; c < psf.side_px; ++c) {
            const double w = double(psf.at(0, r, c));
            m.sum += w, m.column += w * c, m.row += w * r;
            if (w > 0)
                left = std::min(left, c), right = std::max(right, c), top = std::min(top, r),
                bottom = std::max(bottom, r);
        }
    m.column /= m.sum;
    m.row /= m.sum;
    m.width = right - left + 1;
    m.height = bottom - top + 1;
    return m;
}

/// Mean and standard error of numbers.
struct Series {
    double sum = 0, squares = 0;
    int n = 0;
    void add(double x) { sum += x, squares += x * x, ++n; }
    double mean() const { return sum / n; }
    double deviation() const { return std::sqrt(std::max(0.0, squares / n - mean() * mean())); }
    double error() const { return deviation() / std::sqrt(double(n)); }
};

/// Table of models.md 3.1: 3,000 kernels per row by an independent program.
struct Row {
    double anxiety, impulses;
    double box_mean[3], box_sd[3], distance_mean[3], distance_sd[3], shift_mean, shift_sd;
};
constexpr Row kTable[] = {
    {0.01, 2.12, {5.1, 11.0, 13.9}, {1.4, 3.6, 4.9}, {3.89, 3.42, 2.66}, {2.6, 2.0, 0.89}, 1.75, 0.94},
    {0.008, 1.59, {5.2, 11.6, 15.0}, {1.5, 3.9, 5.4}, {4.09, 3.74, 2.72}, {2.9, 2.4, 0.99}, 1.75, 1.05},
    {0.005, 0.92, {5.2, 13.1, 17.7}, {1.6, 4.6, 6.5}, {4.63, 4.68, 2.80}, {3.8, 2.8, 1.12}, 1.75, 1.23},
    {0.003, 0.63, {5.3, 14.2, 20.9}, {1.7, 5.5, 8.1}, {5.70, 6.14, 2.98}, {5.3, 3.2, 1.29}, 1.74, 1.50},
};

TEST(Kernel, MomentsAreThoseOfThePublishedProcess) {
    constexpr int kCount = 3000;
    for (const Row& row : kTable) {
        Series impulses, box[3], distance[3], shift;
        for (const MotionPath& path : paths(row.anxiety, kCount)) {
            impulses.add(path.impulses);
            const double exposures[] = {0.1, 0.5, 1};
            for (int f = 0; f < 3; ++f) {
                const Moments m = moments(make_kernel(path, exposures[f], Centring::Box));
                box[f].add(0.5 * (m.width + m.height));
                distance[f].add(std::hypot(m.column - 31, m.row - 31));
                if (f == 2) shift.add(0.5 * (m.column + m.row) - 31);
            }
        }
        // Three combined standard errors of both programs, and half a unit of the table's last digit.
        const auto close = [&](const Series& s, double mean, double sd, double count, double digit) {
            EXPECT_NEAR(s.mean(), mean, 3 * std::sqrt(s.error() * s.error() + sd * sd / count) + digit)
                << "anxiety " << row.anxiety;
        };
        close(impulses, row.impulses, impulses.deviation(), 1500, 0.005);
        for (int f = 0; f < 3; ++f) {
            close(box[f], row.box_mean[f], row.box_sd[f], kCount, 0.05);
            close(distance[f], row.distance_mean[f], row.distance_sd[f], kCount, 0.005);
        }
        close(shift, row.shift_mean, row.shift_sd, kCount, 0.005);
    }
}

TEST(Kernel, SumIsTheExposure) {
    for (const MotionPath& path : paths(0.005, 20))
        for (const double f : {0.01, 0.1, 0.5}) {
            EXPECT_NEAR(make_kernel(path, f, Centring::Centroid).sum(), f, 1e-6);
            EXPECT_NEAR(make_kernel(path, f, Centring::Box).sum(), f, 1e-6);
        }
    EXPECT_NEAR(make_kernel(paths(0.005, 1)[0], 1, Centring::Box).sum(), 0.9995, 1e-6);
}

TEST(Kernel, ExposuresOfOnePathAreNested) {
    for (const MotionPath& path : paths(0.008, 50)) {
        const optics::Psf less = make_kernel(path, 0.1, Centring::Box),
                          more = make_kernel(path, 0.5, Centring::Box),
                          most = make_kernel(path, 1, Centring::Box);
        for (size_t i = 0; i < less.weights.size(); ++i) {
            EXPECT_LE(less.weights[i], more.weights[i] + 1e-7f);
            EXPECT_LE(more.weights[i], most.weights[i] + 1e-7f);
        }
    }
}

TEST(Kernel, CentroidLiesOnTheCentre) {
    for (const MotionPath& path : paths(0.003, 50))
        for (const double f : {0.1, 0.5, 1.0}) {
            const optics::Psf psf = make_kernel(path, f, Centring::Centroid);
            const Moments m = moments(psf);
            EXPECT_NEAR(m.column, centre_of(psf, Centring::Centroid).px, 1e-4);
            EXPECT_NEAR(m.row, 32, 1e-4);
            EXPECT_EQ(psf.side_px, 65);
        }
}

TEST(Kernel, StraightLineFillsItsAnalyticBox) {
    for (const MotionPath& path : paths(0.005, 60, 0, true)) {
        const Moments m = moments(make_kernel(path, 1, Centring::Centroid));
        const double width = std::abs(path.column_px.back() - path.column_px[1]),
                     height = std::abs(path.row_px.back() - path.row_px[1]);
        // A splat reaches the next pixel on either side.
        EXPECT_GE(m.width, int(width));
        EXPECT_LE(m.width, int(width) + 3);
        EXPECT_GE(m.height, int(height));
        EXPECT_LE(m.height, int(height) + 3);
    }
}

TEST(Kernel, BeginningOfAPathSufficesForTheCentroid) {
    const MotionPath whole = paths(0.01, 1)[0];
    MotionPath part = whole;
    part.column_px.resize(size_t(points_needed(0.1, Centring::Centroid)));
    part.row_px.resize(part.column_px.size());
    EXPECT_EQ(part.column_px.size(), 201u);
    EXPECT_EQ(make_kernel(whole, 0.1, Centring::Centroid).weights,
              make_kernel(part, 0.1, Centring::Centroid).weights);
}

std::vector<double> even_stack(int slices, double spacing) {
    std::vector<double> places;
    for (int s = 0; s < slices; ++s) places.push_back(s * spacing);
    return places;
}

/// How far kernels of straight motions reach along a stack, in its own unit: deviation about the mean, by
/// the places of the slices that they read.
double reach_along(const std::vector<double>& places, int slice, const MotionPath& in_plane,
                   const MotionPath& through, double& mean) {
    const optics::Psf psf = make_kernel(in_plane, through, places, slice, 1);
    const int n = int(places.size());
    double sum = 0, first = 0, second = 0;
    for (int d = 0; d < psf.depth; ++d) {
        const int read = slice - d + psf.depth / 2;
        const double place = read < 0    ? 2 * places.front() - places[size_t(-read)]
                             : read >= n ? 2 * places.back() - places[size_t(2 * (n - 1) - read)]
                                         : places[size_t(read)];
        for (int i = 0; i < psf.side_px * psf.side_px; ++i) {
            const double w = double(psf.weights[size_t(d * psf.side_px * psf.side_px + i)]);
            sum += w, first += w * place, second += w * place * place;
        }
    }
    mean = first / sum;
    return std::sqrt(second / sum - mean * mean);
}

TEST(Kernel, ThroughPlaneMotionIsInMillimetresWhateverTheSpacing) {
    std::vector<double> uneven;  // 40 slices 1 apart, then 40 slices 5 apart
    for (int s = 0; s < 80; ++s) uneven.push_back(s < 40 ? s : 40 + 5 * (s - 40));
    const std::vector<MotionPath> both = paths(0.005, 12, 40, true);
    for (size_t i = 0; i + 1 < both.size(); i += 2) {
        double middle = 0;
        const double fine = reach_along(even_stack(200, 0.25), 100, both[i], both[i + 1], middle);
        for (const int slice : {0, 3, 20, 38, 40, 43, 60, 79}) {
            const double reach = reach_along(uneven, slice, both[i], both[i + 1], middle);
            EXPECT_NEAR(middle, uneven[size_t(slice)], 1e-3) << slice;
            // Two slices share what lies between them, which widens a kernel by at most half a gap.
            const double gap = slice < 30 ? 1 : 5;
            EXPECT_GT(reach, fine - 0.1) << slice;
            EXPECT_LT(reach, std::hypot(fine, gap / 2) + 0.1) << slice;
        }
    }
}

TEST(Kernel, ThroughPlaneKernelIsCentredAndAddsUpToThePlaneKernel) {
    const std::vector<MotionPath> both = paths(0.005, 2, 40);
    const optics::Psf volume = make_kernel(both[0], both[1], even_stack(40, 4), 20, 1),
                      plane = make_kernel(both[0], 1, Centring::Centroid);
    ASSERT_GE(volume.depth, 3);
    EXPECT_EQ(volume.depth % 2, 1);
    double mean = 0;
    for (int r = 0; r < 65; ++r)
        for (int c = 0; c < 65; ++c) {
            double sum = 0;
            for (int k = 0; k < volume.depth; ++k) {
                sum += double(volume.at(k, r, c));
                mean += k * double(volume.at(k, r, c)) / 0.9995;
            }
            EXPECT_NEAR(sum, double(plane.at(0, r, c)), 1e-6);
        }
    EXPECT_NEAR(mean, centre_of(volume, Centring::Centroid).slice, 1e-4);
}

}  // namespace
}  // namespace radforge::blur
