// SPDX-License-Identifier: Apache-2.0
#include "synth/xray/turn_lanes.h"

namespace radforge::xray {
TurnRows turn_rows_avx512() { return turn_rows_here(); }
}  // namespace radforge::xray
