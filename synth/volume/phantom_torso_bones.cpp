// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_spine.h"
#include "synth/volume/phantom_torso_parts.h"

#include <cmath>

namespace radforge::volume {
namespace {

bool outside(Tissue t) {
    return t == Tissue::Air || t == Tissue::Foam || t == Tissue::TableShell || t == Tissue::Skin;
}
Tissue bone_at(float depth_mm, float shell_mm) {
    return depth_mm < -shell_mm ? Tissue::SpongyBone : Tissue::CorticalBone;
}

void add_bone_tube(Anatomy& a, Vec3f from, Vec3f to, float r0, float r1, float shell_mm) {
    a.add(box_between(from, to, std::max(r0, r1) + 0.5f), [=](Vec3f p, Tissue under) {
        if (outside(under)) return under;
        const float d = tube_distance(p, from, to, r0, r1);
        return d < 0 ? bone_at(d, shell_mm) : under;
    });
}

/// Ribs are straps: taller than thick.
void add_rib_piece(Anatomy& a, Vec3f from, Vec3f to, Tissue core) {
    a.add(box_between(from, to, 8), [=](Vec3f p, Tissue under) {
        if (outside(under)) return under;
        const Vec3f axis = normalized(to - from);
        const float along = std::clamp(dot(p - from, axis), 0.0f, length(to - from));
        const Vec3f r = p - (from + axis * along);
        const Vec3f radial = normalized(Vec3f{from.x, from.y - 5, 0});
        const float thick = dot(r, radial), tall2 = std::max(0.0f, dot(r, r) - thick * thick);
        const float d = (std::sqrt(thick * thick / 13.0f + tall2 / 42.0f) - 1) * 4.2f;
        if (d > 0) return under;
        return core == Tissue::Cartilage ? core : bone_at(d, 1.15f);
    });
}

void add_ribs(Anatomy& a, const TorsoTraits& t) {
    const Trunk trunk(t);
    constexpr int kPieces = 14;
    for (int n = 1; n <= 12; ++n)
        for (const float side : {-1.0f, 1.0f}) {
            Vec3f last = trunk.rib(n, side, 0);
            const Vec3f neck{side * 16, Trunk::spine_y(last.z) + 10, last.z + 4};
            add_rib_piece(a, neck, last, Tissue::SpongyBone);
            for (int i = 1; i <= kPieces; ++i) {
                const Vec3f next = trunk.rib(n, side, float(i) / kPieces);
                add_rib_piece(a, last, next, Tissue::SpongyBone);
                last = next;
            }
            if (n > 10) continue;
            const float meet_z = n <= 7 ? 172 - 19.0f * float(n - 1) : 52 - 6.0f * float(n - 7);
            const Vec3f sternal{side * (n <= 7 ? 15.0f : 22.0f),
                                trunk.rib(4, side, 1).y + (n <= 2 ? 14.0f : -4.0f), meet_z};
            const Vec3f bend = (last + sternal) * 0.5f + Vec3f{0, -5, -6};
            add_rib_piece(a, last, bend, Tissue::Cartilage);
            add_rib_piece(a, bend, sternal, Tissue::Cartilage);
        }
    const float front = trunk.rib(4, 1, 1).y;
    a.add({{-34, front - 22, 34}, {34, front + 40, 200}}, [front](Vec3f p, Tissue under) {
        if (outside(under)) return under;
        const float lean = 0.19f * std::max(0.0f, p.z - 110);
        const float manubrium =
            box_distance(p, {0, front - 6 + lean, 162}, {27 - 0.2f * (172 - p.z), 7, 24}, 6);
        const float body = box_distance(p, {0, front - 6 + lean, 92}, {16, 6, 44}, 5);
        const float xiphoid = box_distance(p, {0, front - 4, 42}, {6, 3, 8}, 3);
        if (xiphoid < 0) return Tissue::Cartilage;
        const float d = std::min(manubrium, body);
        return d < 0 ? bone_at(d, 1.2f) : under;
    });
}

void add_shoulders(Anatomy& a, const TorsoTraits& t) {
    for (const float s : {-1.0f, 1.0f}) {
        add_bone_tube(a, {s * 14, -46, 178}, {s * 62, -42, 188}, 8, 6, 1.5f);
        add_bone_tube(a, {s * 62, -42, 188}, {s * 132, 6, 196}, 6, 7, 1.5f);
        a.add(s > 0 ? Box{{60, 0, 40}, {180, 110, 210}} : Box{{-180, 0, 40}, {-60, 110, 210}},
              [s, seed = t.seed](Vec3f p, Tissue under) {
                  if (outside(under) || under == Tissue::Lung) return under;
                  const Vec3f q{s * p.x, p.y, p.z};
                  // Blade: a bent sheet that follows the cage, thick at its lateral border.
                  const float sheet = std::abs(q.y - 92 + 0.006f * (q.x - 70) * (q.x - 70) +
                                               1.5f * gradient_noise(p * (1 / 20.0f), seed + 21));
                  const float border = smooth_step(104, 124, q.x);
                  const float outline =
                      std::max(std::max(70 - q.x, q.x - 130 + 0.55f * std::max(0.0f, 150 - q.z)),
                               std::max(48 - q.z, q.z - 186));
                  const float blade = std::max(sheet - 2.0f - 4 * border, outline);
                  const float spine =
                      std::max(tube_distance(q, {84, 84, 150}, {142, 62, 188}, 4.5f, 7.5f), -1e3f);
                  const float glenoid = ellipsoid_distance(q, {134, 38, 164}, {10, 16, 19});
                  const float d = std::min(std::min(blade, spine), glenoid);
                  return d < 0 ? bone_at(d, 1.5f) : under;
              });
        add_bone_tube(a, {s * 160, 26, 172}, {s * 161, 24, 176}, 23, 23, 1.3f);
        add_bone_tube(a, {s * 168, 20, 178}, {s * 178, -8, 300}, 14, 11, 4);
    }
}

void add_pelvis(Anatomy& a, const TorsoTraits& t) {
    a.add({{-160, -95, -430}, {160, 140, -185}}, [seed = t.seed](Vec3f p, Tissue under) {
        if (outside(under)) return under;
        const Vec3f q{std::abs(p.x), p.y, p.z};
        const float rough = 0.8f * gradient_noise(p * (1 / 12.0f), seed + 22);
        // Ilium: a flaring plate along the side wall, from the sacroiliac joint to the anterior spine.
        const float flare = 0.28f * (q.z + 320);
        const float plate = std::abs(0.70f * (q.x - 84 - flare) + 0.72f * (q.y - 40) +
                                     0.0022f * (q.x - 80) * (q.x - 80) - rough);
        const float wing = ellipsoid_distance(q, {86 + 0.25f * (q.z + 260), 40, -258}, {66, 72, 66});
        const float crest = 3.4f + 4 * smooth_step(-14, 0, wing) + 3 * smooth_step(60, 90, q.y);
        const float ilium = std::max(plate - crest, wing);
        const float pillar = tube_distance(q, {78, 34, -280}, {88, 8, -326}, 12, 24);
        const float head = ellipsoid_distance(q, {92, 4, -336}, {24, 24, 24});
        const float socket = std::max(ellipsoid_distance(q, {90, 6, -334}, {34, 34, 34}),
                                      -ellipsoid_distance(q, {93, 3, -337}, {27, 27, 27}));
        const float neck = tube_distance(q, {96, 6, -342}, {132, 20, -368}, 15, 20);
        const float shaft = tube_distance(q, {132, 20, -368}, {128, 14, -430}, 18, 15);
        const float pubis = tube_distance(q, {74, -26, -342}, {10, -58, -362}, 9, 11);
        const float ischium = tube_distance(q, {82, 32, -345}, {58, 50, -400}, 14, 14);
        const float sacrum_y = 78 + 0.0035f * (q.z + 250) * (q.z + 250);
        const float sacrum =
            ellipsoid_distance({q.x, q.y - sacrum_y, q.z}, {0, 6, -262}, {52 + 0.2f * (q.z + 262), 20, 64});
        const float canal = ellipsoid_distance({q.x, q.y - sacrum_y, 0}, {0, 14, 0}, {12, 6, 1e3f});
        const float foramen = ellipsoid_distance({q.x, q.y - sacrum_y, std::remainder(q.z + 235, 26.0f)},
                                                 {24, 2, 0}, {5, 7, 6});
        const float sacral = std::max(std::max(sacrum, -canal), -foramen);
        const float joint = std::min(std::abs(head) - 0.0f, std::abs(q.x - 50 - 0.2f * (q.z + 262)) - 0.0f);
        if (sacral < 0) return joint < 1.2f && q.y < 92 ? Tissue::Cartilage : bone_at(sacral, 1.2f);
        const float d = std::min(std::min(std::min(ilium, std::max(pillar, -head)), std::min(socket, head)),
                                 std::min(std::min(neck, shaft), std::min(pubis, ischium)));
        return d < 0 ? bone_at(d, 1.8f) : under;
    });
}

}  // namespace

void add_trunk_bones(Anatomy& a, const TorsoTraits& t) {
    for (int i = 0; i < 17; ++i) {  // T1..T12, L1..L5
        const float z = 198 - 26.0f * float(i), size = smooth_step(0, 16, float(i));
        if (z < -225) break;
        Vertebra v{{0, Trunk::spine_y(z), z}, 15 + 10 * size, 12 + 6 * size, 10.5f, 36.0f, 52, 14};
        v.canal_half_width = 10 + 1.5f * size;
        v.transverse_mm = i < 12 ? 32.0f : 44.0f;
        v.spinous_mm = 46 + 4 * size;
        v.spinous_drop_mm = i < 10 ? 20.0f : 7.0f;
        v.tilt_rad = 0.1f * std::sin((z - 60) / 90);
        add_vertebra(a, v, t.seed + 200 + uint32_t(i));
    }
    for (int i = 0; i < 3; ++i) {  // lower neck
        const float z = 198 + 18.0f * float(i + 1);
        Vertebra v{{0, Trunk::spine_y(198) - 7.0f * float(i + 1), z}, 12, 9, 7, 28, 42, 8};
        add_vertebra(a, v, t.seed + 230 + uint32_t(i));
    }
    add_ribs(a, t);
    add_shoulders(a, t);
    add_pelvis(a, t);
}

}  // namespace radforge::volume
