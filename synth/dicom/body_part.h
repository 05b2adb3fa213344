// SPDX-License-Identifier: Apache-2.0
/// Which region of the body a CT shows, by what its headers say.
#pragma once
#include "synth/base/span.h"

#include <string>

namespace radforge::dicom {

/// The defined terms of PS3.16 annex L and some words in common use, whole words alone, in capitals or not;
/// two words beside each other count as one before each counts by itself ("C-SPINE", "femoral head").
/// @param examined  BodyPartExamined: decides alone unless it is empty
/// @param free      series description, protocol: the first word that is known, in this order
/// @return HEAD, NECK, CHEST, ABDOMEN, PELVIS, EXTREMITY or empty; of terms for several regions the first
std::string body_region(const std::string& examined, Span<const std::string> free);

}  // namespace radforge::dicom
