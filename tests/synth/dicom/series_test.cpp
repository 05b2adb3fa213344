// SPDX-License-Identifier: Apache-2.0
#include "synth/dicom/series.h"

#include "synth/base/error.h"
#include "tests/synth/base/no_files.h"
#include "tests/synth/dicom/dicom_files.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <new>

namespace {
bool no_memory = false;
}

// Instead of that of the C++ library: the one that DCMTK asks.
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
    constexpr std::size_t kLarge = 8000;  // of pixels, not of buffers
    if (no_memory && bytes > kLarge) return nullptr;
    try {
        return ::operator new[](bytes);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

namespace radforge::dicom {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const std::string kShared = std::string(RADFORGE_SHARED_DIR) + "/data/ct";

class DicomSeries : public testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("radforge_dicom_" + std::to_string(getpid()));
        fs::remove_all(folder_);
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::string path(const std::string& name) const { return (folder_ / name).string(); }
    /// Slice number i lies at 2 mm * i and holds pattern i.
    TestSlice slice(int i) const {
        TestSlice s;
        s.z_mm = 2.0 * i;
        s.instance = "1.2.3." + std::to_string(i);
        s.stored = test_pattern(s.rows, s.columns, i);
        return s;
    }
    std::vector<SeriesInfo> scan_all() {
        const std::vector<std::string> paths{folder_.string()};
        return scan(paths, scanned_);
    }
    Series read_only_series() {
        const std::vector<SeriesInfo> found = scan_all();
        if (found.size() != 1) throw std::runtime_error("not one series but " + std::to_string(found.size()));
        return read(found[0].files, report_);
    }

    fs::path folder_;
    ScanReport scanned_;
    ReadReport report_;
};

std::vector<int16_t> minus24(std::vector<int16_t> stored) {
    for (int16_t& v : stored) v = int16_t(v - 24);
    return stored;
}
std::vector<int16_t> slice_of(const Series& s, int i) {
    const auto n = ptrdiff_t(s.rows) * s.columns;
    return {s.hu.begin() + i * n, s.hu.begin() + (i + 1) * n};
}

class DicomSyntax : public DicomSeries, public testing::WithParamInterface<Syntax> {};

TEST_P(DicomSyntax, ReturnsEveryStoredValueThroughTheRescale) {
    for (int i = 0; i < 3; ++i) {
        TestSlice s = slice(i);
        s.syntax = GetParam();
        write_dicom(path(std::to_string(i)), s);
    }
    const Series series = read_only_series();
    ASSERT_EQ(series.origin_mm.size(), 3u);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(slice_of(series, i), minus24(test_pattern(12, 16, i)));
    EXPECT_TRUE(report_.left_out.empty());
    EXPECT_EQ(series.row_spacing_mm, 0.75);
    EXPECT_EQ(series.column_spacing_mm, 0.5);
    EXPECT_EQ(series.kvp, 120);
    EXPECT_EQ(series.body_part, "CHEST");
}
INSTANTIATE_TEST_SUITE_P(All, DicomSyntax,
                         testing::Values(Syntax::Implicit, Syntax::Explicit, Syntax::BigEndian, Syntax::Rle,
                                         Syntax::JpegLossless, Syntax::JpegLs, Syntax::Jpeg2000));

class DicomOctets : public DicomSeries, public testing::WithParamInterface<Syntax> {};

// An odd number of octets: the even length that DICOM asks for adds one that is no pixel.
TEST_P(DicomOctets, EightBitPixelsReadAsStored) {
    std::vector<int16_t> ramp(size_t(11) * 15);
    for (size_t i = 0; i < ramp.size(); ++i) ramp[i] = int16_t(10 + 12 * (i % 15) + 5 * (i / 15));
    for (int i = 0; i < 3; ++i) {
        TestSlice s = slice(i);
        s.rows = 11;
        s.columns = 15;
        s.bits = 8;
        s.is_signed = false;
        s.stored = ramp;
        s.syntax = GetParam();
        write_dicom(path(std::to_string(i)), s);
    }
    const Series series = read_only_series();
    ASSERT_EQ(series.origin_mm.size(), 3u);
    const int lossy = GetParam() == Syntax::JpegBaseline ? 4 : 0;  // quality 95, a smooth picture
    for (int i = 0; i < 3; ++i) {
        const std::vector<int16_t> hu = slice_of(series, i), wanted = minus24(ramp);
        for (size_t p = 0; p < hu.size(); ++p) EXPECT_NEAR(hu[p], wanted[p], lossy) << "pixel " << p;
    }
}
INSTANTIATE_TEST_SUITE_P(All, DicomOctets,
                         testing::Values(Syntax::Implicit, Syntax::Explicit, Syntax::BigEndian, Syntax::Rle,
                                         Syntax::JpegBaseline, Syntax::JpegLossless, Syntax::JpegLs));

TEST_F(DicomSeries, IdAndOrderDoNotDependOnFileNamesOrFolders) {
    for (int i = 0; i < 4; ++i) write_dicom(path("a" + std::to_string(i)), slice(i));
    const std::string id = scan_all().at(0).id;
    fs::create_directories(folder_ / "x/y");
    fs::rename(path("a0"), path("x/y/zz"));
    fs::rename(path("a2"), path("x/b"));
    const Series series = read_only_series();
    for (int i = 0; i < 4; ++i) EXPECT_EQ(slice_of(series, i), minus24(test_pattern(12, 16, i)));
    EXPECT_EQ(scan_all().at(0).id, id);
}

TEST_F(DicomSeries, MixedSeriesSizesAndOtherFilesAreToldApart) {
    for (int i = 0; i < 3; ++i) {
        write_dicom(path("a" + std::to_string(i)), slice(i));
        TestSlice other = slice(10 + i);
        other.series = "1.2.4";
        write_dicom(path("b" + std::to_string(i)), other);
    }
    TestSlice small = slice(20);  // of the first series, but of another size
    small.rows = small.columns = 8;
    small.stored.clear();
    write_dicom(path("c"), small);
    TestSlice localiser = slice(21);
    localiser.change = [](DcmDataset& d) {
        d.putAndInsertString(DCM_ImageType, "ORIGINAL\\PRIMARY\\LOCALIZER");
    };
    write_dicom(path("d"), localiser);
    std::ofstream(path("notes.txt")) << "not an image at all, just a few words in a folder";
    std::vector<SeriesInfo> found = scan_all();
    std::vector<size_t> sizes;
    for (const SeriesInfo& s : found) sizes.push_back(s.files.size());
    EXPECT_THAT(sizes, testing::UnorderedElementsAre(3, 3, 1));
    EXPECT_EQ(scanned_.not_dicom, 1);
    EXPECT_EQ(scanned_.not_ct, 1);
}

TEST_F(DicomSeries, TruncatedSliceIsLeftOutNamedAndSeenAsGap) {
    for (int i = 0; i < 7; ++i) write_dicom(path("s" + std::to_string(i)), slice(i));
    fs::resize_file(path("s3"), fs::file_size(path("s3")) - 100);
    const Series series = read_only_series();
    EXPECT_EQ(series.origin_mm.size(), 6u);
    ASSERT_EQ(report_.left_out.size(), 1u);
    EXPECT_EQ(report_.left_out[0].file, path("s3"));
    ASSERT_EQ(report_.gaps.size(), 1u);
    EXPECT_EQ(report_.gaps[0].after_slice, 2);
    EXPECT_NEAR(report_.gaps[0].spacing_mm, 4, 1e-9);
}

TEST_F(DicomSeries, ASliceThatCannotBeReadAtTheMomentIsNotLeftOut) {
    std::vector<std::string> files;
    for (int i = 0; i < 7; ++i) {
        files.push_back(path("s" + std::to_string(i)));
        write_dicom(files.back(), slice(i));
    }
    EXPECT_TRUE(test::is_put_off([&] { scan(files, scanned_); }));
    EXPECT_TRUE(test::is_put_off([&] { read(files, report_); }));
    EXPECT_EQ(read(files, report_).origin_mm.size(), 7u);
}

TEST_F(DicomSeries, ASliceForWhichThereIsNoMemoryIsNotLeftOut) {
    std::vector<std::string> files;
    for (int i = 0; i < 3; ++i) {
        TestSlice s = slice(i);
        s.rows = s.columns = 64;  // large enough to be read behind the header
        s.stored = test_pattern(s.rows, s.columns, i);
        files.push_back(path("s" + std::to_string(i)));
        write_dicom(files.back(), s);
    }
    no_memory = true;
    EXPECT_THROW(read(files, report_), std::bad_alloc);
    no_memory = false;
    EXPECT_EQ(read(files, report_).origin_mm.size(), 3u);
}

TEST_F(DicomSeries, ASliceAloneBetweenTwoGapsHidesNeither) {
    for (int i = 0; i < 21; ++i)
        if (i < 6 || i == 10 || i > 14) write_dicom(path("s" + std::to_string(i)), slice(i));
    read_only_series();
    ASSERT_EQ(report_.gaps.size(), 2u);
    for (const int g : {0, 1}) {
        EXPECT_EQ(report_.gaps[size_t(g)].after_slice, 5 + g);
        EXPECT_NEAR(report_.gaps[size_t(g)].spacing_mm, 10, 1e-9);
    }
}

TEST_F(DicomSeries, AZoneOfThickerSlicesIsNoGap) {
    for (int i = 0; i < 24; ++i)
        if (i < 8 || i % 3 == 0) write_dicom(path("s" + std::to_string(i)), slice(i));
    read_only_series();
    EXPECT_TRUE(report_.gaps.empty());
}

TEST_F(DicomSeries, TruncatedJpeg2000SliceIsLeftOut) {
    for (int i = 0; i < 5; ++i) {
        TestSlice s = slice(i);
        s.syntax = Syntax::Jpeg2000;
        write_dicom(path("s" + std::to_string(i)), s);
    }
    fs::resize_file(path("s1"), fs::file_size(path("s1")) - 60);
    EXPECT_EQ(read_only_series().origin_mm.size(), 4u);
    ASSERT_EQ(report_.left_out.size(), 1u);
}

TEST_F(DicomSeries, TooFewGoodSlicesAreAnErrorWithTheFirstReason) {
    for (int i = 0; i < 4; ++i) {
        write_dicom(path("s" + std::to_string(i)), slice(i));
        if (i > 0)
            fs::resize_file(path("s" + std::to_string(i)),
                            fs::file_size(path("s" + std::to_string(i))) - 100);
    }
    try {
        read_only_series();
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("got 1 of 4"));
        EXPECT_THAT(error.what(), HasSubstr(path("s1")));
    }
}

