// SPDX-License-Identifier: Apache-2.0
#include "synth/base/running_sum.h"

#include "synth/base/hash.h"

#include <gtest/gtest.h>

#include <string>

namespace radforge {
namespace {

TEST(RunningSum, PiecesOfAnySizeGiveTheSumOfTheWhole) {
    std::string text;
    for (int i = 0; i < 5000; ++i) text += char(i * i % 251);
    for (const size_t size : {size_t(0), size_t(1), size_t(100), text.size()})
        for (const size_t piece : {size_t(1), size_t(7), size_t(256), size_t(4096)}) {
            const std::string whole = text.substr(0, size);
            RunningSum sum;
            for (size_t at = 0; at < size; at += piece) sum.add(bytes_of(whole.substr(at, piece)));
            EXPECT_EQ(sum.value(), xxh3_64(bytes_of(whole))) << size << " in pieces of " << piece;
        }
}

}  // namespace
}  // namespace radforge
