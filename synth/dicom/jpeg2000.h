// SPDX-License-Identifier: Apache-2.0
/// JPEG 2000 code streams (ISO/IEC 15444-1) of one grey component.
#pragma once
#include "synth/base/span.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace radforge::dicom {

struct GreyImage {
    int rows = 0, columns = 0;
    int precision_bits = 0;
    bool is_signed = false;       ///< as the code stream declares it
    std::vector<int32_t> values;  ///< [rows, columns]
};

/// @param codestream  a raw code stream (as DICOM has it) or a JP2 file
/// @throws Error when it is broken, truncated, or has more than one component
GreyImage decode_jpeg2000(Span<const std::byte> codestream);

}  // namespace radforge::dicom
