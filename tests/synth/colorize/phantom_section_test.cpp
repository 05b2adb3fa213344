// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/phantom_section.h"

#include "synth/volume/phantom_head.h"
#include "synth/volume/phantom_tissue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace radforge::colorize {
namespace {

using volume::Tissue;

PhantomConfig phantoms(double head_part, int size_px = 96) {
    PhantomConfig config;
    config.head_part = head_part;
    config.size_px = size_px;
    config.slices = 180;
    return config;
}

double share_that_differs(const LabelSlice& a, const LabelSlice& b) {
    int64_t body = 0, other = 0;
    for (size_t i = 0; i < a.labels.value_count(); ++i) {
        const uint8_t u = a.labels.values<uint8_t>()[i], v = b.labels.values<uint8_t>()[i];
        body += u != 0 || v != 0, other += u != v;
    }
    return double(other) / double(body);
}

TEST(PhantomSection, NeighboursAgreeAndDistantSlicesDoNot) {
    for (const double head_part : {1.0, 0.0}) {
        const PhantomConfig config = phantoms(head_part);
        const LabelSlice a = phantom_section(config, {1}, 3, 100), b = phantom_section(config, {1}, 3, 101),
                         far = phantom_section(config, {1}, 3, 40);
        EXPECT_NEAR(b.height_mm - a.height_mm, head_part == 1 ? 1.0 : 510 / 180.0, 1e-9);
        EXPECT_LT(share_that_differs(a, b), 0.16);
        EXPECT_GT(share_that_differs(a, far), 0.3);
    }
}

TEST(PhantomSection, IsASliceOfTheWholeHead) {
    // The same anatomy as a volume of many slices scanned at once.
    const PhantomConfig config = phantoms(1);
    const LabelSlice one = phantom_section(config, {1}, 7, 120);
    volume::HeadPhantomSpec spec;
    spec.rows = spec.columns = 96;
    spec.slices = 5;
    spec.slice_spacing_mm = 3;
    spec.slice_thickness_mm = 0.1;
    spec.lowest_slice_mm = one.height_mm - 2 * 3;
    spec.field_of_view_mm = 265;
    spec.gantry_tilt_deg = Dist<double>(0.0);
    spec.round_field_probability = 0;
    const Volume whole = volume::make_head_phantom(spec, {{1}, (uint64_t(1) << 48) + 7});
    int same = 0, all = 0;
    for (size_t i = 0; i < 96 * 96; ++i) {
        const uint8_t there = whole.labels[2 * 96 * 96 + i], here = one.labels.values<uint8_t>()[i];
        if (there == uint8_t(Tissue::Foam) || there == uint8_t(Tissue::TableShell)) continue;
        same += there == here, ++all;
    }
    EXPECT_GT(same, 0.96 * all) << "pixels on a border may fall to either side, by the number of the slice";
}

TEST(PhantomSection, BodyPartIsThatOfTheHeight) {
    const auto share = [](const LabelSlice& s, Tissue tissue) {
        const Span<const uint8_t> labels = s.labels.values<uint8_t>();
        return double(std::count(labels.begin(), labels.end(), uint8_t(tissue))) / double(labels.size());
    };
    std::set<BodyPart> parts;
    for (int slice = 0; slice < 180; slice += 12) {
        const LabelSlice s = phantom_section(phantoms(0), {1}, 4, slice);
        parts.insert(s.body_part);
        if (share(s, Tissue::Lung) > 0.1) {
            EXPECT_EQ(s.body_part, BodyPart::Chest) << s.height_mm;
        }
        if (share(s, Tissue::KidneyCortex) > 0.003) {
            EXPECT_EQ(s.body_part, BodyPart::Abdomen) << s.height_mm;
        }
        if (share(s, Tissue::Urine) > 0.003) {
            EXPECT_EQ(s.body_part, BodyPart::Pelvis) << s.height_mm;
        }
        EXPECT_EQ(phantom_section(phantoms(1), {1}, 4, slice).body_part, BodyPart::Head);
    }
    EXPECT_EQ(parts.size(), 3u);
}

TEST(PhantomSection, HoldsTheTissuesOfTheTable) {
    std::set<uint8_t> seen;
    for (const int slice : {10, 40, 70, 85, 95, 105, 120, 150})
        for (const double head_part : {1.0, 0.0}) {
            const LabelSlice section = phantom_section(phantoms(head_part, 128), {1}, 5, slice);
            for (const uint8_t t : section.labels.values<uint8_t>()) seen.insert(t);
        }
    for (const Tissue t :
         {Tissue::Air, Tissue::Skin, Tissue::Fat, Tissue::Muscle, Tissue::CorticalBone, Tissue::SpongyBone,
          Tissue::Lung, Tissue::Liver, Tissue::Spleen, Tissue::KidneyCortex, Tissue::Blood,
          Tissue::GreyMatter, Tissue::WhiteMatter, Tissue::Gas, Tissue::BowelContent})
        EXPECT_TRUE(seen.count(uint8_t(t))) << volume::tissue_facts(t).name;
    EXPECT_FALSE(seen.count(uint8_t(Tissue::Foam))) << "frozen without the couch";
    EXPECT_FALSE(seen.count(uint8_t(Tissue::TableShell)));
}

TEST(PhantomSection, NumbersAndSeedsMakeOtherPatients) {
    const PhantomConfig config = phantoms(1);
    const LabelSlice a = phantom_section(config, {1}, 3, 100);
    EXPECT_EQ(a.labels.bytes, phantom_section(config, {1}, 3, 100).labels.bytes);
    EXPECT_GT(share_that_differs(a, phantom_section(config, {1}, 4, 100)), 0.05);
    EXPECT_GT(share_that_differs(a, phantom_section(config, {2}, 3, 100)), 0.05);
}

}  // namespace
}  // namespace radforge::colorize
