// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_head_parts.h"

namespace radforge::volume {
namespace {

constexpr Vec3f kVaultRadii{67, 84, 70};

Vec3f scaled(Vec3f p, float per_mm) { return p * per_mm; }

/// Sulci: zero sheets of noise that is nearly constant along the radius, so they stand on the surface of the
/// brain.
struct Sulcus {
    float distance_mm;  ///< to the nearest sheet
    float opening_mm;   ///< half width of its fluid here; negative where the walls touch
};
Sulcus sulcus_at(Vec3f p, float depth_mm, const HeadTraits& t) {
    const Vec3f from_core{p.x, p.y, p.z + 12};
    const float radius = std::sqrt(dot(from_core, from_core)) + 1e-3f;
    const Vec3f q = from_core * (0.72f * 66 / radius + 0.28f);
    const uint32_t side = t.seed + (p.x < 0 ? 71u : 13u);
    const Vec3f warp{gradient_noise(scaled(q, 1 / 21.0f), side + 1),
                     gradient_noise(scaled(q, 1 / 21.0f), side + 2), 0};
    const Vec3f folded = q + 5.0f * Vec3f{warp.x, warp.y, 0.5f * (warp.x - warp.y)};
    const float sheet = gradient_noise(scaled(folded, 1 / 12.5f), side + 3);
    const float local = warp.x * 0.5f - warp.y * 0.6f;
    const float reach = 15 + 5 * local;
    const float crown = 0.5f * smooth_step(8, 40, p.z);
    const float width = 0.6f + crown + 1.1f * t.atrophy + (0.5f + 0.45f * t.atrophy) * local;
    const float quiet =
        0.5f * smooth_step(15, 45, p.y) * smooth_step(12, -6, p.z);  // occipital sulci are tight
    return {std::abs(sheet) * 3.6f, width * (1 - quiet) * (1 - depth_mm / reach)};
}

Tissue cerebrum(Vec3f p, float depth_mm, const HeadTraits& t) {
    // Depth counts from the falx too: the medial faces of the hemispheres are folded like the convexity.
    const float midline = std::abs(p.x) + (p.z < 22 && std::abs(p.y) < 38 ? 30.0f : 0.0f);
    const float depth = std::min(depth_mm, midline);
    if (depth > 30) return Tissue::WhiteMatter;
    const Sulcus s = sulcus_at(p, depth, t);
    if (s.distance_mm < s.opening_mm && depth < 26) return Tissue::Csf;
    const float rim = 0.5f + 1.3f * t.atrophy * std::max(0.0f, 0.6f + 0.5f * s.opening_mm);
    if (depth_mm < rim) return Tissue::Csf;
    const bool ribbon = depth < rim + 3.4f || (s.distance_mm < s.opening_mm + 3.1f && depth < 19) ||
                        (s.distance_mm < 2.2f && depth < 23);
    return ribbon ? Tissue::GreyMatter : Tissue::WhiteMatter;
}

Tissue cerebellum(Vec3f p, float depth_mm, const HeadTraits& t) {
    if (depth_mm < 0.8f + 1.2f * t.atrophy) return Tissue::Csf;
    // Folia run parallel to the transverse plane and bend with the surface.
    const float wave = gradient_noise({p.x / 22, p.y / 15, p.z / 13}, t.seed + 31);
    const float folia = std::sin((0.55f * p.y + 0.85f * p.z + 0.002f * p.x * p.x + 3.2f * wave) * 1.35f);
    if (depth_mm < 6 && folia > 0.99f - 0.12f * t.atrophy) return Tissue::Csf;
    const float core = ellipsoid_distance(p, {p.x < 0 ? -19.0f : 19.0f, 43, -46}, {17, 14, 10});
    return core + 2.5f * folia < 0 ? Tissue::WhiteMatter : Tissue::GreyMatter;
}

bool below_tentorium(Vec3f p, const Cranium::Distances& d) {
    const float height = -4 - 0.46f * std::abs(p.x) - 0.34f * std::max(0.0f, p.y - 26);
    return p.z < height && d.posterior < 1.5f && p.y > -2;
}
float tentorium_distance(Vec3f p) {
    return p.z - (-4 - 0.46f * std::abs(p.x) - 0.34f * std::max(0.0f, p.y - 26));
}

/// Wiggly lines on the calvaria: sagittal, coronal and lambdoid sutures.
bool in_suture(Vec3f p, uint32_t seed) {
    if (p.z < 12) return false;
    const float wiggle =
        2.2f * gradient_noise(p * (1 / 4.5f), seed + 41) + 2 * gradient_noise(p * (1 / 11.0f), seed + 42);
    const float sagittal = p.y > -22 && p.y < 62 && p.z > 30 ? std::abs(p.x + wiggle) : 9.0f;
    const float coronal = std::abs(p.y + 24 - 0.12f * std::abs(p.x) + wiggle);
    const float lambdoid =
        p.y > 30 ? std::abs(p.y - 76 + 0.45f * std::abs(p.x) + 0.25f * (p.z - 20) + wiggle) : 9.0f;
    return std::min(sagittal, std::min(coronal, lambdoid)) < 0.45f;
}

Tissue skull(Vec3f p, float depth_mm, float thickness_mm, uint32_t seed) {
    const float uneven = 0.5f * gradient_noise(p * (1 / 7.0f), seed + 43);
    const float inner = 1.5f + uneven, outer = 1.9f - uneven;
    if (in_suture(p, seed)) return Tissue::Cartilage;
    const bool diploe = depth_mm > inner && depth_mm < thickness_mm - outer;
    return diploe ? Tissue::SpongyBone : Tissue::CorticalBone;
}

Tissue soft_tissue(Vec3f p, float below_skin_mm, const Cranium::Distances& d, float skull_mm,
                   const HeadTraits& t) {
    const float uneven = gradient_noise(p * (1 / 26.0f), t.seed + 44);
    if (below_skin_mm < 2.5f) return Tissue::Skin;
    const float neck = smooth_step(-20, -60, p.z) * smooth_step(10, 60, p.y);
    const float cheek = smooth_step(-45, -62, p.z) * smooth_step(0, -30, p.y);
    const float fat = t.scalp_fat_mm * (1 + 0.2f * uneven) * (1 + 0.9f * neck + 1.2f * cheek);
    if (below_skin_mm < 2.5f + fat) return Tissue::Fat;
    if (p.z > -38 || d.cavity < skull_mm + 3) return Tissue::Muscle;
    // Muscles lie in layers parallel to the skin, each split into bellies; thin fat between them.
    const float wave = gradient_noise({p.x / 24, p.y / 24, p.z / 60}, t.seed + 45);
    const float layer = (below_skin_mm - fat + 3.5f * wave) / 9.5f, within = layer - std::floor(layer);
    const float plane_mm = std::min(within, 1 - within) * 9.5f;
    const float belly = std::abs(gradient_noise({p.x / 20, p.y / 20, p.z / 70},
                                                t.seed + 46 + uint32_t(std::clamp(layer, 0.0f, 9.0f)))) *
                        7;
    const float thin = 0.5f + 0.35f * uneven + 0.5f * smooth_step(0, -50, p.y);
    return std::min(plane_mm, belly + 0.3f) < thin ? Tissue::Fat : Tissue::Muscle;
}

}  // namespace

Cranium::Distances Cranium::at(Vec3f p) const {
    const uint32_t seed = traits_.seed;
    // Egg: the parietal half is wider than the frontal one; a broad noise breaks the symmetry.
    const float u = std::clamp(p.y / 84, -1.2f, 1.2f);
    const float width = 1 + 0.085f * u - 0.075f * u * u * u;
    const float lumpy = 0.95f * gradient_noise(p * (1 / 46.0f), seed + 11);
    const Vec3f q{p.x / width, p.y, p.z};
    Distances d{};
    d.vault = ellipsoid_distance(q, {0, 0, 0}, kVaultRadii) + lumpy;
    // The temporal squama is flat: cut the sides a little.
    d.vault = smooth_max(d.vault, std::abs(p.x) - 66.5f - 3 * u, 14);
    const float ax = std::abs(p.x);
    const Vec3f mirrored{ax, p.y, p.z};
    if (p.z > 15) {  // far above the floor the calvaria alone decides
        d.cavity = d.vault;
        d.middle = d.posterior = p.z;
        return d;
    }
    // Floor of the anterior fossa: domed over the orbits, low over the nose and the sella.
    const float dome = 9 * bump(mirrored, {33, -58, p.z}, 16) - 6 * bump(mirrored, {0, -66, p.z}, 9);
    const float sella = 8 * smooth_step(24, 10, ax) * smooth_step(-40, -24, p.y);
    const float floor = -21 + dome - sella - 4 * smooth_step(-30, 10, p.y) - p.z + 1.8f * lumpy;
    // The petrous ridge runs from the apex (12, -4) to the mastoid: it parts the middle from the posterior
    // fossa.
    const float ridge = 0.53f * (ax - 12) - 0.848f * (p.y + 4);
    const float wing = -0.78f * (ax - 22) - 0.62f * (p.y + 34);
    d.middle = ellipsoid_distance(mirrored, {38, -12, -27}, {31, 38, 27}) + lumpy;
    d.middle = smooth_max(smooth_max(d.middle, 7 - ridge, 5), wing, 7);
    d.middle = smooth_max(d.middle, d.vault + 1.5f, 6);
    d.posterior = ellipsoid_distance(p, {0, 38, -38}, {56, 45, 38}) + lumpy;
    d.posterior = smooth_max(d.posterior, ridge + 3, 5);
    const float fossae = std::min(d.middle, d.posterior);
    d.cavity = smooth_min(smooth_max(d.vault, floor, 9), fossae, 5);
    return d;
}

float Cranium::skull_thickness(Vec3f p) const {
    const float low = gradient_noise(p * (1 / 38.0f), traits_.seed + 12);
    const float temporal = bump({std::abs(p.x), p.y, p.z}, {68, -8, -12}, 26);
    const float occiput = bump(p, {0, 84, -22}, 22), brow = bump(p, {0, -84, -12}, 20);
    const float floor = smooth_step(-4, -17, p.z);
    const float calvaria =
        traits_.skull_mm * (1 + 0.16f * low - 0.42f * temporal + 0.45f * occiput + 0.4f * brow);
    const float base = 1.7f + 0.4f * low + 3 * occiput;
    return calvaria + (base - calvaria) * floor * (1 - 0.7f * smooth_step(50, 75, p.y));
}

float Cranium::skin(Vec3f p, const Distances& d) const {
    const HeadTraits& t = traits_;
    const float ax = std::abs(p.x);
    const float temporalis = 9 * bump({ax, p.y, p.z}, {64, -38, -14}, 24);
    const float scalp = t.skull_mm * 1.05f + 1.8f + 1.4f * t.scalp_fat_mm + temporalis;
    float s = d.vault - scalp;
    s = smooth_max(s, -46 - p.z, 20);
    const float face = ellipsoid_distance(p, {0, -34, -66}, {66, 62, 62});
    const float jaw = ellipsoid_distance(p, {0, -40, -96}, {57, 50, 38});
    const float neck = std::max(std::sqrt(p.x * p.x + 0.9f * (p.y - 26) * (p.y - 26)) - 60, p.z + 20);
    s = smooth_min(s, smooth_min(face, jaw, 18), 24);
    s = smooth_min(s, neck, 26);
    // Eye sockets sink, the nose and the brow stand out.
    const float socket = ellipsoid_distance({ax, p.y, p.z}, {32, -100, -36}, {17, 15, 13});
    s = smooth_max(s, -socket, 9);
    const float nose = tube_distance(p, {0, -90, -30}, {0, -105, -64}, 6, 12);
    return smooth_min(s, nose, 9) + 0.35f * gradient_noise(p * (1 / 20.0f), t.seed + 13);
}

void add_head_shell(Anatomy& anatomy, const HeadTraits& traits) {
    const Cranium cranium(traits);
    anatomy.add({{-92, -122, -175}, {92, 112, 96}}, [cranium, traits](Vec3f p, Tissue under) {
        // No skull, fat and muscle reach further than 30 mm from the inner table of the calvaria.
        if (p.z > 0 && ellipsoid_distance(p, {0, 0, 0}, kVaultRadii) > 32) return under;
        const Cranium::Distances d = cranium.at(p);
        if (d.cavity < -0.2f) {
            const float depth = -d.cavity;
            if (below_tentorium(p, d)) {
                const float roof = -tentorium_distance(p);
                if (roof < 1.0f && depth > 1) return Tissue::Dura;
                return cerebellum(p, std::min(depth, roof), traits);
            }
            return cerebrum(
                p, std::min(depth, d.posterior < 1 && p.z < 0 ? tentorium_distance(p) + 7 : depth), traits);
        }
        const float thickness = cranium.skull_thickness(p);
        if (d.cavity < thickness) return skull(p, d.cavity, thickness, traits.seed);
        const float s = cranium.skin(p, d);
        if (s > 0) return under;
        return soft_tissue(p, -s, d, thickness, traits);
    });
    // Ears: a curled plate of cartilage under skin.
    for (const float side : {-1.0f, 1.0f})
        anatomy.add(box_around({side * 84, 22, -44}, {16, 24, 36}), [side, seed = traits.seed](Vec3f p,
                                                                                               Tissue under) {
            if (under != Tissue::Air && under != Tissue::Foam) return under;
            const Vec3f q{side * p.x, p.y, p.z};
            const float curl = 1.6f * gradient_noise(q * (1 / 9.0f), seed + 47);
            const float plate =
                std::abs(q.x - 77 - 0.45f * (q.y - 8) + 0.006f * (q.y - 22) * (q.y - 22) + curl) - 2.2f;
            const float rim = ellipsoid_distance(q, {82, 22, -44}, {20, 19, 31});
            const float concha = std::max(plate, rim);
            if (concha > 0) return under;
            return concha > -1.2f ? Tissue::Skin : Tissue::Cartilage;
        });
}

}  // namespace radforge::volume
