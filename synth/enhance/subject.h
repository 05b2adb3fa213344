// SPDX-License-Identifier: Apache-2.0
/// A volume made ready for x-rays, and ideal radiographs of it.
#pragma once
#include "render/xray/projector.h"
#include "synth/enhance/preset.h"
#include "synth/volume/volume.h"

#include <memory>
#include <string>

namespace radforge::enhance {

/// One exposure. Angles in radians, lengths in mm.
struct Shot {
    std::string preset;
    int size_px = 1024;
    double turn_rad = 0, tilt_rad = 0, roll_rad = 0;
    double shift_across = 0, shift_down = 0;  ///< of the field's side
    double field = 1;                         ///< part of the largest field that is used
};

/// Line integrals of attenuation, normalised: 1 at the 99.5th percentile inside the body, clipped there.
struct IdealRadiograph {
    Image ideal;             ///< f32 [H,W,1] in [0,1], bright = dense
    Image body;              ///< u8 [H,W,1], 255 where the patient is in the beam
    double white = 0;        ///< line integral that 1 stands for
    double field_mm = 0;     ///< side of the field in the patient's middle
    int64_t clipped_px = 0;  ///< above 1
};

/// Const and thread-safe.
class Subject {
public:
    /// Takes away the couch, turns CT numbers into attenuation at beam_kev(), sets up the projector.
    /// @throws Error when there is no body in the volume
    explicit Subject(const Volume& volume);

    /// Pictures stay inside the volume: a face that cuts the body (the ends of a CT of the trunk) limits the
    /// field, which shrinks until no ray passes that face within the body, however the beam is tilted.
    /// @throws Error when less than kLeastField_mm of the body can be shown
    IdealRadiograph shoot(const Shot& shot) const;
    /// Where the rays of a shot run, and the side of its field.
    xray::View view(const Shot& shot, double& field_mm) const;
    BodyPart body_part() const { return body_part_; }

    static constexpr double kLeastField_mm = 100;

private:
    BodyPart body_part_;
    std::unique_ptr<const xray::Projector> projector_;
    Vec3d body_lo_mm_, body_hi_mm_;    // box around the body
    Vec3d shown_lo_mm_, shown_hi_mm_;  // what may be shown: infinite where no face cuts the body
};

}  // namespace radforge::enhance
