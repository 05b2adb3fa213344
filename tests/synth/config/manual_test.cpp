// SPDX-License-Identifier: Apache-2.0
#include "synth/config/manual.h"

#include "tests/synth/config/sample_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace radforge::config {
namespace {

TEST(Manual, ListsEveryKeyWithDefaultUnitRangeAndMeaning) {
    const std::string text = manual<SampleSettings>();
    using testing::HasSubstr;
    EXPECT_THAT(text,
                HasSubstr("### `camera`: view and lens\n\n| key | default | unit | range | meaning |\n"));
    EXPECT_THAT(text, HasSubstr("| `camera.width_px` | `448` | px | [16, 16384] | width of the photo |\n"));
    EXPECT_THAT(
        text,
        HasSubstr("| `camera.encoding` | `\"png\"` |  | one of png, jpg | how the photo is stored |\n"));
    EXPECT_THAT(text, HasSubstr("| `camera.lens.k1` | `0.01` |  | [-0.3, 0.3] | radial distortion |\n"));
    EXPECT_THAT(text, HasSubstr("prints \\| copies"));
    EXPECT_EQ(text.find("| `seed` |"), text.find("\n| `seed`") + 1);
    EXPECT_LT(text.find("`seed`"), text.find("### `camera`"));
}

}  // namespace
}  // namespace radforge::config
