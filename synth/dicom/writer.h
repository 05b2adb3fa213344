// SPDX-License-Identifier: Apache-2.0
/// DICOM images out: slices that a network restored from a photo of a film. Marked DERIVED\SECONDARY and as
/// not for diagnosis; nothing in them is about a patient.
#pragma once
#include "synth/base/span.h"
#include "synth/base/vec.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace radforge::dicom {

/// Where a slice lies in space; known only when somebody says so: a photo does not show it.
struct SlicePlace {
    double pixel_mm = 0, slice_mm = 0;  ///< side of a pixel; distance of neighbouring slices
};

struct RestoredSlice {
    int rows = 0, columns = 0;
    std::vector<int16_t> hu;  ///< [rows,columns]
    double window_center_hu = 40, window_width_hu = 400;
};

struct RestoredSeries {
    std::vector<RestoredSlice> slices;
    std::optional<SlicePlace> place;  ///< then CT Image Storage, else Secondary Capture Image Storage
    std::string derivation;           ///< how they were made, in words; at most 1024 characters of ASCII
    std::string description;          ///< of the series, at most 64 characters of ASCII
    std::string study;                ///< series of equal texts are of one study: name the photo
};

/// Unique identifier below 2.25 (PS3.5 B.2) from a text: 128 bits of its SHA-256.
std::string uid_of(const std::string& text);

/// Writes <directory>/slice-001.dcm and so on: one study, one series, Explicit VR Little Endian, int16 values
/// that are HU (RescaleSlope 1, RescaleIntercept 0). Equal series give equal bytes; those that differ in
/// anything have identifiers of their own.
/// @returns the files' names
/// @throws Error when a slice is impossible, a text too long or not ASCII, or a file cannot be written
std::vector<std::string> write_restored(const std::string& directory, const RestoredSeries& series);

}  // namespace radforge::dicom
