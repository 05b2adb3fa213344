// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/source.h"

#include "synth/base/error.h"
#include "synth/dicom/series.h"
#include "synth/dicom/writer.h"
#include "synth/volume/nifti.h"
#include "synth/volume/vdb.h"
#include "tests/synth/base/no_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

namespace radforge::volume {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

const std::string kShared = std::string(RADFORGE_SHARED_DIR) + "/data/ct";

class CtFiles : public testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("radforge_volume_" + std::to_string(getpid()));
        fs::remove_all(folder_);
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }
    std::string path(const std::string& name) const { return (folder_ / name).string(); }
    fs::path folder_;
    Logger quiet_{LogFormat::Text, true};
};

/// A NIfTI-1 file byte by byte (offsets of nifti1.h).
struct NiftiFile {
    int16_t size[4] = {4, 3, 2, 1};  ///< i, j, k, time
    float affine[3][4] = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}};
    int16_t datatype = 4, bits = 16;
    float slope = 0, intercept = 0;
    int16_t sform = 1, qform = 0;
    float quaternion[3] = {0, 0, 0}, offset[3] = {0, 0, 0}, pixdim[3] = {1, 1, 1}, qfac = 1;
    bool big_endian = false;

    void write(const std::string& path, const void* voxels, size_t bytes) const {
        std::vector<char> h(352, 0);
        const auto put = [&](size_t at, auto value) {
            char* to = h.data() + at;
            std::memcpy(to, &value, sizeof value);
            if (big_endian) std::reverse(to, to + sizeof value);
        };
        put(0, int32_t(348));
        put(40, int16_t(size[3] > 1 ? 4 : 3));
        for (size_t a = 0; a < 4; ++a) put(42 + 2 * a, size[a]);
        for (size_t a = 4; a < 7; ++a) put(42 + 2 * a, int16_t(1));
        put(70, datatype);
        put(72, bits);
        put(76, qfac);
        for (size_t a = 0; a < 3; ++a) put(80 + 4 * a, pixdim[a]);
        for (size_t a = 4; a < 8; ++a) put(76 + 4 * a, 1.f);
        put(108, 352.f);
        put(112, slope);
        put(116, intercept);
        h[123] = 2;  // mm
        put(252, qform);
        put(254, sform);
        for (size_t a = 0; a < 3; ++a) put(256 + 4 * a, quaternion[a]), put(268 + 4 * a, offset[a]);
        for (size_t r = 0; r < 3; ++r)
            for (size_t c = 0; c < 4; ++c) put(280 + 16 * r + 4 * c, affine[r][c]);
        std::memcpy(h.data() + 344, "n+1", 4);
        std::ofstream file(path, std::ios::binary);
        file.write(h.data(), ptrdiff_t(h.size()));
        file.write(static_cast<const char*>(voxels), ptrdiff_t(bytes));
    }
};

TEST_F(CtFiles, NiftiVoxelsKeepTheirPlaceUnderEveryAxisOrderAndFlip) {
    std::vector<int16_t> voxels(24);
    for (size_t i = 0; i < 24; ++i) voxels[i] = int16_t(i * 10);
    std::array<int, 3> order{0, 1, 2};
    do {
        for (int flips = 0; flips < 8; ++flips) {
            NiftiFile file;
            for (int a = 0; a < 3; ++a)
                for (int r = 0; r < 3; ++r) file.affine[r][a] = 0;
            for (int a = 0; a < 3; ++a)
                file.affine[order[size_t(a)]][a] = (flips >> a & 1 ? -1.f : 1.f) * (2.f + float(a));
            file.affine[0][3] = 5;
            file.affine[1][3] = -7;
            file.affine[2][3] = 11;
            file.write(path("a.nii"), voxels.data(), 48);
            VoxelReport report;
            const Volume v = read_nifti(path("a.nii"), report);
            EXPECT_EQ(v.row_direction, (Vec3d{1, 0, 0}));
            EXPECT_EQ(v.column_direction, (Vec3d{0, 1, 0}));
            for (int s = 0; s < v.slices; ++s)
                for (int r = 0; r < v.rows; ++r)
                    for (int c = 0; c < v.columns; ++c) {
                        const size_t i = size_t(v.at(s, r, c)) / 10;
                        const double ijk[3] = {double(i % 4), double(i / 4 % 3), double(i / 12)};
                        const Vec3d place = v.slice_origin_mm[size_t(s)] +
                                            c * v.column_spacing_mm * v.row_direction +
                                            r * v.row_spacing_mm * v.column_direction;
                        for (int axis = 0; axis < 3; ++axis) {  // RAS -> LPS
                            double wanted = file.affine[axis][3];
                            for (int a = 0; a < 3; ++a) wanted += file.affine[axis][a] * ijk[a];
                            EXPECT_NEAR(place[axis], axis < 2 ? -wanted : wanted, 1e-9);
                        }
                    }
        }
    } while (std::next_permutation(order.begin(), order.end()));
}