TEST_F(DicomSeries, DuplicatesAreCountedOnce) {
    for (int i = 0; i < 3; ++i) write_dicom(path("s" + std::to_string(i)), slice(i));
    fs::copy_file(path("s1"), path("copy"));  // same instance
    TestSlice twin = slice(2);                // same place, other instance
    twin.instance = "1.2.3.99";
    write_dicom(path("twin"), twin);
    EXPECT_EQ(read_only_series().origin_mm.size(), 3u);
    EXPECT_EQ(scanned_.duplicates, 2);
}

TEST_F(DicomSeries, SeriesOfOnePatientShareTheSplitKeyThatIsNoIdInClear) {
    for (int i = 0; i < 3; ++i) {
        TestSlice s = slice(i);
        s.series = "1.2.3." + std::to_string(i);
        s.change = [i](DcmDataset& d) {
            d.putAndInsertString(DCM_PatientID, i < 2 ? "SENTINEL" : "OTHER");
            d.putAndInsertString(DCM_StudyInstanceUID, i == 0 ? "1.4" : "1.5");
        };
        write_dicom(path(std::to_string(i)), s);
    }
    std::map<std::string, int> keys;
    for (const SeriesInfo& series : scan_all()) ++keys[series.split_key];
    ASSERT_EQ(keys.size(), 2u);
    for (const auto& [key, count] : keys) EXPECT_THAT(key, testing::Not(HasSubstr("SENTINEL")));
}

