// SPDX-License-Identifier: Apache-2.0
/// The film as a thin elastic plate: film-physics section 1.
#pragma once

namespace radforge::physics {

/// Biaxially drawn polyester film base; strains stay linear up to `yield_strain`.
struct SheetMaterial {
    double thickness_m = 175e-6;
    double youngs_modulus_pa = 4.9e9;
    double poisson_ratio = 0.38;
    double density_kg_per_m3 = 1390;
    double yield_strain = 0.02;

    /// Plate rigidity D = E h^3 / (12 (1 - nu^2)), N m.
    double flexural_rigidity_n_m() const {
        return youngs_modulus_pa * thickness_m * thickness_m * thickness_m /
               (12 * (1 - poisson_ratio * poisson_ratio));
    }
    double areal_density_kg_per_m2() const { return density_kg_per_m3 * thickness_m; }
};

/// One film: size, material, friction against whatever it touches, and the curvature it kept from the roll.
struct SheetSpec {
    double width_m = 0.3556, height_m = 0.4318;  ///< u runs along the width, v down the height
    SheetMaterial material;
    double friction = 0.35;    ///< Coulomb coefficient, film on desk
    double curl_per_m = 0;     ///< rest curvature; positive: the image side is hollow
    double curl_axis_deg = 0;  ///< direction of strongest rest curvature, from +u towards +v

    /// @throws Error when a size or a constant is not positive or the Poisson ratio is not in [0, 0.5)
    void validate() const;
};

}  // namespace radforge::physics
