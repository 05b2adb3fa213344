// SPDX-License-Identifier: Apache-2.0
/// The solids that a skull is composed of, in skull lengths, mirrored in x = 0 (crania_traits.h tells the
/// axes).
#pragma once
#include "synth/volume/crania_solid.h"
#include "synth/volume/crania_traits.h"

#include <vector>

namespace radforge::volume {

inline float mix(float a, float b, float t) { return a + (b - a) * t; }
inline Vec3f mix(Vec3f a, Vec3f b, float t) { return a + (b - a) * t; }

/// Brain and nose are hollowed out of the bone as far as they keep their walls inside of the core (and of
/// each other); canal and passages open them. The septum stands in the nose. Matter wins over what is listed
/// after it: tooth, bone, jaw, then (if soft tissue is wanted) brain, eye, air, envelope.
struct CraniumModel {
    Solid tooth, bone, jaw;
    Solid core;  ///< braincase and face without eye sockets
    Solid brain, canal, nose, passages, septum, eye;
    float brain_wall = 0.02f, nose_wall = 0.02f;
    Solid envelope;  ///< muscle under fat and skin
};

/// Places that several parts share.
struct CraniumPlan {
    explicit CraniumPlan(const CraniumTraits& traits);
    float front_of_orbit, orbit_y, brain_y, brain_z, top;  ///< top: highest point of the braincase
    Vec3f orbit_centre, orbit_axis;                        ///< axis points out of the left orbit
    Vec3f joint;                                           ///< middle of the left jaw joint
    float row_front, row_back;                             ///< cheek teeth
    float tooth_gap;                                       ///< from the upper to the lower gum, teeth closed
    /// Half width of the tooth row; narrows to the front.
    float row_x(const CraniumTraits& traits, float y) const;
};

/// The dorsal profile and flanks from the front teeth to the braincase.
std::vector<Station> face_stations(const CraniumTraits& traits, const CraniumPlan& plan);
/// The opening of the orbit and the funnel behind it.
std::vector<SolidShape> socket(const CraniumTraits& traits, const CraniumPlan& plan);

void add_braincase(CraniumModel& model, const CraniumTraits& traits, const CraniumPlan& plan);
void add_cranial_face(CraniumModel& model, const CraniumTraits& traits, const CraniumPlan& plan);
void add_cheek(CraniumModel& model, const CraniumTraits& traits, const CraniumPlan& plan);
void add_cavities(CraniumModel& model, const CraniumTraits& traits, const CraniumPlan& plan);
void add_horns(CraniumModel& model, const CraniumTraits& traits, const CraniumPlan& plan);
void add_mandible(CraniumModel& model, const CraniumTraits& traits, const CraniumPlan& plan);
void add_teeth(CraniumModel& model, const CraniumTraits& traits, const CraniumPlan& plan, bool lower);
void add_envelope(CraniumModel& model, const CraniumTraits& traits, const CraniumPlan& plan);

CraniumModel model_cranium(const CraniumTraits& traits, bool mandible, bool soft_tissue);

}  // namespace radforge::volume
