// SPDX-License-Identifier: Apache-2.0
/// A printed film as a thin sheet: an absorbing plane-parallel slab (slab.h) with rough faces, a scattering
/// image layer and a hazy base.
///
/// Lobes, with F, T, E = R - F from slab.h at the angle of the half vector h for reflection:
///   gloss      GGX(alpha of the seen side) * F(i.h)
///   echo       GGX(alpha_e) * E(i.h): the reflection from inside
///   straight   T(i) (1-2k) u, a delta; or GGX(alpha_t) mirrored through the sheet * min(T(i), T(o)) (1-2k) u
///   where the
///              faces are rough
///   forward    GGX(forward_alpha) mirrored * min(T(i), T(o)) (1-2k) (1-u) (1-d)
///   diffuse    transmission: [k + (1-2k)(1-u) d] T(0) a(i) a(o) / (pi mean a), a(x) = T(x)/T(0);
///              reflection: k (1-F(0))^2 a(i) a(o) / (pi mean a), with t0^2 from side A, where the light
///              crosses the image twice, and the clear slab's a from side B, where the base comes first
/// k = haze, d = diffuse fraction, u = t0^(Q-1) the unscattered share, Q = Callier's coefficient (specular /
/// diffuse density of the image; surfaces do not scatter, hence t0 and not tau). t0 follows from (1-k) T(0) =
/// tau = 10^-D, and the mirrored lobes are scaled to their weight at normal incidence, so that the total
/// transmittance there is 10^-D. min(T(i), T(o)) and a(i) a(o) are reciprocal. What rough reflection of the
/// clear film takes above, or leaves below, the smooth slab's R goes out of, or into, the transmission
/// (`energy_balance`): the clear film neither gains nor loses.
///
/// Roughness of multiple events, for slopes of variance alpha^2 / 2 small enough to linearise: two
/// refractions deflect by (n-1) times the slope, a mirror by 2, an inner mirror by 2 n; variances add, and a
/// lobe of GGX(alpha) deflects by 2:
///   alpha_t = (n-1)/2 sqrt(alpha_A^2 + alpha_B^2),  alpha_e^2 = (n alpha_other)^2 + ((n-1) alpha_seen)^2
///   / 2.
/// Callier, "Absorption and scatter of light by photographic negatives", Z. wiss. Phot. 7, 1909.
#include "render/path/bsdf.h"
#include "render/path/slab.h"

#include <algorithm>

