// SPDX-License-Identifier: Apache-2.0
/// CT volumes that a user points at: DICOM folders, NIfTI files, OpenVDB files.
#pragma once
#include <string>
#include <vector>

#include "synth/base/log.h"
#include "synth/base/span.h"
#include "synth/volume/volume.h"

namespace radforge::volume {

/// One volume on disk, named by its content: the id stays the same when files are renamed or moved.
struct CtSource {
    std::string id;      ///< 16 hex digits, no identity of a patient
    std::string origin;  ///< "dicom", "nifti" or "vdb"
    std::vector<std::string> files;  ///< sorted along the slices (DICOM), or the one file
};

/// @param paths  folders (searched deeply) or files
/// @return       sources sorted by id; each series, file once
/// @throws Error when a path is missing or holds no CT
std::vector<CtSource> find_sources(Span<const std::string> paths, Logger& logger);

/// Decodes a source. Broken slices are left out with a warning as long as enough remain.
/// @throws Error when nothing useful remains
Volume load(const CtSource& source);

}  // namespace radforge::volume
