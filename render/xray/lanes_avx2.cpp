// SPDX-License-Identifier: Apache-2.0
#include "render/xray/lanes_rows.h"
#include "render/xray/lanes_shear.h"

namespace radforge::xray {

template struct Lanes<2>;

LaneTable lanes_avx2() { return lane_table<2>(); }

}  // namespace radforge::xray