/// Where the voxel with the value 10 * n stands, n = i + 4 j + 12 k: by the file's matrix, RAS turned to LPS.
void expect_places(const Volume& v, const double ras_from_ijk[3][4]) {
    ASSERT_EQ(v.hu.size(), 24u);
    for (int s = 0; s < v.slices; ++s)
        for (int r = 0; r < v.rows; ++r)
            for (int c = 0; c < v.columns; ++c) {
                const int n = v.at(s, r, c) / 10;
                const double ijk[3] = {double(n % 4), double(n / 4 % 3), double(n / 12)};
                const Vec3d place = v.slice_origin_mm[size_t(s)] + c * v.column_spacing_mm * v.row_direction +
                                    r * v.row_spacing_mm * v.column_direction;
                for (int axis = 0; axis < 3; ++axis) {
                    double wanted = ras_from_ijk[axis][3];
                    for (int a = 0; a < 3; ++a) wanted += ras_from_ijk[axis][a] * ijk[a];
                    EXPECT_NEAR(place[axis], axis < 2 ? -wanted : wanted, 1e-5);
                }
            }
}

std::vector<int16_t> tens() {
    std::vector<int16_t> voxels(24);
    for (size_t i = 0; i < 24; ++i) voxels[i] = int16_t(i * 10);
    return voxels;
}

// A turn by 20 degrees about the i axis, then 10 about k; spacings 2, 3 and 4 mm.
constexpr double kTilt = 20 * 3.14159265358979323846 / 180, kTurn = 10 * 3.14159265358979323846 / 180;

TEST_F(CtFiles, ObliqueNiftiAffineIsHonoured) {
    const double c1 = std::cos(kTilt), s1 = std::sin(kTilt), c2 = std::cos(kTurn), s2 = std::sin(kTurn);
    const double matrix[3][4] = {{2 * c2, -3 * s2 * c1, 4 * s2 * s1, 5},
                                 {2 * s2, 3 * c2 * c1, -4 * c2 * s1, -7},
                                 {0, 3 * s1, 4 * c1, 11}};
    NiftiFile file;
    for (int r = 0; r < 3; ++r)
        for (int c = 0; c < 4; ++c) file.affine[r][c] = float(matrix[r][c]);
    file.write(path("a.nii"), tens().data(), 48);
    VoxelReport report;
    expect_places(read_nifti(path("a.nii"), report), matrix);
}

// The quaternion of the same turn (half angles; nifti1.h method 2); qfac -1 turns the k axis round.
TEST_F(CtFiles, NiftiQformAlonePlacesTheVoxels) {
    const double c1 = std::cos(kTilt), s1 = std::sin(kTilt), c2 = std::cos(kTurn), s2 = std::sin(kTurn);
    for (const int sign : {1, -1}) {
        const double k = 4. * sign;
        const double matrix[3][4] = {{2 * c2, -3 * s2 * c1, k * s2 * s1, 5},
                                     {2 * s2, 3 * c2 * c1, -k * c2 * s1, -7},
                                     {0, 3 * s1, k * c1, 11}};
        NiftiFile file;
        file.sform = 0;
        file.qform = 1;
        file.qfac = float(sign);
        const float spacing[3] = {2, 3, 4}, origin[3] = {5, -7, 11};
        std::copy(spacing, spacing + 3, file.pixdim);
        std::copy(origin, origin + 3, file.offset);
        file.quaternion[0] = float(std::cos(kTurn / 2) * std::sin(kTilt / 2));
        file.quaternion[1] = float(std::sin(kTurn / 2) * std::sin(kTilt / 2));
        file.quaternion[2] = float(std::sin(kTurn / 2) * std::cos(kTilt / 2));
        file.write(path("q.nii"), tens().data(), 48);
        VoxelReport report;
        expect_places(read_nifti(path("q.nii"), report), matrix);
    }
}

