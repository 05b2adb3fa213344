// SPDX-License-Identifier: Apache-2.0
#include "synth/dicom/split_key.h"

#include <gtest/gtest.h>

namespace radforge::dicom {
namespace {

TEST(SplitKey, IsTheSameForAllStudiesAndSeriesOfAPatient) {
    const std::string key = split_key({"4711", "", "1.2", "1.2.1"});
    EXPECT_EQ(split_key({"4711", "", "1.3", "1.3.1"}), key);
    EXPECT_NE(split_key({"4712", "", "1.2", "1.2.1"}), key);
    EXPECT_NE(split_key({"4711", "another hospital", "1.2", "1.2.1"}), key);
    EXPECT_EQ(key.size(), 16u);
    EXPECT_EQ(key.find("4711"), std::string::npos);
}

// An id that an anonymiser writes into all files would put them all into one split.
TEST(SplitKey, FollowsTheStudyWhereTheIdNamesNobody) {
    for (const char* const id : {"", "ANONYMOUS", "Anonymous^^", "anon", "0", "0000", "XXX", "Unknown", "N/A",
                                 "de-identified", "-"}) {
        EXPECT_NE(split_key({id, "", "1.2", "1.2.1"}), split_key({id, "", "1.3", "1.3.1"})) << id;
        EXPECT_EQ(split_key({id, "", "1.2", "1.2.1"}), split_key({id, "", "1.2", "1.2.2"})) << id;
        EXPECT_NE(split_key({id, "", "", "1.2.1"}), split_key({id, "", "", "1.2.2"})) << id;
    }
    for (const char* const id : {"7", "10", "anonymous-7", "LIDC-IDRI-0001", "Xaver"})
        EXPECT_EQ(split_key({id, "", "1.2", "1.2.1"}), split_key({id, "", "1.3", "1.3.1"})) << id;
}

}  // namespace
}  // namespace radforge::dicom
