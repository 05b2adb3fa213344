// SPDX-License-Identifier: Apache-2.0
#include "models/photo/film_part.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace radforge::photo {
namespace {

using loader::FieldBlock;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

template <class F>
FieldBlock field(const char* name, int channels, int height, int width, const F& value) {
    FieldBlock block;
    block.name = name;
    block.shape = {channels, height, width};
    for (int k = 0; k < channels; ++k)
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) block.values.push_back(float(value(k, y, x)));
    return block;
}

/// Photo of 64 x 64 that shows (x, y) of the film in its colours, laid into the middle half of the frame.
std::vector<FieldBlock> scene(Truth truth) {
    const auto inside = [](int i) { return ((i + 0.5) / 64 - 0.25) * 2; };
    std::vector<FieldBlock> in;
    in.push_back(field("photo", 3, 64, 64, [&](int k, int y, int x) {
        return k == 0 ? inside(x) : k == 1 ? inside(y) : 0.5;
    }));
    in.push_back(
        field("bm", 2, 16, 16, [](int k, int y, int x) { return (k == 0 ? x : y) / 16.0 + 0.5 / 16 - 0.5; }));
    if (truth == Truth::Flat)
        in.push_back(field("flat", 3, 64, 32, [](int k, int y, int x) {
            return k == 0 ? (x + 0.5) / 32 : k == 1 ? (y + 0.5) / 64 : 0.5;
        }));
    else  // two slices, 20 x 20 and 20 x 6 texels
        in.push_back(field("hu", 1, 64, 32, [](int, int y, int x) {
            if (x < 4 || x >= 24) return kNan;
            return (y >= 10 && y < 30) || (y >= 40 && y < 46) ? float(10 * x + y) : kNan;
        }));
    return in;
}

std::string panel(double left, double top, double right, double bottom, int slice = 0, double window = 100) {
    std::ostringstream out;
    out << R"({"left_px":)" << left << R"(,"top_px":)" << top << R"(,"width_px":)" << right - left
        << R"(,"height_px":)" << bottom - top << R"(,"slice":)" << slice << R"(,"window_center_hu":)"
        << window / 2 << R"(,"window_width_hu":)" << window << "}";
    return out.str();
}

std::string layout(const std::vector<std::string>& panels) {
    std::string out;
    for (const std::string& p : panels) out += (out.empty() ? "" : ",") + p;
    return R"({"film":{"panels":[)" + out + "]}}";
}

/// Of scene(Truth::Hu).
const std::string kTwoSlices = layout({panel(3.7, 10, 24.2, 30), panel(3.7, 40, 24.2, 46)});

struct Out {
    explicit Out(const PartTransform& transform, Truth truth, uint64_t index)
        : Out(transform, scene(truth), kTwoSlices, index) {}
    Out(const PartTransform& transform, const std::vector<FieldBlock>& in, const std::string& meta,
        uint64_t index) {
        std::vector<std::pair<std::string, loader::Shape>> shapes;
        for (const FieldBlock& f : in) shapes.emplace_back(f.name, f.shape);
        std::vector<float*> pointers;
        for (const auto& [name, shape] : transform.outputs(shapes))
            blocks.push_back(field(name.c_str(), shape.channels, shape.height_px, shape.width_px,
                                   [](int, int, int) { return -9; }));
        for (FieldBlock& b : blocks) pointers.push_back(b.values.data());
        Rng rng({Seed{1}, index}, Stream::Augment);
        transform.apply_with_meta(in, meta, rng, pointers);
    }
    float at(size_t f, int k, int y, int x) const {
        const loader::Shape& s = blocks[f].shape;
        return blocks[f]
            .values[(size_t(k) * size_t(s.height_px) + size_t(y)) * size_t(s.width_px) + size_t(x)];
    }
    std::vector<FieldBlock> blocks;  ///< film, truth, counts, place
};