TEST_F(CtFiles, BigEndianNiftiReadsTheSame) {
    NiftiFile file;
    file.affine[0][0] = 2;
    file.write(path("little.nii"), tens().data(), 48);
    file.big_endian = true;
    std::vector<int16_t> swapped = tens();
    for (int16_t& v : swapped) v = int16_t(uint16_t(v) << 8 | uint16_t(v) >> 8);
    file.write(path("big.nii"), swapped.data(), 48);
    VoxelReport report;
    const Volume little = read_nifti(path("little.nii"), report), big = read_nifti(path("big.nii"), report);
    EXPECT_EQ(big.hu, little.hu);
    EXPECT_EQ(big.slice_origin_mm, little.slice_origin_mm);
    EXPECT_EQ(big.id, little.id);
}

// Offsets of nifti2.h: 540 bytes, 64-bit sizes, doubles.
TEST_F(CtFiles, Nifti2ReadsTheSame) {
    NiftiFile one;
    one.affine[0][0] = 2;
    one.affine[1][3] = -7;
    one.write(path("one.nii"), tens().data(), 48);
    std::vector<char> h(544, 0);
    const auto put = [&](size_t at, auto value) { std::memcpy(h.data() + at, &value, sizeof value); };
    put(0, int32_t(540));
    std::memcpy(h.data() + 4, "n+2\0\r\n\032\n", 8);
    put(12, int16_t(4));
    put(14, int16_t(16));
    const int64_t dim[8] = {3, 4, 3, 2, 1, 1, 1, 1};
    for (size_t a = 0; a < 8; ++a) put(16 + 8 * a, dim[a]), put(104 + 8 * a, 1.0);
    put(168, int64_t(544));
    const double affine[3][4] = {{2, 0, 0, 0}, {0, 1, 0, -7}, {0, 0, 1, 0}};
    put(348, int32_t(1));
    for (size_t r = 0; r < 3; ++r)
        for (size_t c = 0; c < 4; ++c) put(400 + 32 * r + 8 * c, affine[r][c]);
    put(500, int32_t(2));
    std::ofstream file(path("two.nii"), std::ios::binary);
    file.write(h.data(), ptrdiff_t(h.size()));
    const std::vector<int16_t> voxels = tens();
    file.write(reinterpret_cast<const char*>(voxels.data()), 48);
    file.close();
    VoxelReport report;
    const Volume v1 = read_nifti(path("one.nii"), report), v2 = read_nifti(path("two.nii"), report);
    EXPECT_EQ(v2.hu, v1.hu);
    EXPECT_EQ(v2.slice_origin_mm, v1.slice_origin_mm);
    EXPECT_EQ(v2.id, v1.id);
}

TEST_F(CtFiles, CompressedNiftiReadsTheSame) {
    NiftiFile().write(path("a.nii"), tens().data(), 48);
    ASSERT_EQ(std::system(("gzip -k " + path("a.nii")).c_str()), 0);
    VoxelReport report;
    EXPECT_EQ(read_nifti(path("a.nii.gz"), report).hu, read_nifti(path("a.nii"), report).hu);
}

TEST_F(CtFiles, NiftiFloatsScaleAndNanBecomesCountedPadding) {
    NiftiFile file;
    file.datatype = 16;
    file.bits = 32;
    file.slope = 2;
    file.intercept = -24;
    std::vector<float> voxels(24, 10.f);
    voxels[0] = std::numeric_limits<float>::quiet_NaN();
    voxels[1] = 1e6f;
    file.write(path("a.nii"), voxels.data(), 96);
    VoxelReport report;
    const Volume v = read_nifti(path("a.nii"), report);
    EXPECT_EQ(std::count(v.hu.begin(), v.hu.end(), int16_t(-4)), 22);
    EXPECT_EQ(std::count(v.hu.begin(), v.hu.end(), Volume::kHuPadding), 1);
    EXPECT_EQ(report.padding_voxels, 1);
    EXPECT_EQ(report.clamped_voxels, 1);
}

