// SPDX-License-Identifier: Apache-2.0
/// Settings of the film's deformation.
#pragma once
#include "physics/scenario.h"
#include "physics/sheet.h"
#include "synth/config/schema.h"

namespace radforge::physics {

/// The same weight for every name.
inline Weights equal_weights(const std::vector<std::string>& names) {
    Weights weights;
    for (const std::string& name : names) weights.of[name] = 1;
    return weights;
}

struct PhysicsConfig {
    Weights scenario = equal_weights(scenario_names());
    int long_side_nodes = 65;
    double refine_cell_mm = 1.7;
    int max_redraws = 8;
    int shapes_per_simulation = 1;
    Dist<double> thickness_um = Dist<double>::choice({170, 175, 175, 175, 180, 200});
    Dist<double> youngs_modulus_gpa = Dist<double>::uniform(4.5, 5.0);
    Dist<double> friction = Dist<double>::uniform(0.2, 0.5);
    Dist<double> curl_per_m = Dist<double>::uniform(-2.0, 2.0);
    Dist<double> curl_axis_deg = Dist<double>::uniform(0.0, 180.0);

    template <class V>
    void visit(V& v) {
        v("scenario", scenario, Options(scenario_names()),
          "how often each way of resting or holding the film is drawn");
        v("long_side_nodes", long_side_nodes, "nodes", Range{17, 257},
          "solver grid along the film's longer side");
        v("refine_cell_mm", refine_cell_mm, "mm", Range{0.5, 20.0}, "largest cell of the rendered mesh");
        v("max_redraws", max_redraws, "shapes", Range{0, 1000}, "refused shapes before a sample fails");
        v("shapes_per_simulation", shapes_per_simulation, "samples", Range{1, 64},
          "so many adjacent samples show one film: the first as it settled, the others after a little "
          "handling "
          "or at other moments; they share film size and CT volume");
        v("thickness_um", thickness_um, "um", Range{80.0, 300.0}, "film thickness");
        v("youngs_modulus_gpa", youngs_modulus_gpa, "GPa", Range{1.0, 10.0}, "Young's modulus of the film");
        v("friction", friction, "1", Range{0.0, 1.5},
          "Coulomb friction of the film on desk, wall and cylinder");
        v("curl_per_m", curl_per_m, "1/m", Range{-10.0, 10.0},
          "curvature kept from the roll; positive: image side hollow; rolled_memory draws its own");
        v("curl_axis_deg", curl_axis_deg, "deg", Range{-360.0, 360.0},
          "direction of strongest curl from the film's width");
    }
};

/// A sheet of the given size with material, friction and curl drawn from the config.
SheetSpec draw_sheet(const PhysicsConfig& config, double width_m, double height_m, Rng& rng);

}  // namespace radforge::physics
