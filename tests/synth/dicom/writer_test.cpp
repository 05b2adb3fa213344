// SPDX-License-Identifier: Apache-2.0
#include "synth/dicom/writer.h"

#include "synth/base/error.h"
#include "synth/dicom/series.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <sstream>

namespace radforge::dicom {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

struct Folder {
    Folder() {
        std::string name = (fs::temp_directory_path() / "radforge-dicom-XXXXXX").string();
        path = mkdtemp(name.data());
    }
    ~Folder() { fs::remove_all(path); }
    fs::path path;
};

RestoredSeries series_of(int slices, bool placed) {
    RestoredSeries series;
    for (int s = 0; s < slices; ++s) {
        RestoredSlice slice;
        slice.rows = 5;
        slice.columns = 7;
        for (int i = 0; i < 35; ++i) slice.hu.push_back(int16_t(-1024 + 100 * i + s));
        series.slices.push_back(slice);
    }
    if (placed) series.place = SlicePlace{0.75, 5};
    series.derivation = "Film found in a photo, flattened, and restored by a DMPHN";
    series.description = "Restored from a photo of a film";
    series.study = "photo abc";
    return series;
}

struct Said {
    std::string text;
    int status = 0;
};
Said run(const std::string& command) {
    Said said;
    FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
    std::array<char, 4096> buffer{};
    while (const size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) said.text.append(buffer.data(), n);
    said.status = pclose(pipe);
    return said;
}

std::string bytes_of_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream all;
    all << file.rdbuf();
    return all.str();
}

TEST(WriteRestored, PlacedSlicesComeBackThroughTheReader) {
    const Folder folder;
    const RestoredSeries series = series_of(3, true);
    EXPECT_EQ(write_restored(folder.path.string(), series),
              (std::vector<std::string>{"slice-001.dcm", "slice-002.dcm", "slice-003.dcm"}));
    ScanReport found;
    const std::vector<std::string> where = {folder.path.string()};
    const std::vector<SeriesInfo> infos = scan(where, found);
    ASSERT_EQ(infos.size(), 1u);
    ReadReport report;
    const Series back = read(infos[0].files, report);
    EXPECT_TRUE(report.left_out.empty());
    ASSERT_EQ(back.origin_mm.size(), 3u);
    EXPECT_EQ(back.column_spacing_mm, 0.75);
    EXPECT_EQ(back.slice_thickness_mm, 5);
    EXPECT_EQ(back.origin_mm[2].z, 10);
    for (size_t s = 0; s < 3; ++s)
        for (size_t i = 0; i < 35; ++i) ASSERT_EQ(back.hu[35 * s + i], series.slices[s].hu[i]);
}

TEST(WriteRestored, SaysThatItIsDerivedAndNotForDiagnosisAndNothingOfAPatient) {
    for (const bool placed : {false, true}) {
        const Folder folder;
        write_restored(folder.path.string(), series_of(1, placed));
        const Said dump = run("dcmdump " + (folder.path / "slice-001.dcm").string());
        ASSERT_EQ(dump.status, 0) << dump.text;
        EXPECT_THAT(dump.text, HasSubstr("DERIVED\\SECONDARY"));
        EXPECT_THAT(dump.text, HasSubstr("NOT FOR DIAGNOSIS"));
        EXPECT_THAT(dump.text, HasSubstr(placed ? "=CTImageStorage" : "=SecondaryCaptureImageStorage"));
        EXPECT_EQ(dump.text.find("PixelSpacing") != std::string::npos, placed);
        DcmFileFormat file;
        ASSERT_TRUE(file.loadFile((folder.path / "slice-001.dcm").c_str()).good());
        // Group 0010 is about the patient.
        for (unsigned long i = 0; i < file.getDataset()->card(); ++i) {
            DcmElement* const e = file.getDataset()->getElement(i);
            if (e->getTag().getGroup() != 0x0010) continue;
            EXPECT_EQ(e->getLength(), 0u) << DcmTag(e->getTag()).getTagName();
        }
    }
}

