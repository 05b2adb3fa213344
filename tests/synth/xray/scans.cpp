// SPDX-License-Identifier: Apache-2.0
#include "tests/synth/xray/scans.h"

#include "synth/volume/vdb.h"

#include <cstring>
#include <filesystem>
#include <fstream>

namespace radforge::test {
namespace {

constexpr int kColumns = 48, kRows = 40, kSlices = 44;
constexpr double kVoxel_mm = 2;

// Index boxes: column, row, slice; columns run to the left, rows to the back, slices to the head.
struct Box {
    int low[3], high[3];
    bool holds(int c, int r, int s) const {
        return c >= low[0] && c < high[0] && r >= low[1] && r < high[1] && s >= low[2] && s < high[2];
    }
};
constexpr Box kBody{{8, 8, 6}, {40, 32, 38}};
constexpr Box kMarks[] = {{{0, 0, 0}, {0, 0, 0}},
                          {{34, 18, 20}, {39, 23, 25}},
                          {{22, 18, 32}, {27, 23, 37}},
                          {{22, 9, 20}, {27, 14, 25}}};

}  // namespace

Volume labelled_phantom(Mark mark) {
    Volume v;
    v.slices = kSlices, v.rows = kRows, v.columns = kColumns;
    v.row_spacing_mm = v.column_spacing_mm = v.slice_thickness_mm = kVoxel_mm;
    v.origin = "phantom";
    for (int s = 0; s < kSlices; ++s) {
        v.slice_origin_mm.push_back({-kVoxel_mm * .5 * (kColumns - 1), -kVoxel_mm * .5 * (kRows - 1),
                                     kVoxel_mm * (s - .5 * (kSlices - 1))});
        for (int r = 0; r < kRows; ++r)
            for (int c = 0; c < kColumns; ++c) {
                const bool bone = kMarks[int(mark)].holds(c, r, s);
                v.hu.push_back(bone ? 1400 : kBody.holds(c, r, s) ? 0 : -1000);
            }
    }
    v.identify();
    return v;
}

Vec3d place_of(Mark mark) {
    const Box& b = kMarks[int(mark)];
    const auto at = [&](int k, int count) {
        return kVoxel_mm * (.5 * (b.low[k] + b.high[k] - 1) - .5 * (count - 1));
    };
    return {at(0, kColumns), at(1, kRows), at(2, kSlices)};
}

volume::CtSource as_source(const Volume& volume, const std::string& path) {
    volume::write_vdb(volume, path);
    volume::CtSource source;
    source.id = source.split_key = volume.id;
    source.origin = "vdb";
    source.files = {path};
    return source;
}

std::vector<volume::CtSource> head_without(const std::set<int>& missing, const std::string& folder) {
    std::filesystem::create_directories(folder);
    for (int i = 1; i <= 28; ++i) {
        const std::string name = (i < 10 ? "0" : "") + std::to_string(i) + ".dcm";
        if (missing.count(i) == 0)
            std::filesystem::create_symlink(RADFORGE_SHARED_DIR "/data/ct/head_ge_tilt/" + name,
                                            folder + "/" + name);
    }
    Logger quiet(LogFormat::Text, true);
    const std::vector<std::string> folders = {folder};
    return volume::find_sources(folders, quiet);
}

void write_float_nifti(const std::string& path, int nx, int ny, int nz, const std::vector<float>& voxels,
                       const float (&spacing_mm)[3]) {
    // Offsets of nifti1.h.
    std::vector<char> h(352, 0);
    const auto put = [&](size_t at, auto value) { std::memcpy(h.data() + at, &value, sizeof value); };
    put(0, int32_t(348));
    put(40, int16_t(3));
    put(42, int16_t(nx)), put(44, int16_t(ny)), put(46, int16_t(nz));
    for (size_t k = 3; k < 7; ++k) put(42 + 2 * k, int16_t(1));
    put(70, int16_t(16));  // float32
    put(72, int16_t(32));
    put(76, 1.f);
    for (size_t k = 0; k < 3; ++k) put(80 + 4 * k, spacing_mm[k]);
    put(108, 352.f);
    h[123] = 2;  // mm
    put(254, int16_t(1));
    for (size_t k = 0; k < 3; ++k) put(280 + 16 * k + 4 * k, spacing_mm[k]);
    std::memcpy(h.data() + 344, "n+1", 4);
    std::ofstream file(path, std::ios::binary);
    file.write(h.data(), std::streamsize(h.size()));
    file.write(reinterpret_cast<const char*>(voxels.data()), std::streamsize(voxels.size() * sizeof(float)));
}

}  // namespace radforge::test
