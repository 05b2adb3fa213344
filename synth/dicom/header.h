// SPDX-License-Identifier: Apache-2.0
/// The attributes of one CT slice that this module needs, checked.
#pragma once
#include "synth/base/vec.h"

#include <cstdint>
#include <string>

class DcmDataset;

namespace radforge::dicom {

struct Header {
    std::string series, instance;  ///< UIDs; never leave the module
    std::string modality, body_part;
    std::string split_key;  ///< split_key() of the owner
    bool localiser = false;
    int rows = 0, columns = 0;
    int bits_allocated = 0, bits_stored = 0, high_bit = 0;
    bool is_signed = false;
    double slope = 1, intercept = 0;
    bool has_padding = false;
    int32_t padding_lo = 0, padding_hi = 0;  ///< stored values, closed
    bool padding_is_word = false;            ///< those need bits beyond the stored ones: words as a whole
    Vec3d origin_mm, row_direction, column_direction;
    double row_spacing_mm = 0, column_spacing_mm = 0;
    double slice_thickness_mm = 0, kvp = 0;
    int acquisition = 0, number = 0;  ///< 0: not given

    Vec3d normal() const { return cross(row_direction, column_direction); }
    /// Same series, size, orientation (within 0.06 degrees) and spacing.
    bool stacks_with(const Header& other) const;
};

/// The low `bits` of a pattern as a number.
int32_t signed_or_not(uint32_t pattern, int bits, bool is_signed);
/// A word of the pixel data without the bits that are not stored. Words that mark padding with such bits stay
/// as they are.
int32_t stored_value(const Header& h, uint16_t word);

/// Whether the data set is a CT image at all (modality CT, rows present); nothing else is looked at.
bool is_ct_image(DcmDataset& data);
/// @throws Error naming what is missing or impossible (without the file, which the caller knows)
Header read_header(DcmDataset& data);

}  // namespace radforge::dicom
