// SPDX-License-Identifier: Apache-2.0
/// Thin slices of tissue labels through the phantoms, one at a time: the same patient at every height.
#pragma once
#include "synth/base/rng.h"
#include "synth/colorize/painter.h"
#include "synth/dataset_config.h"
#include "synth/volume/volume.h"

#include <cstdint>

namespace radforge::colorize {

/// One slice of tissue labels.
struct LabelSlice {
    Image labels;  ///< u8 [H,W,1], enum class volume::Tissue
    SliceFrame frame;
    BodyPart body_part = BodyPart::Unknown;  ///< of a trunk by the height
    double pixel_mm = 1;
    double height_mm = 0;  ///< along the patient, from the middle of the brain or the dome of the diaphragm
};

/// Slice `slice` of 0..phantom.slices-1 through phantom `number`, from chin to vertex or from hip to
/// shoulder, 0.1 mm thick as a cut surface: a pure function of its arguments.
LabelSlice phantom_section(const PhantomConfig& phantom, Seed seed, size_t number, int slice);

}  // namespace radforge::colorize