TEST_F(CtFiles, ValuesThatCanHardlyBeHounsfieldUnitsAreTold) {
    for (const bool air : {true, false}) {
        std::vector<int16_t> voxels(24, 200);
        if (air) voxels[5] = -1000;
        NiftiFile().write(path("a.nii"), voxels.data(), 48);
        LoadReport report;
        const CtSource source{"", "nifti", {path("a.nii")}};
        load(source, report);
        EXPECT_EQ(loss_note(source, report).find("Hounsfield units?") != std::string::npos, !air);
    }
}

TEST_F(CtFiles, AVolumeThatCannotBeReadAtTheMomentIsNoBadData) {
    NiftiFile().write(path("a.nii"), tens().data(), 48);
    VoxelReport report;
    EXPECT_TRUE(test::is_put_off([&] { read_nifti(path("a.nii"), report); }));
    write_vdb(read_nifti(path("a.nii"), report), path("a.vdb"));
    EXPECT_TRUE(test::is_put_off([&] { read_vdb(path("a.vdb"), report); }));
}

TEST_F(CtFiles, BrokenNiftiFilesAreErrorsThatNameFileAndReason) {
    const std::vector<int16_t> voxels(48, 1);
    const auto message = [&](const NiftiFile& file, size_t bytes) -> std::string {
        file.write(path("a.nii"), voxels.data(), bytes);
        VoxelReport report;
        try {
            read_nifti(path("a.nii"), report);
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    };
    NiftiFile time_series, nowhere, coronal_slice;
    time_series.size[3] = 2;
    nowhere.sform = 0;
    coronal_slice.size[1] = 1;
    EXPECT_THAT(message(time_series, 96), HasSubstr("three dimensions"));
    EXPECT_THAT(message(nowhere, 48), HasSubstr("sform"));
    EXPECT_THAT(message(coronal_slice, 16),
                testing::AllOf(HasSubstr("2 slices of 1 x 4"), HasSubstr("leave the file out")));
    EXPECT_THAT(message(NiftiFile(), 20), HasSubstr("truncated"));
    EXPECT_THAT(message(NiftiFile(), 20), HasSubstr(path("a.nii")));
}

TEST_F(CtFiles, WhatNeedsMoreMemoryThanAllowedIsRefusedFromItsHeader) {
    const auto message = [&](auto&& read) -> std::string {
        try {
            read();
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    };
    // 17 GB by the header, a few bytes in the file: refused before they are missed.
    NiftiFile giant;
    for (size_t a = 0; a < 3; ++a) giant.size[a] = 1290;
    giant.datatype = 64, giant.bits = 64;
    const std::vector<int16_t> voxels(48, 1);
    giant.write(path("giant.nii"), voxels.data(), 96);
    VoxelReport report;
    const std::string text = message([&] { read_nifti(path("giant.nii"), report, 8); });
    EXPECT_THAT(text, HasSubstr("larger than the memory allowed"));
    EXPECT_THAT(text, HasSubstr(path("giant.nii")));
    EXPECT_THAT(text, HasSubstr("volume.memory_gb"));
    LoadReport loaded;
    const CtSource series{
        "", "dicom", {kShared + "/head_ge_tilt/01.dcm", kShared + "/head_ge_tilt/02.dcm"}, BodyPart::Unknown};
    EXPECT_THAT(message([&] { load(series, loaded, 1e-3); }), HasSubstr("larger than the memory allowed"));
    Volume small;
    small.slices = small.rows = small.columns = 8;
    small.hu.assign(512, 3);
    for (int s = 0; s < 8; ++s) small.slice_origin_mm.push_back({0, 0, double(s)});
    write_vdb(small, path("v.vdb"));
    EXPECT_THAT(message([&] { read_vdb(path("v.vdb"), report, 1e-7); }),
                HasSubstr("larger than the memory allowed"));
    EXPECT_EQ(read_vdb(path("v.vdb"), report, 1e-5).hu, small.hu);
}

Volume tilted_uneven() {
    Volume v;
    v.slices = 4;
    v.rows = 5;
    v.columns = 6;
    v.row_spacing_mm = 0.7;
    v.column_spacing_mm = 0.6;
    v.slice_thickness_mm = 3;
    v.column_direction = {0, std::cos(0.3), -std::sin(0.3)};
    for (const double z : {0.0, 4.0, 5.1, 12.1}) v.slice_origin_mm.push_back({-3, 7, z});
    for (int i = 0; i < 120; ++i) v.hu.push_back(int16_t(i * 31 - 1000));
    v.hu[17] = Volume::kHuPadding;
    v.kvp = 120;
    v.body_part = BodyPart::Head;
    v.identify();
    return v;
}

TEST_F(CtFiles, VdbReturnsATiltedUnevenVolumeExactly) {
    const Volume before = tilted_uneven();
    write_vdb(before, path("v.vdb"));
    VoxelReport report;
    const Volume after = read_vdb(path("v.vdb"), report);
    EXPECT_EQ(after.hu, before.hu);
    EXPECT_EQ(after.id, before.id);  // covers voxels, spacings, directions and slice places
    EXPECT_EQ(after.kvp, 120);
    EXPECT_EQ(after.body_part, BodyPart::Head);
    EXPECT_EQ(report.padding_voxels, 0);
}

TEST_F(CtFiles, BrokenVdbIsAnErrorThatNamesTheFile) {
    std::ofstream(path("v.vdb")) << "no grid";
    VoxelReport report;
    EXPECT_THROW(
        try { read_vdb(path("v.vdb"), report); } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr(path("v.vdb")));
            throw;
        },
        Error);
}

