// SPDX-License-Identifier: Apache-2.0
#include "synth/base/error.h"

#include <gtest/gtest.h>

namespace radforge {
namespace {

TEST(Error, ReadsAsOneSentenceInAFixedOrder) {
    const Error e = Error(ErrorKind::Usage, "unknown key")
                        .where("a.toml:3:1")
                        .got("'ssp'")
                        .expected("a key")
                        .hint("did you mean 'spp'?");
    EXPECT_STREQ(e.what(), "a.toml:3:1: unknown key; got 'ssp', expected a key; did you mean 'spp'?");
}

TEST(Error, CopiesKeepTextAndKindWhenCaughtAsAStandardException) {
    try {
        throw Error(ErrorKind::TryAgain, "disk full").where("/out");
    } catch (const std::exception& e) {
        EXPECT_STREQ(e.what(), "/out: disk full");
        EXPECT_EQ(dynamic_cast<const Error&>(e).kind(), ErrorKind::TryAgain);
    }
}

TEST(Error, KindsAreTheExitCodesOfSysexits) {
    EXPECT_EQ(Error(ErrorKind::Failed, "").exit_code(), 1);
    EXPECT_EQ(Error(ErrorKind::Usage, "").exit_code(), 64);
    EXPECT_EQ(Error(ErrorKind::BadData, "").exit_code(), 65);
    EXPECT_EQ(Error(ErrorKind::TryAgain, "").exit_code(), 75);
}

TEST(Assert, NamesTheBrokenInvariant) {
    const int one = 1;
    EXPECT_NO_THROW(RADFORGE_ASSERT(one == 1));
    try {
        RADFORGE_ASSERT(one == 2);
        FAIL();
    } catch (const std::logic_error& e) {
        EXPECT_NE(std::string(e.what()).find("broken invariant: one == 2"), std::string::npos);
    }
}

}  // namespace
}  // namespace radforge
