// SPDX-License-Identifier: Apache-2.0
/// A hand that pinches the film at the middle of an edge: what the scenarios with a hand share.
#pragma once
#include "physics/scenario.h"

#include <vector>

namespace radforge::physics::scenarios {

/// Appends edge, grip, fingers and angles of the hold to a recipe.
void draw_pinch(ScenarioRecipe& recipe, Rng& rng);

/// The held rectangle, where the film is with its held edge on top, and the fingers in the film's frame.
struct Pinch {
    FilmRect held;
    Pose film;
    struct Finger {
        Vec3d root_m, tip_m;
        double radius_m;
    };
    std::vector<Finger> fingers;

    /// The fingers when the film's frame is at `pose`.
    std::vector<Collider> shapes(const Pose& pose) const;
};
Pinch pinch(const ScenarioRecipe& recipe);

}  // namespace radforge::physics::scenarios