/// Slices of one series in acquisitions; the instance UIDs put them in no order.
class DicomAcquisitions : public DicomSeries {
protected:
    /// Every pixel holds the number of its acquisition.
    void write(int acquisition, double from_mm, int count, double step_mm = 2) {
        for (int i = 0; i < count; ++i) {
            const int uid = (++written_ * 7919) % 104729;
            TestSlice s;
            s.z_mm = from_mm + i * step_mm;
            s.instance = "1.2.3." + std::to_string(uid);
            s.stored.assign(size_t(s.rows) * size_t(s.columns), int16_t(acquisition + 24));
            s.change = [=](DcmDataset& d) {
                d.putAndInsertString(DCM_AcquisitionNumber, std::to_string(acquisition).c_str());
            };
            write_dicom(path(std::to_string(uid)), s);
        }
    }
    std::string acquisitions_along_the_normal() {
        const Series series = read_only_series();
        std::string numbers;
        for (size_t i = 0; i < series.origin_mm.size(); ++i)
            numbers += std::to_string(slice_of(series, int(i))[0]);
        return numbers;
    }
    int written_ = 0;
};

TEST_F(DicomAcquisitions, OfTwoInOnePlaceTheLowerNumberMakesTheVolume) {
    write(2, 0, 8);
    write(1, 0, 8);
    EXPECT_EQ(acquisitions_along_the_normal(), "11111111");
    EXPECT_EQ(scanned_.repeats, 8);
    EXPECT_EQ(scanned_.duplicates, 0);
}

