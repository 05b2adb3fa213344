// SPDX-License-Identifier: Apache-2.0
/// Stored pixel values of one slice, whatever the transfer syntax.
#pragma once
#include "synth/dicom/header.h"

#include <cstdint>
#include <string>
#include <vector>

class DcmFileFormat;

namespace radforge::dicom {

/// Call prepare_toolkit() before.
/// @return       [rows, columns] stored values with their sign
/// @throws Error when the pixel data is missing, truncated, or its codec is not known
std::vector<int32_t> stored_pixels(DcmFileFormat& file, const Header& header);

/// One slice: its header, and its pixels as stored_pixels() gives them.
struct StoredSlice {
    Header header;
    std::vector<int32_t> pixels;
};
/// @throws Error when any part of the file cannot be read, or it is a localiser
StoredSlice read_stored(const std::string& file);

}  // namespace radforge::dicom
