// SPDX-License-Identifier: Apache-2.0
/// From P-values to optical density: DICOM's Grayscale Standard Display Function, and an older film's
/// S-curve. Source: DICOM PS3.14 sections 7.1 and 7.2 (function and inverse), D.2 (transmissive hardcopy).
#pragma once
#include <vector>

namespace radforge::film {

/// Luminance of JND index j, cd/m^2. @param j  1..1023
double gsdf_luminance_cd_m2(double j);
/// JND index of a luminance by the standard's own fit, which returns within 0.1 j of the inverse of
/// gsdf_luminance_cd_m2(), within 0.04 j for 10 <= j <= 850.
/// @param luminance_cd_m2  0.05..4000
double gsdf_jnd(double luminance_cd_m2);

/// Density (image plus base plus fog, as a densitometer reads it) of every P-value; P-value 0 is the darkest.
struct DensityCurve {
    std::vector<float> density;  ///< [2^bits]
    int largest_p() const { return int(density.size()) - 1; }
};

/// The range of a printed film and the light-box it is meant for.
struct FilmRange {
    double density_min = 0.2, density_max = 3.0;
    double lightbox_cd_m2 = 2000, ambient_cd_m2 = 10;  ///< L0 and La: L = La + L0 10^-D
};

/// Equal steps of P-value are equal steps of JND index.
/// @param bits  8..12
/// @throws Error  when the range is empty or its luminances leave the standard's 0.05..4000 cd/m^2
DensityCurve gsdf_curve(const FilmRange& range, int bits);

/// Hurter-Driffield curve as a logistic in log exposure, D = Dmin + (Dmax - Dmin) / (1 + 10^(-k log H / H0)).
/// Log H falls linearly with the P-value over 2 decades; H0 is set as a film camera is, so that the middle
/// P-value prints at 36 % of the range (about 1.2, near where the standard function has it). The ends stay a
/// little inside the range (toe, shoulder).
/// @param gamma   slope dD / dlogH in the middle, = k (Dmax - Dmin) ln(10) / 4; 1..5
DensityCurve logistic_curve(const FilmRange& range, double gamma, int bits);

}  // namespace radforge::film
