// SPDX-License-Identifier: Apache-2.0
#include "render/xray/spectrum.h"

#include "synth/base/error.h"

#include <cmath>
#include <string>

namespace radforge::xray {
namespace {

constexpr double kEdgeKev = 69.525;

double kerma(const Spectrum& s, double aluminium_mm) {
    double sum = 0;
    for (size_t i = 0; i < s.energy_kev.size(); ++i) {
        const double e = s.energy_kev[i];
        sum += s.fraction[i] * e * air_energy_absorption_cm2_per_g(e) *
               std::exp(-aluminium_mm * attenuation_per_mm(Material::Aluminium, e));
    }
    return sum;
}

void in_range(const char* what, double value, double lo, double hi) {
    if (value >= lo && value <= hi) return;
    throw Error(ErrorKind::BadData, what)
        .where("x-ray tube")
        .got(std::to_string(value))
        .expected(std::to_string(lo) + ".." + std::to_string(hi));
}

void normalise(Spectrum& s) {
    double sum = 0;
    for (const double f : s.fraction) sum += f;
    for (double& f : s.fraction) f /= sum;
}

// K lines in the bins that hold them, before filtration; `continuum` is the sum of the bremsstrahlung.
void add_lines(Spectrum& s, double kvp, double continuum) {
    if (kvp <= kEdgeKev) return;
    const double share = .05 * std::pow((kvp / kEdgeKev - 1) / (100 / kEdgeKev - 1), 1.63);
    const double lines_kev[] = {57.98, 59.32, 67.24, 69.1}, relative[] = {.29, .5, .16, .05};
    for (int i = 0; i < 4; ++i)
        s.fraction[size_t(lines_kev[i] - kLowestKev)] += share * continuum * relative[i];
}

}  // namespace

double Spectrum::mean_kev() const {
    double sum = 0;
    for (size_t i = 0; i < fraction.size(); ++i) sum += fraction[i] * energy_kev[i];
    return sum;
}

double Spectrum::half_value_layer_mm_al() const {
    validate();
    double lo = 0, hi = 100;
    const double half = .5 * kerma(*this, 0);
    for (int i = 0; i < 60; ++i) (kerma(*this, .5 * (lo + hi)) > half ? lo : hi) = .5 * (lo + hi);
    return lo;
}

void Spectrum::validate() const {
    double sum = 0;
    bool good = !fraction.empty() && fraction.size() == energy_kev.size();
    for (size_t i = 0; good && i < fraction.size(); ++i) {
        good = fraction[i] >= 0 && energy_kev[i] >= kLowestKev && energy_kev[i] <= kHighestKev;
        sum += fraction[i];
    }
    if (!good || std::fabs(sum - 1) > 1e-6)
        throw Error(ErrorKind::BadData, "x-ray spectrum").expected("fractions of 13..300 keV that sum to 1");
}

Spectrum monochromatic(double energy_kev) {
    const Spectrum s{{energy_kev}, {1}};
    s.validate();
    return s;
}

void Tube::validate() const {
    in_range("kvp", kvp, 20, 150);
    in_range("aluminium_mm", aluminium_mm, 0, 50);
    in_range("copper_mm", copper_mm, 0, 5);
    in_range("anode_angle_deg", anode_angle_deg, 5, 30);
    in_range("escape_um", escape_um, 0, 50);
}

Spectrum tube_spectrum(const Tube& tube) {
    tube.validate();
    Spectrum s;
    double continuum = 0;
    for (double e = kLowestKev + .5; e < tube.kvp; e += 1) {
        s.energy_kev.push_back(e);
        s.fraction.push_back((tube.kvp - e) / e);
        continuum += s.fraction.back();
    }
    add_lines(s, tube.kvp, continuum);
    const double tungsten_mm =
        1e-3 * tube.escape_um / std::tan(tube.anode_angle_deg * 3.14159265358979323846 / 180);
    for (size_t i = 0; i < s.fraction.size(); ++i) {
        const double e = s.energy_kev[i];
        s.fraction[i] *= std::exp(-tungsten_mm * attenuation_per_mm(Material::Tungsten, e) -
                                  tube.aluminium_mm * attenuation_per_mm(Material::Aluminium, e) -
                                  tube.copper_mm * attenuation_per_mm(Material::Copper, e));
    }
    normalise(s);
    return s;
}

}  // namespace radforge::xray
