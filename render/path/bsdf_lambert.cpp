// SPDX-License-Identifier: Apache-2.0
/// Lambert, f = rho / pi, under an optional rough dielectric coat:
///   f = F(i.h) GGX(i, o) + rho b(i) b(o) / (pi mean b),  b(x) = what the rough coat does not reflect at
///   angle x.
/// Reciprocal, and the albedo is rho b(i) + (1 - b(i)). Light between coat and base is not
/// traced. Source of the form: Shirley et al., "A practitioners' assessment of light reflection models",
/// Pacific Graphics 1997.
#include "render/path/bsdf.h"
#include "render/path/microfacet.h"

#include <algorithm>

namespace radforge::path {

LambertModel::LambertModel(const Coat& coat)
    : coated(coat.refractive_index > 1),
      refractive_index(float(coat.refractive_index)),
      alpha(float(coat.roughness)) {
    below_mean_inverse = 1;
    if (!coated) {
        below.fill([](float) { return 1.0f; });
        return;
    }
    below.fill([&](float cosine) {
        constexpr int kPoints = 16;
        cosine = std::max(cosine, 1e-3f);
        const Vec3f in{std::sqrt(1 - cosine * cosine), 0, cosine};
        const Ggx ggx(alpha);
        float rough = 0;
        for (int a = 0; a < kPoints; ++a)
            for (int b = 0; b < kPoints; ++b) {
                const Vec3f h =
                    ggx.sample_half(in, {(float(a) + 0.5f) / kPoints, (float(b) + 0.5f) / kPoints});
                const Vec3f out = h * (2 * dot(in, h)) - in;
                if (out.z <= 0) continue;
                const Ggx::Value v = ggx.reflect(in, out, h);
                rough += fresnel(dot(in, h), refractive_index) * v.f * out.z / v.pdf;
            }
        return 1 - rough / (kPoints * kPoints);
    });
    constexpr int kPoints = 128;
    float sum = 0;
    for (int k = 0; k < kPoints; ++k) sum += below(std::sqrt((float(k) + 0.5f) / kPoints));
    below_mean_inverse = kPoints / sum;
}

LambertBsdf::LambertBsdf(const LambertModel& model, Vec3f albedo, Vec3f in)
    : model_(model), albedo_(albedo), in_(in) {
    if (!model.coated) return;
    const float under = model.below(in.z), diffuse = under * luminance(albedo.x, albedo.y, albedo.z);
    select_gloss_ = std::max(0.05f, (1 - under) / (1 - under + diffuse));
}

BsdfValue LambertBsdf::evaluate(Vec3f out) const {
    BsdfValue value;
    if (!(out.z > 1e-6f)) return value;
    value.pdf = out.z * kInvPi;
    if (!model_.coated) {
        value.f_cos = albedo_ * value.pdf;
        return value;
    }
    const Vec3f h = normalized(in_ + out);
    const Ggx::Value g = Ggx(model_.alpha).reflect(in_, out, h);
    const float gloss = fresnel(dot(in_, h), model_.refractive_index) * g.f * out.z;
    const float diffuse = model_.below(in_.z) * model_.below(out.z) * model_.below_mean_inverse * value.pdf;
    value.f_cos = albedo_ * diffuse + Vec3f{gloss, gloss, gloss};
    value.pdf = select_gloss_ * g.pdf + (1 - select_gloss_) * value.pdf;
    return value;
}

LambertBsdf::Glances LambertBsdf::glance(const Rgbx3& out) const {
    const float strongest = std::max({albedo_.x, albedo_.y, albedo_.z});
    const Rgbx cosine = out.z > 1e-6f ? out.z : Rgbx{}, diffuse_pdf = cosine * kInvPi;
    if (!model_.coated) return {strongest * diffuse_pdf, diffuse_pdf};
    const Rgbx3 sum = all_of(in_) + out, h = sum * (1.0f / root_of(dot(sum, sum)));
    const Ggx::ValueOf<Rgbx> g = Ggx(model_.alpha).reflect(in_, out, h);
    const Rgbx gloss = fresnel_of(dot(all_of(in_), h), model_.refractive_index) * g.f * cosine,
               diffuse = strongest * model_.below(in_.z) * model_.below_mean_inverse * diffuse_pdf;
    const Rgbx pdf = select_gloss_ * g.pdf + (1 - select_gloss_) * diffuse_pdf;
    return {cosine > 0 ? diffuse + gloss : Rgbx{}, cosine > 0 ? pdf : Rgbx{}};
}

BsdfSample LambertBsdf::sample(Vec2f u) const {
    BsdfSample s;
    if (!model_.coated) {
        s.direction = sample_cosine(u);
        s.pdf = s.direction.z * kInvPi;
        s.weight = albedo_;
        s.roughness = 1;
        return s;
    }
    if (u.x < select_gloss_) {
        u.x = std::min(u.x / select_gloss_, 0x1.fffffep-1f);
        const Vec3f h = Ggx(model_.alpha).sample_half(in_, u);
        s.direction = h * (2 * dot(in_, h)) - in_;
        s.roughness = model_.alpha;
        if (s.direction.z <= 0) return s;
    } else {
        u.x = std::min((u.x - select_gloss_) / (1 - select_gloss_), 0x1.fffffep-1f);
        s.direction = sample_cosine(u);
        s.roughness = 1;
    }
    const BsdfValue value = evaluate(s.direction);
    s.pdf = value.pdf;
    if (value.pdf > 0) s.weight = value.f_cos / value.pdf;
    return s;
}

}  // namespace radforge::path
