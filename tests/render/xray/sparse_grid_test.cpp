// SPDX-License-Identifier: Apache-2.0
#include "render/xray/sparse_grid.h"

#include "synth/base/error.h"
#include "tests/render/xray/blobs.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace radforge::xray {
namespace {

// Two noisy balls far apart: most of the box is empty.
Grid two_balls() {
    Rng rng(SampleKey{Seed{9}, 0}, Stream::Geometry);
    Grid grid = zero_grid(90, 70, 80, {1, 1, 1});
    for (int z = 0; z < grid.nz; ++z)
        for (int y = 0; y < grid.ny; ++y)
            for (int x = 0; x < grid.nx; ++x) {
                const Vec3d p{double(x), double(y), double(z)};
                if (length(p - Vec3d{18, 15, 20}) < 12 || length(p - Vec3d{70, 52, 60}) < 14)
                    grid.at(x, y, z) = float(.5 + rng.uniform());
            }
    return grid;
}

std::vector<View> all_views() {
    std::vector<View> views = testing::hemisphere_views(6, 100, 96);
    for (const View& v : testing::cone_views(6, 100, 96)) views.push_back(v);
    for (const Vec3d d : {Vec3d{1, 0, 0}, {0, 1, 0}, {0, 0, -1}})
        views.push_back(parallel_view(d, {.1, .2, .3}, {}, 1, 96, 96));
    return views;
}

TEST(SparseGrid, ProjectsLikeTheDenseVolume) {
    const Grid dense = two_balls();
    const auto sparse = std::make_shared<const SparseGrid>(SparseGrid::from_grid(dense));
    EXPECT_LT(sparse->active_voxels(), int64_t(dense.count()) / 10);
    for (const Method method : {Method::Joseph, Method::March}) {
        ProjectorOptions options;
        options.method = method;
        const std::vector<Image> a = make_projector(dense, options)->project(all_views());
        const std::vector<Image> b = make_projector(sparse, options)->project(all_views());
        EXPECT_LT(testing::relative_error(b, a), 1e-6);
    }
}

TEST(SparseGrid, BackProjectsLikeTheDenseVolume) {
    const Grid dense = two_balls();
    const std::vector<View> views = testing::cone_views(2, 100, 48);
    const std::vector<Image> images = make_projector(dense)->project(views);
    const auto sparse = std::make_shared<const SparseGrid>(SparseGrid::from_grid(dense));
    EXPECT_EQ(make_projector(sparse)->backproject(views, images).values,
              make_projector(dense)->backproject(views, images).values);
}

class SparseFile : public ::testing::Test {
protected:
    std::string path(const char* name) const { return (folder_ / name).string(); }
    void SetUp() override { std::filesystem::create_directories(folder_); }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path folder_ =
        std::filesystem::path(::testing::TempDir()) /
        ("xray_sparse_" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) +
         ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(SparseFile, AVdbFileComesBackInItsPlace) {
    Grid dense = two_balls();
    dense.step_mm.rows[1].z = .25;
    dense.origin_mm = {5, -6, 7};
    SparseGrid::from_grid(dense).write_vdb(path("balls.vdb"), "density");
    const auto again = std::make_shared<const SparseGrid>(SparseGrid::read_vdb(path("balls.vdb")));
    const std::vector<Image> a = make_projector(dense)->project(all_views());
    const std::vector<Image> b = make_projector(again)->project(all_views());
    EXPECT_LT(testing::relative_error(b, a), 2e-5);  // the box is the balls' now: other roundings of the ray
}

TEST_F(SparseFile, BadFilesAreRefusedByName) {
    const auto message = [&](const std::string& file, const std::string& grid) -> std::string {
        try {
            SparseGrid::read_vdb(file, grid);
        } catch (const Error& error) {
            return error.what();
        }
        return "accepted";
    };
    EXPECT_NE(message(path("absent.vdb"), "").find("absent.vdb"), std::string::npos);
    std::ofstream(path("text.vdb")) << "this is no tree";
    EXPECT_NE(message(path("text.vdb"), "").find("text.vdb"), std::string::npos);

    SparseGrid::from_grid(two_balls()).write_vdb(path("balls.vdb"), "density");
    EXPECT_NE(message(path("balls.vdb"), "bone").find("density"), std::string::npos);  // lists what there is

    std::filesystem::resize_file(path("balls.vdb"), std::filesystem::file_size(path("balls.vdb")) / 2);
    EXPECT_NE(message(path("balls.vdb"), "").find("balls.vdb"), std::string::npos);

    SparseGrid::from_grid(zero_grid(4, 4, 4, {1, 1, 1})).write_vdb(path("empty.vdb"), "density");
    EXPECT_NE(message(path("empty.vdb"), "").find("empty volume"), std::string::npos);
}

TEST(SparseGrid, MethodsWithoutASparsePathAreRefused) {
    const auto sparse = std::make_shared<const SparseGrid>(SparseGrid::from_grid(two_balls()));
    ProjectorOptions options;
    for (const Method method : {Method::ShearWarp, Method::Siddon}) {
        options.method = method;
        EXPECT_THROW(make_projector(sparse, options), Error);
    }
}

}  // namespace
}  // namespace radforge::xray
