// SPDX-License-Identifier: Apache-2.0
#include "render/optics/doubles4.h"

#include "synth/base/vec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace radforge::optics {
namespace {

/// Something of everything that a template may ask of T.
template <class T>
T mixed(T a, T b) {
    T c, s;
    turn(a, c, s);
    const Vec3<T> v{a, b, c}, w = cross(v, Vec3<T>{s, T(0.1), a - b});
    const T r = root(magnitude(dot(v, w) / (1 + b * b)));
    return select((r < T(0.7)) | (a >= b), -r * 3, r / 7);
}

TEST(Doubles4, EveryLaneHasTheBitsOfOneDouble) {
    int count = 0;
    for (int i = 0; i < 300; ++i) {
        Doubles4 a, b;
        for (int k = 0; k < Doubles4::kLanes; ++k) {
            a.set(k, std::sin(1.7 * i + k) * 3);
            b.set(k, std::cos(0.3 * i * k) * 2);
        }
        const Doubles4 all = mixed(a, b);
        for (int k = 0; k < Doubles4::kLanes; ++k, ++count)
            ASSERT_EQ(all[k], mixed(a[k], b[k])) << i << " " << k;
    }
    EXPECT_EQ(count, 1200);
}

TEST(Doubles4, ComparesLaneByLaneAndKnowsSignsAndNaN) {
    Doubles4 a = 1.5;
    EXPECT_FALSE(any(a != Doubles4(1.5)));
    a.set(2, std::numeric_limits<double>::quiet_NaN());
    EXPECT_TRUE(any(a != Doubles4(1.5)));
    EXPECT_EQ((a == a)[2], 0);
    EXPECT_NE((a == a)[3], 0);
    EXPECT_TRUE(std::signbit(Doubles4(-0.0)[1]));
    EXPECT_FALSE(std::signbit(magnitude(Doubles4(-0.0))[1]));
    EXPECT_TRUE(any(Doubles4(1) > Doubles4(0)) && any(Doubles4(1) <= Doubles4(1)));
}

}  // namespace
}  // namespace radforge::optics
