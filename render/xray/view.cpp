// SPDX-License-Identifier: Apache-2.0
#include "render/xray/view.h"

#include "synth/base/error.h"

#include <cmath>
#include <string>

namespace radforge::xray {
namespace {

bool finite(Vec3d v) { return std::isfinite(v.x) && std::isfinite(v.y) && std::isfinite(v.z); }

// Detector with its middle at `middle_mm`.
View framed(Beam beam, Vec3d middle_mm, Vec3d right, Vec3d down, Vec3d forward, Vec3d source_mm,
            double pitch_mm, int height_px, int width_px) {
    View view;
    view.beam = beam;
    view.direction = forward;
    view.source_mm = source_mm;
    view.column_step_mm = pitch_mm * right;
    view.row_step_mm = pitch_mm * down;
    view.height_px = height_px, view.width_px = width_px;
    view.first_pixel_mm =
        middle_mm - (width_px - 1) * .5 * view.column_step_mm - (height_px - 1) * .5 * view.row_step_mm;
    view.validate();
    return view;
}

Vec3d right_of(Vec3d forward, Vec3d up) {
    const Vec3d right = cross(forward, up);
    if (!(length(right) > 1e-6 * length(up)) || !finite(right))
        throw Error(ErrorKind::BadData, "view direction and up vector are parallel or not finite");
    return normalized(right);
}

Vec3d unit(Vec3d v, const char* name) {
    if (!finite(v) || !(length(v) > 0))
        throw Error(ErrorKind::BadData, std::string(name) + " has no direction");
    return normalized(v);
}

}  // namespace

Vec3d View::ray_direction(double row, double column) const {
    return beam == Beam::Parallel ? direction : normalized(pixel_mm(row, column) - source_mm);
}

void View::validate() const {
    if (height_px < 1 || width_px < 1)
        throw Error(ErrorKind::BadData, "image size")
            .where("x-ray view")
            .got(std::to_string(height_px) + " x " + std::to_string(width_px))
            .expected("at least 1 x 1 pixels");
    const Vec3d normal = cross(column_step_mm, row_step_mm);
    if (!finite(first_pixel_mm) || !finite(normal) || !(length(normal) > 0))
        throw Error(ErrorKind::BadData, "pixel steps span no detector").where("x-ray view");
    const Vec3d along = beam == Beam::Parallel ? direction : detector_centre_mm() - source_mm;
    if (!finite(along) || !(std::fabs(dot(along, normal)) > 1e-9 * length(along) * length(normal)))
        throw Error(ErrorKind::BadData, "rays run inside the detector plane").where("x-ray view");
    if (beam == Beam::Parallel && std::fabs(length(direction) - 1) > 1e-9)
        throw Error(ErrorKind::BadData, "beam direction is not a unit vector").where("x-ray view");
}

View parallel_view(Vec3d direction, Vec3d up, Vec3d centre_mm, double pixel_pitch_mm, int height_px,
                   int width_px) {
    const Vec3d forward = unit(direction, "view direction"), right = right_of(forward, up);
    return framed(Beam::Parallel, centre_mm, right, cross(forward, right), forward, {}, pixel_pitch_mm,
                  height_px, width_px);
}

View cone_view(Vec3d source_mm, Vec3d centre_mm, Vec3d up, double source_detector_mm, double pixel_pitch_mm,
               int height_px, int width_px) {
    const Vec3d forward = unit(centre_mm - source_mm, "central ray"), right = right_of(forward, up);
    return framed(Beam::Cone, source_mm + source_detector_mm * forward, right, cross(forward, right), forward,
                  source_mm, pixel_pitch_mm, height_px, width_px);
}

View pose_view(Beam beam, const Pose& pose, double source_detector_mm, double pixel_pitch_mm, int height_px,
               int width_px) {
    const Vec3d origin_mm = 1000. * pose.translation_m, forward = pose.rotation.column(2);
    const Vec3d middle_mm = beam == Beam::Cone ? origin_mm + source_detector_mm * forward : origin_mm;
    return framed(beam, middle_mm, pose.rotation.column(0), pose.rotation.column(1), forward, origin_mm,
                  pixel_pitch_mm, height_px, width_px);
}

View radiograph_view(Radiograph kind, Beam beam, Vec3d centre_mm, double source_centre_mm,
                     double source_detector_mm, double pixel_pitch_mm, int height_px, int width_px) {
    const Vec3d left{1, 0, 0}, back{0, 1, 0}, down{0, 0, -1};
    Vec3d forward = back, right = left;
    switch (kind) {
        case Radiograph::AnteroPosterior:
            break;
        case Radiograph::PosteroAnterior:
            forward = -back;
            break;
        case Radiograph::LeftLateral:
            forward = left, right = back;
            break;
        case Radiograph::RightLateral:
            forward = -left, right = -back;
            break;
    }
    const Vec3d source_mm = centre_mm - source_centre_mm * forward;
    const Vec3d middle_mm = beam == Beam::Cone ? source_mm + source_detector_mm * forward : centre_mm;
    return framed(beam, middle_mm, right, down, forward, source_mm, pixel_pitch_mm, height_px, width_px);
}

}  // namespace radforge::xray
