// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_spine.h"

#include "synth/volume/phantom_shape.h"

namespace radforge::volume {
namespace {

Tissue bone_at(float depth_mm, float shell_mm) {
    return depth_mm < -shell_mm ? Tissue::SpongyBone : Tissue::CorticalBone;
}
bool keep(Tissue t) {
    return t == Tissue::Air || t == Tissue::Skin || t == Tissue::Foam || t == Tissue::TableShell;
}

}  // namespace

void add_vertebra(Anatomy& a, const Vertebra& v, uint32_t seed) {
    const float w = v.half_width, d = v.half_depth, h = v.half_height;
    const Vec3f lo = v.centre - Vec3f{std::max(v.transverse_mm, w) + 5, d + 5, h + v.spinous_drop_mm + 8};
    const Vec3f hi = v.centre + Vec3f{std::max(v.transverse_mm, w) + 5, v.spinous_mm + 6, h + 8};
    a.add({lo, hi}, [v, w, d, h, seed](Vec3f p, Tissue under) {
        if (keep(under)) return under;
        const Vec3f r = p - v.centre;
        const float z = r.z + v.tilt_rad * r.y;
        const Vec3f q{std::abs(r.x), r.y, z};
        const float rough = 0.5f * gradient_noise(p * (1 / 6.0f), seed);
        // Body: an ellipse waisted in the middle, hollowed at the back.
        const float waist = 1 - 0.09f * (1 - (z / h) * (z / h));
        const float rim = ellipsoid_distance({q.x, q.y, 0}, {0, 0, 0}, {w * waist, d * waist, 1e3f});
        const float back = ellipsoid_distance({q.x, q.y, 0}, {0, d + 0.62f * v.canal_half_depth, 0},
                                              {v.canal_half_width, v.canal_half_depth, 1e3f});
        const float body = std::max(smooth_max(rim, -back, 2), std::abs(z) - h + 0.6f * rough);
        if (body < 0) return bone_at(body, 1.2f);
        if (rim < 0 && back > 0 && z < 0 && z > -2 * h) return Tissue::Disc;
        const float canal_y = d + 0.62f * v.canal_half_depth;
        if (back < 0) {
            const float cord =
                ellipsoid_distance({q.x, q.y, 0}, {0, canal_y, 0},
                                   {0.55f * v.canal_half_width, 0.5f * v.canal_half_depth, 1e3f});
            return cord < 0 ? Tissue::SpinalCord : back > -1.2f ? Tissue::Fat : Tissue::Csf;
        }
        const float cw = v.canal_half_width, cd = v.canal_half_depth, lamina_y = canal_y + cd + 1.5f;
        const float pedicle =
            tube_distance(q, {cw + 2, d - 2, 0.35f * h}, {cw + 3, lamina_y - 4, 0.3f * h}, 4.2f, 4.4f);
        const float lamina =
            tube_distance(q, {cw + 1, lamina_y - 3, 0}, {0, lamina_y + 3.5f, -0.35f * h}, 3.4f, 3.2f);
        const float facet = std::max(
            ellipsoid_distance(q, {cw + 6, lamina_y - 3, -0.1f * h}, {6.5f, 5.5f, 1.1f * h + 3}), -9.0f);
        const float joint = std::abs(q.x - cw - 6 - 0.8f * (q.y - lamina_y + 3)) - 0.5f;
        const float transverse = tube_distance(q, {cw + 3, lamina_y - 3, 0.2f * h},
                                               {v.transverse_mm, lamina_y - 1, 0.3f * h}, 4.4f, 3.6f);
        const float spinous = tube_distance({q.x * 1.5f, q.y, q.z}, {0, lamina_y + 3, -0.3f * h},
                                            {0, v.spinous_mm, -v.spinous_drop_mm}, 4.2f, 4.6f);
        const float arch =
            std::min(std::min(pedicle, lamina), std::min(std::min(facet, transverse), spinous)) + rough;
        if (arch > 0) return under;
        if (joint < 0 && std::abs(z) > 0.6f * h && facet < 0) return Tissue::Cartilage;
        return bone_at(arch, 1.6f);
    });
}

void add_cervical_spine(Anatomy& a, Vec3f top, uint32_t seed) {
    for (int i = 0; i < 6; ++i) {
        const float drop = 34 + 16.0f * float(i), bend = float(i) - 2.5f;
        Vertebra v{top + Vec3f{0, -4 - 0.5f * bend * bend + 3, -drop},
                   11.5f,
                   8.5f,
                   6.0f,
                   27,
                   36 + 2.0f * float(i),
                   8};
        v.tilt_rad = -0.12f;
        v.canal_half_width = 12;
        a.add(box_around(v.centre, {30, 12, 9}), [c = v.centre](Vec3f p, Tissue under) {  // longus colli
            const Vec3f q{std::abs(p.x - c.x), p.y, p.z};
            return under == Tissue::Fat && ellipsoid_distance(q, {14, c.y - 8, c.z}, {7, 5, 14}) < 0
                       ? Tissue::Muscle
                       : under;
        });
        add_vertebra(a, v, seed + uint32_t(i));
    }
    a.add(box_around(top + Vec3f{0, 10, -16}, {50, 36, 30}), [top, seed](Vec3f p, Tissue under) {
        if (keep(under)) return under;
        const Vec3f r = p - top, q{std::abs(r.x), r.y, r.z};
        const float rough = 0.5f * gradient_noise(p * (1 / 6.0f), seed + 9);
        const float dens = tube_distance(r, {0, 0, -8}, {0, 1, -30}, 5, 6.5f);
        if (dens < 0) return bone_at(dens, 1.4f);
        // Atlas: a ring with lateral masses and transverse processes.
        const float ring_r = std::hypot(q.x / 1.15f, (q.y - 10) / 1.05f) - 19;
        const float ring = std::hypot(ring_r, r.z + 14) - 4 + rough;
        const float mass = ellipsoid_distance(q, {19, 3, -13}, {8, 10, 8});
        const float wing = tube_distance(q, {22, 5, -14}, {38, 6, -15}, 4.5f, 3.5f);
        const float axis_wing = ellipsoid_distance(q, {16, 3, -27}, {9, 9, 5});
        const float bone = std::min(std::min(ring, mass), std::min(wing, axis_wing));
        if (bone < 0) return bone_at(bone, 1.5f);
        if (ring_r < -3 && r.z > -34 && r.z < 6 && r.y > 6) {
            const float cord = std::hypot(q.x / 7.0f, (q.y - 16) / 5.2f);
            return cord < 1 ? Tissue::SpinalCord : cord < 1.75f ? Tissue::Csf : under;
        }
        return under;
    });
}

}  // namespace radforge::volume
