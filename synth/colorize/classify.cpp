// SPDX-License-Identifier: Apache-2.0
// Ranges of HU: W. A. Kalender, "Computed Tomography", 3rd ed. 2011, ch. 1; J. T. Bushberg et al., "The
// Essential Physics of Medical Imaging", 3rd ed. 2012, ch. 10. Sizes are of adult anatomy, by art direction.
#include "synth/colorize/classify.h"

#include "synth/base/error.h"
#include "synth/colorize/distance.h"
#include "synth/volume/phantom_artefact.h"
#include "synth/volume/phantom_tissue.h"

#include <algorithm>
#include <cmath>

namespace radforge::colorize {
namespace {

using volume::Tissue;

constexpr float kGasBelow_hu = -200, kFatBelow_hu = -30, kHardAbove_hu = 150, kCorticalAbove_hu = 600;
constexpr float kEnamelAbove_hu = 2000, kMetalAbove_hu = 2900;
constexpr float kBrainMedian_hu = 33;
constexpr double kSkin_mm = 1.8, kLungArea_mm2 = 800, kCraniumArea_mm2 = 1500, kContentsArea_mm2 = 350,
                 kOrganRadius_mm = 12;
constexpr double kLateral_mm = 50, kHipArea_mm2 = 400, kHipDepth_mm = 45;

class Classifier {
public:
    Classifier(ImageView<const int16_t> hu, const Image& mask, const SliceFacts& facts)
        : h_(hu.height_px), w_(hu.width_px), pixels_(size_t(h_) * size_t(w_)), facts_(facts) {
        inside_.assign(mask.values<uint8_t>().begin(), mask.values<uint8_t>().end());
        fine_.resize(pixels_);
        for (int r = 0; r < h_; ++r)
            for (int c = 0; c < w_; ++c) fine_[size_t(r) * size_t(w_) + size_t(c)] = hu(r, c);
        volume::gaussian_blur(view(fine_), float(std::max(0.4, 0.35 / facts.pixel_mm)));
        std::vector<uint8_t> outside(pixels_);
        for (size_t i = 0; i < pixels_; ++i) outside[i] = inside_[i] == 0;
        depth_mm_ = distance_mm(outside);
        smooth_soft_tissue();
    }

    Image run() {
        Image labels(h_, w_, 1, PixelType::U8, ColorSpace::Data);
        out_ = labels.view<uint8_t>().data;
        by_hu();
        if (facts_.body_part != BodyPart::Head && facts_.body_part != BodyPart::Extremity) lungs();
        if (facts_.body_part == BodyPart::Head || facts_.body_part == BodyPart::Neck ||
            facts_.body_part == BodyPart::Unknown)
            cranium();
        if (facts_.body_part != BodyPart::Head && facts_.body_part != BodyPart::Extremity) organs();
        linings();
        return labels;
    }

private:
    ImageView<float> view(std::vector<float>& v) const { return {v.data(), h_, w_, 1, w_}; }
    ImageView<const uint8_t> view(const std::vector<uint8_t>& v) const { return {v.data(), h_, w_, 1, w_}; }

    /// Distance in mm to the set.
    std::vector<float> distance_mm(const std::vector<uint8_t>& set) const {
        const std::vector<int32_t> squared = squared_distance(view(set));
        std::vector<float> mm(pixels_);
        for (size_t i = 0; i < pixels_; ++i) mm[i] = float(std::sqrt(double(squared[i])) * facts_.pixel_mm);
        return mm;
    }
    bool bone(size_t i) const { return label(i) == Tissue::CorticalBone || label(i) == Tissue::SpongyBone; }
    bool soft(size_t i) const {
        return inside_[i] != 0 && fine_[i] >= kFatBelow_hu && fine_[i] <= kHardAbove_hu;
    }
    Tissue label(size_t i) const { return Tissue(out_[i]); }
    void set(size_t i, Tissue tissue) { out_[i] = uint8_t(tissue); }

