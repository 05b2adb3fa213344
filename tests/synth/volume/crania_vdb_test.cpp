// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/crania_vdb.h"

#include "render/xray/sparse_grid.h"
#include "synth/base/error.h"
#include "synth/volume/crania.h"
#include "synth/volume/density.h"
#include "synth/volume/phantom_tissue.h"
#include "synth/volume/vdb.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

namespace radforge::volume {
namespace {

class SparseVdb : public ::testing::Test {
protected:
    std::string path() const {
        return (std::filesystem::path(::testing::TempDir()) /
                (std::string("radforge_crania_") +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".vdb"))
            .string();
    }
    void TearDown() override { std::filesystem::remove(path()); }
};

Volume skull(int size) {
    CraniumSpec spec;
    spec.size_voxels = size;
    return make_cranium(spec, Seed{4}, uint64_t(CraniumKind::Antelope), 2);
}

TEST_F(SparseVdb, EqualsTheDenseVolumeAndHoldsLittleOfItsAir) {
    const Volume v = skull(64);
    const int64_t active = write_sparse_vdb(v, path());
    const int64_t matter = std::count_if(v.hu.begin(), v.hu.end(), [](int16_t hu) { return hu > -1000; });
    EXPECT_EQ(active, matter);
    EXPECT_LT(active, int64_t(v.hu.size()) / 5);
    const Volume back = read_sparse_vdb(path());
    EXPECT_EQ(back.hu, v.hu);
    EXPECT_EQ(back.labels, v.labels);
    EXPECT_EQ(back.body_part, v.body_part);
    ASSERT_EQ(back.slice_origin_mm.size(), v.slice_origin_mm.size());
    for (size_t s = 0; s < v.slice_origin_mm.size(); ++s)
        EXPECT_LT(length(back.slice_origin_mm[s] - v.slice_origin_mm[s]), 1e-9);
    EXPECT_NEAR(back.row_spacing_mm, v.row_spacing_mm, 1e-9);
    EXPECT_NEAR(length(back.row_direction - v.row_direction), 0, 1e-9);
}

TEST_F(SparseVdb, IsReadAsAnyOpenVdbFileToo) {
    const Volume v = skull(48);
    write_sparse_vdb(v, path());
    VoxelReport report;
    const Volume back = read_vdb(path(), report);  // cut to the box of its matter, air as padding
    const auto bone = [](const Volume& volume) {
        return std::count_if(volume.hu.begin(), volume.hu.end(), [](int16_t hu) { return hu > 300; });
    };
    EXPECT_EQ(bone(back), bone(v));
    EXPECT_NEAR(back.row_spacing_mm, v.row_spacing_mm, 1e-6);
}

TEST_F(SparseVdb, IsProjectedWithoutBeingDensified) {
    const Volume v = skull(48);
    write_sparse_vdb(v, path());
    const xray::SparseGrid sparse = xray::SparseGrid::read_vdb(path(), "density");
    const int64_t matter =
        std::count_if(v.hu.begin(), v.hu.end(), [](int16_t hu) { return density_from_hu(hu) > 0; });
    EXPECT_EQ(sparse.active_voxels(), matter);
    EXPECT_NEAR(length(sparse.box().step_mm.column(2)), v.row_spacing_mm, 1e-6);
}

TEST_F(SparseVdb, WithoutLabelsReadsBackWithoutLabels) {
    Volume v = skull(32);
    v.labels.clear();
    write_sparse_vdb(v, path());
    const Volume back = read_sparse_vdb(path());
    EXPECT_EQ(back.hu, v.hu);
    EXPECT_TRUE(back.labels.empty());
}

TEST_F(SparseVdb, RefusesWhatItCannotHold) {
    Volume v = skull(32);
    v.slice_origin_mm.back().z += v.slice_thickness_mm;
    EXPECT_THROW(write_sparse_vdb(v, path()), Error);
    EXPECT_THROW(write_sparse_vdb(skull(16), "/no/such/folder/a.vdb"), Error);
    EXPECT_THROW(read_sparse_vdb("/no/such/file.vdb"), Error);
    write_vdb(skull(16), path());
    EXPECT_THROW(read_sparse_vdb(path()), Error);
}

}  // namespace
}  // namespace radforge::volume