TEST_F(CtFiles, SourcesAreOrderedAndNamedByContent) {
    const std::vector<int16_t> voxels(24, 5), others(24, 6);
    NiftiFile().write(path("a.nii"), voxels.data(), 48);
    NiftiFile().write(path("b.nii"), others.data(), 48);
    write_vdb(tilted_uneven(), path("c.vdb"));
    const std::vector<std::string> folder{folder_.string()};
    const std::vector<CtSource> before = find_sources(folder, quiet_);
    ASSERT_EQ(before.size(), 3u);
    EXPECT_TRUE(std::is_sorted(before.begin(), before.end(), [](auto& a, auto& b) { return a.id < b.id; }));
    fs::rename(path("a.nii"), path("z.nii"));
    fs::copy_file(path("b.nii"), path("again.nii"));  // the same content counts once
    const std::vector<CtSource> after = find_sources(folder, quiet_);
    ASSERT_EQ(after.size(), 3u);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(after[i].id, before[i].id);
}

TEST_F(CtFiles, SuffixesInCapitalsAndFilesInLinkedFoldersAreFound) {
    fs::create_directories(path("scans"));
    fs::create_directories(path("archive"));
    const std::vector<int16_t> voxels(24, 5), others(24, 6);
    NiftiFile().write(path("scans/A.NII"), voxels.data(), 48);
    NiftiFile().write(path("archive/B.NII"), others.data(), 48);
    write_vdb(tilted_uneven(), path("archive/C.VDB"));
    fs::create_directory_symlink(path("archive"), path("scans/more"));
    fs::create_directory_symlink(path("scans"), path("archive/back"));
    const std::vector<std::string> folder{path("scans")};
    const std::vector<CtSource> found = find_sources(folder, quiet_);
    ASSERT_EQ(found.size(), 3u);
    for (const CtSource& source : found) EXPECT_GT(load(source).slices, 1) << source.files.front();
}

TEST_F(CtFiles, SuffixesInMixedCaseAreRefusedWithTheRemedy) {
    const std::vector<int16_t> voxels(24, 5);
    for (const char* const name : {"a.Nii", "b.NII.gz", "c.nii.Gz"}) {
        NiftiFile().write(path(name), voxels.data(), 48);
        VoxelReport report;
        try {
            read_nifti(path(name), report);
            ADD_FAILURE() << name;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadData);
            EXPECT_THAT(error.what(), AllOf(HasSubstr(name), HasSubstr("rename it to end in .nii")));
        }
    }
}

