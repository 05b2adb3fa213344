// SPDX-License-Identifier: Apache-2.0
/// Film datasets whose warp is a formula, for tests of what is learned from and scored on them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace radforge::test {

struct FilmSetOptions {
    std::vector<std::string> splits = {"test"};  ///< a shard each
    int samples = 3;                             ///< in each
    int side_px = 96;                            ///< of the photos; maps alike, backward maps half
    std::vector<std::string> without;            ///< fields left out
    /// The slices have no CT values within 10 texels, added up both ways, of their corners; of those on the
    /// left above the photo hides the outer ones.
    bool round_field = false;
    bool touching = false;  ///< the slices touch in the middle of the film
    /// Numbers of samples whose slices are 20 texels high, and of those whose film nobody sees.
    std::vector<uint64_t> small, hidden;
};

/// A patterned film that fills 0.15..0.85 of the photo; its columns bend by 0.05 sin(pi v) of the width, or
/// the other way round for odd samples. Volumes "phantom-0", "phantom-1", ..., scenarios "bent" and "bent
/// back".
/// Two slices, 10 and 11, whose CT values are -1024 + 4095 times the pattern's green, printed as if in
/// 0..1000 HU and 1000..3000 HU.
void write_film_set(const std::string& directory, const FilmSetOptions& options = {});

}  // namespace radforge::test
