// SPDX-License-Identifier: Apache-2.0
/// Samples as pictures to look at: one row a sample, one tile a member.
#pragma once
#include "synth/shard/sample.h"

#include <optional>
#include <string>
#include <vector>

namespace radforge {

/// One member in colour, or nothing for text. Pictures as they are; maps by what they hold: uv in red and
/// green, backward maps alike from [-1,1], normals from [-1,1], positions stretched per axis, depth near =
/// bright, HU in a window of 40 +- 200, `labels` a colour for each, anything else stretched between its
/// smallest and largest value. Missing values are black.
/// @return  u8 [H,W,3] sRGB
std::optional<Image> show(const Field& field, const FieldSpec& spec);

/// A picture of a sample, and what it shows.
struct Tile {
    std::string name;
    Image picture;  ///< u8 [H,W,3]
};
/// The members of a sample that have a picture.
std::vector<Tile> tiles(const Sample& sample, const std::vector<FieldSpec>& specs);

/// A sheet of one row a sample, tiles `tile_px` high under their names, the samples' numbers below.
/// @param rows  as many tiles for each sample; at least one
/// @return      u8 [H,W,3]
Image tile_sheet(const std::vector<Sample>& samples, const std::vector<std::vector<Tile>>& rows, int tile_px);

/// A sheet of tiles `tile_px` high with the members' names on top and the keys at the left.
/// @param samples  at least one, all with the fields of `specs`
/// @return         u8 [H,W,3]
Image contact_sheet(const std::vector<Sample>& samples, const std::vector<FieldSpec>& specs,
                    int tile_px = 168);

}  // namespace radforge
