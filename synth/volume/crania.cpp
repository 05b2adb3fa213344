// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/crania.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/volume/crania_parts.h"
#include "synth/volume/phantom_shape.h"
#include "synth/volume/phantom_spec.h"
#include "synth/volume/phantom_tissue.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace radforge::volume {
namespace {

constexpr int kBlock = 8;
constexpr float kMargin = 1.06f;        // of the cube around the skull
constexpr float kCrookedness = 0.003f;  // deviation between left and right, skull lengths
constexpr float kTextureLength = 0.05f;
constexpr float kEnamel = 0.006f;
constexpr float kNowhere = 1e3f;
constexpr float kSpread = 1.2f;  // half width of an edge in the image, voxels

struct Grain {
    Tissue tissue;
    float hu;
};

/// Const after construction: threads share it.
class CraniumScanner {
public:
    CraniumScanner(const CraniumSpec& spec, const CraniumTraits& traits, uint32_t texture_seed)
        : spec_(spec),
          traits_(traits),
          model_(model_cranium(traits, spec.mandible, spec.soft_tissue)),
          seed_(texture_seed),
          crooked_(kCrookedness * float(spec.individual_variation)) {
        SolidBox box = model_.bone.bounds();
        for (const Solid* s : {&model_.jaw, &model_.tooth, &model_.envelope})
            if (!s->shapes().empty()) box.include(s->bounds());
        const Vec3f size = box.hi - box.lo;
        side_ = kMargin * std::max(2 * box.hi.x, std::max(size.y, size.z));
        centre_ = {0, 0.5f * (box.lo.y + box.hi.y), 0.5f * (box.lo.z + box.hi.z)};
        voxel_ = side_ / float(spec.size_voxels);
    }

    double voxel_mm() const { return double(voxel_) * double(traits_.length_mm); }

    void scan_block(int bx, int by, int bz, Volume& v) const {
        SolidBox box;
        const int n = spec_.size_voxels;
        const int x1 = std::min(bx + kBlock, n), y1 = std::min(by + kBlock, n), z1 = std::min(bz + kBlock, n);
        box.include(place(bx, by, bz), 0);
        box.include(place(x1 - 1, y1 - 1, z1 - 1), 0);
        // Shapes are mirrored: the box of |x|.
        if (box.lo.x < 0) {
            const float far = std::max(-box.lo.x, box.hi.x);
            box.lo.x = std::max(0.0f, -box.hi.x);
            box.hi.x = far;
        }
        const float margin = std::max(2 * voxel_, 2 * traits_.cortex) + 4 * crooked_;
        const float inner = margin + std::max(model_.brain_wall, model_.nose_wall) + 0.02f;
        const Nearby near{{model_.tooth, box, margin},
                          {model_.bone, box, margin},
                          {model_.jaw, box, margin},
                          {model_.septum, box, margin},
                          {model_.core, box, inner},
                          {model_.brain, box, inner},
                          {model_.canal, box, inner},
                          {model_.nose, box, inner},
                          {model_.passages, box, inner},
                          {model_.eye, box, margin},
                          {model_.envelope, box, std::max(margin, 0.05f)}};
        const bool matter =
            !near.tooth.empty() || !near.bone.empty() || !near.jaw.empty() || !near.envelope.empty();
        for (int z = bz; z < z1; ++z)
            for (int y = by; y < y1; ++y) {
                size_t i = (size_t(z) * size_t(n) + size_t(y)) * size_t(n) + size_t(bx);
                for (int x = bx; x < x1; ++x, ++i) {
                    const Grain grain =
                        matter ? look(near, place(x, y, z)) : Grain{Tissue::Air, hu_of(Tissue::Air)};
                    v.labels[i] = uint8_t(grain.tissue);
                    v.hu[i] = int16_t(std::lround(std::clamp(grain.hu, -1000.0f, 3071.0f)));
                }
            }
    }

private:
    struct Nearby {
        NearbySolid tooth, bone, jaw, septum, core, brain, canal, nose, passages, eye, envelope;
    };

    Vec3f place(int x, int y, int z) const {
        const float half = 0.5f * float(spec_.size_voxels - 1);
        return centre_ + Vec3f{float(x) - half, float(y) - half, float(z) - half} * voxel_;
    }
    static float hu_of(Tissue tissue) { return tissue_facts(tissue).hu_mean; }
    float texture(Tissue tissue, Vec3f p) const {
        return tissue_facts(tissue).hu_deviation *
               value_noise(p * (1 / kTextureLength), seed_ + uint32_t(tissue));
    }
    /// Share of matter under the scanner's point spread, about 1.2 voxels wide at half maximum.
    float coverage(float distance) const {
        return 1 - smooth_step(-kSpread * voxel_, kSpread * voxel_, distance);
    }

    struct Cavities {
        float brain = kNowhere, air = kNowhere;  ///< distances
    };
    Cavities cavities(const Nearby& near, Vec3f p) const {
        constexpr float kEdge = 0.01f;
        Cavities c;
        if (!near.brain.empty() || !near.nose.empty()) {
            const float core = near.core.distance(p);
            if (!near.brain.empty())
                c.brain = smooth_max(near.brain.distance(p), core + model_.brain_wall, kEdge);
            if (!near.nose.empty()) c.air = smooth_max(near.nose.distance(p), core + model_.nose_wall, kEdge);
        }
        if (!near.canal.empty()) c.brain = smooth_min(c.brain, near.canal.distance(p), kEdge);
        if (!near.passages.empty()) c.air = smooth_min(c.air, near.passages.distance(p), kEdge);
        c.air = smooth_max(c.air, model_.brain_wall - c.brain, kEdge);
        return c;
    }

