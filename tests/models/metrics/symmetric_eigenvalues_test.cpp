// SPDX-License-Identifier: Apache-2.0
#include "models/metrics/symmetric_eigenvalues.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace radforge::metrics {
namespace {

TEST(SymmetricEigenvalues, OfTheSecondDifferenceAreKnown) {
    // 2 on the diagonal, -1 beside it: 2 - 2 cos(pi k / (n + 1)).
    constexpr size_t n = 40;
    std::vector<double> a(n * n);
    for (size_t i = 0; i < n; ++i) {
        a[i * n + i] = 2;
        if (i > 0) a[i * n + i - 1] = a[(i - 1) * n + i] = -1;
    }
    std::vector<double> values = symmetric_eigenvalues(a, n);
    std::sort(values.begin(), values.end());
    for (size_t k = 0; k < n; ++k)
        EXPECT_NEAR(values[k], 2 - 2 * std::cos(3.14159265358979323846 * double(k + 1) / double(n + 1)),
                    1e-12);
}

TEST(SymmetricEigenvalues, OfNothingAndOfANumber) {
    EXPECT_TRUE(symmetric_eigenvalues({}, 0).empty());
    EXPECT_EQ(symmetric_eigenvalues({-3}, 1), std::vector<double>{-3});
}

}  // namespace
}  // namespace radforge::metrics
