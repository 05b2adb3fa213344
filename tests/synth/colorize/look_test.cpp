// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/look.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::colorize {
namespace {

using volume::Tissue;

struct Row {
    Tissue tissue;
    float hu, deviation;
    Vec3f rgb;
};

TEST(TissueLook, IsTable54) {
    const Row rows[] = {
        {Tissue::Skin, 20, 20, {205, 160, 130}},      {Tissue::Fat, -100, 15, {225, 190, 125}},
        {Tissue::Muscle, 55, 12, {125, 55, 50}},      {Tissue::CorticalBone, 1100, 200, {225, 212, 185}},
        {Tissue::SpongyBone, 280, 90, {165, 95, 70}}, {Tissue::Lung, -780, 60, {120, 70, 70}},
        {Tissue::Liver, 60, 8, {105, 50, 40}},        {Tissue::Spleen, 50, 8, {95, 35, 45}},
        {Tissue::KidneyCortex, 35, 8, {125, 65, 60}}, {Tissue::Blood, 45, 8, {70, 20, 25}},
        {Tissue::GreyMatter, 37, 4, {175, 150, 140}}, {Tissue::WhiteMatter, 28, 4, {215, 200, 185}},
        {Tissue::Gas, -900, 0, {80, 60, 45}},         {Tissue::BowelContent, 20, 40, {130, 105, 60}},
        {Tissue::Air, -1000, 0, {60, 90, 150}}};
    for (const Row& row : rows) {
        const TissueLook& look = tissue_look(row.tissue);
        const char* name = volume::tissue_facts(row.tissue).name;
        EXPECT_EQ(look.hu_mean, row.hu) << name;
        EXPECT_EQ(look.hu_deviation, row.deviation) << name;
        EXPECT_EQ(look.rgb, row.rgb) << name;
    }
}

struct Statistics {
    Vec3d mean;
    double deviation = 0;  ///< of the brightness
};
Statistics over_a_slice(Tissue tissue, float z_mm) {
    Statistics s;
    double squares = 0, sum = 0;
    constexpr int kSide = 160;
    for (int r = 0; r < kSide; ++r)
        for (int c = 0; c < kSide; ++c) {
            const Vec3d rgb = to_double(section_colour(tissue, {float(c) * 0.3f, float(r) * 0.3f, z_mm}, 42));
            s.mean += rgb;
            const double brightness = rgb.x + rgb.y + rgb.z;
            sum += brightness, squares += brightness * brightness;
        }
    const double n = kSide * kSide;
    s.mean = s.mean / n;
    s.deviation = std::sqrt(squares / n - sum / n * (sum / n));
    return s;
}

TEST(SectionColour, StaysNearTheBaseColourOfItsTissue) {
    for (size_t i = 1; i < volume::kTissueCount; ++i) {
        const Vec3d mean = over_a_slice(Tissue(i), 11).mean, base = to_double(tissue_look(Tissue(i)).rgb);
        for (int k = 0; k < 3; ++k)
            EXPECT_NEAR(mean[k], base[k], 32) << volume::tissue_facts(Tissue(i)).name << ", channel " << k;
    }
}

TEST(SectionColour, FlatTissuesAreFlatAndTheOthersAreNot) {
    for (const Tissue t : {Tissue::GreyMatter, Tissue::WhiteMatter, Tissue::Blood})
        EXPECT_LT(over_a_slice(t, 2).deviation, 0.05) << volume::tissue_facts(t).name;
    for (const Tissue t :
         {Tissue::Fat, Tissue::Muscle, Tissue::SpongyBone, Tissue::Lung, Tissue::BowelContent})
        EXPECT_GT(over_a_slice(t, 2).deviation, 12) << volume::tissue_facts(t).name;
    EXPECT_LT(over_a_slice(Tissue::CorticalBone, 2).deviation, over_a_slice(Tissue::SpongyBone, 2).deviation)
        << "faint rings";
}

/// Correlation of the brightness in two slices so far apart.
double correlation(Tissue tissue, float apart_mm) {
    double a1 = 0, b1 = 0, a2 = 0, b2 = 0, ab = 0;
    constexpr int kSide = 120;
    for (int r = 0; r < kSide; ++r)
        for (int c = 0; c < kSide; ++c) {
            const Vec3f p{float(c) * 0.4f, float(r) * 0.4f, 5};
            const Vec3f u = section_colour(tissue, p, 42),
                        v = section_colour(tissue, p + Vec3f{0, 0, apart_mm}, 42);
            const double a = double(u.x + u.y + u.z), b = double(v.x + v.y + v.z);
            a1 += a, b1 += b, a2 += a * a, b2 += b * b, ab += a * b;
        }
    const double n = kSide * kSide;
    return (ab / n - a1 / n * (b1 / n)) /
           std::sqrt((a2 / n - a1 / n * (a1 / n)) * (b2 / n - b1 / n * (b1 / n)));
}

TEST(SectionColour, NeighbouringSlicesAgreeAndDistantOnesDoNot) {
    for (const Tissue t : {Tissue::Fat, Tissue::Muscle, Tissue::SpongyBone, Tissue::Lung, Tissue::Liver}) {
        EXPECT_GT(correlation(t, 0.1f), 0.75) << volume::tissue_facts(t).name;
        EXPECT_LT(std::abs(correlation(t, 90)), 0.2) << volume::tissue_facts(t).name;
    }
    EXPECT_GT(correlation(Tissue::Fat, 1), 0.3) << "lobules of 3-8 mm reach through a slice of 1 mm";
    EXPECT_GT(correlation(Tissue::Muscle, 1), 0.5) << "fibres run through the slices";
}

TEST(SectionColour, FatHasLobulesOf3To8MillimetresBetweenDarkSepta) {
    // Mean length of runs along lines between two dark septa.
    double length_mm = 0;
    int runs = 0, dark = 0, all = 0;
    for (int line = 0; line < 60; ++line) {
        float run = 0;
        for (int i = 0; i < 1500; ++i, ++all) {
            const Vec3f rgb = section_colour(Tissue::Fat, {float(i) * 0.1f, float(line) * 7.3f, 1}, 42);
            const bool septum = rgb.z < 105;  // towards red-brown: blue falls from 125
            dark += septum;
            if (!septum)
                run += 0.1f;
            else if (run > 0.8f)
                length_mm += double(run), ++runs, run = 0;
        }
    }
    EXPECT_GT(runs, 300);
    EXPECT_GT(length_mm / runs, 3);
    EXPECT_LT(length_mm / runs, 12) << "some septa are too faint to count";
    EXPECT_LT(double(dark) / all, 0.25);
}

}  // namespace
}  // namespace radforge::colorize
