// SPDX-License-Identifier: Apache-2.0
/// Origin in the middle of the joint line; medial towards -x. Sizes: H. Gray, "Anatomy of the human body",
/// 20th ed. 1918 (femur, tibia, fibula, patella), scaled to an adult.
#include "synth/volume/phantom_limb_parts.h"

#include <cmath>

namespace radforge::volume {
namespace {

constexpr float kJoint_mm = 5;  // cartilage on both sides: the gap seen on a film

void add_femur(Anatomy& a, const LimbTraits& t) {
    Bone bone;
    bone.bounds = {{-52, -34, -2}, {52, 48, 260}};
    bone.distance = [seed = t.seed](Vec3f p) {
        const float ax = std::abs(p.x);
        const float shaft = tube_distance(p, {6, -2, 78}, {20, -6, 260}, 14.5f, 13.5f);
        // The metaphysis flares sideways more than to front and back.
        const float flare = tube_distance({p.x * 0.74f, p.y, p.z}, {4.4f, -2, 84}, {0, -1, 34}, 14.5f, 24);
        const float condyle = ellipsoid_distance({ax, p.y, p.z}, {23, 8, 22}, {19.5f, 29, 21});
        const float epicondyle = ellipsoid_distance({ax, p.y, p.z}, {36, -1, 34}, {9, 14, 16});
        float d = smooth_min(smooth_min(shaft, flare, 12), smooth_min(condyle, epicondyle, 6), 10);
        const float notch = ellipsoid_distance(p, {0, 26, 6}, {8.5f, 27, 19});
        d = smooth_max(d, -notch, 4);
        const float groove = ellipsoid_distance(p, {0, -38, 26}, {13, 20, 26});  // for the patella
        return smooth_max(d, -groove, 5) + 0.35f * gradient_noise(p * (1 / 16.0f), seed + 41);
    };
    bone.cortex_mm = [k = t.cortex](Vec3f p) { return k * (1.0f + 4.2f * smooth_step(52, 120, p.z)); };
    bone.marrow_mm = 1e9f;
    add_bone(a, t, std::move(bone));
    a.add({{-12, -24, 96}, {40, 20, 260}}, [k = t.cortex](Vec3f p, Tissue under) {
        const float d = tube_distance(p, {6, -2, 78}, {20, -6, 260}, 14.5f, 13.5f);
        const float open = smooth_step(96, 130, p.z);
        return d < -(5.6f * k + 5 * (1 - open)) ? Tissue::Fat : under;
    });
}

void add_tibia(Anatomy& a, const LimbTraits& t) {
    Bone bone;
    bone.bounds = {{-48, -44, -260}, {48, 40, 6}};
    bone.distance = [seed = t.seed](Vec3f p) {
        const float ax = std::abs(p.x);
        const float top = -kJoint_mm + 1;
        const float plateau = ellipsoid_distance({p.x, p.y, p.z}, {0, 3, -17}, {41, 27, 20});
        const float flare = tube_distance({p.x * 0.78f, p.y, p.z}, {0, 2, -24}, {1, -3, -84}, 27, 13);
        const float shaft = tube_distance(p, {1, -3, -80}, {2, -2, -260}, 13.5f, 11.5f);
        const float tubercle = ellipsoid_distance(p, {3, -23, -44}, {8, 9, 15});
        float d = smooth_min(smooth_min(plateau, flare, 10), smooth_min(shaft, tubercle, 8), 8);
        d = smooth_max(d, p.z - top + 0.0016f * (ax - 23) * (ax - 23), 3);
        const float eminence = ellipsoid_distance({ax, p.y, p.z}, {6, 2, top}, {3.4f, 7, 7});
        return smooth_min(d, eminence, 4) + 0.35f * gradient_noise(p * (1 / 16.0f), seed + 42);
    };
    bone.cortex_mm = [k = t.cortex](Vec3f p) {
        return k * (1.2f + 3.6f * smooth_step(-52, -110, p.z) + 0.9f * smooth_step(-14, -5, p.z));
    };
    add_bone(a, t, std::move(bone));
    a.add({{-16, -20, -260}, {18, 16, -96}}, [k = t.cortex](Vec3f p, Tissue under) {
        const float d = tube_distance(p, {1, -3, -80}, {2, -2, -260}, 13.5f, 11.5f);
        return d < -(5.0f * k + 4 * (1 - smooth_step(-96, -130, p.z))) ? Tissue::Fat : under;
    });
}

void add_fibula_and_patella(Anatomy& a, const LimbTraits& t) {
    Bone fibula;
    fibula.bounds = {{24, 4, -260}, {52, 34, -8}};
    fibula.distance = [](Vec3f p) {
        const float head = ellipsoid_distance(p, {38, 19, -24}, {8.5f, 10, 12});
        const float neck = tube_distance(p, {38, 19, -30}, {36, 17, -60}, 6.5f, 5.4f);
        return smooth_min(smooth_min(head, neck, 6), tube_distance(p, {36, 17, -58}, {34, 15, -260}, 5.4f, 6),
                          4);
    };
    fibula.cortex_mm = [k = t.cortex](Vec3f p) { return k * (0.8f + 1.9f * smooth_step(-40, -70, p.z)); };
    fibula.marrow_mm = 4.2f;
    add_bone(a, t, std::move(fibula));
    Bone patella;
    patella.bounds = box_around({0, -39, 30}, {24, 13, 26});
    patella.distance = [seed = t.seed](Vec3f p) {
        const float body = ellipsoid_distance(p, {0, -39, 30}, {21.5f, 10.5f, 22});
        const float apex = ellipsoid_distance(p, {0, -41, 12}, {7, 6, 8});
        return smooth_min(body, apex, 6) + 0.35f * gradient_noise(p * (1 / 10.0f), seed + 43);
    };
    patella.cortex_mm = [k = t.cortex](Vec3f) { return 1.5f * k; };
    add_bone(a, t, std::move(patella));
}

/// Half width and half depth of the leg and the y of its middle, by height.
struct Girth {
    float half_width, half_depth, middle_y;
};
Girth girth_at(float z) {
    const float thigh = smooth_step(30, 190, z), calf = smooth_step(-30, -130, z);
    return {52 + 18 * thigh - 2 * calf, 53 + 20 * thigh - 2 * calf, 2 + 6 * thigh + 11 * calf};
}

}  // namespace

void add_knee(Anatomy& a, const LimbTraits& t) {
    // The thinnest radius is that of the joint; patella and ligament push the front out.
    const auto skin = [fat = t.fat_mm, seed = t.seed](Vec3f p) {
        const Girth g = girth_at(p.z);
        const float u = p.x / (g.half_width + fat), v = (p.y - g.middle_y) / (g.half_depth + fat);
        const float norm = std::sqrt(u * u + v * v);
        const float leg = (norm - 1) * std::min(g.half_width, g.half_depth) +
                          1.5f * gradient_noise(p * (1 / 45.0f), seed + 44);
        const float cap = ellipsoid_distance(p, {0, -34, 28}, Vec3f{26, 20, 34} + Vec3f{0.4f, 0.4f, 0} * fat);
        return smooth_min(leg, cap, 18);
    };
    const Box whole{{-100, -110, -260}, {100, 120, 260}};
    add_soft_tissue(a, {{whole, skin, 1.6f + t.fat_mm}});
    // Fat: behind the joint, below the patella, and in sheets between the muscles.
    a.add(whole, [seed = t.seed](Vec3f p, Tissue under) {
        if (under != Tissue::Muscle) return under;
        const float behind = ellipsoid_distance(p, {0, 40, 14}, {17, 14, 46});
        const float pad = ellipsoid_distance(p, {0, -30, 0}, {22, 14, 16});
        if (std::min(behind, pad) < 0) return Tissue::Fat;
        const float split = std::abs(gradient_noise({p.x / 24, p.y / 24, p.z / 90}, seed + 45)) * 10;
        return split < 0.9f ? Tissue::Fat : under;
    });
    // Quadriceps tendon and patellar ligament.
    a.add({{-16, -60, -52}, {16, -26, 130}}, [](Vec3f p, Tissue under) {
        const float above = tube_distance(p, {0, -42, 48}, {4, -32, 130}, 7, 9);
        const float below = tube_distance(p, {0, -44, 12}, {3, -31, -46}, 6, 5);
        return std::min(above, below) < 0 ? Tissue::Muscle : under;
    });
    add_femur(a, t);
    add_tibia(a, t);
    add_fibula_and_patella(a, t);
}

}  // namespace radforge::volume