    /// Mean over soft tissue alone, so that bone and air do not leak in.
    void smooth_soft_tissue() {
        std::vector<float> weight(pixels_);
        coarse_.assign(pixels_, 0);
        for (size_t i = 0; i < pixels_; ++i)
            if (soft(i)) weight[i] = 1, coarse_[i] = fine_[i];
        const float sigma_px = float(std::max(1.0, 1.3 / facts_.pixel_mm));
        volume::gaussian_blur(view(weight), sigma_px);
        volume::gaussian_blur(view(coarse_), sigma_px);
        for (size_t i = 0; i < pixels_; ++i)
            coarse_[i] = weight[i] > 1e-3f ? coarse_[i] / weight[i] : fine_[i];
    }

    void by_hu() {
        std::vector<uint8_t> cortical(pixels_), softer(pixels_);
        for (size_t i = 0; i < pixels_; ++i) {
            cortical[i] = inside_[i] != 0 && fine_[i] > kCorticalAbove_hu;
            softer[i] = fine_[i] <= kHardAbove_hu;
        }
        const std::vector<float> to_cortical_mm = distance_mm(cortical), in_bone_mm = distance_mm(softer);
        for (size_t i = 0; i < pixels_; ++i) {
            const float hu = fine_[i];
            if (inside_[i] == 0)
                set(i, Tissue::Air);
            else if (hu > kMetalAbove_hu)
                set(i, Tissue::Metal);
            else if (hu > kEnamelAbove_hu && facts_.body_part == BodyPart::Head)
                set(i, Tissue::Enamel);
            else if (hu > kCorticalAbove_hu)
                set(i, Tissue::CorticalBone);
            else if (hu > kHardAbove_hu)
                set(i, to_cortical_mm[i] > 14 ? Tissue::Blood  // contrast medium, far from bone
                       : in_bone_mm[i] < 1.3f ? Tissue::CorticalBone
                                              : Tissue::SpongyBone);
            else if (depth_mm_[i] < kSkin_mm)
                set(i, Tissue::Skin);
            else
                set(i, hu < kGasBelow_hu ? Tissue::Gas : hu < kFatBelow_hu ? Tissue::Fat : Tissue::Muscle);
        }
    }

    /// Wide gas that is not as thin as air.
    void lungs() {
        std::vector<uint8_t> gas(pixels_);
        for (size_t i = 0; i < pixels_; ++i) gas[i] = label(i) == Tissue::Gas;
        const Parts parts = parts_of(view(gas));
        std::vector<double> sum(parts.area.size());
        for (size_t i = 0; i < pixels_; ++i)
            if (gas[i] != 0) sum[size_t(parts.of[i])] += double(fine_[i]);
        for (size_t i = 0; i < pixels_; ++i) {
            if (gas[i] == 0) continue;
            const size_t part = size_t(parts.of[i]);
            const double area_mm2 = double(parts.area[part]) * facts_.pixel_mm * facts_.pixel_mm;
            if (area_mm2 > kLungArea_mm2 && sum[part] / double(parts.area[part]) > -940) set(i, Tissue::Lung);
        }
    }

    /// What a skull encloses: bone closed by a disc, the flood from outside kept out.
    void cranium() {
        constexpr double kClose_mm = 5;
        std::vector<uint8_t> hard(pixels_);
        for (size_t i = 0; i < pixels_; ++i) hard[i] = inside_[i] != 0 && fine_[i] > kHardAbove_hu;
        const std::vector<float> to_bone_mm = distance_mm(hard);
        Image wall(h_, w_, 1, PixelType::U8, ColorSpace::Data);
        const Span<uint8_t> values = wall.values<uint8_t>();
        for (size_t i = 0; i < pixels_; ++i) values[i] = to_bone_mm[i] <= kClose_mm;
        std::vector<uint8_t> core(pixels_);
        Image filled = wall;
        fill_holes(filled);
        const Span<const uint8_t> full = std::as_const(filled).values<uint8_t>();
        for (size_t i = 0; i < pixels_; ++i) core[i] = full[i] != 0 && values[i] == 0;
        const Parts parts = parts_of(view(core));
        for (size_t i = 0; i < pixels_; ++i)
            core[i] =
                core[i] != 0 && double(parts.area[size_t(parts.of[i])]) * facts_.pixel_mm * facts_.pixel_mm >
                                    kCraniumArea_mm2;
        const std::vector<float> to_core_mm = distance_mm(core);
        std::vector<size_t> brain;
        std::vector<float> values_hu;
        for (size_t i = 0; i < pixels_; ++i)
            if (to_core_mm[i] <= kClose_mm + 1 && soft(i))
                brain.push_back(i), values_hu.push_back(coarse_[i]);
        if (brain.empty()) return;
        // Contrast medium and the beam hardening of the skull move the whole brain: its median is what
        // counts.
        const auto middle = values_hu.begin() + std::ptrdiff_t(values_hu.size() / 2);
        std::nth_element(values_hu.begin(), middle, values_hu.end());
        const float moved = std::clamp(*middle - kBrainMedian_hu, -12.0f, 40.0f);
        for (const size_t i : brain) {
            const float hu = coarse_[i] - moved;
            const bool by_bone = to_bone_mm[i] < 3.5f;  // partial volume, not blood
            set(i, hu < 18   ? Tissue::Csf
                   : hu < 31 ? Tissue::WhiteMatter
                   : hu < 55 ? Tissue::GreyMatter
                   : by_bone ? Tissue::Dura
                   : hu < 95 ? Tissue::Haematoma
                             : Tissue::Blood);
        }
    }