TEST_F(DicomAcquisitions, TheOneOfMostSlicesStandsForTheOthers) {
    write(1, 0, 5);
    write(2, 0, 8);
    write(3, 4, 4);
    EXPECT_EQ(acquisitions_along_the_normal(), "22222222");
    EXPECT_EQ(scanned_.repeats, 9);
}

TEST_F(DicomAcquisitions, OnesThatLieBetweenEachOthersSlicesDoNotInterleave) {
    write(1, 0, 8);
    write(2, 0.4, 8);
    EXPECT_EQ(acquisitions_along_the_normal(), "11111111");
    EXPECT_EQ(scanned_.repeats, 8);
}

TEST_F(DicomAcquisitions, OnesThatContinueEachOtherMakeOneVolume) {
    write(2, 10, 5, 4);
    write(1, 0, 5);
    write(3, 26, 4, 3);  // begins where the second ends
    EXPECT_EQ(acquisitions_along_the_normal(), "1111122222333");
    EXPECT_EQ(scanned_.repeats, 1);
    EXPECT_TRUE(report_.gaps.empty());
}

TEST_F(DicomAcquisitions, OfSlicesAtOnePlaceTheLowestInstanceNumberIsUsed) {
    for (int i = 0; i < 8; ++i) {
        TestSlice s = slice(i / 2);
        s.instance = "1.2.3." + std::to_string(90 - i);
        s.stored.assign(12 * 16, int16_t(24 + i));
        s.change = [=](DcmDataset& d) {
            d.putAndInsertString(DCM_InstanceNumber, std::to_string(i).c_str());
        };
        write_dicom(path(std::to_string(i)), s);
    }
    EXPECT_EQ(acquisitions_along_the_normal(), "0246");
}

TEST_F(DicomSeries, OfACutCopyAndAWholeOneTheWholeOneIsUsedWhateverTheirNames) {
    for (int i = 0; i < 4; ++i) write_dicom(path("s" + std::to_string(i)), slice(i));
    const std::vector<int16_t> whole = read_only_series().hu;
    fs::copy_file(path("s1"), path("a-cut"));  // comes before s1
    fs::copy_file(path("s2"), path("z-cut"));  // comes behind s2
    fs::copy_file(path("s3"), path("copy"));
    for (const char* const name : {"a-cut", "z-cut"})
        fs::resize_file(path(name), fs::file_size(path(name)) - 100);
    scanned_ = {}, report_ = {};
    EXPECT_EQ(read_only_series().hu, whole);
    EXPECT_TRUE(report_.left_out.empty());
    ASSERT_EQ(scanned_.left_out.size(), 1u) << "a copy behind a whole one is not looked at";
    EXPECT_EQ(scanned_.left_out[0].file, path("a-cut"));
    EXPECT_THAT(scanned_.left_out[0].why, HasSubstr("the copy " + path("s1") + " is used"));
    EXPECT_EQ(scanned_.duplicates, 2);
}

TEST_F(DicomSeries, CopiesThatAreAllCutAreLeftOutByReading) {
    for (int i = 0; i < 5; ++i) write_dicom(path("s" + std::to_string(i)), slice(i));
    fs::resize_file(path("s1"), fs::file_size(path("s1")) - 100);
    fs::copy_file(path("s1"), path("copy"));
    EXPECT_EQ(read_only_series().origin_mm.size(), 4u);
    EXPECT_TRUE(scanned_.left_out.empty());
    EXPECT_EQ(scanned_.duplicates, 1);
    ASSERT_EQ(report_.left_out.size(), 1u);
    EXPECT_EQ(report_.left_out[0].file, path("copy"));
}

