// SPDX-License-Identifier: Apache-2.0
/// Ways in which a film rests or is held (film-physics 5.3), as a table: name -> draw numbers, build a setup.
#pragma once
#include "physics/setup.h"
#include "physics/sheet.h"
#include "synth/base/rng.h"

#include <string>
#include <utility>
#include <vector>

namespace radforge::physics {

/// Plain numbers that replay a shape exactly, the sheet's own included; names carry units.
struct ScenarioRecipe {
    std::string name;
    std::vector<std::pair<std::string, double>> parameters;

    /// @throws Error when there is no such parameter
    double at(const std::string& parameter) const;
    /// Replaces a number that is there. @throws Error when there is no such parameter
    void set(const std::string& parameter, double value);
    /// Moves a number that is there by up to `most` either way, not beyond [lo, hi].
    void nudge(const std::string& parameter, double most, double lo, double hi, Rng& rng);
    SheetSpec sheet() const;
};

/// One entry of the table. `draw` appends its own numbers to a recipe that already holds the sheet.
struct Scenario {
    const char* name;
    const char* summary;
    void (*draw)(ScenarioRecipe& recipe, Rng& rng);
    SheetSetup (*build)(const ScenarioRecipe& recipe);
    /// Changes a recipe as handling or time change a film that stays where it is and is held at the same
    /// places.
    void (*vary)(ScenarioRecipe& recipe, Rng& rng);
};

/// Names of all scenarios in the order of the table.
std::vector<std::string> scenario_names();
/// @throws Error when the name is unknown; the message lists the choices
const Scenario& scenario(const std::string& name);
/// Draws all numbers of one shape.
ScenarioRecipe draw(const std::string& name, const SheetSpec& sheet, Rng& rng);
/// Draws numbers near a recipe's own: a shape that its sheet can reach from there.
ScenarioRecipe varied(const ScenarioRecipe& recipe, Rng& rng);

}  // namespace radforge::physics
