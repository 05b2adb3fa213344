// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/crania_traits.h"

#include <algorithm>

namespace radforge::volume {
namespace {

using Horn = CraniumTraits::Horn;

CraniumTraits cat() {
    CraniumTraits t;
    t.length_mm = 130;
    t.snout = 0.25f, t.tip_width = 0.105f, t.base_width = 0.165f, t.tip_height = 0.16f, t.base_height = 0.29f;
    t.nasal_arch = 0.015f, t.pinch = 0.02f, t.brow = 0.365f, t.dome = 0.01f;
    t.brain_width = 0.21f, t.brain_height = 0.17f, t.brain_length = 0.28f, t.base = 0.05f;
    t.orbit = 0.12f, t.orbit_height = 0.2f, t.orbit_forward = 52, t.orbit_bar = 0.7f,
    t.between_orbits = 0.095f;
    t.behind_orbits = 0.12f, t.flare = 0.36f, t.arch = 0.02f, t.arch_bow = 0.03f, t.joint_y = 0.19f,
    t.joint_z = 0.035f;
    t.sagittal_crest = 0.014f, t.nuchal_crest = 0.02f, t.bulla = 0.07f;
    t.jaw_depth = 0.095f, t.coronoid = 0.2f, t.angle_size = 0.04f, t.ramus_length = 0.2f, t.chin = 0.85f;
    t.incisor = 0.022f, t.canine = 0.13f, t.diastema = 0.03f, t.tooth_row = 0.24f, t.tooth_size = 0.075f;
    t.tooth_height = 0.055f, t.cusps = 1, t.cheek_teeth = 3, t.row_width = 0.16f;
    return t;
}
CraniumTraits dog() {
    CraniumTraits t;
    t.length_mm = 190;
    t.snout = 0.45f, t.tip_width = 0.075f, t.base_width = 0.14f, t.tip_height = 0.125f, t.base_height = 0.21f;
    t.nasal_arch = -0.012f, t.pinch = 0.1f, t.brow = 0.315f, t.dome = 0.015f;
    t.brain_width = 0.155f, t.brain_height = 0.135f, t.brain_length = 0.22f, t.base = 0.06f;
    t.orbit = 0.085f, t.orbit_height = 0.17f, t.orbit_forward = 38, t.orbit_bar = 0.45f;
    t.flare = 0.285f, t.arch = 0.017f, t.arch_bow = 0.03f, t.joint_z = 0.04f, t.joint_y = 0.19f;
    t.sagittal_crest = 0.022f, t.nuchal_crest = 0.02f, t.bulla = 0.055f;
    t.jaw_depth = 0.075f, t.coronoid = 0.19f, t.ramus_length = 0.17f, t.angle_size = 0.045f;
    t.canine = 0.1f, t.tooth_row = 0.44f, t.tooth_size = 0.062f, t.tooth_height = 0.05f, t.cusps = 0.9f;
    t.cheek_teeth = 6, t.diastema = 0.02f, t.row_width = 0.15f;
    return t;
}
CraniumTraits bear() {
    CraniumTraits t = dog();
    t.length_mm = 310;
    t.snout = 0.4f, t.tip_width = 0.1f, t.base_width = 0.155f, t.tip_height = 0.17f, t.base_height = 0.26f;
    t.nasal_arch = 0.005f, t.pinch = 0.03f, t.brow = 0.345f, t.dome = 0.01f;
    t.brain_width = 0.165f, t.brain_height = 0.145f, t.brain_length = 0.25f, t.base = 0.07f;
    t.orbit = 0.06f, t.orbit_height = 0.19f, t.orbit_bar = 0.35f, t.between_orbits = 0.1f,
    t.behind_orbits = 0.1f;
    t.flare = 0.31f, t.arch = 0.022f, t.sagittal_crest = 0.025f, t.nuchal_crest = 0.03f, t.bulla = 0.025f;
    t.jaw_depth = 0.095f, t.jaw_width = 0.03f, t.coronoid = 0.21f;
    t.canine = 0.12f, t.diastema = 0.07f, t.tooth_row = 0.36f, t.cheek_teeth = 4, t.tooth_size = 0.085f;
    t.tooth_width = 0.028f, t.tooth_height = 0.035f, t.cusps = 0.3f;
    return t;
}
CraniumTraits marten() {
    CraniumTraits t = cat();
    t.length_mm = 75;
    t.snout = 0.25f, t.tip_width = 0.085f, t.base_width = 0.145f, t.tip_height = 0.13f,
    t.base_height = 0.215f;
    t.brow = 0.265f, t.dome = 0, t.brain_width = 0.2f, t.brain_height = 0.12f, t.brain_length = 0.32f;
    t.orbit = 0.075f, t.orbit_height = 0.15f, t.orbit_forward = 42, t.orbit_bar = 0.35f,
    t.between_orbits = 0.1f;
    t.behind_orbits = 0.09f, t.flare = 0.285f, t.arch = 0.012f, t.joint_y = 0.16f, t.joint_z = 0.03f;
    t.bulla = 0.06f, t.canine = 0.09f, t.cheek_teeth = 4, t.tooth_row = 0.27f, t.tooth_size = 0.055f;
    t.tooth_height = 0.04f, t.jaw_depth = 0.065f, t.coronoid = 0.17f;
    return t;
}
CraniumTraits seal() {
    CraniumTraits t;
    t.length_mm = 210;
    t.snout = 0.25f, t.tip_width = 0.09f, t.base_width = 0.135f, t.tip_height = 0.12f, t.base_height = 0.21f;
    t.nasal_arch = -0.01f, t.pinch = 0, t.nasal_notch = 0.14f, t.brow = 0.235f, t.dome = 0;
    t.brain_width = 0.26f, t.brain_height = 0.15f, t.brain_length = 0.22f, t.base = 0.03f;
    t.orbit = 0.14f, t.orbit_height = 0.13f, t.orbit_forward = 50, t.orbit_bar = 0, t.between_orbits = 0.035f;
    t.behind_orbits = 0.05f, t.flare = 0.315f, t.arch = 0.018f, t.arch_bow = 0.05f, t.joint_y = 0.21f,
    t.joint_z = 0.03f;
    t.sagittal_crest = 0, t.nuchal_crest = 0.006f, t.bulla = 0.095f;
    t.jaw_depth = 0.065f, t.coronoid = 0.13f, t.angle_size = 0.015f;
    t.canine = 0.065f, t.diastema = 0.015f, t.tooth_row = 0.27f, t.cheek_teeth = 5, t.tooth_size = 0.035f;
    t.tooth_height = 0.035f, t.cusps = 1, t.soft = 0.08f;
    return t;
}
CraniumTraits rat() {
    CraniumTraits t;
    t.length_mm = 42;
    t.snout = 0.36f, t.tip_width = 0.07f, t.base_width = 0.105f, t.tip_height = 0.175f,
    t.base_height = 0.225f;
    t.nasal_arch = 0.012f, t.pinch = -0.05f, t.nasal_notch = 0.03f, t.brow = 0.26f, t.dome = 0;
    t.brain_width = 0.18f, t.brain_height = 0.12f, t.brain_length = 0.26f, t.base = 0.05f, t.wall = 0.018f;
    t.orbit = 0.09f, t.orbit_height = 0.155f, t.orbit_forward = 14, t.orbit_bar = 0, t.between_orbits = 0.06f;
    t.behind_orbits = 0.085f, t.flare = 0.265f, t.arch = 0.012f, t.arch_bow = -0.03f, t.joint_y = 0.17f;
    t.joint_z = 0.1f, t.sagittal_crest = 0, t.nuchal_crest = 0.006f, t.bulla = 0.075f;
    t.jaw_depth = 0.09f, t.coronoid = 0.17f, t.angle_size = 0.09f, t.ramus_length = 0.22f, t.chin = 0.7f;
    t.gnawing = true, t.incisor = 0.032f, t.canine = 0, t.diastema = 0.25f, t.tooth_row = 0.15f,
    t.tooth_size = 0.048f;
    t.cheek_teeth = 3, t.tooth_height = 0.035f, t.cusps = 0.15f, t.row_width = 0.07f, t.soft = 0.06f;
    return t;
}
CraniumTraits beaver() {
    CraniumTraits t = rat();
    t.length_mm = 110;
    t.snout = 0.36f, t.tip_width = 0.1f, t.base_width = 0.15f, t.tip_height = 0.22f, t.base_height = 0.3f,
    t.brow = 0.33f;
    t.brain_width = 0.17f, t.brain_height = 0.14f, t.brain_length = 0.22f, t.base = 0.07f, t.wall = 0.03f;
    t.orbit = 0.08f, t.orbit_height = 0.22f, t.between_orbits = 0.08f, t.flare = 0.36f, t.arch = 0.028f;
    t.arch_bow = -0.01f, t.joint_z = 0.15f, t.nuchal_crest = 0.02f, t.sagittal_crest = 0.01f,
    t.bulla = 0.055f;
    t.jaw_depth = 0.14f, t.jaw_width = 0.035f, t.coronoid = 0.22f, t.angle_size = 0.12f, t.incisor = 0.05f;
    t.tooth_row = 0.23f, t.cheek_teeth = 4, t.tooth_size = 0.055f, t.tooth_width = 0.028f;
    return t;
}
CraniumTraits rabbit() {
    CraniumTraits t;
    t.length_mm = 85;
    t.snout = 0.42f, t.tip_width = 0.055f, t.base_width = 0.1f, t.tip_height = 0.17f, t.base_height = 0.3f;
    t.nasal_arch = 0.035f, t.pinch = -0.05f, t.nasal_notch = 0.03f, t.brow = 0.345f, t.dome = 0.01f;
    t.brain_width = 0.155f, t.brain_height = 0.125f, t.brain_length = 0.2f, t.base = 0.1f, t.back = 0.45f,
    t.wall = 0.018f;
    t.orbit = 0.115f, t.orbit_height = 0.21f, t.orbit_forward = 5, t.orbit_bar = 0.35f,
    t.between_orbits = 0.075f;
    t.behind_orbits = 0.07f, t.flare = 0.215f, t.arch = 0.014f, t.arch_bow = -0.015f, t.joint_y = 0.16f;
    t.joint_z = 0.21f, t.sagittal_crest = 0, t.nuchal_crest = 0.01f, t.bulla = 0.065f;
    t.jaw_depth = 0.1f, t.jaw_width = 0.016f, t.coronoid = 0.2f, t.angle_size = 0.11f, t.ramus_length = 0.23f;
    t.gnawing = true, t.incisor = 0.026f, t.canine = 0, t.diastema = 0.26f, t.tooth_row = 0.18f,
    t.tooth_size = 0.03f;
    t.cheek_teeth = 6, t.tooth_height = 0.04f, t.cusps = 0.1f, t.row_width = 0.085f;
    return t;
}
CraniumTraits cattle() {
    CraniumTraits t;
    t.length_mm = 420;
    t.snout = 0.56f, t.tip_width = 0.08f, t.base_width = 0.145f, t.tip_height = 0.11f, t.base_height = 0.28f;
    t.nasal_arch = -0.005f, t.pinch = 0.05f, t.nasal_notch = 0.16f, t.brow = 0.38f, t.dome = 0.01f;
    t.brain_width = 0.15f, t.brain_height = 0.13f, t.brain_length = 0.18f, t.base = 0.12f, t.back = 0.44f,
    t.wall = 0.045f;
    t.cortex = 0.01f, t.orbit = 0.068f, t.orbit_height = 0.28f, t.orbit_forward = 18, t.orbit_bar = 1.1f;
    t.between_orbits = 0.155f, t.behind_orbits = 0.14f, t.rim = 0.018f, t.flare = 0.22f, t.arch = 0.015f,
    t.arch_bow = 0;
    t.joint_y = 0.3f, t.joint_z = 0.19f, t.sagittal_crest = 0, t.nuchal_crest = 0.015f, t.bulla = 0.04f;
    t.paroccipital = 0.07f, t.jaw_depth = 0.085f, t.jaw_width = 0.02f, t.coronoid = 0.33f,
    t.angle_size = 0.06f;
    t.ramus_length = 0.2f, t.chin = 0.45f, t.upper_incisors = false, t.upper_canines = false;
    t.incisor = 0.026f, t.canine = 0, t.diastema = 0.26f, t.tooth_row = 0.32f, t.tooth_size = 0.054f,
    t.tooth_height = 0.045f;
    t.tooth_width = 0.022f, t.cusps = 0.25f, t.cheek_teeth = 6, t.row_width = 0.125f;
    t.horns = Horn::Cow, t.horn = 0.5f, t.horn_radius = 0.06f, t.horn_spread = 80, t.horn_lean = 10,
    t.horn_curl = 80;
    t.horn_twist = 10, t.soft = 0.04f;
    return t;
}
CraniumTraits sheep() {
    CraniumTraits t = cattle();
    t.length_mm = 250;
    t.snout = 0.5f, t.tip_width = 0.065f, t.base_width = 0.14f, t.base_height = 0.3f, t.nasal_arch = 0.025f,
    t.brow = 0.42f;
    t.dome = 0.04f, t.brain_width = 0.155f, t.brain_height = 0.14f, t.brain_length = 0.19f, t.base = 0.14f,
    t.back = 0.43f;
    t.orbit = 0.085f, t.orbit_height = 0.3f, t.between_orbits = 0.15f, t.behind_orbits = 0.13f,
    t.flare = 0.225f;
    t.horns = Horn::Ram, t.horn = 0.95f, t.horn_radius = 0.075f, t.horn_spread = 45, t.horn_lean = 40,
    t.horn_curl = 300;
    t.horn_twist = 25;
    return t;
}
CraniumTraits antelope() {
    CraniumTraits t = sheep();
    t.length_mm = 220;
    t.snout = 0.53f, t.tip_width = 0.055f, t.base_width = 0.12f, t.nasal_arch = 0.005f, t.brow = 0.37f,
    t.dome = 0.03f;
    t.base_height = 0.27f, t.between_orbits = 0.12f, t.orbit = 0.085f, t.flare = 0.2f;
    t.horns = Horn::Antelope, t.horn = 0.75f, t.horn_radius = 0.04f, t.horn_spread = 14, t.horn_lean = 30;
    t.horn_curl = 50, t.horn_twist = 40;
    return t;
}
CraniumTraits deer() {
    CraniumTraits t = antelope();
    t.length_mm = 300;
    t.snout = 0.55f, t.tip_width = 0.06f, t.tip_height = 0.1f, t.base_height = 0.23f, t.brow = 0.32f,
    t.dome = 0.01f;
    t.brain_width = 0.135f, t.brain_height = 0.125f, t.brain_length = 0.2f, t.base = 0.1f, t.back = 0.46f;
    t.orbit = 0.075f, t.orbit_height = 0.23f, t.between_orbits = 0.11f, t.behind_orbits = 0.1f,
    t.flare = 0.195f;
    t.horns = Horn::Antler, t.horn = 0.95f, t.horn_radius = 0.032f, t.horn_spread = 40, t.horn_lean = 35,
    t.horn_curl = 60;
    t.horn_twist = 0;
    return t;
}
CraniumTraits horse() {
    CraniumTraits t;
    t.length_mm = 520;
    t.snout = 0.6f, t.tip_width = 0.07f, t.base_width = 0.12f, t.tip_height = 0.12f, t.base_height = 0.29f;
    t.nasal_arch = 0.005f, t.pinch = 0.15f, t.nasal_notch = 0.2f, t.brow = 0.35f, t.dome = 0.015f;
    t.brain_width = 0.115f, t.brain_height = 0.105f, t.brain_length = 0.18f, t.base = 0.13f, t.back = 0.46f,
    t.wall = 0.028f;
    t.cortex = 0.01f, t.orbit = 0.058f, t.orbit_height = 0.265f, t.orbit_forward = 15, t.orbit_bar = 1.1f;
    t.between_orbits = 0.11f, t.behind_orbits = 0.095f, t.rim = 0.016f, t.flare = 0.195f, t.arch = 0.018f,
    t.arch_bow = 0;
    t.joint_y = 0.28f, t.joint_z = 0.2f, t.sagittal_crest = 0.012f, t.nuchal_crest = 0.025f, t.bulla = 0.02f;
    t.paroccipital = 0.07f, t.jaw_depth = 0.13f, t.jaw_width = 0.026f, t.coronoid = 0.31f,
    t.angle_size = 0.1f;
    t.ramus_length = 0.24f, t.chin = 0.4f, t.upper_canines = false;
    t.incisor = 0.034f, t.canine = 0, t.diastema = 0.19f, t.tooth_row = 0.36f, t.tooth_size = 0.06f,
    t.tooth_height = 0.04f;
    t.tooth_width = 0.026f, t.cusps = 0.05f, t.cheek_teeth = 6, t.row_width = 0.105f, t.soft = 0.035f;
    return t;
}
CraniumTraits pig() {
    CraniumTraits t;
    t.length_mm = 310;
    t.snout = 0.58f, t.tip_width = 0.06f, t.base_width = 0.11f, t.tip_height = 0.125f, t.base_height = 0.25f;
    t.nasal_arch = -0.02f, t.pinch = 0.05f, t.nasal_notch = 0.08f, t.brow = 0.36f, t.dome = 0;
    t.brain_width = 0.125f, t.brain_height = 0.13f, t.brain_length = 0.15f, t.base = 0.14f, t.back = 0.44f,
    t.wall = 0.05f;
    t.cortex = 0.01f, t.orbit = 0.05f, t.orbit_height = 0.27f, t.orbit_forward = 22, t.orbit_bar = 0.55f;
    t.between_orbits = 0.1f, t.behind_orbits = 0.1f, t.flare = 0.23f, t.arch = 0.026f, t.arch_bow = -0.02f;
    t.joint_y = 0.29f, t.joint_z = 0.17f, t.sagittal_crest = 0.02f, t.nuchal_crest = 0.05f, t.bulla = 0.045f;
    t.paroccipital = 0.1f, t.jaw_depth = 0.12f, t.jaw_width = 0.032f, t.coronoid = 0.23f,
    t.angle_size = 0.06f;
    t.ramus_length = 0.2f, t.chin = 0.55f, t.tusks = true, t.incisor = 0.026f, t.canine = 0.13f,
    t.diastema = 0.05f;
    t.tooth_row = 0.46f, t.tooth_size = 0.06f, t.tooth_width = 0.022f, t.tooth_height = 0.035f,
    t.cusps = 0.25f;
    t.cheek_teeth = 7, t.row_width = 0.085f, t.soft = 0.06f;
    return t;
}
CraniumTraits monkey() {
    CraniumTraits t;
    t.length_mm = 90;
    t.snout = 0.22f, t.tip_width = 0.095f, t.base_width = 0.16f, t.tip_height = 0.12f, t.base_height = 0.3f;
    t.nasal_arch = -0.02f, t.pinch = 0, t.nasal_notch = 0.07f, t.brow = 0.44f, t.dome = 0.015f;
    t.brain_width = 0.29f, t.brain_height = 0.235f, t.brain_length = 0.35f, t.base = 0.12f, t.back = 0.5f,
    t.wall = 0.02f;
    t.orbit = 0.105f, t.orbit_height = 0.29f, t.orbit_forward = 78, t.orbit_bar = 2, t.between_orbits = 0.03f;
    t.behind_orbits = 0.2f, t.rim = 0.013f, t.flare = 0.3f, t.arch = 0.017f, t.arch_bow = 0.01f,
    t.joint_y = 0.15f;
    t.joint_z = 0.11f, t.sagittal_crest = 0, t.nuchal_crest = 0.006f, t.bulla = 0.02f;
    t.jaw_depth = 0.1f, t.coronoid = 0.17f, t.angle_size = 0.04f, t.ramus_length = 0.2f, t.chin = 1;
    t.incisor = 0.038f, t.canine = 0.08f, t.diastema = 0.015f, t.tooth_row = 0.26f, t.tooth_size = 0.048f;
    t.tooth_width = 0.024f, t.tooth_height = 0.035f, t.cusps = 0.3f, t.cheek_teeth = 5, t.row_width = 0.125f;
    return t;
}
CraniumTraits ape() {
    CraniumTraits t = monkey();
    t.length_mm = 190;
    t.snout = 0.3f, t.tip_width = 0.12f, t.base_width = 0.17f, t.tip_height = 0.13f, t.base_height = 0.33f,
    t.nasal_arch = -0.03f;
    t.brow = 0.48f, t.dome = 0, t.brain_width = 0.25f, t.brain_height = 0.2f, t.brain_length = 0.3f,
    t.base = 0.15f;
    t.orbit = 0.085f, t.orbit_height = 0.345f, t.orbit_forward = 82, t.rim = 0.02f, t.behind_orbits = 0.15f;
    t.between_orbits = 0.035f, t.flare = 0.32f, t.arch = 0.022f, t.sagittal_crest = 0.025f,
    t.nuchal_crest = 0.03f, t.wall = 0.025f;
    t.jaw_depth = 0.15f, t.jaw_width = 0.03f, t.coronoid = 0.24f, t.angle_size = 0.06f,
    t.ramus_length = 0.23f;
    t.joint_z = 0.17f, t.joint_y = 0.17f, t.incisor = 0.05f, t.canine = 0.09f, t.tooth_row = 0.31f,
    t.tooth_size = 0.06f, t.tooth_width = 0.03f;
    return t;
}
CraniumTraits bat() {
    CraniumTraits t;
    t.length_mm = 22;
    t.snout = 0.28f, t.tip_width = 0.095f, t.base_width = 0.15f, t.tip_height = 0.14f, t.base_height = 0.22f;
    t.nasal_arch = -0.025f, t.pinch = 0, t.nasal_notch = 0.1f, t.brow = 0.3f, t.dome = 0.05f;
    t.brain_width = 0.23f, t.brain_height = 0.185f, t.brain_length = 0.26f, t.base = 0.07f, t.back = 0.48f,
    t.wall = 0.017f;
    t.orbit = 0.07f, t.orbit_height = 0.16f, t.orbit_forward = 35, t.orbit_bar = 0, t.between_orbits = 0.085f;
    t.behind_orbits = 0.08f, t.flare = 0.29f, t.arch = 0.011f, t.arch_bow = 0.02f, t.joint_y = 0.13f,
    t.joint_z = 0.04f;
    t.sagittal_crest = 0.012f, t.nuchal_crest = 0.006f, t.bulla = 0.1f;
    t.jaw_depth = 0.06f, t.coronoid = 0.16f, t.angle_size = 0.035f, t.ramus_length = 0.16f, t.chin = 0.9f;
    t.canine = 0.1f, t.diastema = 0.005f, t.tooth_row = 0.3f, t.cheek_teeth = 5, t.tooth_size = 0.055f,
    t.tooth_height = 0.05f;
    t.cusps = 1, t.row_width = 0.145f;
    return t;
}
CraniumTraits hedgehog() {
    CraniumTraits t;
    t.length_mm = 55;
    t.snout = 0.4f, t.tip_width = 0.07f, t.base_width = 0.14f, t.tip_height = 0.12f, t.base_height = 0.2f;
    t.nasal_arch = 0.005f, t.pinch = 0.05f, t.nasal_notch = 0.05f, t.brow = 0.25f, t.dome = 0;
    t.brain_width = 0.185f, t.brain_height = 0.12f, t.brain_length = 0.22f, t.base = 0.05f, t.wall = 0.018f;
    t.orbit = 0.065f, t.orbit_height = 0.14f, t.orbit_forward = 25, t.orbit_bar = 0,
    t.between_orbits = 0.095f;
    t.behind_orbits = 0.1f, t.flare = 0.29f, t.arch = 0.014f, t.arch_bow = 0.02f, t.joint_y = 0.2f,
    t.joint_z = 0.04f;
    t.sagittal_crest = 0.01f, t.nuchal_crest = 0.02f, t.bulla = 0.03f;
    t.jaw_depth = 0.065f, t.coronoid = 0.17f, t.angle_size = 0.05f, t.ramus_length = 0.16f,
    t.incisor = 0.045f;
    t.canine = 0.03f, t.diastema = 0.02f, t.tooth_row = 0.38f, t.cheek_teeth = 7, t.tooth_size = 0.052f,
    t.tooth_height = 0.045f;
    t.cusps = 1, t.row_width = 0.14f, t.soft = 0.07f;
    return t;
}
CraniumTraits kangaroo() {
    CraniumTraits t;
    t.length_mm = 170;
    t.snout = 0.48f, t.tip_width = 0.06f, t.base_width = 0.12f, t.tip_height = 0.15f, t.base_height = 0.26f;
    t.nasal_arch = 0.005f, t.pinch = 0.05f, t.nasal_notch = 0.05f, t.brow = 0.31f, t.dome = 0;
    t.brain_width = 0.145f, t.brain_height = 0.125f, t.brain_length = 0.22f, t.base = 0.07f, t.back = 0.46f,
    t.wall = 0.024f;
    t.orbit = 0.09f, t.orbit_height = 0.2f, t.orbit_forward = 22, t.orbit_bar = 0.2f,
    t.between_orbits = 0.085f;
    t.behind_orbits = 0.08f, t.flare = 0.26f, t.arch = 0.027f, t.arch_bow = -0.01f, t.joint_y = 0.22f,
    t.joint_z = 0.12f;
    t.sagittal_crest = 0.004f, t.nuchal_crest = 0.015f, t.bulla = 0.03f, t.paroccipital = 0.06f;
    t.jaw_depth = 0.095f, t.jaw_width = 0.022f, t.coronoid = 0.22f, t.angle_size = 0.07f,
    t.ramus_length = 0.19f;
    t.incisor = 0.055f, t.canine = 0, t.upper_canines = false, t.diastema = 0.18f, t.tooth_row = 0.28f,
    t.cheek_teeth = 5;
    t.tooth_size = 0.055f, t.tooth_height = 0.035f, t.cusps = 0.25f, t.row_width = 0.09f;
    return t;
}
CraniumTraits camel() {
    CraniumTraits t = horse();
    t.length_mm = 430;
    t.snout = 0.52f, t.tip_width = 0.05f, t.base_width = 0.105f, t.tip_height = 0.11f, t.base_height = 0.24f,
    t.pinch = 0.22f;
    t.nasal_notch = 0.13f, t.nasal_arch = -0.015f, t.brow = 0.35f, t.dome = 0.03f;
    t.brain_width = 0.14f, t.brain_height = 0.12f, t.brain_length = 0.2f, t.base = 0.11f;
    t.orbit = 0.075f, t.orbit_height = 0.25f, t.orbit_forward = 28, t.between_orbits = 0.125f,
    t.behind_orbits = 0.1f, t.flare = 0.225f;
    t.sagittal_crest = 0.03f, t.nuchal_crest = 0.04f, t.jaw_depth = 0.08f, t.jaw_width = 0.018f,
    t.angle_size = 0.04f;
    t.ramus_length = 0.19f, t.joint_z = 0.16f, t.coronoid = 0.3f, t.upper_canines = true, t.canine = 0.05f,
    t.diastema = 0.12f;
    t.incisor = 0.022f, t.tooth_size = 0.055f, t.tooth_row = 0.32f;
    return t;
}
CraniumTraits rhinoceros() {
    CraniumTraits t = horse();
    t.length_mm = 600;
    t.snout = 0.42f, t.tip_width = 0.065f, t.base_width = 0.13f, t.tip_height = 0.22f, t.base_height = 0.26f,
    t.nasal_arch = -0.01f;
    t.pinch = 0, t.nasal_notch = 0.24f, t.brow = 0.31f, t.dome = 0, t.brain_width = 0.135f,
    t.brain_height = 0.15f, t.brain_length = 0.2f;
    t.base = 0.14f, t.back = 0.46f, t.wall = 0.045f, t.orbit = 0.045f, t.orbit_height = 0.2f,
    t.orbit_bar = 0.3f, t.between_orbits = 0.13f;
    t.behind_orbits = 0.1f, t.flare = 0.26f, t.arch = 0.028f, t.nuchal_crest = 0.06f,
    t.sagittal_crest = 0.01f;
    t.jaw_depth = 0.12f, t.jaw_width = 0.035f, t.angle_size = 0.08f, t.upper_incisors = false,
    t.incisor = 0.01f, t.diastema = 0.13f;
    t.tooth_row = 0.4f, t.tooth_size = 0.065f, t.tooth_width = 0.032f, t.horns = Horn::Nose, t.horn = 0.36f,
    t.horn_radius = 0.075f;
    t.horn_spread = 0, t.horn_lean = -20, t.horn_curl = 50, t.horn_twist = 0;
    return t;
}
CraniumTraits dolphin() {
    CraniumTraits t;
    t.length_mm = 480;
    t.snout = 0.6f, t.tip_width = 0.03f, t.base_width = 0.115f, t.tip_height = 0.055f, t.base_height = 0.12f;
    t.nasal_arch = -0.015f, t.pinch = 0, t.nasal_notch = 0.03f, t.brow = 0.24f, t.dome = 0;
    t.brain_width = 0.2f, t.brain_height = 0.17f, t.brain_length = 0.15f, t.base = 0.02f, t.back = 0.47f,
    t.wall = 0.022f;
    t.orbit = 0.05f, t.orbit_height = 0.08f, t.orbit_forward = 0, t.orbit_bar = 0.3f,
    t.between_orbits = 0.16f;
    t.behind_orbits = 0.17f, t.rim = 0.014f, t.flare = 0.215f, t.arch = 0.009f, t.arch_bow = -0.03f,
    t.joint_y = 0.27f, t.joint_z = 0.03f;
    t.sagittal_crest = 0, t.nuchal_crest = 0.02f, t.bulla = 0.04f, t.paroccipital = 0.03f;
    t.jaw_depth = 0.045f, t.jaw_width = 0.014f, t.coronoid = 0.08f, t.angle_size = 0.03f,
    t.ramus_length = 0.2f, t.chin = 0.6f;
    t.incisor = 0.0f, t.canine = 0, t.upper_canines = false, t.upper_incisors = false, t.diastema = 0,
    t.tooth_row = 0.5f, t.tooth_size = 0.022f;
    t.cheek_teeth = 22, t.tooth_height = 0.026f, t.tooth_width = 0.008f, t.cusps = 1, t.row_width = 0.07f,
    t.beak = true, t.soft = 0.06f;
    return t;
}

}  // namespace

CraniumTraits typical_traits(CraniumKind kind) {
    constexpr CraniumTraits (*kTable[])() = {
        cat,  dog,   bear, marten, seal, rat, beaver,   rabbit,   cattle, sheep,      antelope,
        deer, horse, pig,  monkey, ape,  bat, hedgehog, kangaroo, camel,  rhinoceros, dolphin};
    static_assert(sizeof kTable / sizeof *kTable == size_t(CraniumKind::Count));
    return kTable[size_t(kind)]();
}

CraniumTraits species_traits(Seed seed, uint64_t species) {
    CraniumTraits t = typical_traits(cranium_kind(species));
    Rng rng({seed, species}, Stream::Phantom);
    constexpr double kSqrt3 = 1.7320508075688772;  // half width of a uniform distribution of deviation one
    t.each([&](float& value, float between, float) {
        value *= float(1 + kSqrt3 * 0.8 * double(between) * rng.uniform(-1, 1));
    });
    return t;
}

SampleKey individual_key(Seed seed, uint64_t species, uint64_t individual) {
    return {seed, ((individual + 1) << 32) | species};
}

CraniumTraits individual_traits(Seed seed, uint64_t species, uint64_t individual, double variation) {
    CraniumTraits t = species_traits(seed, species);
    Rng rng(individual_key(seed, species, individual), Stream::Phantom);
    t.each([&](float& value, float, float within) {
        value *= float(1 + variation * double(within) * std::clamp(rng.normal(), -2.5, 2.5));
    });
    return t;
}

}  // namespace radforge::volume
