// SPDX-License-Identifier: Apache-2.0
/// Volumes whose line integrals have a closed form, and the error measure of the x-ray tests.
#pragma once
#include "render/xray/grid.h"
#include "render/xray/projector.h"
#include "render/xray/view.h"
#include "synth/base/rng.h"

#include <cmath>
#include <vector>

namespace radforge::xray::testing {

/// Isotropic Gaussian: value at the centre per mm, deviation in mm.
struct Blob {
    Vec3d centre_mm;
    double sigma_mm, value;
};

/// Uniform ellipsoid with axes along the world's.
struct Solid {
    Vec3d centre_mm, radii_mm;
    double value;
};

struct Phantom {
    std::vector<Blob> blobs;
    std::vector<Solid> solids;

    double at(Vec3d p) const {
        double sum = 0;
        for (const Blob& b : blobs) {
            const Vec3d q = p - b.centre_mm;
            sum += b.value * std::exp(-dot(q, q) / (2 * b.sigma_mm * b.sigma_mm));
        }
        for (const Solid& s : solids) {
            const Vec3d q{(p.x - s.centre_mm.x) / s.radii_mm.x, (p.y - s.centre_mm.y) / s.radii_mm.y,
                          (p.z - s.centre_mm.z) / s.radii_mm.z};
            sum += dot(q, q) < 1 ? s.value : 0;
        }
        return sum;
    }

