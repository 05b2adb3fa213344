// SPDX-License-Identifier: Apache-2.0
/// CT series in: any folder of DICOM files -> series of slices in HU with their exact places.
/// Nothing about a patient leaves this module: geometry, kVp and a body part code are all that is kept, and
/// unique identifiers survive only inside a hash.
#pragma once
#include "synth/base/memory.h"
#include "synth/base/span.h"
#include "synth/base/vec.h"

#include <cstdint>
#include <string>
#include <vector>

namespace radforge::dicom {

/// A file that was left out, and why.
struct LeftOut {
    std::string file, why;
};

/// A run of slices that share series, size, orientation and pixel spacing.
struct SeriesInfo {
    std::string id;         ///< 16 hex digits from the hashed instance UIDs: stable under renaming and moving
    std::string split_key;  ///< of its patient, see split_key.h: written nowhere
    std::vector<std::string> files;  ///< one per slice, sorted along the normal
    int rows = 0, columns = 0;
    std::string body_part;  ///< body_region(), or empty
};

struct ScanReport {
    int64_t files = 0;              ///< looked at
    int64_t not_dicom = 0;          ///< anything else in the folder
    int64_t not_ct = 0;             ///< DICOM of another modality, without an image, or a localiser
    int64_t duplicates = 0;         ///< second copies of an instance, second slices at one position
    int64_t repeats = 0;            ///< slices of acquisitions that another of their series stands for
    std::vector<LeftOut> left_out;  ///< CT slices that cannot be used, and copies that others are better than
};

/// Finds the CT series below files and folders, whatever the files are called. Of copies of one instance, one
/// that can be read to its end stands for all. Acquisitions of one series that continue each other along the
/// normal make one volume; of those that lie in one place (phases of contrast, doses) the one of most slices
/// stands for all, of equal ones that of the lowest number.
/// @return       sorted by id
/// @throws Error when a path does not exist or cannot be listed
std::vector<SeriesInfo> scan(Span<const std::string> paths, ScanReport& report);

/// Decoded slices; the pixel (r, c) of slice s lies at
/// origin_mm[s] + c * column_spacing_mm * row_direction + r * row_spacing_mm * column_direction (PS3.3
/// C.7.6.2.1.1).
struct Series {
    int rows = 0, columns = 0;
    std::vector<int16_t> hu;  ///< [slices, rows, columns]; kPadding outside the scanned field
    std::vector<Vec3d> origin_mm;
    Vec3d row_direction{1, 0, 0}, column_direction{0, 1, 0};
    double row_spacing_mm = 1, column_spacing_mm = 1;
    double slice_thickness_mm = 0;  ///< 0: not given
    double kvp = 0;                 ///< 0: not given
    std::string body_part;

    static constexpr int16_t kPadding = -32768;
};

/// A step between neighbouring slices more than 1.8 times as wide as the median of it and the three on either
/// side: series may have zones of their own spacing.
struct Gap {
    int after_slice = 0;
    double spacing_mm = 0;
};

struct ReadReport {
    std::vector<LeftOut> left_out;  ///< slices that did not decode or do not fit the others
    std::vector<Gap> gaps;
    int64_t duplicates = 0;
    int64_t padding_voxels = 0;
    int64_t clamped_voxels = 0;  ///< HU beyond +-32767 after the rescale, held at that bound
};

/// Decodes slices: uncompressed in every byte order, RLE, JPEG, JPEG-LS, JPEG 2000. MONOCHROME1 changes only
/// how an image is shown, never the rescale to HU (PS3.3 C.7.6.3.1.2), so it has no effect here.
/// @param files  the slices of one series, in any order
/// @throws Error when fewer than half of the slices can be used, or when all would take more than `memory_gb`
Series read(Span<const std::string> files, ReadReport& report, double memory_gb = kAnyMemory);

}  // namespace radforge::dicom