TEST(FilmPart, FlattenedPhotoAndTruthShowTheSamePlace) {
    PartConfig config;
    config.film_height_px = 64;
    config.crop_px = 16;
    const PartTransform transform(config, Truth::Flat);
    std::vector<float> places;
    for (uint64_t i = 0; i < 8; ++i) {
        const Out out(transform, Truth::Flat, i);
        for (int y = 0; y < 16; ++y)
            for (int x = 0; x < 16; ++x) {
                // Outside the outermost texel centres of the 16 x 16 map the film is held, not continued.
                const bool rim = out.at(1, 0, y, x) < 0.04 || out.at(1, 0, y, x) > 0.96 ||
                                 out.at(1, 1, y, x) < 0.04 || out.at(1, 1, y, x) > 0.96;
                ASSERT_EQ(out.at(2, 0, y, x), 1);
                for (int k = 0; k < 3 && !rim; ++k) ASSERT_NEAR(out.at(0, k, y, x), out.at(1, k, y, x), 2e-3);
            }
        places.push_back(out.blocks[3].values[0]);
        EXPECT_NEAR(out.blocks[3].values[0], out.at(1, 0, 8, 8) * 32, 1e-3);
        EXPECT_NEAR(out.blocks[3].values[1], out.at(1, 1, 8, 8) * 64, 1e-3);
    }
    EXPECT_GT(
        *std::max_element(places.begin(), places.end()) - *std::min_element(places.begin(), places.end()), 4);
}

TEST(FilmPart, PartOfASliceStaysInItAndIsMirroredWhereTheSliceEnds) {
    PartConfig config;
    config.film_height_px = 64;
    config.crop_px = 12;
    config.low_hu = 0;
    config.high_hu = 1000;
    const PartTransform transform(config, Truth::Hu);
    bool tall = false, flat = false;
    for (uint64_t i = 0; i < 24; ++i) {
        const Out out(transform, Truth::Hu, i);
        const auto y0 = int(out.blocks[3].values[1]);
        const bool small = y0 >= 40;
        (small ? flat : tall) = true;
        for (int y = 0; y < 12; ++y)
            for (int x = 0; x < 12; ++x) {
                const bool own = !small || y < 6;
                ASSERT_EQ(out.at(2, 0, y, x), own ? 1 : 0) << i;
                // What the film shows there: its x and y give the CT value.
                const double hu = 10 * (out.at(0, 0, y, x) * 32 - 0.5) + out.at(0, 1, y, x) * 64 - 0.5;
                ASSERT_NEAR(out.at(1, 0, y, x) * 1000, hu, 2);
            }
        for (int x = 0; small && x < 12; ++x) EXPECT_EQ(out.at(0, 1, 6, x), out.at(0, 1, 4, x));
    }
    EXPECT_TRUE(tall && flat);
}

TEST(FilmPart, TexelsThatThePhotoDoesNotShowDoNotCount) {
    PartConfig config;
    config.film_height_px = 64;
    config.crop_px = 32;
    std::vector<FieldBlock> in = scene(Truth::Flat);
    for (size_t i = 0; i < 2 * 16 * 16; i += 256) in[1].values[i + 8 * 16 + 8] = kNan;
    const PartTransform transform(config, Truth::Flat);
    std::vector<FieldBlock> blocks;
    std::vector<float> film(3 * 1024), truth(3 * 1024), counts(1024), place(2);
    Rng rng({Seed{1}, 1}, Stream::Augment);
    transform.apply(in, rng, {film.data(), truth.data(), counts.data(), place.data()});
    int missing = 0;
    for (size_t i = 0; i < 1024; ++i)
        if (counts[i] == 0) {
            ++missing;
            EXPECT_EQ(film[i], 0);
        }
    EXPECT_GT(missing, 0);
    EXPECT_LT(missing, 2 * 2 * 4 * 2 + 1);  // at most two map texels each way, 2 x 4 film texels each
}

TEST(FilmPart, RefusesWhatCannotBe) {
    PartConfig config;
    config.low_hu = config.high_hu;
    EXPECT_THROW(PartTransform(config, Truth::Hu), Error);
    config = {};
    config.film_height_px = 64;
    config.crop_px = 40;  // the film is 32 wide
    const PartTransform wide(config, Truth::Flat);
    EXPECT_THROW(Out(wide, Truth::Flat, 1), Error);
    EXPECT_THROW(wide.outputs({{"photo", {3, 8, 8}}, {"bm", {2, 8, 8}}}), Error);
    std::vector<FieldBlock> in = scene(Truth::Hu);
    std::fill(in[2].values.begin(), in[2].values.end(), kNan);
    std::vector<float> out(4 * 1600);
    Rng rng({Seed{1}, 1}, Stream::Augment);
    const PartTransform slices(config, Truth::Hu);
    const std::vector<float*> pointers(4, out.data());
    EXPECT_THROW(slices.apply_with_meta(in, kTwoSlices, rng, pointers), Error);
    EXPECT_THROW(slices.apply_with_meta(scene(Truth::Hu), "{}", rng, pointers), Error);
}

