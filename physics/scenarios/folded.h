// SPDX-License-Identifier: Apache-2.0
/// What the folded scenarios share.
#pragma once
#include "physics/setup.h"
#include "physics/sheet.h"

namespace radforge::physics::scenarios {

/// Puts a film with one fold on the desk (y = 0), image side up: the larger part tilted by `tilt_rad` about
/// the fold, the lowest point just above the desk.
void lay_folded(SheetSetup& setup, const SheetSpec& sheet, const Crease& crease, double tilt_rad);

}  // namespace radforge::physics::scenarios