TEST_F(DicomSeries, Monochrome1KeepsHu) {
    TestSlice s = slice(0);
    s.change = [](DcmDataset& d) { d.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME1"); };
    write_dicom(path("s"), s);
    EXPECT_EQ(read_only_series().hu, minus24(test_pattern(12, 16, 0)));
}

TEST_F(DicomSeries, PaddingRangeAndOverflowAreCounted) {
    TestSlice s = slice(0);
    s.stored.assign(12 * 16, 100);
    s.stored[0] = -2000;
    s.stored[1] = -1990;
    s.stored[2] = -1989;
    s.stored[3] = 20000;
    s.change = [](DcmDataset& d) {
        d.putAndInsertSint16(DCM_PixelPaddingValue, -2000);
        d.putAndInsertSint16(DCM_PixelPaddingRangeLimit, -1990);
        d.putAndInsertString(DCM_RescaleSlope, "2");
    };
    write_dicom(path("s"), s);
    const Series series = read_only_series();
    EXPECT_EQ(series.hu[0], Series::kPadding);
    EXPECT_EQ(series.hu[1], Series::kPadding);
    EXPECT_EQ(series.hu[2], -1989 * 2 - 24);
    EXPECT_EQ(series.hu[3], 32767);
    EXPECT_EQ(series.hu[4], 176);
    EXPECT_EQ(report_.padding_voxels, 2);
    EXPECT_EQ(report_.clamped_voxels, 1);
}

/// A slice of the words given, of which 12 bits are stored, with a word that marks padding.
TestSlice of_twelve_bits(TestSlice s, const std::vector<uint16_t>& words, int high_bit, uint16_t padding) {
    s.stored.assign(12 * 16, 0);
    std::transform(words.begin(), words.end(), s.stored.begin(), [](uint16_t w) { return int16_t(w); });
    s.change = [=](DcmDataset& d) {
        d.putAndInsertUint16(DCM_BitsStored, 12);
        d.putAndInsertUint16(DCM_HighBit, Uint16(high_bit));
        d.putAndInsertUint16(DCM_PixelPaddingValue, padding);
    };
    return s;
}

TEST_F(DicomSeries, PaddingBeyondTheStoredBitsHidesNoVoxelOfTheSameLowBits) {
    TestSlice s = of_twelve_bits(slice(0), {63536, 63536 & 0xfff, 0xf000 | 100}, 11, 63536);
    s.is_signed = false;
    write_dicom(path("s"), s);
    const Series series = read_only_series();
    EXPECT_EQ(series.hu[0], Series::kPadding);
    EXPECT_EQ(series.hu[1], (63536 & 0xfff) - 24);
    EXPECT_EQ(series.hu[2], 100 - 24);
    EXPECT_EQ(report_.padding_voxels, 1);
}

TEST_F(DicomSeries, PaddingIsTheSameWithAndWithoutCopiesOfTheSignAboveTheStoredBits) {
    for (const int padding : {0x0830, 0xf830}) {
        write_dicom(path("s"),
                    of_twelve_bits(slice(0), {0x0830, 0xf830, 0x0831, 0x0030}, 11, uint16_t(padding)));
        report_ = {};
        const Series series = read_only_series();
        EXPECT_EQ(series.hu[0], Series::kPadding) << padding;
        EXPECT_EQ(series.hu[1], Series::kPadding) << padding;
        EXPECT_EQ(series.hu[2], -1999 - 24) << padding;
        EXPECT_EQ(series.hu[3], 48 - 24) << padding;
        EXPECT_EQ(report_.padding_voxels, 2) << padding;
    }
}

TEST_F(DicomSeries, PaddingIsStoredInTheHighBitsAsThePixelsAre) {
    write_dicom(path("s"), of_twelve_bits(slice(0), {0x8300, 0x8305, 0x0300}, 15, 0x8300));
    const Series series = read_only_series();
    EXPECT_EQ(series.hu[0], Series::kPadding);
    EXPECT_EQ(series.hu[1], Series::kPadding);
    EXPECT_EQ(series.hu[2], 48 - 24);
}

TEST_F(DicomSeries, UnusableGeometryIsReportedWithItsReason) {
    const std::vector<std::pair<std::string, std::function<void(DcmDataset&)>>> cases = {
        {"PixelSpacing", [](DcmDataset& d) { d.putAndInsertString(DCM_PixelSpacing, "0\\0"); }},
        {"ImagePositionPatient", [](DcmDataset& d) { d.findAndDeleteElement(DCM_ImagePositionPatient); }},
        {"ImageOrientationPatient",
         [](DcmDataset& d) { d.putAndInsertString(DCM_ImageOrientationPatient, "1\\0\\0\\1\\0\\0"); }},
        {"RescaleIntercept", [](DcmDataset& d) { d.findAndDeleteElement(DCM_RescaleIntercept); }},
        {"multi-frame", [](DcmDataset& d) { d.putAndInsertString(DCM_NumberOfFrames, "5"); }},
    };
    for (const auto& [reason, change] : cases) {
        TestSlice s = slice(0);
        s.change = change;
        write_dicom(path("s"), s);
        scanned_ = {};
        EXPECT_TRUE(scan_all().empty()) << reason;
        ASSERT_EQ(scanned_.left_out.size(), 1u) << reason;
        EXPECT_THAT(scanned_.left_out[0].why, HasSubstr(reason));
    }
}

TEST_F(DicomSeries, MissingFolderIsAnErrorThatNamesIt) {
    const std::vector<std::string> paths{path("nowhere")};
    try {
        scan(paths, scanned_);
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("nowhere"));
    }
}