TEST(FilmPart, PartOfASliceThatTouchesAnotherHoldsNothingOfIt) {
    // Sides between texel centres, without a texel between the slices.
    const std::string meta = layout({panel(3.7, 10, 13.8, 30), panel(13.8, 10, 24.2, 30)});
    std::vector<FieldBlock> in = scene(Truth::Hu);
    for (int y = 0; y < 64; ++y)
        for (int x = 0; x < 32; ++x)
            in[2].values[size_t(y) * 32 + size_t(x)] = y < 10 || y >= 30 || x < 4 || x >= 24 ? kNan
                                                       : x < 14                              ? 100.0f
                                                                                             : 900.0f;
    PartConfig config;
    config.low_hu = 0;
    config.high_hu = 1000;
    config.crop_px = 8;
    for (const int height : {64, 160}) {
        config.film_height_px = height;
        const PartTransform transform(config, Truth::Hu);
        EXPECT_TRUE(transform.reads_meta());
        bool left = false, right = false;
        for (uint64_t i = 0; i < 32; ++i) {
            const Out out(transform, in, meta, i);
            const bool first = out.blocks[3].values[0] < 13.8f;
            (first ? left : right) = true;
            for (int y = 0; y < 8; ++y)
                for (int x = 0; x < 8; ++x) {
                    EXPECT_EQ(out.at(2, 0, y, x), 1);
                    EXPECT_NEAR(out.at(1, 0, y, x), first ? 0.1 : 0.9, 1e-6) << height;
                }
        }
        EXPECT_TRUE(left && right);
    }
}

TEST(KnownBox, IsTheBoxOfTheValuesWithinAPanel) {
    FieldBlock hu = scene(Truth::Hu)[2];
    const auto box = [&](double left, double top, double right, double bottom) {
        return known_box(hu.values, hu.shape, {left, top, right, bottom});
    };
    const auto expect = [](const std::optional<Panel>& found, const Panel& wanted) {
        ASSERT_TRUE(found);
        EXPECT_EQ(found->left_px, wanted.left_px);
        EXPECT_EQ(found->top_px, wanted.top_px);
        EXPECT_EQ(found->right_px, wanted.right_px);
        EXPECT_EQ(found->bottom_px, wanted.bottom_px);
    };
    expect(box(0, 0, 32, 35), {4, 10, 24, 30});
    expect(box(5.5, 11.6, 20.4, 20.6), {5, 12, 20, 21});  // texels whose centre lies in it
    expect(box(20.4, 11.6, 40, 70), {20, 12, 24, 46});
    hu.values[10 * 32 + 4] = kNan;  // an unknown corner
    expect(box(0, 0, 32, 35), {4, 10, 24, 30});
    EXPECT_FALSE(box(0, 0, 32, 10));
    EXPECT_EQ(values_in({4, 11, 6, 13}, hu.values, hu.shape), (std::vector<float>{51, 61, 52, 62}));
}

TEST(PrintedPanels, HaveTheirSidesAndPrintWindow) {
    const auto panels = printed_panels(layout({panel(1, 2, 11, 22, 7, 400)}));
    ASSERT_EQ(panels.size(), 1u);
    EXPECT_EQ(panels[0].right_px, 11);
    EXPECT_EQ(panels[0].bottom_px, 22);
    EXPECT_EQ(panels[0].slice, 7);
    EXPECT_EQ(panels[0].low_hu, 0);
    EXPECT_EQ(panels[0].high_hu, 400);
    EXPECT_FALSE(panels[0].scout);
    EXPECT_THROW(printed_panels(""), Error);
}

}  // namespace
}  // namespace radforge::photo
