// SPDX-License-Identifier: Apache-2.0
#include "synth/blur/trajectory.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>

namespace radforge::blur {
namespace {

MotionRequest request(uint64_t index, double anxiety, int points = kTimes) {
    MotionRequest r;
    r.key = {{11}, index};
    Rng rng(r.key, Stream::Geometry);
    r.motion = draw_motion(anxiety, false, rng);
    r.points = points;
    return r;
}

using Complex = std::complex<double>;

/// One step of the published process in double precision: the velocity after step t.
Complex published_step(const MotionRequest& r, uint32_t t, Complex x, Complex v, bool& kicked) {
    const double pi = std::acos(-1.0), h = 60.0 / (2000 - 1), e = r.motion.anxiety;
    const auto w =
        philox(r.key.root.value, {t, uint32_t(r.stream), uint32_t(r.key.index), uint32_t(r.key.index >> 32)});
    kicked = double(w[0]) * 0x1p-32 < r.motion.impulse_rate * e;
    const Complex kick = kicked ? 2.0 * v * std::polar(1.0, pi + double(w[1]) * 0x1p-32 - 0.5) : 0;
    const double radius = std::sqrt(-2 * std::log((double(w[2] >> 8) + 0.5) * 0x1p-24));
    const double phi = (double(w[3] >> 30) + double(int32_t(w[3] << 2)) * 0x1p-32) * pi / 2;
    v += kick + e * (r.motion.shake * std::polar(radius, phi) - r.motion.centripetal * x) * h;
    return v * (h / std::abs(v));
}

// The process is chaotic: rounding grows until paths in single and double precision part. Each step alone
// must agree.
TEST(Trajectory, EachStepIsThePublishedOne) {
    std::vector<MotionRequest> requests;
    for (uint64_t i = 0; i < 27; ++i) requests.push_back(request(i, i % 2 ? 0.01 : 0.003));
    const std::vector<MotionPath> paths = follow(requests);
    int kicks = 0;
    for (size_t i = 0; i < requests.size(); ++i) {
        const auto x = [&](size_t t) {
            return Complex(double(paths[i].column_px[t]), double(paths[i].row_px[t]));
        };
        Complex v = std::polar(requests[i].motion.anxiety, requests[i].motion.heading_rad);
        int impulses = 0;
        double worst = 0;
        for (uint32_t t = 0; t + 1 < 2000; ++t) {
            bool kicked = false;
            const Complex next = published_step(requests[i], t, x(t), v, kicked);
            v = x(t + 1) - x(t);
            impulses += kicked;
            worst = std::max(worst, std::abs(next - v));
        }
        EXPECT_LT(worst, 2e-5) << i;  // positions are known to 4e-6; a push is some 1e-3
        EXPECT_EQ(paths[i].impulses, impulses);
        kicks += impulses;
    }
    EXPECT_GT(kicks, 8);
}

TEST(Trajectory, DoesNotDependOnItsCompany) {
    std::vector<MotionRequest> requests;
    for (uint64_t i = 0; i < 21; ++i)
        requests.push_back(request(i, 0.007, i % 3 == 0 ? 200 : i % 3 == 1 ? 1001 : kTimes));
    const std::vector<MotionPath> together = follow(requests);
    for (size_t i = 0; i < requests.size(); ++i) {
        const MotionPath alone = follow(Span<const MotionRequest>(&requests[i], 1))[0];
        EXPECT_EQ(alone.column_px, together[i].column_px);
        EXPECT_EQ(alone.row_px, together[i].row_px);
        EXPECT_EQ(alone.impulses, together[i].impulses);
        EXPECT_EQ(alone.row_px.size(), size_t(requests[i].points));
    }
}

TEST(Trajectory, ShorterPathIsTheBeginningOfTheLonger) {
    const MotionPath whole = follow(std::vector<MotionRequest>{request(5, 0.01)})[0];
    for (const int points : {1, 2, 7, 8, 9, 201, 1999}) {
        const MotionPath part = follow(std::vector<MotionRequest>{request(5, 0.01, points)})[0];
        EXPECT_TRUE(std::equal(part.column_px.begin(), part.column_px.end(), whole.column_px.begin()));
        EXPECT_EQ(part.column_px.size(), size_t(points));
        EXPECT_LE(part.impulses, whole.impulses);
    }
}

TEST(Trajectory, RectilinearMotionIsAStraightLineOfThePublishedLength) {
    MotionRequest r = request(1, 0.005);
    Rng rng(r.key, Stream::Geometry);
    r.motion = draw_motion(0.005, true, rng);
    EXPECT_EQ(r.motion.shake, 0);
    EXPECT_EQ(r.motion.impulse_rate, 0);
    r.motion.heading_rad = std::acos(-1.0) / 6;
    const MotionPath path = follow(std::vector<MotionRequest>{r})[0];
    // models.md 3.1: box 51.96 x 30.00.
    EXPECT_NEAR(path.column_px.back(), 60 * std::cos(r.motion.heading_rad), 1e-3);
    EXPECT_NEAR(path.row_px.back(), 30, 1e-3);
    for (size_t t = 0; t < path.row_px.size(); ++t)
        EXPECT_NEAR(path.row_px[t], path.column_px[t] * std::tan(r.motion.heading_rad), 1e-3);
}

TEST(Trajectory, EveryStepHasTheSameLength) {
    const MotionPath path = follow(std::vector<MotionRequest>{request(2, 0.01)})[0];
    for (size_t t = 1; t < path.row_px.size(); ++t)
        EXPECT_NEAR(
            std::hypot(path.column_px[t] - path.column_px[t - 1], path.row_px[t] - path.row_px[t - 1]),
            60.0 / 1999, 2e-5);
}

TEST(Trajectory, ZeroAnxietyIsStraight) {
    const MotionPath path = follow(std::vector<MotionRequest>{request(2, 0)})[0];
    EXPECT_NEAR(std::hypot(path.column_px.back(), path.row_px.back()), 60, 1e-3);
    EXPECT_EQ(path.impulses, 0);
}

TEST(Motion, NumbersStayInThePublishedRanges) {
    double most[4] = {};
    for (uint64_t i = 0; i < 2000; ++i) {
        Rng rng({{3}, i}, Stream::Geometry);
        const MotionRecipe m = draw_motion(0.01, false, rng);
        const double parts[4] = {m.centripetal / 0.7, m.impulse_rate / 0.2, m.shake / 10,
                                 m.heading_rad / (2 * std::acos(-1.0))};
        for (int k = 0; k < 4; ++k) {
            EXPECT_GE(parts[k], 0);
            EXPECT_LT(parts[k], 1);
            most[k] = std::max(most[k], parts[k]);
        }
    }
    for (const double m : most) EXPECT_GT(m, 0.99);
}

}  // namespace
}  // namespace radforge::blur
