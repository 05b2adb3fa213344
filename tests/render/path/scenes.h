// SPDX-License-Identifier: Apache-2.0
/// Small scenes that the rendering tests share.
#pragma once
#include "render/optics/camera.h"
#include "render/path/scene.h"
#include "synth/base/mesh.h"

#include <cmath>
#include <memory>
#include <vector>

namespace radforge::path {

/// A rectangle with uv (0,0) at `corner`, u along `right`, v along `down`.
inline Mesh rectangle(Vec3d corner, Vec3d right, Vec3d down) {
    Mesh m;
    m.positions_m = {to_float(corner), to_float(corner + right), to_float(corner + right + down),
                     to_float(corner + down)};
    m.uv = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
    m.faces = {{0, 1, 2}, {0, 2, 3}};
    return m;
}

/// A film of 0.35 x 0.43 m bent about an axis in its plane to the radius, side A up (+y), centred at the
/// origin.
inline Mesh bent_film(double radius_m, double axis_rad, int columns = 81, int rows = 97) {
    std::vector<Vec3f> p;
    const double c = std::cos(axis_rad), s = std::sin(axis_rad);
    for (int j = 0; j < rows; ++j)
        for (int i = 0; i < columns; ++i) {
            const double x = (double(i) / (columns - 1) - 0.5) * 0.35,
                         z = (double(j) / (rows - 1) - 0.5) * 0.43;
            const double a = c * x + s * z, b = -s * x + c * z;
            const double bent = radius_m * std::sin(a / radius_m),
                         height = radius_m * (1 - std::cos(a / radius_m));
            p.push_back({float(c * bent - s * b), float(height), float(s * bent + c * b)});
        }
    return grid_mesh(columns, rows, std::move(p));
}

inline optics::Camera look_at(Vec3d from, Vec3d to, int width_px, int height_px, double focal_px,
                              Vec3d up = {0, 1, 0}) {
    optics::Camera c;
    c.width_px = width_px;
    c.height_px = height_px;
    c.fx_px = c.fy_px = focal_px;
    c.cx_px = 0.5 * width_px;
    c.cy_px = 0.5 * height_px;
    const Vec3d z = normalized(to - from), x = normalized(cross(z, up)), y = cross(z, x);
    c.pose.rotation = {{{x.x, y.x, z.x}, {x.y, y.y, z.y}, {x.z, y.z, z.z}}};
    c.pose.translation_m = from;
    return c;
}

inline Image constant_image(int height_px, int width_px, Vec3f colour) {
    Image image(height_px, width_px, 3, PixelType::F32, ColorSpace::Linear);
    for (size_t k = 0; k < image.value_count(); ++k) image.values<float>()[k] = colour[int(k % 3)];
    return image;
}

inline Environment constant_environment(float radiance) {
    return {std::make_shared<EnvironmentMap>(constant_image(8, 16, {radiance, radiance, radiance})), 0, 1};
}

/// Film of one density, glossy, without scatter or haze.
inline FilmMaterial plain_film(double density) {
    const auto t = float(std::pow(10, -density));
    FilmMaterial m;
    m.transmittance = constant_image(2, 2, {t, t, t});
    m.callier_q = 1;
    m.haze = 0;
    return m;
}

inline OpaqueObject plate(Mesh mesh, Vec3f albedo) {
    OpaqueObject o;
    o.name = "plate";
    o.mesh = std::move(mesh);
    o.material.albedo = albedo;
    return o;
}

}  // namespace radforge::path
