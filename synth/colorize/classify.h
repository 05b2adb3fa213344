// SPDX-License-Identifier: Apache-2.0
/// Tissue labels of a CT slice that nobody has labelled, from HU and position: good enough to paint a section
/// from, no segmentation.
#pragma once
#include "synth/base/image.h"
#include "synth/volume/volume.h"

namespace radforge::colorize {

struct SliceFacts {
    BodyPart body_part = BodyPart::Unknown;
    double pixel_mm = 1;
    bool columns_run_left = true;  ///< towards the patient's left, as usual
    bool rows_run_back = true;     ///< towards the patient's back, as usual
};

/// Bone, fat, gas and contrast medium by HU; skin by depth; lungs by size; brain, ventricles and blood inside
/// a closed skull; solid organs of the trunk by thickness and side; other soft tissue is muscle.
/// @param hu    [H,W,1]
/// @param mask  u8 [H,W,1], the body
/// @return      u8 [H,W,1], enum class volume::Tissue; Air outside the mask
Image classify(ImageView<const int16_t> hu, const Image& mask, const SliceFacts& facts);

}  // namespace radforge::colorize
