// SPDX-License-Identifier: Apache-2.0
// Ellipsoid: in the frame scaled to the unit sphere the line o + t d meets it where |o + t d|^2 = 1.
// Blob: in the frame scaled by sigma the exponent is a quadratic in t, so the integral is an error function.
#include "synth/volume/phantom_analytic.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace radforge::volume {
namespace {

constexpr double kPi = 3.141592653589793;

Vec3d into_unit_frame(const Mat3d& axes, Vec3d scale, Vec3d v) {
    const Vec3d local = axes.transposed() * v;
    return {local.x / scale.x, local.y / scale.y, local.z / scale.z};
}

struct Interval {
    double lo = 0, hi = 0;
};

/// Parameters where the line is inside the ellipsoid; lo == hi where it misses.
Interval inside(const Ellipsoid& e, Vec3d origin, Vec3d direction) {
    const Vec3d o = into_unit_frame(e.axes, e.semi_axes_mm, origin - e.centre_mm);
    const Vec3d d = into_unit_frame(e.axes, e.semi_axes_mm, direction);
    const double a = dot(d, d), middle = -dot(o, d) / a;
    const Vec3d nearest = o + middle * d;
    const double rest = 1 - dot(nearest, nearest);
    if (rest <= 0) return {middle, middle};
    const double half = std::sqrt(rest / a);
    return {middle - half, middle + half};
}

void check_frame(Vec3d scale, const Mat3d& axes, const char* what) {
    for (int i = 0; i < 3; ++i)
        if (!(std::isfinite(scale[i]) && scale[i] > 0))
            throw Error(ErrorKind::BadData, std::string(what) + " must be positive and finite")
                .got(std::to_string(scale[i]) + " mm");
    const Mat3d product = axes * axes.transposed();
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j)
            if (!(std::abs(product.rows[i][j] - (i == j ? 1 : 0)) < 1e-9))
                throw Error(ErrorKind::BadData, "axes of an analytic body are no rotation")
                    .expected("orthonormal rows");
}

}  // namespace

double Ellipsoid::volume_mm3() const {
    return 4.0 / 3.0 * kPi * semi_axes_mm.x * semi_axes_mm.y * semi_axes_mm.z;
}

bool Ellipsoid::contains(Vec3d point_mm) const {
    const Vec3d q = into_unit_frame(axes, semi_axes_mm, point_mm - centre_mm);
    return dot(q, q) <= 1;
}

double Ellipsoid::line_integral(Vec3d origin_mm, Vec3d direction) const {
    const Interval t = inside(*this, origin_mm, direction);
    return value * (t.hi - t.lo);
}

double Ellipsoid::segment_integral(Vec3d from_mm, Vec3d to_mm) const {
    const double span = length(to_mm - from_mm);
    if (span == 0) return 0;
    const Interval t = inside(*this, from_mm, (to_mm - from_mm) / span);
    return value * std::max(0.0, std::min(t.hi, span) - std::max(t.lo, 0.0));
}

void Ellipsoid::validate() const { check_frame(semi_axes_mm, axes, "semi-axis of an ellipsoid"); }

double GaussianBlob::at(Vec3d point_mm) const {
    const Vec3d q = into_unit_frame(axes, sigma_mm, point_mm - centre_mm);
    return value * std::exp(-0.5 * dot(q, q));
}

double GaussianBlob::integral_mm3() const {
    return value * std::pow(2 * kPi, 1.5) * sigma_mm.x * sigma_mm.y * sigma_mm.z;
}

double GaussianBlob::line_integral(Vec3d origin_mm, Vec3d direction) const {
    const Vec3d o = into_unit_frame(axes, sigma_mm, origin_mm - centre_mm);
    const Vec3d d = into_unit_frame(axes, sigma_mm, direction);
    const double a = dot(d, d), b = dot(o, d);
    return value * std::exp(-0.5 * (dot(o, o) - b * b / a)) * std::sqrt(2 * kPi / a);
}

double GaussianBlob::segment_integral(Vec3d from_mm, Vec3d to_mm) const {
    const double span = length(to_mm - from_mm);
    if (span == 0) return 0;
    const Vec3d direction = (to_mm - from_mm) / span;
    const Vec3d o = into_unit_frame(axes, sigma_mm, from_mm - centre_mm);
    const Vec3d d = into_unit_frame(axes, sigma_mm, direction);
    const double a = dot(d, d), middle = -dot(o, d) / a, scale = std::sqrt(a / 2);
    return 0.5 * line_integral(from_mm, direction) *
           (std::erf((span - middle) * scale) - std::erf(-middle * scale));
}

void GaussianBlob::validate() const { check_frame(sigma_mm, axes, "sigma of a Gaussian blob"); }

double AnalyticPhantom::at(Vec3d point_mm) const {
    double sum = 0;
    for (const Ellipsoid& e : ellipsoids) sum += e.contains(point_mm) ? e.value : 0;
    for (const GaussianBlob& b : blobs) sum += b.at(point_mm);
    return sum;
}

double AnalyticPhantom::line_integral(Vec3d origin_mm, Vec3d direction) const {
    double sum = 0;
    for (const Ellipsoid& e : ellipsoids) sum += e.line_integral(origin_mm, direction);
    for (const GaussianBlob& b : blobs) sum += b.line_integral(origin_mm, direction);
    return sum;
}

double AnalyticPhantom::segment_integral(Vec3d from_mm, Vec3d to_mm) const {
    double sum = 0;
    for (const Ellipsoid& e : ellipsoids) sum += e.segment_integral(from_mm, to_mm);
    for (const GaussianBlob& b : blobs) sum += b.segment_integral(from_mm, to_mm);
    return sum;
}

}  // namespace radforge::volume
