// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/visible_human.h"

#include "synth/base/error.h"
#include "tests/synth/colorize/visible_human_fixture.h"

#include <set>

namespace radforge::colorize {
namespace {

namespace fs = std::filesystem;
using testing::Bytes;
using testing::kSmall;
using testing::kTruth;
using testing::VisibleHuman;

TEST_F(VisibleHuman, DefectiveFilesAreLeftOutAndCounted) {
    for (int n = 1255; n <= 1268; ++n) pair(n);
    testing::write(section_path(1256), Bytes(kSmall.bytes()));  // kerf, all zero
    testing::write(section_path(1257), {});                     // kerf, empty
    Bytes cut = section(1258);
    cut.resize(cut.size() / 2);
    testing::write(section_path(1258), cut);
    testing::write(ct_path(1260), slice(1259));  // as in the original: the same slice twice
    Bytes short_ct = slice(1261);
    short_ct.resize(short_ct.size() - 100);
    testing::write(ct_path(1261), short_ct);
    fs::remove(ct_path(1262));
    fs::remove(section_path(1263));
    fs::remove(section_path(1264)), fs::remove(ct_path(1264));
    testing::write(section_path(1264, ".raw.Z"), testing::compressed(section(1264)));
    testing::write(ct_path(1264, ".fro.Z"), testing::compressed(slice(1264)));
    testing::GenesisOptions little;
    little.little_endian = true;
    little.version = 2;
    testing::write(ct_path(1265), slice(1265, little));

    const Survey s = surveyed();
    std::set<int> numbers;
    for (const UsablePair& p : s.pairs) numbers.insert(p.files.number);
    EXPECT_EQ(numbers, (std::set<int>{1255, 1259, 1264, 1265, 1266, 1267, 1268}));
    EXPECT_EQ(s.left_out.size(), 7u);
    EXPECT_NE(why(s, section_path(1256)).find("gap of the saw"), std::string::npos);
    EXPECT_NE(why(s, section_path(1257)).find("gap of the saw"), std::string::npos);
    EXPECT_NE(why(s, section_path(1258)).find("another size"), std::string::npos);
    EXPECT_NE(why(s, ct_path(1260)).find("repeats"), std::string::npos);
    EXPECT_NE(why(s, ct_path(1261)).find("truncated"), std::string::npos);
    EXPECT_NE(why(s, section_path(1262)).find("no CT slice"), std::string::npos);
    EXPECT_NE(why(s, ct_path(1263)).find("no section"), std::string::npos);
    EXPECT_EQ(s.body, "male");
}

TEST_F(VisibleHuman, OffsetIsCalibratedOnAirInsideTheCircle) {
    for (int n = 1255; n <= 1258; ++n) pair(n);
    const Survey s = surveyed();
    // Stored = HU + 990; air is 70 % of the circle with noise of +-6, and the corners hold -2000.
    EXPECT_NEAR(s.calibration.offset_hu, -990, 5);
    EXPECT_NEAR(s.calibration.tissue_peak_hu, 50, 8) << "muscle";
}

TEST_F(VisibleHuman, BlocksOfOtherPixelSizesHaveTransformsOfTheirOwn) {
    for (int n = 1255; n <= 1257; ++n) pair(n);
    testing::GenesisOptions wide;
    wide.pixel_mm = 1.4f;
    for (int n = 1258; n <= 1260; ++n) {
        testing::write(section_path(n), section(n));
        testing::write(ct_path(n),
                       testing::genesis_bytes(testing::scene_ct({double(n - 1250)}, 112, 1.4, 990), wide));
    }
    const Survey s = surveyed();
    ASSERT_EQ(s.transforms.size(), 2u);
    EXPECT_EQ(s.transforms[0].last, 1257);
    EXPECT_EQ(s.transforms[1].first, 1258);
    for (const TransformRow& row : s.transforms) EXPECT_NEAR(row.transform.scale, kTruth.scale, 0.01);
}

TEST_F(VisibleHuman, TransformsOfTheUserAreTakenAsTheyAre) {
    for (int n = 1255; n <= 1256; ++n) pair(n);
    options_.transforms = {{1255, 1256, {1.5, 0.1, {7, 8}}}};
    const Survey s = surveyed();
    EXPECT_EQ(s.pairs[1].transform.scale, 1.5);
    options_.transforms[0].last = 1255;
    EXPECT_THROW(surveyed(), Error) << "1256 has none";
}

TEST_F(VisibleHuman, WrongFoldersAreErrorsThatSayWhy) {
    const auto message = [&] {
        try {
            list_pairs(anatomy(), ct());
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_NE(message().find("names"), std::string::npos);
    pair(1255);
    EXPECT_EQ(message(), "");
    testing::write(ct() + "/c_vm1256.fre", slice(1256));
    EXPECT_NE(message().find("fresh and frozen"), std::string::npos);
    fs::remove(ct() + "/c_vm1256.fre");
    testing::write(anatomy() + "/avf1255a.raw", section(1255));
    EXPECT_NE(message().find("female"), std::string::npos);
    EXPECT_THROW(list_pairs(folder_ + "/none", ct()), Error);
}

TEST_F(VisibleHuman, FemaleSectionsBetweenTheSlicesAreLeftOut) {
    for (const char* part : {"a", "b", "c"})
        testing::write(anatomy() + "/avf1300" + part + ".raw", section(1300));
    testing::write(ct() + "/c_vf1300.fre", slice(1300));
    const Listing listing = list_pairs(anatomy(), ct());
    EXPECT_EQ(listing.body, "female");
    ASSERT_EQ(listing.pairs.size(), 1u);
    EXPECT_EQ(listing.pairs[0].section, anatomy() + "/avf1300a.raw");
    EXPECT_EQ(listing.left_out.size(), 2u);
}

TEST(Calibration, SliceWithoutBodyOrAirIsAnError) {
    StoredHistogram histogram;
    Image flat(16, 16, 1, PixelType::I16, ColorSpace::Data);
    add_to_histogram(flat, histogram);
    EXPECT_THROW(calibrate(histogram), Error);
}

}  // namespace
}  // namespace radforge::colorize
