// SPDX-License-Identifier: Apache-2.0
/// Writes miniature files in the layout of the Visible Human Project, for tests of the import.
#pragma once
#include "synth/base/image.h"
#include "synth/colorize/registration.h"

#include <cstddef>
#include <string>
#include <vector>

namespace radforge::colorize::testing {

using Bytes = std::vector<std::byte>;

/// An upright picture as a section's file has it: rows from the back to the front.
Bytes section_bytes(const Image& photo, bool planar);

struct GenesisOptions {
    bool little_endian = false, magic = true;
    int version = 3;
    uint32_t depth = 16, compression = 1;
    float pixel_mm = 1.25f, thickness_mm = 3;
};
/// Header, image header and pixels of a CT slice.
Bytes genesis_bytes(const Image& stored, const GenesisOptions& options = {});

/// As Unix compress packs.
Bytes compressed(const Bytes& bytes);
void write(const std::string& path, const Bytes& bytes);

/// A trunk with fat, muscles, bone and gas, at one height: a function of the place in mm.
struct Scene {
    double z_mm = 0;
    double hu(Vec2d mm) const;
    Vec3d rgb(Vec2d mm) const;  ///< in blue gelatin
};
/// What the scanner stores: HU + 1024.
Image scene_ct(const Scene& scene, int side_px, double pixel_mm, int stored_of_water = 1024);
/// The photograph that lies over the CT slice by `transform`.
Image scene_photo(const Scene& scene, int height_px, int width_px, double pixel_mm,
                  const Similarity& transform);

}  // namespace radforge::colorize::testing
