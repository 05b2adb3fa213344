// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/classify.h"

#include "synth/colorize/body_mask.h"
#include "synth/volume/phantom_head.h"
#include "synth/volume/phantom_tissue.h"
#include "synth/volume/phantom_torso.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

namespace radforge::colorize {
namespace {

using volume::Tissue;

/// Tissues that the classifier does not tell apart.
Tissue group_of(Tissue t) {
    switch (t) {
        case Tissue::Air:
        case Tissue::Foam:
        case Tissue::TableShell:
            return Tissue::Air;
        case Tissue::CorticalBone:
        case Tissue::SpongyBone:
        case Tissue::Calcification:
        case Tissue::Dentine:
        case Tissue::Enamel:
            return Tissue::CorticalBone;
        case Tissue::Lung:
        case Tissue::Gas:
        case Tissue::Fat:
        case Tissue::Skin:
            return t;
        default:
            return Tissue::Muscle;
    }
}

struct Agreement {
    std::map<Tissue, std::pair<int64_t, int64_t>> right_of;  ///< by true group: right, all
    double share(Tissue t) const {
        const auto it = right_of.find(t);
        return it == right_of.end() ? -1 : double(it->second.first) / double(it->second.second);
    }
};

Agreement agreement(const Volume& v, int slice) {
    const Image mask = body_mask(v.slice(slice));
    SliceFacts facts;
    facts.body_part = v.body_part;
    facts.pixel_mm = v.column_spacing_mm;
    const Image labels = classify(v.slice(slice), mask, facts);
    Agreement result;
    const size_t pixels = size_t(v.rows) * size_t(v.columns);
    for (size_t i = 0; i < pixels; ++i) {
        if (mask.values<uint8_t>()[i] == 0) {
            EXPECT_EQ(labels.values<uint8_t>()[i], 0);
            continue;
        }
        const Tissue truth = group_of(Tissue(v.labels[size_t(slice) * pixels + i])),
                     found = group_of(Tissue(labels.values<uint8_t>()[i]));
        auto& [right, all] = result.right_of[truth];
        right += truth == found, ++all;
    }
    return result;
}

Volume head(int size, double lowest_mm) {
    volume::HeadPhantomSpec spec;
    spec.rows = spec.columns = size;
    spec.slices = 1;
    spec.slice_thickness_mm = 2;
    spec.lowest_slice_mm = lowest_mm;
    spec.gantry_tilt_deg = Dist<double>(0.0);
    spec.round_field_probability = 0;
    return volume::make_head_phantom(spec, {{5}, 2});
}
Volume chest(int size) {
    volume::TorsoPhantomSpec spec;
    spec.rows = spec.columns = size;
    spec.slices = 1;
    spec.slice_thickness_mm = 2;
    spec.round_field_probability = 0;
    spec.contrast_probability = 0;
    return volume::make_torso_phantom(spec, {{5}, 3});
}

TEST(Classify, FindsTheTissueGroupsOfAHead) {
    const Agreement a = agreement(head(256, 20), 0);
    EXPECT_GT(a.share(Tissue::CorticalBone), 0.85);
    EXPECT_GT(a.share(Tissue::Muscle), 0.85) << "soft tissue, brain for the most part";
}

TEST(Classify, FindsTheTissueGroupsOfAChest) {
    const Agreement a = agreement(chest(256), 0);
    EXPECT_GT(a.share(Tissue::Lung), 0.9);
    EXPECT_GT(a.share(Tissue::CorticalBone), 0.6) << "ribs are two or three pixels thick";
    EXPECT_GT(a.share(Tissue::Muscle), 0.75);
    EXPECT_GT(a.share(Tissue::Fat), 0.75);
}

TEST(Classify, BrainIsFoundOnlyInsideASkull) {
    const auto tissues_of = [](const Volume& v) {
        const Image mask = body_mask(v.slice(0));
        SliceFacts facts;
        facts.body_part = v.body_part;
        facts.pixel_mm = v.column_spacing_mm;
        const Image labels = classify(v.slice(0), mask, facts);
        std::map<Tissue, int64_t> counts;
        for (const uint8_t t : labels.values<uint8_t>()) ++counts[Tissue(t)];
        return counts;
    };
    auto brain = tissues_of(head(256, 20)), trunk = tissues_of(chest(256));
    EXPECT_GT(brain[Tissue::GreyMatter] + brain[Tissue::WhiteMatter], 8000);
    EXPECT_LT(brain[Tissue::Muscle], brain[Tissue::GreyMatter]);
    EXPECT_EQ(trunk[Tissue::GreyMatter] + trunk[Tissue::WhiteMatter] + trunk[Tissue::Csf], 0);
}

TEST(Classify, SideDecidesTheOrganNotTheColumn) {
    // A trunk of fat with one thick organ of 60 HU: liver on the patient's right, whichever way the columns
    // run.
    constexpr int kSide = 200;
    std::vector<int16_t> hu(kSide * kSide, -1000);
    for (int r = 0; r < kSide; ++r)
        for (int c = 0; c < kSide; ++c) {
            const double x = c - 100, y = r - 100;
            if (x * x / (90 * 90) + y * y / (70 * 70) < 1) hu[size_t(r * kSide + c)] = -100;
            if ((x + 40) * (x + 40) + y * y < 32 * 32) hu[size_t(r * kSide + c)] = 60;
        }
    const ImageView<const int16_t> view{hu.data(), kSide, kSide, 1, kSide};
    const Image mask = body_mask(view);
    SliceFacts facts;
    facts.body_part = BodyPart::Abdomen;
    facts.pixel_mm = 1.6;
    const auto middle = [&] { return Tissue(classify(view, mask, facts).view<uint8_t>()(100, 60)); };
    EXPECT_EQ(middle(), Tissue::Liver);
    facts.columns_run_left = false;
    EXPECT_NE(middle(), Tissue::Liver);
}

TEST(Classify, BonesTellTheHipsFromTheRibs) {
    // A trunk of fat with a thick part of 50 HU where a spleen would be: under ribs it is one, between deep
    // bones a muscle.
    constexpr int kSide = 200;
    constexpr double kPixel_mm = 2;
    const auto part_with = [&](bool ribs) {
        std::vector<int16_t> hu(kSide * kSide, -1000);
        const auto in_disc = [](double x, double y, double radius) {
            return x * x + y * y < radius * radius;
        };
        for (int r = 0; r < kSide; ++r)
            for (int c = 0; c < kSide; ++c) {
                const double x = kPixel_mm * (c - 100), y = kPixel_mm * (r - 100),
                             rim = std::hypot(x / 190, y / 130);
                int16_t& v = hu[size_t(r * kSide + c)];
                if (rim < 1) v = -100;
                if (in_disc(x - 100, y - 35, 28)) v = 50;
                if (ribs ? rim > 0.86 && rim < 0.9 : in_disc(std::abs(x) - 105, y + 42, 25)) v = 700;
            }
        const ImageView<const int16_t> view{hu.data(), kSide, kSide, 1, kSide};
        SliceFacts facts;
        facts.body_part = BodyPart::Abdomen;
        facts.pixel_mm = kPixel_mm;
        return Tissue(classify(view, body_mask(view), facts).view<uint8_t>()(117, 150));
    };
    EXPECT_EQ(part_with(true), Tissue::Spleen);
    EXPECT_EQ(part_with(false), Tissue::Muscle);
}

TEST(Classify, SkinIsTheOutermostLayer) {
    const Volume v = chest(256);
    const Image mask = body_mask(v.slice(0));
    SliceFacts facts;
    facts.body_part = v.body_part;
    facts.pixel_mm = v.column_spacing_mm;
    const Image labels = classify(v.slice(0), mask, facts);
    int border = 0, skin = 0;
    for (int r = 1; r < 255; ++r)
        for (int c = 1; c < 255; ++c) {
            const auto m = mask.view<uint8_t>();
            if (m(r, c) == 0 || (m(r - 1, c) && m(r + 1, c) && m(r, c - 1) && m(r, c + 1))) continue;
            ++border;
            skin += labels.view<uint8_t>()(r, c) == uint8_t(Tissue::Skin);
        }
    EXPECT_GT(border, 300);
    EXPECT_GT(skin, 0.95 * border);
}

}  // namespace
}  // namespace radforge::colorize
