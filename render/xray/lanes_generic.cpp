// SPDX-License-Identifier: Apache-2.0
#include "render/xray/lanes_rows.h"
#include "render/xray/lanes_shear.h"

namespace radforge::xray {

template struct Lanes<0>;

LaneTable lanes_generic() { return lane_table<0>(); }

}  // namespace radforge::xray
