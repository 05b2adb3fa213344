// SPDX-License-Identifier: Apache-2.0
#include "synth/dicom/body_part.h"

#include <gtest/gtest.h>

#include <vector>

namespace radforge::dicom {
namespace {

struct Said {
    const char *examined, *description, *region;
};

TEST(BodyRegion, IsThatOfTheTermsWholeWords) {
    const Said table[] = {
        {"HEAD", "", "HEAD"},
        {"JAW", "", "HEAD"},
        {"HEADNECK", "", "HEAD"},
        {"CSPINE", "", "NECK"},
        {"C-SPINE", "", "NECK"},
        {"THORAX", "", "CHEST"},
        {"HEART", "", "CHEST"},
        {"TSPINE", "", "CHEST"},
        {"CHEST_TO_PELVIS", "", "CHEST"},
        {"LSPINE", "", "ABDOMEN"},
        {"LIVER", "", "ABDOMEN"},
        {"HIP", "", "PELVIS"},
        {"SSPINE", "", "PELVIS"},
        {"EXTREMITY", "", "EXTREMITY"},
        {"HAND", "", "EXTREMITY"},
        {"WRIST", "", "EXTREMITY"},
        {"SHOULDER", "", "EXTREMITY"},
        {"LEG", "", "EXTREMITY"},
        {"FOOT", "", "EXTREMITY"},
        {"Knee", "", "EXTREMITY"},
        {"WHOLEBODY", "", ""},
        {"ARM", "ARM OVERHEAD", "EXTREMITY"},
        {"WHOLEBODY", "HEAD", ""},  // what it says decides alone
        {"", "CONTRAST DELIVERY FOOT", "EXTREMITY"},
        {"", "FEMORAL HEAD", "PELVIS"},
        {"", "l spine, sharp", "ABDOMEN"},
        {"", "OVERHEAD", ""},
        {"", "AHEAD, SHIP, CLEGG", ""},
        {"", "", ""},
    };
    for (const Said& said : table) {
        const std::vector<std::string> free{said.description};
        EXPECT_EQ(body_region(said.examined, free), said.region) << said.examined << "/" << said.description;
    }
}

TEST(BodyRegion, TheSecondTextIsReadWhereTheFirstSaysNothing) {
    const std::vector<std::string> free{"5.0 SOFT", "BRAIN ROUTINE"};
    EXPECT_EQ(body_region("", free), "HEAD");
}

}  // namespace
}  // namespace radforge::dicom
