// SPDX-License-Identifier: Apache-2.0
/// The species vector of a mammal skull. Lengths are in skull lengths (teeth in front to occipital condyles),
/// angles in degrees; widths are half widths. Axes: x to the left, y from -0.5 (front) to 0.5 (back), z up
/// from the tooth line.
#pragma once
#include "synth/base/rng.h"
#include "synth/volume/crania.h"

namespace radforge::volume {

struct CraniumTraits {
    float length_mm = 150;
    // Face
    float snout = 0.4f;  ///< from the front teeth to the front rim of the orbit
    float tip_width = 0.08f, base_width = 0.14f;
    float tip_height = 0.13f, base_height = 0.22f;  ///< of the dorsal profile
    float nasal_arch = 0.01f;   ///< bulge of the dorsal profile between tip and base; negative: dished
    float pinch = 0.06f;        ///< share by which the snout narrows behind the canines
    float nasal_notch = 0.06f;  ///< how far the nasal opening reaches back
    float brow = 0.3f;          ///< height of the profile over the orbits
    float dome = 0;             ///< bulge of the forehead
    // Brain
    float brain_width = 0.17f, brain_height = 0.14f, brain_length = 0.24f;  ///< half axes
    float base = 0.06f;                                                     ///< height of the skull base
    float back = 0.47f;     ///< y of the back of the braincase
    float wall = 0.02f;     ///< thickness of the braincase
    float cortex = 0.008f;  ///< thickness of compact bone over diploe
    // Orbit and cheek
    float orbit = 0.085f, orbit_height = 0.17f, orbit_forward = 35, orbit_bar = 0.4f;
    float between_orbits = 0.08f, behind_orbits = 0.09f;
    float rim = 0.012f;  ///< thickness of the orbital rim
    float flare = 0.28f, arch = 0.016f, arch_bow = 0.02f;
    float joint_y = 0.2f, joint_z = 0.05f;  ///< jaw joint
    float sagittal_crest = 0.008f, nuchal_crest = 0.012f, bulla = 0.05f, paroccipital = 0.02f;
    // Jaw and teeth
    float jaw_depth = 0.08f, jaw_width = 0.022f, coronoid = 0.18f, angle_size = 0.04f, ramus_length = 0.17f;
    float chin = 0.5f;  ///< depth of the front of the jaw over that of its body
    float incisor = 0.02f, canine = 0.05f, diastema = 0.04f;
    float tooth_row = 0.36f, tooth_size = 0.04f, tooth_height = 0.04f, tooth_width = 0.018f;
    float cusps = 0.5f;      ///< 0 flat, 1 blades
    float row_width = 0.1f;  ///< of the palate at the last molar
    // Ornaments
    float horn = 0, horn_radius = 0.04f, horn_spread = 40, horn_lean = 30, horn_curl = 40, horn_twist = 0;
    float soft = 0.05f;  ///< thickness of muscle and skin
    // What does not vary inside a kind
    int cheek_teeth = 6;
    bool gnawing = false, upper_incisors = true, upper_canines = true, tusks = false;
    enum class Horn { None, Cow, Ram, Antelope, Antler, Nose } horns = Horn::None;
    bool beak = false;  ///< of toothed whales: nostrils on top of the head

    /// Calls f(value, deviation between species, deviation between individuals) for every trait that varies,
    /// the deviations as shares of the value.
    template <class F>
    void each(F f) {
        constexpr float kShape = 0.14f, kLoose = 0.3f, kTight = 0.07f, kFirm = 0.04f, kSame = 0.012f,
                        kOwn = 0.03f;
        f(length_mm, 0.35f, 0.04f);
        for (float* x : {&snout, &orbit_bar, &brain_length, &tooth_row}) f(*x, kTight, kSame);
        for (float* x : {&brow, &base_height, &brain_height}) f(*x, kFirm, kSame);
        for (float* x : {&tip_width, &base_width, &tip_height, &brain_width, &base, &orbit, &orbit_height,
                         &between_orbits, &behind_orbits, &flare, &jaw_depth, &ramus_length, &coronoid,
                         &row_width, &tooth_size, &jaw_width, &cortex, &wall})
            f(*x, kShape, kSame);
        for (float* x :
             {&nasal_arch, &pinch,          &nasal_notch,  &dome,         &orbit_forward, &rim,        &arch,
              &arch_bow,   &sagittal_crest, &nuchal_crest, &bulla,        &paroccipital,  &angle_size, &chin,
              &incisor,    &canine,         &diastema,     &tooth_height, &tooth_width,   &cusps,      &soft})
            f(*x, kLoose, kOwn);
        for (float* x : {&horn, &horn_radius, &horn_spread, &horn_lean, &horn_curl, &horn_twist})
            f(*x, kLoose, kOwn);
        f(joint_y, kShape, kSame);
        f(joint_z, kShape, kSame);
        f(back, 0.02f, 0.003f);
    }
};

/// What is typical of a kind. Proportions are estimates by eye, not measurements.
CraniumTraits typical_traits(CraniumKind kind);
/// Uniform around what is typical; a pure function of its arguments.
CraniumTraits species_traits(Seed seed, uint64_t species);
/// Normal around the species, cut at 2.5 deviations. @param variation  times the deviations
CraniumTraits individual_traits(Seed seed, uint64_t species, uint64_t individual, double variation);

/// Key of everything that is drawn for one individual.
SampleKey individual_key(Seed seed, uint64_t species, uint64_t individual);

}  // namespace radforge::volume
