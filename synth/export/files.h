// SPDX-License-Identifier: Apache-2.0
/// Files of foreign formats, made in memory. Equal values give equal bytes: no times, hosts or paths inside.
#pragma once
#include "synth/base/image.h"

#include <string>
#include <vector>

namespace radforge::exporter {

/// MATLAB 7.3 file (HDF5 behind a 512-byte header) with one array of doubles, H x W x C as MATLAB counts it:
/// the dataset in the file has the axes reversed, (C, W, H), and carries the attribute MATLAB_class, without
/// which hdf5storage hands the array over transposed. One channel becomes a matrix, H x W.
/// @param values  f32 [H,W,C]
std::string encode_mat(const std::string& name, const Image& values);

/// One raster of an OpenEXR file.
struct ExrPart {
    std::string name;                   ///< of the part; may be empty when there is only one
    std::vector<std::string> channels;  ///< "R", "albedo.R"; as many as `values` has
    Image values;                       ///< f32 [H,W,C]
};
/// OpenEXR of 32-bit floats, ZIP, channels exactly as named.
/// @throws Error when the encoder fails
std::string encode_exr(const std::vector<ExrPart>& parts);
/// Three channels R, G, B: what OpenCV hands over as H x W x 3 in the order (B, G, R).
std::string encode_exr_rgb(const Image& values);

/// A .npz (zip without compression) with one float32 array.
/// @param values  f32 [H,W,C], written as numpy shape (H, W, C)
std::string encode_npz(const std::string& name, const Image& values);

}  // namespace radforge::exporter
