// SPDX-License-Identifier: Apache-2.0
/// Where the rays of one image run: parallel or cone beam onto a flat detector in any pose.
///
/// Frame of a view, as an image is shown: x to the right (columns), y down (rows), z along the beam, away
/// from the source. World axes of patient volumes are DICOM's LPS (x to the patient's left, y to the back, z
/// to the head), mm.
#pragma once
#include "synth/base/vec.h"

namespace radforge::xray {

enum class Beam { Parallel, Cone };

/// Pixel (r, c) has its centre at first_pixel_mm + c * column_step_mm + r * row_step_mm. Its value is the
/// integral along the whole line through that centre: in the direction of the beam, or from the source. The
/// detector only fixes the lines: matter behind it counts.
struct View {
    Beam beam = Beam::Parallel;
    Vec3d direction{0, 0, 1};  ///< parallel beam: unit vector from source to detector
    Vec3d source_mm{};         ///< cone beam: focal spot
    Vec3d first_pixel_mm{};    ///< centre of pixel (0,0)
    Vec3d column_step_mm{1, 0, 0}, row_step_mm{0, 1, 0};
    int height_px = 0, width_px = 0;

    Vec3d pixel_mm(double row, double column) const {
        return first_pixel_mm + column * column_step_mm + row * row_step_mm;
    }
    /// Unit direction of the ray of a pixel, away from the source.
    Vec3d ray_direction(double row, double column) const;
    Vec3d detector_centre_mm() const { return pixel_mm((height_px - 1) * .5, (width_px - 1) * .5); }
    /// @throws Error when sizes, steps or directions are impossible (rays in the detector plane, source on
    /// it)
    void validate() const;
};

/// Parallel view along `direction`; `up` is what points up in the image (need not be perpendicular to the
/// direction, must not be parallel to it). The centre of the image sees `centre_mm`. x right, y down, z along
/// the beam form a right-handed frame: the observer looks from the source.
View parallel_view(Vec3d direction, Vec3d up, Vec3d centre_mm, double pixel_pitch_mm, int height_px,
                   int width_px);

/// Cone view from `source_mm` towards `centre_mm`, through which the central ray runs; detector perpendicular
/// to that ray at `source_detector_mm` from the source.
View cone_view(Vec3d source_mm, Vec3d centre_mm, Vec3d up, double source_detector_mm, double pixel_pitch_mm,
               int height_px, int width_px);

/// View of a camera-like pose (local x right, y down, z along the beam; translation in metres): the focal
/// spot (cone) or the middle of the detector (parallel) sits at the pose's origin; cone detectors lie
/// source_detector_mm down the beam.
View pose_view(Beam beam, const Pose& pose, double source_detector_mm, double pixel_pitch_mm, int height_px,
               int width_px);

/// The four standing radiographs of a patient in LPS axes.
enum class Radiograph { AnteroPosterior, PosteroAnterior, LeftLateral, RightLateral };

/// As a radiologist hangs it: frontal images have the patient's right on the left of the image and the head
/// up, in both beam directions; laterals are seen from the detector's side (left lateral: beam enters at the
/// right, the face looks to the left of the image; right lateral: mirrored). source_centre_mm is the focal
/// spot's distance from `centre_mm`.
View radiograph_view(Radiograph kind, Beam beam, Vec3d centre_mm, double source_centre_mm,
                     double source_detector_mm, double pixel_pitch_mm, int height_px, int width_px);

}  // namespace radforge::xray
