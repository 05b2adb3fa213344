// SPDX-License-Identifier: Apache-2.0
/// Sparse OpenVDB files of volumes with labels, air left out.
#pragma once
#include "synth/volume/volume.h"

#include <cstdint>
#include <string>

namespace radforge::volume {

/// Writes three grids with index (column, row, slice) and the volume's place in LPS mm; what is air and
/// labelled as air stays inactive background: "density" (float, background 0: density_from_hu(), what a
/// projector integrates), "hu" (float, background -1000) and "label" (int32, background 0; only if the volume
/// has labels).
/// @return number of active voxels of "hu"
/// @throws Error when the file cannot be written or the slices are not evenly spaced
int64_t write_sparse_vdb(const Volume& volume, const std::string& path);

/// Reads back "hu" and "label" of such a file as a dense volume.
/// @throws Error when the file is broken or was not written by write_sparse_vdb()
Volume read_sparse_vdb(const std::string& path);

}  // namespace radforge::volume