    /// Soft tissue so thick that a disc of kOrganRadius_mm fits in.
    void organs() {
        std::vector<uint8_t> other(pixels_);
        for (size_t i = 0; i < pixels_; ++i) other[i] = label(i) != Tissue::Muscle;
        const std::vector<float> within_mm = distance_mm(other);
        std::vector<uint8_t> core(pixels_);
        for (size_t i = 0; i < pixels_; ++i) core[i] = within_mm[i] > kOrganRadius_mm;
        const Parts parts = parts_of(view(core));
        const std::vector<Tissue> organ = name_organs(parts);
        // Each pixel near a core takes the organ of the nearest part: grown part by part in order of size of
        // label.
        for (size_t part = 1; part < parts.area.size(); ++part) {
            if (organ[part] == Tissue::Muscle) continue;
            std::vector<uint8_t> one(pixels_);
            for (size_t i = 0; i < pixels_; ++i) one[i] = parts.of[i] == int32_t(part);
            const std::vector<float> to_mm = distance_mm(one);
            if (bones_lie_deeper(one, to_mm)) continue;
            for (size_t i = 0; i < pixels_; ++i)
                if (label(i) == Tissue::Muscle && to_mm[i] <= kOrganRadius_mm + 0.5) set(i, organ[part]);
        }
        contents();
    }

    /// Water-like and wide, deep inside: bladder, stomach, bowel.
    void contents() {
        std::vector<uint8_t> watery(pixels_);
        for (size_t i = 0; i < pixels_; ++i)
            watery[i] = label(i) == Tissue::Muscle && depth_mm_[i] > 45 && coarse_[i] < 22;
        const Parts parts = parts_of(view(watery));
        for (size_t part = 1; part < parts.area.size(); ++part) {
            if (double(parts.area[part]) * facts_.pixel_mm * facts_.pixel_mm < kContentsArea_mm2) continue;
            std::vector<uint8_t> one(pixels_);
            for (size_t i = 0; i < pixels_; ++i) one[i] = parts.of[i] == int32_t(part);
            if (bones_lie_deeper(one, distance_mm(one))) continue;
            for (size_t i = 0; i < pixels_; ++i)
                if (one[i] != 0) set(i, Tissue::BowelContent);
        }
    }

    /// Ribs lie outside liver and spleen, but hip bones inside the muscles of the buttocks.
    bool bones_lie_deeper(const std::vector<uint8_t>& part, const std::vector<float>& to_part_mm) const {
        constexpr float kNear_mm = 30;
        double bones = 0, bones_mm = 0, own = 0, own_mm = 0;
        for (size_t i = 0; i < pixels_; ++i) {
            if (part[i] != 0) own += 1, own_mm += double(depth_mm_[i]);
            if (to_part_mm[i] <= kNear_mm && bone(i)) bones += 1, bones_mm += double(depth_mm_[i]);
        }
        return bones > 0 && own > 0 && bones_mm / bones > own_mm / own;
    }

    /// Bones beside the middle are ribs near the skin, or else hips and femora.
    bool is_at_the_hips(double middle_px) const {
        double bones = 0, bones_mm = 0;
        for (size_t i = 0; i < pixels_; ++i)
            if (bone(i) && std::abs(double(i % size_t(w_)) - middle_px) * facts_.pixel_mm > kLateral_mm)
                bones += 1, bones_mm += double(depth_mm_[i]);
        return bones * facts_.pixel_mm * facts_.pixel_mm > kHipArea_mm2 && bones_mm / bones > kHipDepth_mm;
    }

