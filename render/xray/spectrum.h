// SPDX-License-Identifier: Apache-2.0
/// Energy spectra of x-ray tubes.
#pragma once
#include "render/xray/attenuation.h"

#include <vector>

namespace radforge::xray {

/// Photon fluence per energy bin; sums to 1.
struct Spectrum {
    std::vector<double> energy_kev, fraction;

    double mean_kev() const;
    /// Thickness of aluminium that halves the air kerma, mm.
    double half_value_layer_mm_al() const;
    /// @throws Error when empty, negative, unnormalised or out of the range of the attenuation model
    void validate() const;
};

/// One line.
Spectrum monochromatic(double energy_kev);

/// A tungsten tube after its filters, in bins of 1 keV. Thick-target bremsstrahlung Phi(E) ~ (E0 - E)/E (H.
/// A. Kramers, Philos. Mag. 46, 1923) leaves the anode through `escape_um` / tan(anode_angle) of tungsten; K
/// lines at 57.98, 59.32, 67.24 and 69.1 keV appear above the K edge of 69.5 keV, their share of the photons
/// growing as (U - 1)^1.63 of the overvoltage U (M. Green and V. E. Cosslett, J. Phys. D 1, 1968) and scaled
/// to 5 % at 100 kV.
struct Tube {
    double kvp = 80;          ///< 20..150
    double aluminium_mm = 3;  ///< inherent and added filtration
    double copper_mm = 0;
    double anode_angle_deg = 12;  ///< 5..30
    double escape_um =
        1.5;  ///< effective depth of production in the anode; gives the half-value layers of measured tubes

    void validate() const;
};
Spectrum tube_spectrum(const Tube& tube);

}  // namespace radforge::xray