namespace radforge::path {

namespace {

/// A deflection of half the sun's width or less cannot be told from none: straight transmission stays a
/// delta, which lets shadow rays pass.
constexpr float kDeltaAlpha = 0.03f;
constexpr float kSelectionFloor = 0.02f;
/// Optical density 4.6; keeps -log2(t0) within the table.
constexpr float kMinTransmittance = 2.5e-5f;

float lum(Rgbx c) { return luminance(c[0], c[1], c[2]); }
Vec3f mirrored(Vec3f v) { return {v.x, v.y, -v.z}; }

/// Albedo of the two reflection lobes of the clear film, by quadrature over visible normals.
float reflection_albedo(float cosine, float n, float alpha, float echo_alpha) {
    constexpr int kPoints = 16;
    cosine = std::max(cosine, 1e-3f);
    const Vec3f in{std::sqrt(1 - cosine * cosine), 0, cosine};
    float sum = 0;
    for (int lobe = 0; lobe < 2; ++lobe) {
        const Ggx ggx(lobe == 0 ? alpha : echo_alpha);
        for (int a = 0; a < kPoints; ++a)
            for (int b = 0; b < kPoints; ++b) {
                const Vec3f h =
                    ggx.sample_half(in, {(float(a) + 0.5f) / kPoints, (float(b) + 0.5f) / kPoints});
                const float ih = dot(in, h);
                const Vec3f out = h * (2 * ih) - in;
                if (out.z <= 0) continue;
                const Ggx::Value v = ggx.reflect(in, out, h);
                const float f = fresnel(ih, n);
                sum += (lobe == 0 ? f : slab(f, 1).echo) * v.f * out.z / v.pdf;
            }
    }
    return sum / (kPoints * kPoints);
}

}  // namespace

FilmModel::FilmModel(const FilmMaterial& m)
    : refractive_index(float(m.refractive_index)),
      f0(fresnel(1, refractive_index)),
      callier_excess(float(m.callier_q - 1)),
      forward_alpha(float(m.forward_alpha)),
      diffuse_fraction(float(m.diffuse_fraction)),
      haze(float(m.haze)),
      alpha{float(m.roughness_front), float(m.roughness_back)},
      clear_at_normal(slab(f0, 1).transmitted) {
    const float n = refractive_index;
    for (int side = 0; side < 2; ++side) {
        const float seen = alpha[side], other = alpha[1 - side];
        echo_alpha[side] =
            std::min(1.0f, std::sqrt(n * n * other * other + 0.5f * (n - 1) * (n - 1) * seen * seen));
    }
    const float blur = 0.5f * (n - 1) * std::sqrt(alpha[0] * alpha[0] + alpha[1] * alpha[1]);
    transmission_alpha = blur < kDeltaAlpha ? 0 : blur;
    energy_balance.fill([&](float cosine) {
        const float allowed = slab(fresnel(cosine, n), 1).transmitted;
        float share = std::numeric_limits<float>::max();
        for (int side = 0; side < 2; ++side) {
            const float left = 1 - reflection_albedo(cosine, n, alpha[side], echo_alpha[side]);
            share = std::min(share, left / std::max(allowed, 1e-6f));
        }
        return cosine > 0 ? share : 1;
    });
    const auto transmitted = [&](float x, float cosine) {
        const float t = exp2_approx(-x * kMaxLog2 * inverse_inner_cosine(cosine, n));
        return slab(fresnel(cosine, n), t).transmitted * energy_balance(cosine);
    };
    diffuse_norm.fill([&](float x) {
        constexpr int kPoints = 128;
        float sum = 0;  // the integral of a cos / pi over the hemisphere is that of a over cos^2
        for (int k = 0; k < kPoints; ++k) sum += transmitted(x, std::sqrt((float(k) + 0.5f) / kPoints));
        return kPoints * transmitted(x, 1) / sum;
    });
    const auto lobe_norm = [&](float lobe_alpha) {
        return [&, lobe_alpha](float x) {
            constexpr int kPoints = 256;
            const Ggx ggx(lobe_alpha);
            const Vec3f in{0, 0, 1};
            const float straight = transmitted(x, 1);
            float sum = 0;
            for (int k = 0; k < kPoints; ++k) {
                const Vec3f h = ggx.sample_half(in, {0.5f, (float(k) + 0.5f) / kPoints});
                const Vec3f out = h * (2 * h.z) - in;
                if (out.z <= 0) continue;
                const Ggx::Value v = ggx.reflect(in, out, h);
                sum += std::min(straight, transmitted(x, out.z)) * v.f * out.z / v.pdf;
            }
            return kPoints * straight / sum;
        };
    };
    forward_norm.fill(lobe_norm(forward_alpha));
    if (transmission_alpha > 0) straight_norm.fill(lobe_norm(transmission_alpha));
}

Vec3f film_straight_transmittance(const FilmModel& model, Vec3f tau, float cosine) {
    if (model.transmission_alpha > 0) return {};
    const float f = fresnel(cosine, model.refractive_index), limit = model.energy_balance(cosine);
    const float slant = inverse_inner_cosine(cosine, model.refractive_index), k = model.haze;
    const Rgbx t = most_of(to_rgbx(tau), all_of(kMinTransmittance));
    const Rgbx log2_t0 = log2_approx(internal_transmittance(t / (1 - k), model.f0));
    Rgbx result = slab(f, exp2_approx(log2_t0 * slant)).transmitted * limit * (1 - 2 * k);
    if (model.callier_excess > 0) result *= exp2_approx(model.callier_excess * log2_t0);
    return to_vec3(result);
}

FilmBsdf::FilmBsdf(const FilmModel& model, Vec3f tau, Vec3f in, bool back)
    : model_(model), in_(in), back_(back), straight_is_delta_(model.transmission_alpha == 0) {
    const float k = model.haze, scale = 1 / (1 - k);
    const Rgbx one = all_of(1);
    const Rgbx t0 =
        internal_transmittance(most_of(to_rgbx(tau), all_of(kMinTransmittance)) * scale, model.f0);
    log2_t0_ = log2_approx(t0);
    through_twice_ = back ? one : t0 * t0;
    at_normal_ = slab(model.f0, t0).transmitted * model.energy_balance(1);
    const Rgbx unscattered = model.callier_excess > 0 ? exp2_approx(model.callier_excess * log2_t0_) : one;
    const float f = fresnel(in.z, model.refractive_index), balance = model.energy_balance(in.z);
    const float slant = inverse_inner_cosine(in.z, model.refractive_index);
    const SlabValueOf<Rgbx> v = slab(f, exp2_approx(log2_t0_ * slant));
    at_in_ = v.transmitted * balance;
    const Rgbx scattered = (one - unscattered) * (1 - 2 * k);
    straight_share_ = unscattered * (1 - 2 * k);
    forward_share_ = scattered * (1 - model.diffuse_fraction);
    diffuse_share_ = scattered * model.diffuse_fraction + one * k;
    straight_ = at_in_ * straight_share_;

    const std::array<float, kLobes> weight{f,
                                           lum(v.echo),
                                           k * lum(through_twice_) * model.clear_at_normal,
                                           lum(straight_),
                                           lum(at_in_ * forward_share_),
                                           lum(at_in_ * diffuse_share_)};
    float sum = 0;
    for (const float w : weight) sum += w;
    float total = 0;
    for (size_t l = 0; l < kLobes; ++l) {
        select_[l] = weight[l] > 0 ? std::max(weight[l], kSelectionFloor * sum) : 0;
        total += select_[l];
    }
    for (float& s : select_) s /= total;
}

Rgbx FilmBsdf::slab_transmittance(float cosine) const {
    const float f = fresnel(cosine, model_.refractive_index);
    const float slant = inverse_inner_cosine(cosine, model_.refractive_index);
    return slab(f, exp2_approx(log2_t0_ * slant)).transmitted * model_.energy_balance(cosine);
}

Rgbx FilmBsdf::diffuse_shape(float cosine) const { return slab_transmittance(cosine) / at_normal_; }

Rgbx FilmBsdf::norm(const UnitTable& table) const {
    const Rgbx at = log2_t0_ * (-1 / FilmModel::kMaxLog2);
    return Rgbx{table(at[0]), table(at[1]), table(at[2]), 0};
}

float FilmBsdf::clear_shape(float cosine) const {
    return slab(fresnel(cosine, model_.refractive_index), 1).transmitted * model_.energy_balance(cosine) /
           (model_.clear_at_normal * model_.energy_balance(1));
}

BsdfValue FilmBsdf::evaluate(Vec3f out, FilmLayers* layers) const {
    BsdfValue value;
    Rgbx scattered{};
    const float n = model_.refractive_index;
    if (out.z > 1e-6f) {
        const Vec3f h = normalized(in_ + out);
        const float ih = dot(in_, h), f = fresnel(ih, n), slant = inverse_inner_cosine(ih, n);
        const Ggx::Value gloss = Ggx(model_.alpha[back_]).reflect(in_, out, h);
        const Ggx::Value inner = Ggx(model_.echo_alpha[back_]).reflect(in_, out, h);
        const Rgbx sum = f * gloss.f + inner.f * slab(f, exp2_approx(log2_t0_ * slant)).echo;
        value.pdf = select_[Gloss] * gloss.pdf + select_[Echo] * inner.pdf;
        if (model_.haze > 0) {
            const float amount = model_.haze * (1 - model_.f0) * (1 - model_.f0) * kInvPi;
            if (back_)
                scattered = all_of(amount * clear_shape(in_.z) * clear_shape(out.z) * model_.diffuse_norm(0));
            else
                scattered = amount * through_twice_ * at_in_ / at_normal_ * diffuse_shape(out.z) *
                            norm(model_.diffuse_norm);
            value.pdf += select_[DiffuseReflection] * out.z * kInvPi;
        }
        value.f_cos = to_vec3((sum + scattered) * out.z);
        if (layers) *layers = {{}, to_vec3(sum * out.z), to_vec3(scattered * out.z)};
    } else if (out.z < -1e-6f) {
        const bool rough = !straight_is_delta_;
        if (!rough && select_[Forward] == 0 && select_[DiffuseTransmission] == 0) return value;
        const Vec3f mirror = mirrored(out), h = normalized(in_ + mirror);
        const Rgbx at_out = slab_transmittance(mirror.z), bound = least_of(at_in_, at_out);
        Rgbx sum{};
        if (rough) {
            const Ggx::Value g = Ggx(model_.transmission_alpha).reflect(in_, mirror, h);
            sum = bound * straight_share_ * g.f * norm(model_.straight_norm);
            value.pdf += select_[Straight] * g.pdf;
        }
        if (select_[Forward] > 0) {
            const Ggx::Value g = Ggx(model_.forward_alpha).reflect(in_, mirror, h);
            scattered += bound * forward_share_ * g.f * norm(model_.forward_norm);
            value.pdf += select_[Forward] * g.pdf;
        }
        if (select_[DiffuseTransmission] > 0) {
            scattered += diffuse_share_ * at_in_ * at_out / at_normal_ * kInvPi * norm(model_.diffuse_norm);
            value.pdf += select_[DiffuseTransmission] * mirror.z * kInvPi;
        }
        value.f_cos = to_vec3((sum + scattered) * mirror.z);
        if (layers) *layers = {to_vec3(sum * mirror.z), {}, to_vec3(scattered * mirror.z)};
    }
    return value;
}

void FilmBsdf::split() {
    int parts = 0;
    for (const Part part : {Straightaway, Through, Back}) {
        float sum = 0;
        for (int l = first_lobe(part); l < end_lobe(part); ++l) sum += select_[size_t(l)];
        share_[part] = std::min(sum, 1.0f);
        parts += sum > 0;
    }
    if (parts < 2) return;
    is_split_ = true;
    for (const Part part : {Straightaway, Through, Back})
        for (int l = first_lobe(part); l < end_lobe(part); ++l)
            if (share_[part] > 0) select_[size_t(l)] /= share_[part];
}

BsdfSample FilmBsdf::sample(Vec2f u) const { return sample_among(0, kLobes, u); }

BsdfSample FilmBsdf::sample_part(Part part, Vec2f u) const {
    return sample_among(first_lobe(part), end_lobe(part), u);
}

BsdfSample FilmBsdf::sample_among(int first, int last, Vec2f u) const {
    int lobe = first;
    float below = 0;
    while (lobe + 1 < last && u.x >= below + select_[size_t(lobe)]) below += select_[size_t(lobe++)];
    while (select_[size_t(lobe)] == 0)
        below -= select_[size_t(--lobe)];  // rounding left u.x past the last lobe
    u.x = std::min(std::max(0.0f, (u.x - below) / select_[size_t(lobe)]), 0x1.fffffep-1f);
    BsdfSample s;
    if (lobe == Straight && straight_is_delta_) {
        s.direction = -in_;
        s.weight = to_vec3(straight_ / select_[Straight]);
        s.straight = true;
        return s;
    }
    if (lobe == DiffuseTransmission || lobe == DiffuseReflection) {
        s.direction = sample_cosine(u);
        if (lobe == DiffuseTransmission) s.direction.z = -s.direction.z;
        s.roughness = 1;
    } else {
        s.roughness = lobe == Gloss      ? model_.alpha[back_]
                      : lobe == Echo     ? model_.echo_alpha[back_]
                      : lobe == Straight ? model_.transmission_alpha
                                         : model_.forward_alpha;
        const Vec3f h = Ggx(s.roughness).sample_half(in_, u);
        s.direction = h * (2 * dot(in_, h)) - in_;
        if (s.direction.z <= 0) return s;
        if (lobe == Straight || lobe == Forward) s.direction.z = -s.direction.z;
    }
    const BsdfValue value = evaluate(s.direction);
    s.pdf = value.pdf;
    if (value.pdf > 0) s.weight = value.f_cos / value.pdf;
    return s;
}

}  // namespace radforge::path
