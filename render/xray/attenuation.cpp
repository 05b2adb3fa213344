// SPDX-License-Identifier: Apache-2.0
#include "render/xray/attenuation.h"

#include "synth/base/error.h"

#include <cmath>
#include <string>

namespace radforge::xray {
namespace {

// One stretch between absorption edges.
struct Branch {
    double up_to_kev;
    double c[4];
};

struct Entry {
    double density, electrons_per_nucleon;  // <Z/A>
    Branch branches[3];
};

const Entry& entry(Material material) {
    static constexpr Entry kTable[] = {
        {1.0, .5550887, {{kHighestKev, {-3.84544, -3.05204, 0, 0}}}},
        {1.92, .51478, {{kHighestKev, {-1.92041, -2.98638, -.02501, 0}}}},
        {2.699, .4818027, {{kHighestKev, {-2.1238, -3.00608, 0, 0}}}},
        {8.96, .4563623, {{kHighestKev, {.36582, -2.92345, -.01516, .03181}}}},
        {19.3,
         .4025239,
         {{69.525, {1.27622, -2.68116, -.03498, 0}}, {kHighestKev, {2.79844, -2.63197, 0, 0}}}},
        {4.51,
         .4156900,
         {{33.1694, {.31992, -2.69413, 0, 0}},
          {35.9846, {1.49973, -2.6121, 0, 0}},
          {kHighestKev, {2.05301, -2.70997, -.10842, .05197}}}},
        {.001205, .49919, {{kHighestKev, {-3.83506, -3.02543, 0, 0}}}},
    };
    return kTable[int(material)];
}

// cm2 per free electron.
double klein_nishina_cm2(double energy_kev) {
    constexpr double radius_cm = 2.8179403e-13, pi = 3.14159265358979323846;
    const double k = energy_kev / 510.99895, l = std::log(1 + 2 * k);
    return 2 * pi * radius_cm * radius_cm *
           ((1 + k) / (k * k) * (2 * (1 + k) / (1 + 2 * k) - l / k) + l / (2 * k) -
            (1 + 3 * k) / ((1 + 2 * k) * (1 + 2 * k)));
}

// cm2 per free electron, weighted by the share of the energy that the electron takes.
double klein_nishina_transfer_cm2(double energy_kev) {
    constexpr double radius_cm = 2.8179403e-13, pi = 3.14159265358979323846;
    const double k = energy_kev / 510.99895, d = 1 + 2 * k, square = k * k;
    return 2 * pi * radius_cm * radius_cm *
           (2 * (1 + k) * (1 + k) / (square * d) - (1 + 3 * k) / (d * d) -
            (1 + k) * (2 * square - d) / (square * d * d) - 4 * square / (3 * d * d * d) -
            ((1 + k) / (square * k) - 1 / (2 * k) + 1 / (2 * square * k)) * std::log(d));
}

void check_energy(double energy_kev) {
    if (energy_kev >= kLowestKev && energy_kev <= kHighestKev) return;
    throw Error(ErrorKind::BadData, "photon energy")
        .where("attenuation")
        .got(std::to_string(energy_kev) + " keV")
        .expected("13..300 keV");
}

constexpr double kAvogadro = 6.02214076e23;

}  // namespace

double mass_attenuation_cm2_per_g(Material material, double energy_kev) {
    check_energy(energy_kev);
    const Entry& e = entry(material);
    const Branch* branch = e.branches;
    while (energy_kev >= branch->up_to_kev && branch->up_to_kev < kHighestKev) ++branch;
    const double t = std::log(energy_kev / 60);
    const double* c = branch->c;
    return kAvogadro * e.electrons_per_nucleon * klein_nishina_cm2(energy_kev) +
           std::exp(c[0] + t * (c[1] + t * (c[2] + t * c[3])));
}

double air_energy_absorption_cm2_per_g(double energy_kev) {
    check_energy(energy_kev);
    const double t = std::log(energy_kev / 60);
    return kAvogadro * entry(Material::Air).electrons_per_nucleon * klein_nishina_transfer_cm2(energy_kev) +
           std::exp(-4.19677 + t * (-3.29668 + t * -.04754));
}

double density_g_per_cm3(Material material) { return entry(material).density; }

double attenuation_per_mm(Material material, double energy_kev) {
    return .1 * density_g_per_cm3(material) * mass_attenuation_cm2_per_g(material, energy_kev);
}

}  // namespace radforge::xray
