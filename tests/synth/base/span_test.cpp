// SPDX-License-Identifier: Apache-2.0
#include "synth/base/span.h"

#include <gtest/gtest.h>

#include <type_traits>
#include <vector>

namespace radforge {
namespace {

int sum(Span<const int> values) {
    int total = 0;
    for (const int v : values) total += v;
    return total;
}

TEST(Span, ViewsVectorsAndArraysWithoutCopying) {
    std::vector<int> v = {1, 2, 3};
    const int array[] = {4, 5};
    EXPECT_EQ(sum(v), 6);
    EXPECT_EQ(sum(array), 9);
    EXPECT_EQ(sum({}), 0);
    Span<int> view = v;
    view[1] = 20;
    EXPECT_EQ(v[1], 20);
    EXPECT_EQ(sum(view.from(1)), 23);
    EXPECT_EQ(sum(view.first(1)), 1);
    static_assert(!std::is_constructible_v<Span<int>, const std::vector<int>&>,
                  "a view of const values is const");
}

}  // namespace
}  // namespace radforge