    struct Place {
        double left_mm = 0, back_mm = 0, depth_mm = 0, hu = 0;
    };

    std::vector<Tissue> name_organs(const Parts& parts) const {
        Place body;
        double body_pixels = 0, lung_pixels = 0;
        std::vector<Place> of(parts.area.size());
        const double left = facts_.columns_run_left ? facts_.pixel_mm : -facts_.pixel_mm,
                     back = facts_.rows_run_back ? facts_.pixel_mm : -facts_.pixel_mm;
        for (int r = 0; r < h_; ++r)
            for (int c = 0; c < w_; ++c) {
                const size_t i = size_t(r) * size_t(w_) + size_t(c);
                if (inside_[i] == 0) continue;
                ++body_pixels;
                body.left_mm += c * left, body.back_mm += r * back;
                lung_pixels += label(i) == Tissue::Lung;
                Place& part = of[size_t(parts.of[i])];
                part.left_mm += c * left, part.back_mm += r * back;
                part.depth_mm += double(depth_mm_[i]), part.hu += double(coarse_[i]);
            }
        const bool thorax = lung_pixels > 0.12 * body_pixels;
        std::vector<Tissue> organ(parts.area.size(), Tissue::Muscle);
        if (facts_.body_part == BodyPart::Pelvis || facts_.body_part == BodyPart::Neck ||
            (!thorax && is_at_the_hips(body.left_mm / body_pixels / left)))
            return organ;
        for (size_t part = 1; part < organ.size(); ++part) {
            const double n = double(parts.area[part]), area_mm2 = n * facts_.pixel_mm * facts_.pixel_mm;
            const double left_mm = of[part].left_mm / n - body.left_mm / body_pixels,
                         back_mm = of[part].back_mm / n - body.back_mm / body_pixels;
            const bool shallow = of[part].depth_mm / n<42, big = area_mm2> 1200;
            if (of[part].hu / n > 115)
                organ[part] = Tissue::Blood;
            else if (left_mm < -15 && area_mm2 > 5000)
                organ[part] = Tissue::Liver;
            else if (thorax && std::abs(left_mm) < 60 && back_mm < 30)
                organ[part] = Tissue::Myocardium;
            else if (back_mm > 15 && std::abs(left_mm) > 25 && std::abs(left_mm) < 90 && !big && !shallow)
                organ[part] = Tissue::KidneyCortex;
            else if (left_mm < -20 && big)
                organ[part] = Tissue::Liver;
            else if (left_mm > 60 && back_mm > 0 && !shallow)
                organ[part] = Tissue::Spleen;
        }
        return organ;
    }

    /// Soft tissue next to gas of the airways and of the bowel.
    void linings() {
        constexpr float kLining_mm = 1.8f;
        std::vector<uint8_t> gas(pixels_);
        for (size_t i = 0; i < pixels_; ++i) gas[i] = label(i) == Tissue::Gas;
        const std::vector<float> to_gas_mm = distance_mm(gas);
        const bool bowel = facts_.body_part == BodyPart::Abdomen || facts_.body_part == BodyPart::Pelvis;
        for (size_t i = 0; i < pixels_; ++i)
            if (to_gas_mm[i] <= kLining_mm &&
                (label(i) == Tissue::Muscle || (label(i) == Tissue::Fat && fine_[i] > -150)))
                set(i, bowel ? Tissue::BowelWall : Tissue::Mucosa);
    }

    int h_, w_;
    size_t pixels_;
    SliceFacts facts_;
    std::vector<uint8_t> inside_;
    std::vector<float> fine_, coarse_, depth_mm_;
    uint8_t* out_ = nullptr;
};

}  // namespace

Image classify(ImageView<const int16_t> hu, const Image& mask, const SliceFacts& facts) {
    RADFORGE_ASSERT(mask.height_px == hu.height_px && mask.width_px == hu.width_px && facts.pixel_mm > 0);
    return Classifier(hu, mask, facts).run();
}

}  // namespace radforge::colorize
