// SPDX-License-Identifier: Apache-2.0
/// CT volumes as acquired: a stack of slices of HU with the exact place of each slice, so that gantry tilt
/// and uneven spacing need no resampling.
#pragma once
#include "synth/base/image.h"
#include "synth/base/vec.h"

#include <cstdint>
#include <string>
#include <vector>

namespace radforge {

enum class BodyPart { Unknown, Head, Neck, Chest, Abdomen, Pelvis, Extremity };

/// [slices, rows, columns] HU, slice-major; patient axes are DICOM's LPS (x to the left, y to the back, z to
/// the head), mm. Pixel (row r, column c) of slice s lies at slice_origin_mm[s] + c * column_spacing_mm *
/// row_direction
/// + r * row_spacing_mm * column_direction (DICOM PS3.3 C.7.6.2.1.1). Slices are sorted along the normal
/// row_direction x column_direction.
struct Volume {
    int slices = 0, rows = 0, columns = 0;
    std::vector<int16_t> hu;      ///< outside the scanned field: kHuPadding
    std::vector<uint8_t> labels;  ///< tissue of each voxel (phantoms), or empty
    double row_spacing_mm = 1, column_spacing_mm = 1;
    double slice_thickness_mm = 1;
    Vec3d row_direction{1, 0, 0}, column_direction{0, 1, 0};
    std::vector<Vec3d> slice_origin_mm;
    BodyPart body_part = BodyPart::Unknown;
    double kvp = 0;  ///< 0: unknown
    std::string id;  ///< first 16 hex digits of the SHA-256 of the voxels and geometry: no patient identity
    std::string origin;  ///< "dicom", "nifti", "vdb" or "phantom"

    static constexpr int16_t kHuPadding = -32768;

    int16_t at(int s, int r, int c) const {
        return hu[(size_t(s) * size_t(rows) + size_t(r)) * size_t(columns) + size_t(c)];
    }
    /// [rows, columns, 1] i16 view of one slice.
    ImageView<const int16_t> slice(int s) const {
        return {hu.data() + size_t(s) * size_t(rows) * size_t(columns), rows, columns, 1, columns};
    }
    Vec3d normal() const { return cross(row_direction, column_direction); }
    /// Position of each slice along the normal, mm, relative to the first.
    std::vector<double> slice_positions_mm() const;
    /// Shear between the stacking direction and the normal, degrees (0 without gantry tilt).
    double gantry_tilt_deg() const;
    /// Sets `id` from the content.
    void identify();
    /// @throws Error when sizes, spacings or directions are impossible, naming `name`
    void validate(const std::string& name) const;
};

}  // namespace radforge