TEST(WriteRestored, TheStandardsCheckerFindsNothingWrong) {
    for (const bool placed : {false, true}) {
        const Folder folder;
        for (const std::string& name : write_restored(folder.path.string(), series_of(2, placed))) {
            const Said said = run("dciodvfy " + (folder.path / name).string());
            ASSERT_EQ(said.status, 0) << said.text;
            EXPECT_THAT(said.text, HasSubstr(placed ? "CTImage" : "SCImage"));
            EXPECT_THAT(said.text, Not(HasSubstr("Error"))) << said.text;
            // No faults: a patient who is nobody has no place in the index of a disc, and the side is
            // unknown.
            std::istringstream lines(said.text);
            for (std::string line; std::getline(lines, line);)
                EXPECT_TRUE(line.find("Warning") == std::string::npos ||
                            line.find("needed to build DICOMDIR") != std::string::npos ||
                            line.find("only permitted to be empty when actually unknown") !=
                                std::string::npos)
                    << line;
        }
    }
}

std::string uid_in(const fs::path& file, const DcmTagKey& tag) {
    DcmFileFormat format;
    OFString uid;
    EXPECT_TRUE(format.loadFile(file.c_str()).good());
    EXPECT_TRUE(format.getDataset()->findAndGetOFString(tag, uid).good());
    return uid.c_str();
}

TEST(WriteRestored, EqualSeriesGiveEqualBytes) {
    const Folder a, b;
    write_restored(a.path.string(), series_of(2, true));
    write_restored(b.path.string(), series_of(2, true));
    EXPECT_EQ(bytes_of_file(a.path / "slice-002.dcm"), bytes_of_file(b.path / "slice-002.dcm"));
}

TEST(WriteRestored, SeriesThatDifferInAnythingHaveIdentifiersOfTheirOwnInTheStudyOfThePhoto) {
    const RestoredSeries series = series_of(2, true);
    std::vector<RestoredSeries> all = {series, series_of(2, false)};
    const auto other = [&](auto change) { change(all.emplace_back(series)); };
    other([](RestoredSeries& s) { s.place->pixel_mm = 0.5; });
    other([](RestoredSeries& s) { s.place->slice_mm = 3; });
    other([](RestoredSeries& s) { s.slices[1].window_center_hu = 300; });
    other([](RestoredSeries& s) { s.slices[1].hu[4] += 1; });
    other([](RestoredSeries& s) { std::swap(s.slices[0].rows, s.slices[0].columns); });
    other([](RestoredSeries& s) { s.derivation += " again"; });
    other([](RestoredSeries& s) { s.study = "photo def"; });
    std::set<std::string> studies, series_uids, instances;
    for (const RestoredSeries& each : all) {
        const Folder folder;
        for (const std::string& name : write_restored(folder.path.string(), each)) {
            studies.insert(uid_in(folder.path / name, DCM_StudyInstanceUID));
            series_uids.insert(uid_in(folder.path / name, DCM_SeriesInstanceUID));
            instances.insert(uid_in(folder.path / name, DCM_SOPInstanceUID));
        }
    }
    EXPECT_EQ(studies.size(), 2u);
    EXPECT_EQ(series_uids.size(), all.size());
    EXPECT_EQ(instances.size(), 2 * all.size());
}

TEST(WriteRestored, IdentifiersAreNumbersOf128Bits) {
    // 2^128 - 1 has 39 digits; PS3.5 9.1 allows 64 characters and no leading zero.
    for (int i = 0; i < 200; ++i) {
        const std::string uid = uid_of(std::to_string(i));
        EXPECT_LE(uid.size(), 5u + 39);
        EXPECT_NE(uid[5], '0');
    }
    // SHA-256 of "abc" begins with ba7816bf8f01cfea414140de5dae2223 (FIPS 180-4).
    EXPECT_EQ(uid_of("abc"), "2.25.247859944228867399418143717509236138531");
}

TEST(WriteRestored, RefusesWhatCannotBeStored) {
    const Folder folder;
    const auto refused = [&](const std::function<void(RestoredSeries&)>& change) {
        RestoredSeries series = series_of(1, true);
        change(series);
        EXPECT_THROW(write_restored(folder.path.string(), series), Error);
        EXPECT_TRUE(fs::is_empty(folder.path));
    };
    refused([](RestoredSeries& s) { s.slices.clear(); });
    refused([](RestoredSeries& s) { s.slices[0].hu.pop_back(); });
    refused([](RestoredSeries& s) { s.slices[0].window_width_hu = 0; });
    refused([](RestoredSeries& s) { s.place->pixel_mm = 0; });
    refused([](RestoredSeries& s) { s.derivation = "caf\xc3\xa9"; });
    refused([](RestoredSeries& s) { s.description = std::string(65, 'x'); });
}

}  // namespace
}  // namespace radforge::dicom
