// SPDX-License-Identifier: Apache-2.0
#include "synth/base/vec.h"

#include <gtest/gtest.h>

namespace radforge {
namespace {

void expect_near(Vec3d a, Vec3d b) { EXPECT_LT(length(a - b), 1e-12) << a.x << ' ' << a.y << ' ' << a.z; }

TEST(Vec, ProductsFollowTheRightHandRule) {
    EXPECT_EQ(cross(Vec3d{1, 0, 0}, Vec3d{0, 1, 0}), (Vec3d{0, 0, 1}));
    EXPECT_EQ(cross(Vec2d{1, 0}, Vec2d{0, 1}), 1);
    EXPECT_EQ(dot(Vec3d{1, 2, 3}, Vec3d{4, 5, 6}), 32);
}

TEST(Mat3, ProductWithVectorsIsAssociative) {
    const Mat3d a = rotation_about({0, 0, 1}, 0.3), b = rotation_about({1, 0, 0}, -1.1);
    const Vec3d v{0.2, -0.7, 3};
    expect_near((a * b) * v, a * (b * v));
}

TEST(Rotation, TurnsXIntoYAboutZAndIsOrthogonal) {
    expect_near(rotation_about({0, 0, 1}, std::acos(0.0)) * Vec3d{1, 0, 0}, {0, 1, 0});
    const Mat3d r = rotation_about(normalized(Vec3d{1, 2, -2}), 0.7);
    const Mat3d identity = r * r.transposed();
    for (int i = 0; i < 3; ++i) expect_near(identity.rows[i], Mat3d{}.rows[i]);
    expect_near(r * normalized(Vec3d{1, 2, -2}), normalized(Vec3d{1, 2, -2}));
    EXPECT_NEAR(dot(r.rows[0], cross(r.rows[1], r.rows[2])), 1, 1e-12);
}

TEST(Pose, LocalAndWorldAreInverse) {
    const Pose pose{rotation_about({0, 1, 0}, 0.4), {1, 2, 3}};
    const Vec3d p{0.1, -5, 2};
    expect_near(pose.to_local(pose.to_world(p)), p);
    expect_near(pose.to_world({0, 0, 0}), {1, 2, 3});
}

}  // namespace
}  // namespace radforge