    /// Along the whole line; direction of unit length.
    double line(Vec3d origin, Vec3d direction) const {
        double sum = 0;
        for (const Blob& b : blobs) {
            const Vec3d q = origin - b.centre_mm;
            const double along = dot(q, direction), across = dot(q, q) - along * along;
            sum += b.value * b.sigma_mm * std::sqrt(2 * M_PI) *
                   std::exp(-across / (2 * b.sigma_mm * b.sigma_mm));
        }
        for (const Solid& s : solids) {
            const Vec3d q = origin - s.centre_mm;
            const Vec3d o{q.x / s.radii_mm.x, q.y / s.radii_mm.y, q.z / s.radii_mm.z};
            const Vec3d d{direction.x / s.radii_mm.x, direction.y / s.radii_mm.y, direction.z / s.radii_mm.z};
            const double a = dot(d, d), b = dot(o, d), discriminant = b * b - a * (dot(o, o) - 1);
            if (discriminant > 0) sum += s.value * 2 * std::sqrt(discriminant) / a;
        }
        return sum;
    }
};

/// Eight blobs well inside a cube of `edge_mm`: deviations 3.5 to 8.5 % of the edge, centres within 40 %.
inline Phantom blob_phantom(double edge_mm, uint64_t seed = 11) {
    Rng rng(SampleKey{Seed{seed}, 0}, Stream::Geometry);
    Phantom phantom;
    for (int i = 0; i < 8; ++i) {
        const double sigma = (.035 + .05 * rng.uniform()) * edge_mm, value = .2 + .8 * rng.uniform();
        const auto at = [&] { return (rng.uniform() - .5) * .4 * edge_mm; };
        const double x = at(), y = at(), z = at();
        phantom.blobs.push_back({{x, y, z}, sigma, value / edge_mm});
    }
    return phantom;
}

/// Eight ellipsoids well inside a cube of `edge_mm`.
inline Phantom solid_phantom(double edge_mm, uint64_t seed = 12) {
    Rng rng(SampleKey{Seed{seed}, 0}, Stream::Geometry);
    Phantom phantom;
    for (int i = 0; i < 8; ++i) {
        const double r = (.06 + .12 * rng.uniform()) * edge_mm, value = .2 + .8 * rng.uniform();
        const auto at = [&] { return (rng.uniform() - .5) * .4 * edge_mm; };
        const double x = at(), y = at(), z = at(), flat = .6 + .4 * rng.uniform(),
                     flatter = .6 + .4 * rng.uniform();
        phantom.solids.push_back({{x, y, z}, {r, r * flat, r * flatter}, value / edge_mm});
    }
    return phantom;
}

/// Samples the phantom at voxel centres, or averages `sub`^3 points of each voxel.
inline Grid voxelise(const Phantom& phantom, int n, double edge_mm, int sub = 1) {
    Grid grid = zero_grid(n, n, n, {edge_mm / n, edge_mm / n, edge_mm / n});
    for (int z = 0; z < n; ++z)
        for (int y = 0; y < n; ++y)
            for (int x = 0; x < n; ++x) {
                double sum = 0;
                for (int k = 0; k < sub * sub * sub; ++k) {
                    const auto part = [&](int i) { return (i + .5) / sub - .5; };
                    sum += phantom.at(
                        grid.world_mm({x + part(k % sub), y + part(k / sub % sub), z + part(k / sub / sub)}));
                }
                grid.at(x, y, z) = float(sum / (sub * sub * sub));
            }
    return grid;
}

/// Directions of the +z hemisphere.
inline std::vector<View> hemisphere_views(int count, double edge_mm, int side_px, uint64_t seed = 5) {
    Rng rng(SampleKey{Seed{seed}, 0}, Stream::Camera);
    std::vector<View> views;
    for (int i = 0; i < count; ++i) {
        const double z = rng.uniform(), turn = 2 * M_PI * rng.uniform(), r = std::sqrt(1 - z * z);
        const Vec3d direction{r * std::cos(turn), r * std::sin(turn), z};
        views.push_back(parallel_view(direction, z < .9 ? Vec3d{0, 0, 1} : Vec3d{1, 0, 0}, {},
                                      edge_mm / side_px, side_px, side_px));
    }
    return views;
}

/// Along the six axes.
inline std::vector<View> axis_views(double edge_mm, int side_px) {
    std::vector<View> views;
    for (const Vec3d d : {Vec3d{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {-1, 0, 0}, {0, -1, 0}, {0, 0, -1}})
        views.push_back(parallel_view(d, std::fabs(d.z) > .5 ? Vec3d{0, 1, 0} : Vec3d{0, 0, 1}, {},
                                      edge_mm / side_px, side_px, side_px));
    return views;
}

/// The same directions from a source 1000 mm from the centre, detector 1500 mm from the source, 1.5 times as
/// wide as the volume.
inline std::vector<View> as_cones(const std::vector<View>& parallel, double edge_mm) {
    std::vector<View> views;
    for (const View& v : parallel) {
        const Vec3d up = std::fabs(v.direction.z) < .9 ? Vec3d{0, 0, 1} : Vec3d{1, 0, 0};
        views.push_back(cone_view(-1000. * v.direction, {}, up, 1500, 1.5 * edge_mm / v.width_px, v.height_px,
                                  v.width_px));
    }
    return views;
}

inline std::vector<View> cone_views(int count, double edge_mm, int side_px, uint64_t seed = 6) {
    return as_cones(hemisphere_views(count, edge_mm, side_px, seed), edge_mm);
}

inline Image exact_image(const Phantom& phantom, const View& view) {
    Image image(view.height_px, view.width_px, 1, PixelType::F32, ColorSpace::Data);
    for (int r = 0; r < view.height_px; ++r)
        for (int c = 0; c < view.width_px; ++c)
            image.view<float>()(r, c) = float(phantom.line(view.pixel_mm(r, c), view.ray_direction(r, c)));
    return image;
}

/// RMS of the difference over RMS of the truth, all images together.
inline double relative_error(const std::vector<Image>& images, const std::vector<Image>& truth) {
    double error = 0, power = 0;
    for (size_t i = 0; i < images.size(); ++i) {
        const Span<const float> a = images[i].values<float>(), b = truth[i].values<float>();
        for (size_t k = 0; k < a.size(); ++k) {
            error += (double(a[k]) - double(b[k])) * (double(a[k]) - double(b[k]));
            power += double(b[k]) * double(b[k]);
        }
    }
    return std::sqrt(error / power);
}

inline std::vector<Image> exact_images(const Phantom& phantom, const std::vector<View>& views) {
    std::vector<Image> images;
    for (const View& view : views) images.push_back(exact_image(phantom, view));
    return images;
}

}  // namespace radforge::xray::testing
