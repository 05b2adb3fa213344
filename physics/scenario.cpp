// SPDX-License-Identifier: Apache-2.0
#include "physics/scenario.h"

#include "physics/scenarios/scenarios.h"
#include "synth/base/error.h"

#include <algorithm>

namespace radforge::physics {
namespace {

/// Every scenario; a new one is a file in scenarios/, its declaration there and a row here.
const Scenario* const kScenarios[] = {
    &scenarios::kFlatCurl,      &scenarios::kHangingCorner, &scenarios::kHangingTwoCorners,
    &scenarios::kHeldSides,     &scenarios::kLeaningWall,   &scenarios::kOverCylinder,
    &scenarios::kDeskEdge,      &scenarios::kBuckledArch,   &scenarios::kPinched,
    &scenarios::kRolledMemory,  &scenarios::kReopenedFold,  &scenarios::kDogEar,
    &scenarios::kLightboxClips, &scenarios::kCrumpled,      &scenarios::kInHand,
    &scenarios::kStack,
};

}  // namespace

double ScenarioRecipe::at(const std::string& parameter) const {
    for (const auto& [key, value] : parameters)
        if (key == parameter) return value;
    throw Error(ErrorKind::BadData, "recipe has no parameter '" + parameter + "'").where(name);
}

void ScenarioRecipe::set(const std::string& parameter, double value) {
    for (auto& [key, number] : parameters)
        if (key == parameter) {
            number = value;
            return;
        }
    throw Error(ErrorKind::BadData, "recipe has no parameter '" + parameter + "'").where(name);
}

void ScenarioRecipe::nudge(const std::string& parameter, double most, double lo, double hi, Rng& rng) {
    const double value = at(parameter);
    set(parameter, std::clamp(value + rng.uniform(-most, most), std::min(lo, value), std::max(hi, value)));
}

SheetSpec ScenarioRecipe::sheet() const {
    SheetSpec s;
    s.width_m = at("width_m");
    s.height_m = at("height_m");
    s.material = {at("thickness_m"), at("youngs_modulus_pa"), at("poisson_ratio"), at("density_kg_per_m3"),
                  at("yield_strain")};
    s.friction = at("friction");
    s.curl_per_m = at("curl_per_m");
    s.curl_axis_deg = at("curl_axis_deg");
    s.validate();
    return s;
}

std::vector<std::string> scenario_names() {
    std::vector<std::string> names;
    for (const Scenario* s : kScenarios) names.push_back(s->name);
    return names;
}

const Scenario& scenario(const std::string& name) {
    std::string choices;
    for (const Scenario* s : kScenarios) {
        if (name == s->name) return *s;
        choices += (choices.empty() ? "" : ", ") + std::string(s->name);
    }
    throw Error(ErrorKind::BadData, "unknown scenario").got("'" + name + "'").expected("one of " + choices);
}

ScenarioRecipe draw(const std::string& name, const SheetSpec& sheet, Rng& rng) {
    sheet.validate();
    const SheetMaterial& m = sheet.material;
    ScenarioRecipe recipe{name,
                          {{"width_m", sheet.width_m},
                           {"height_m", sheet.height_m},
                           {"thickness_m", m.thickness_m},
                           {"youngs_modulus_pa", m.youngs_modulus_pa},
                           {"poisson_ratio", m.poisson_ratio},
                           {"density_kg_per_m3", m.density_kg_per_m3},
                           {"yield_strain", m.yield_strain},
                           {"friction", sheet.friction},
                           {"curl_per_m", sheet.curl_per_m},
                           {"curl_axis_deg", sheet.curl_axis_deg}}};
    scenario(name).draw(recipe, rng);
    return recipe;
}

ScenarioRecipe varied(const ScenarioRecipe& recipe, Rng& rng) {
    ScenarioRecipe near = recipe;
    scenario(recipe.name).vary(near, rng);
    return near;
}

}  // namespace radforge::physics