    Grain look(const Nearby& near, Vec3f at) const {
        Vec3f p = at;
        p.x = std::abs(at.x + crooked_ * gradient_noise(at * 3.0f, seed_));
        const Cavities hollow = cavities(near, p);
        constexpr float kEdge = 0.006f;
        const float tooth = near.tooth.distance(p), jaw = near.jaw.distance(p);
        const float carved =
            smooth_max(smooth_max(near.bone.distance(p), -hollow.brain, kEdge), -hollow.air, kEdge);
        const float bone = smooth_min(carved, near.septum.distance(p), kEdge);
        const float hard = std::min(tooth, std::min(bone, jaw)), share = coverage(hard);
        Tissue tissue = Tissue::Air;
        if (share > 0) {
            if (hard == tooth)
                tissue = p.z < 0.004f && tooth > -kEnamel ? Tissue::Enamel : Tissue::Dentine;
            else
                tissue = -hard > traits_.cortex ? Tissue::SpongyBone : Tissue::CorticalBone;
        }
        if (share >= 1) return {tissue, hu_of(tissue) + texture(tissue, at)};
        const Grain under =
            spec_.soft_tissue ? soft(near, hollow, p) : Grain{Tissue::Air, hu_of(Tissue::Air)};
        if (share <= 0) return under;
        return {share > 0.5f ? tissue : under.tissue,
                share * (hu_of(tissue) + texture(tissue, at)) + (1 - share) * under.hu};
    }

    Grain soft(const Nearby& near, const Cavities& hollow, Vec3f p) const {
        const float depth = -near.envelope.distance(p);
        const float share = coverage(-depth);
        if (share <= 0) return {Tissue::Air, hu_of(Tissue::Air)};
        const float skin = 0.2f * traits_.soft, fat = 0.4f * traits_.soft;
        Tissue tissue = depth < skin ? Tissue::Skin : depth < fat ? Tissue::Fat : Tissue::Muscle;
        if (hollow.brain < 0)
            tissue = hollow.brain > -0.008f   ? Tissue::Csf
                     : hollow.brain > -0.035f ? Tissue::GreyMatter
                                              : Tissue::WhiteMatter;
        else if (const float eye = near.eye.distance(p); eye < 0)
            tissue = eye > -0.1f * traits_.orbit ? Tissue::Sclera : Tissue::Vitreous;
        else if (hollow.air < 0)
            tissue = Tissue::Gas;
        return {share > 0.5f ? tissue : Tissue::Air,
                share * hu_of(tissue) + (1 - share) * hu_of(Tissue::Air)};
    }

    const CraniumSpec& spec_;
    const CraniumTraits& traits_;
    CraniumModel model_;
    uint32_t seed_;
    float crooked_, side_ = 1, voxel_ = 1;
    Vec3f centre_;
};

constexpr const char* kNames[] = {"cat",      "dog",    "bear",       "marten", "seal",     "rat",
                                  "beaver",   "rabbit", "cattle",     "sheep",  "antelope", "deer",
                                  "horse",    "pig",    "monkey",     "ape",    "bat",      "hedgehog",
                                  "kangaroo", "camel",  "rhinoceros", "dolphin"};
static_assert(sizeof kNames / sizeof *kNames == size_t(CraniumKind::Count));

}  // namespace

const char* cranium_kind_name(CraniumKind kind) { return kNames[size_t(kind)]; }
CraniumKind cranium_kind(uint64_t species) { return CraniumKind(species % uint64_t(CraniumKind::Count)); }

void CraniumSpec::validate() const {
    check_number("crania: size_voxels", size_voxels, 16, 512);
    check_number("crania: individual_variation", individual_variation, 0, 3);
}

Volume make_cranium(const CraniumSpec& spec, Seed seed, uint64_t species, uint64_t individual) {
    spec.validate();
    for (const uint64_t number : {species, individual})
        if (number >= uint64_t(1) << 32)
            throw Error(ErrorKind::BadData, "number of a species or an individual out of range")
                .got(std::to_string(number))
                .expected("below 2^32");
    const CraniumTraits traits = individual_traits(seed, species, individual, spec.individual_variation);
    Rng rng(individual_key(seed, species, individual), Stream::Noise);
    const CraniumScanner scanner(spec, traits, rng.next_u32());

    Volume v;
    const int n = spec.size_voxels;
    v.slices = v.rows = v.columns = n;
    const double mm = scanner.voxel_mm();
    v.row_spacing_mm = v.column_spacing_mm = v.slice_thickness_mm = mm;
    v.body_part = BodyPart::Head;
    v.origin = "phantom";
    const double corner = -0.5 * (n - 1) * mm;
    for (int s = 0; s < n; ++s) v.slice_origin_mm.push_back({corner, corner, corner + s * mm});
    v.hu.resize(size_t(n) * size_t(n) * size_t(n));
    v.labels.resize(v.hu.size());
    const int blocks = (n + kBlock - 1) / kBlock;
    parallel_for(int64_t(blocks) * blocks, 1, [&](int64_t begin, int64_t end) {
        for (int64_t b = begin; b < end; ++b)
            for (int x = 0; x < blocks; ++x)
                scanner.scan_block(x * kBlock, int(b % blocks) * kBlock, int(b / blocks) * kBlock, v);
    });
    v.identify();
    return v;
}

}  // namespace radforge::volume
