// SPDX-License-Identifier: Apache-2.0
/// The scenarios of film-physics 5.3, one per file. World: y up, desk at y = 0, the viewer towards +z.
#pragma once
#include "physics/scenario.h"

namespace radforge::physics::scenarios {

/// What every film at rest does: its memory of the roll grows or fades, and turns a little.
void vary_curl(ScenarioRecipe& recipe, Rng& rng);

extern const Scenario kFlatCurl;
extern const Scenario kHangingCorner;
extern const Scenario kHangingTwoCorners;
extern const Scenario kHeldSides;
extern const Scenario kLeaningWall;
extern const Scenario kOverCylinder;
extern const Scenario kDeskEdge;
extern const Scenario kBuckledArch;
extern const Scenario kPinched;
extern const Scenario kRolledMemory;
extern const Scenario kReopenedFold;
extern const Scenario kDogEar;
extern const Scenario kLightboxClips;
extern const Scenario kCrumpled;
extern const Scenario kInHand;
extern const Scenario kStack;

}  // namespace radforge::physics::scenarios
