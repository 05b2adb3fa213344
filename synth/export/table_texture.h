// SPDX-License-Identifier: Apache-2.0
/// Surfaces to lay behind a cut-out film: loaders of Doc3D replace the background by textures of a list.
#pragma once
#include "synth/base/image.h"

#include <cstdint>

namespace radforge::exporter {

/// Value noise of several octaves between two drawn colours, stretched along one axis like grain for every
/// second number. The pixels depend on size and number only.
/// @return u8 [size_px,size_px,3] sRGB
Image table_texture(int size_px, uint64_t number);

}  // namespace radforge::exporter
