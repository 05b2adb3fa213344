// SPDX-License-Identifier: Apache-2.0
/// CT volumes that a user points at: DICOM folders, NIfTI files, OpenVDB files.
#pragma once
#include "synth/base/log.h"
#include "synth/base/memory.h"
#include "synth/base/span.h"
#include "synth/volume/volume.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace radforge::volume {

/// One volume on disk, named by its content: the id stays the same when files are renamed or moved.
/// Of a DICOM series it hashes the instance UIDs and the image size (nothing is decoded), of other files the
/// bytes.
struct CtSource {
    std::string id;                          ///< 16 hex digits, no identity of a patient
    std::string origin;                      ///< "dicom", "nifti" or "vdb"
    std::vector<std::string> files;          ///< sorted along the slices (DICOM), or the one file
    BodyPart body_part = BodyPart::Unknown;  ///< what the file says, before its voxels are read
    /// The same for all series of one patient; of other files their id. Written nowhere: dicom/split_key.h.
    std::string split_key = {};
};

/// A series with fewer slices makes no volume.
inline constexpr int kFewestSlices = 3;

/// @param paths  folders (searched deeply) or files
/// @return       sorted by id; each series and file once
/// @throws Error when a path is missing or holds no CT; what is left out beside usable CT is a warning
std::vector<CtSource> find_sources(Span<const std::string> paths, Logger& logger);

/// What decoding could not keep.
struct LoadReport {
    std::vector<std::pair<std::string, std::string>> left_out;  ///< file of a slice, why
    std::vector<std::pair<int, double>> gaps;                   ///< slice before the gap, its width in mm
    int64_t duplicate_slices = 0;
    int64_t padding_voxels = 0;       ///< outside the scanned field, or NaN
    int64_t clamped_voxels = 0;       ///< beyond +-32767 HU
    bool nothing_below_0_hu = false;  ///< of files that do not tell their unit: neither air nor fat
};

/// Decodes a source on the calling thread (safe inside any task). Broken slices are left out and reported.
/// @throws Error when fewer than half of the slices, or fewer than kFewestSlices of a series, remain, or when
/// the headers ask for more than `memory_gb`
Volume load(const CtSource& source, LoadReport& report, double memory_gb = kAnyMemory);
/// The same for callers that show no report.
Volume load(const CtSource& source);

/// One line for the log that says what was lost of a source, with its files, or that its values can hardly be
/// HU; empty when all is well. DICOM pads what lies outside the scanned field: no loss.
std::string loss_note(const CtSource& source, const LoadReport& report);
/// For what is made from the space between slices: too much of it must not be made up.
/// @throws Error when more than a quarter of the volume's length lies in gaps
void require_few_gaps(const CtSource& source, const Volume& volume, const LoadReport& report);

/// What a region that dicom::body_region() names stands for.
BodyPart body_part_of(const std::string& code);

}  // namespace radforge::volume
