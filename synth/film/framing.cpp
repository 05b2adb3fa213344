// SPDX-License-Identifier: Apache-2.0
#include "synth/film/framing.h"

#include "synth/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace radforge::film {
namespace {

constexpr double kRadPerDeg = 3.14159265358979323846 / 180;
constexpr double kFullFrameWidth_mm = 36;
constexpr double kClear_m = 0.1;  // between the camera and what it must not enter
constexpr int kMostSteps = 100;
constexpr double kNearest_m = 0.03;                  // of the film before the camera
constexpr double kMissed = 1e-3;                     // of the coverage, at most
constexpr double kAimed_px = 1e-6, kCovered = 1e-9;  // the camera stands well enough

struct Box {
    Vec2d lo{1e30, 1e30}, hi{-1e30, -1e30};
};

Box projected(const optics::Camera& camera, Span<const Vec3f> vertices, Span<const Vec3f> velocities = {}) {
    constexpr size_t kTogether = optics::Camera::kTogether;
    Box box;
    std::array<Vec3d, kTogether> at, velocity{};
    for (size_t first = 0; first < vertices.size(); first += kTogether) {
        for (size_t i = 0; i < kTogether; ++i) {
            const size_t k = std::min(first + i, vertices.size() - 1);
            at[i] = to_double(vertices[k]);
            if (!velocities.empty()) velocity[i] = to_double(velocities[k]);
        }
        for (const Vec2d p : camera.project(at, velocity)) {
            if (!std::isfinite(p.x) || !std::isfinite(p.y))
                throw Error(ErrorKind::Failed, "the film reaches behind the camera");
            box.lo = {std::min(box.lo.x, p.x), std::min(box.lo.y, p.y)};
            box.hi = {std::max(box.hi.x, p.x), std::max(box.hi.y, p.y)};
        }
    }
    return box;
}

Pose look(Vec3d eye, Vec3d target, Vec3d up, double roll_rad) {
    const Vec3d forward = normalized(target - eye);
    const Vec3d right = normalized(cross(forward, up));
    const Vec3d down = cross(forward, right);
    const double c = std::cos(roll_rad), s = std::sin(roll_rad);
    const Vec3d x = right * c + down * s, y = down * c - right * s;
    Pose pose;
    pose.rotation = Mat3d{{x, y, forward}}.transposed();
    pose.translation_m = eye;
    return pose;
}

}  // namespace

optics::Camera frame(const FramingRecipe& recipe, int width_px, int height_px, const Subject& subject) {
    optics::Camera camera;
    camera.width_px = width_px;
    camera.height_px = height_px;
    camera.fx_px = camera.fy_px =
        recipe.focal_length_35mm / kFullFrameWidth_mm * std::max(width_px, height_px);
    camera.cx_px = 0.5 * width_px;
    camera.cy_px = 0.5 * height_px;
    camera.k1 = recipe.k1, camera.k2 = recipe.k2, camera.k3 = recipe.k3, camera.p1 = recipe.p1,
    camera.p2 = recipe.p2;
    camera.validate();

    Vec3d centroid;
    double reach = 0;
    for (const Vec3f& v : subject.vertices_m) centroid += to_double(v);
    centroid *= 1.0 / double(subject.vertices_m.size());
    for (const Vec3f& v : subject.vertices_m) reach = std::max(reach, length(to_double(v) - centroid));

    const Vec3d page_up = normalized(subject.up - subject.facing * dot(subject.up, subject.facing));
    const Vec3d page_right = cross(page_up, subject.facing);
    Vec3d toward = rotation_about(page_up, recipe.yaw_deg * kRadPerDeg) *
                   (rotation_about(page_right, -recipe.pitch_deg * kRadPerDeg) * subject.facing);
    const Vec3d up = subject.upright ? Vec3d{0, 1, 0} : page_up;
    if (length(cross(toward, up)) < 0.05)
        throw Error(ErrorKind::Failed, "the camera looks along its own up direction");

    double foremost = 0;
    for (const Vec3f& v : subject.vertices_m)
        foremost = std::max(foremost, dot(to_double(v) - centroid, toward));
    const double nearest = foremost + kNearest_m, farthest = kFarthest_m - 2 * reach;
    double distance = 4 * reach, missed = 0;
    Vec3d target = centroid;
    const double free_x = 0.5 * (1 - recipe.coverage) * width_px * 0.8,
                 free_y = 0.5 * (1 - recipe.coverage) * height_px * 0.8;
    const Vec2d wanted{0.5 * width_px + recipe.shift_x * free_x, 0.5 * height_px + recipe.shift_y * free_y};
    for (int iteration = 0; iteration < kMostSteps; ++iteration) {
        camera.pose = look(target + toward * distance, target, up, recipe.roll_deg * kRadPerDeg);
        const Box box = projected(camera, subject.vertices_m);
        const double covered = std::max((box.hi.x - box.lo.x) / width_px, (box.hi.y - box.lo.y) / height_px);
        const Vec2d off = (box.lo + box.hi) * 0.5 - wanted;
        const double depth = camera.pose.to_local(centroid).z;
        target += camera.pose.rotation * Vec3d{off.x * depth / camera.fx_px, off.y * depth / camera.fy_px, 0};
        missed = covered / recipe.coverage - 1;
        // Taken from the foremost point no step goes too far: what lies behind it grows more slowly.
        distance = std::clamp(distance + (distance - foremost) * missed, nearest, farthest);
        if (length(off) < kAimed_px && std::abs(missed) < kCovered) break;
    }
    if (std::abs(missed) > kMissed)
        throw Error(ErrorKind::Failed, "the film cannot have that part of the frame from here");
    const Vec3d eye = target + toward * distance;
    if (eye.y < subject.floor_y_m + kClear_m)
        throw Error(ErrorKind::Failed, "the camera would stand below the table");
    if (eye.z < subject.wall_z_m + kClear_m)
        throw Error(ErrorKind::Failed, "the camera would stand behind the wall");
    camera.pose = look(eye, target, up, recipe.roll_deg * kRadPerDeg);
    camera.focus_distance_m = camera.pose.to_local(centroid).z;
    if (recipe.f_number > 0) {
        // Aperture of a phone: true focal length from the pixel pitch of a 1/1.7 inch sensor, 7.6 mm wide.
        const double focal_m = 7.6e-3 * recipe.focal_length_35mm / kFullFrameWidth_mm;
        camera.aperture_radius_m = 0.5 * focal_m / recipe.f_number;
        camera.aperture_blades = recipe.aperture_blades;
    }
    camera.motion.turn_rad_per_s =
        Vec3d{recipe.shake_x_deg_per_s, recipe.shake_y_deg_per_s, recipe.shake_z_deg_per_s} * kRadPerDeg;
    camera.motion.exposure_s = recipe.exposure_s;
    camera.motion.readout_s = recipe.readout_s;
    const Box box = projected(camera, subject.vertices_m, subject.velocities_m_per_s);
    if (box.lo.x < 0 || box.lo.y < 0 || box.hi.x > width_px || box.hi.y > height_px)
        throw Error(ErrorKind::Failed, "the film does not fit the frame from here");
    return camera;
}

Mat3d heading_to_zero(const optics::Camera& camera) {
    Vec3d ahead = camera.pose.rotation.column(2);
    if (std::hypot(ahead.x, ahead.z) < 1e-3) ahead = -camera.pose.rotation.column(1);
    // Rotating about y by a maps (sin t, -cos t) headings; heading of -z is 0.
    const double heading_rad = std::atan2(ahead.x, -ahead.z);
    return rotation_about({0, 1, 0}, heading_rad);
}

}  // namespace radforge::film
