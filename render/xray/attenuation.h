// SPDX-License-Identifier: Apache-2.0
/// Mass attenuation of the materials of an x-ray examination, in closed form.
///
/// mu/rho(E) = N_A <Z/A> sigma_KN(E) + exp(c0 + c1 t + c2 t^2 + c3 t^3), t = ln(E / 60 keV): free-electron
/// scattering (O. Klein and Y. Nishina, Z. Physik 52, 1929) plus photoelectric and coherent parts, a near
/// power law between the absorption edges. The coefficients are least-squares fits of our own to the tables
/// of Hubbell and Seltzer (NISTIR 5632); the fit stays within 1.2 % of them from 13 to 300 keV.
#pragma once

namespace radforge::xray {

enum class Material { Water, Bone, Aluminium, Copper, Tungsten, CesiumIodide, Air };

constexpr double kLowestKev = 13, kHighestKev = 300;

/// mu/rho, cm2/g. @throws Error outside kLowestKev..kHighestKev
double mass_attenuation_cm2_per_g(Material material, double energy_kev);
/// mu_en/rho of dry air, cm2/g: what an ionisation chamber weighs photon energy with. As above with the
/// Klein-Nishina energy-transfer cross-section; within 0.3 % of the same tables.
double air_energy_absorption_cm2_per_g(double energy_kev);
/// Density of the bulk material, g/cm3 (bone: cortical).
double density_g_per_cm3(Material material);
/// Linear attenuation of the bulk material, 1/mm.
double attenuation_per_mm(Material material, double energy_kev);

}  // namespace radforge::xray
