// SPDX-License-Identifier: Apache-2.0
#include "synth/base/mesh.h"

#include "synth/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace radforge {
namespace {

Mesh square() { return grid_mesh(2, 2, {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {1, 1, 0}}); }

std::string complaint(const std::function<void(Mesh&)>& spoil) {
    Mesh mesh = square();
    spoil(mesh);
    try {
        mesh.validate("sheet");
    } catch (const Error& e) {
        return e.what();
    }
    return "accepted";
}

TEST(Mesh, AGridCoversTheUnitSquareOnceWithOneOrientation) {
    std::vector<Vec3f> positions;
    for (int j = 0; j < 4; ++j)
        for (int i = 0; i < 3; ++i) positions.push_back({float(i), float(j), 0});
    const Mesh mesh = grid_mesh(3, 4, positions);
    mesh.validate("grid");
    EXPECT_EQ(mesh.faces.size(), 12u);
    float area = 0;
    for (const Tri& f : mesh.faces) {
        const Vec2f a = mesh.uv[f[0]], b = mesh.uv[f[1]], c = mesh.uv[f[2]];
        const float doubled = cross(b - a, c - a);
        EXPECT_GT(doubled, 0);
        area += doubled / 2;
    }
    EXPECT_FLOAT_EQ(area, 1);
    EXPECT_EQ(mesh.uv.front(), (Vec2f{0, 0}));
    EXPECT_EQ(mesh.uv.back(), (Vec2f{1, 1}));
    EXPECT_EQ(mesh.uv[1], (Vec2f{0.5f, 0}));
}

TEST(Mesh, ValidationNamesWhatIsWrong) {
    EXPECT_EQ(complaint([](Mesh&) {}), "accepted");
    EXPECT_EQ(complaint([](Mesh& m) { m.uv.clear(); }), "accepted");
    EXPECT_EQ(complaint([](Mesh& m) { m.faces[0][1] = 4; }),
              "sheet: mesh index out of range; got 4, expected below 4");
    EXPECT_THAT(complaint([](Mesh& m) { m.uv.pop_back(); }), testing::HasSubstr("got 3, expected 4"));
    EXPECT_THAT(complaint([](Mesh& m) { m.positions_m[2].z = NAN; }), testing::HasSubstr("not finite"));
    EXPECT_THAT(complaint([](Mesh& m) { m.positions_m[0].x = INFINITY; }), testing::HasSubstr("not finite"));
}

TEST(Mesh, ACoordinateOfTheTextureMustBeFiniteToo) {
    EXPECT_THAT(complaint([](Mesh& m) { m.uv[1].x = NAN; }), testing::HasSubstr("not finite"));
}

}  // namespace
}  // namespace radforge