TEST_F(CtFiles, OfACutSeriesAndItsWholeTwinElsewhereEachSliceComesFromTheOneThatCanBeRead) {
    dicom::RestoredSeries series;
    for (int s = 0; s < 6; ++s) series.slices.push_back({4, 4, std::vector<int16_t>(16, int16_t(100 * s))});
    series.place = dicom::SlicePlace{1, 2};
    series.study = "twins";
    for (const char* const folder : {"cut", "whole"}) {
        fs::create_directories(path(folder));
        dicom::write_restored(path(folder), series);
    }
    const std::vector<std::string> whole{path("whole")}, both{path("cut"), path("whole")};
    const std::vector<int16_t> hu = load(find_sources(whole, quiet_).at(0)).hu;
    for (const auto& file : fs::directory_iterator(path("cut")))
        fs::resize_file(file.path(), file.file_size() - 10);
    fs::resize_file(path("whole/slice-003.dcm"), fs::file_size(path("whole/slice-003.dcm")) - 10);
    fs::remove(path("cut/slice-003.dcm"));
    fs::create_directories(path("again"));
    dicom::write_restored(path("again"), series);
    fs::copy_file(path("again/slice-003.dcm"), path("cut/slice-003.dcm"));
    const std::vector<CtSource> found = find_sources(both, quiet_);
    ASSERT_EQ(found.size(), 1u);
    LoadReport report;
    EXPECT_EQ(load(found[0], report).hu, hu);
    EXPECT_TRUE(report.left_out.empty());
}

TEST_F(CtFiles, EmptyAndMissingFoldersAreErrors) {
    for (const auto& [place, reason] :
         {std::pair(folder_.string(), "no CT found"), {path("none"), "no such"}}) {
        const std::vector<std::string> paths{place};
        try {
            find_sources(paths, quiet_);
            FAIL() << place;
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr(reason));
            EXPECT_THAT(error.what(), HasSubstr(place));
            EXPECT_EQ(error.exit_code(), 65);
        }
    }
}

TEST(CtRealFiles, HeadTiltIsWhatTheScannerWrote) {
    Logger quiet(LogFormat::Text, true);
    const std::vector<std::string> folder{kShared + "/head_ge_tilt"};
    const std::vector<CtSource> sources = find_sources(folder, quiet);
    ASSERT_EQ(sources.size(), 1u);
    EXPECT_EQ(sources[0].body_part, BodyPart::Head);
    LoadReport report;
    const Volume head = load(sources[0], report);
    EXPECT_NEAR(head.gantry_tilt_deg(), 18.5, 0.01);  // GantryDetectorTilt
    EXPECT_EQ(head.slices, 28);
    EXPECT_EQ(head.origin, "dicom");
    EXPECT_TRUE(report.left_out.empty());
}

TEST(CtRealFiles, NiftiAndDicomOfOneScanAgree) {
    VoxelReport voxels;
    const Volume nifti = read_nifti(kShared + "/chest_lidc0001/ct.nii.gz", voxels);
    EXPECT_EQ(nifti.slices, 133);
    const size_t pixels = size_t(nifti.rows) * size_t(nifti.columns);
    for (const int s : {66, 67}) {
        const std::vector<std::string> file{kShared + "/dicom_variants/lidc0001_slice0" + std::to_string(s) +
                                            "_expl_le.dcm"};
        dicom::ReadReport report;
        const dicom::Series slice = dicom::read(file, report);
        ASSERT_EQ(slice.hu.size(), pixels);
        std::vector<int16_t> raised(slice.hu);
        for (int16_t& hu : raised) hu = std::max<int16_t>(hu, -1024);  // as the NIfTI file's README says
        const auto from = nifti.hu.begin() + ptrdiff_t(size_t(s) * pixels);
        EXPECT_TRUE(std::equal(raised.begin(), raised.end(), from)) << s;
        EXPECT_LT(length(slice.origin_mm[0] - nifti.slice_origin_mm[size_t(s)]), 1e-3) << s;
    }
}

}  // namespace
}  // namespace radforge::volume