Series read_shared(const std::string& name, ReadReport& report) {
    const std::vector<std::string> files{kShared + "/" + name};
    return read(files, report);
}

TEST(DicomRealFiles, TiltedHeadKeepsItsUnevenSpacingAndPadding) {
    ScanReport scanned;
    const std::vector<std::string> folder{kShared + "/head_ge_tilt"};
    const std::vector<SeriesInfo> found = scan(folder, scanned);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].body_part, "HEAD");
    ReadReport report;
    const Series head = read(found[0].files, report);
    ASSERT_EQ(head.origin_mm.size(), 28u);
    const Vec3d normal = cross(head.row_direction, head.column_direction);
    for (size_t s = 1; s < 28; ++s) {
        const double step = dot(head.origin_mm[s] - head.origin_mm[s - 1], normal);
        EXPECT_NEAR(step, s <= 13 ? 4.0 : s == 14 ? 1.08 : 7.0, 0.01) << s;
    }
    EXPECT_GT(report.padding_voxels, 100000);
    EXPECT_EQ(std::count(head.hu.begin(), head.hu.end(), int16_t(-1500)), 0);
    EXPECT_TRUE(report.gaps.empty());
}

TEST(DicomRealFiles, LossyJpeg2000NeckSliceHasTheRangeAnIndependentDecoderFound) {
    ReadReport report;
    const Series neck = read_shared("neck_j2k/070.dcm", report);
    const auto [lo, hi] = std::minmax_element(neck.hu.begin(), neck.hu.end());
    EXPECT_EQ(*lo, 0 - 1024);  // gdcmconv: stored 0..2703
    EXPECT_EQ(*hi, 2703 - 1024);
}

TEST(DicomRealFiles, Jpeg2000WithTheWrongSignReadsAsDicomSays) {
    ReadReport report;
    const Series head = read_shared("dicom_variants/J2K_pixelrep_mismatch.dcm", report);
    EXPECT_EQ(head.hu.front(), -2000);  // the corner outside the field
    EXPECT_TRUE(
        std::all_of(head.hu.begin(), head.hu.end(), [](int16_t hu) { return hu >= -2000 && hu < 4096; }));
}

TEST(SlowDicomRealFiles, WholeNeckSeriesDecodes) {
    ScanReport scanned;
    const std::vector<std::string> folder{kShared + "/neck_j2k"};
    const std::vector<SeriesInfo> found = scan(folder, scanned);
    ASSERT_EQ(found.size(), 1u);
    ReadReport report;
    const Series neck = read(found[0].files, report);
    EXPECT_EQ(neck.origin_mm.size(), 148u);
    EXPECT_TRUE(report.left_out.empty());
}

}  // namespace
}  // namespace radforge::dicom
