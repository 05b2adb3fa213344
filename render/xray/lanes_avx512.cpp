// SPDX-License-Identifier: Apache-2.0
#include "render/xray/lanes_rows.h"
#include "render/xray/lanes_shear.h"

namespace radforge::xray {

template struct Lanes<512>;

LaneTable lanes_avx512() { return lane_table<512>(); }

}  // namespace radforge::xray
