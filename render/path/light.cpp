// SPDX-License-Identifier: Apache-2.0
#include "render/path/light.h"

#include "render/path/elementary.h"

#include <algorithm>
#include <limits>

namespace radforge::path {

LightSet::LightSet(std::optional<Environment> environment, std::vector<AreaLight> panels, Vec3f centre)
    : environment_(std::move(environment)), panels_(std::move(panels)) {
    // Probabilities follow the irradiance that each light could give at the centre.
    float total = 0;
    if (environment_) {
        const SinCos s = sincos_turns(float(environment_->heading_rad / 6.283185307179586));
        heading_sin_ = s.sin;
        heading_cos_ = s.cos;
        scale_ = float(environment_->scale);
        environment_choice_ = kPi * environment_->map->mean_luminance() * scale_;
        total += environment_choice_;
    }
    for (const AreaLight& p : panels_) {
        const Vec3f to = p.centre() - centre;
        panel_choice_.push_back(p.luminance_at_centre() *
                                std::min(kPi, p.area_m2() / std::max(dot(to, to), 1e-6f)));
        total += panel_choice_.back();
    }
    if (!(total > 0)) return;
    // No light below a tenth of an equal share: the estimate above may be wrong by more than it saves.
    const float floor = 0.1f / float(panels_.size() + (environment_ ? 1 : 0));
    float sum = 0;
    if (environment_) sum += environment_choice_ = std::max(environment_choice_ / total, floor);
    for (float& c : panel_choice_) sum += c = std::max(c / total, floor);
    environment_choice_ /= sum;
    for (float& c : panel_choice_) c /= sum;
}

Vec3f LightSet::to_map(Vec3f d) const {
    return {heading_cos_ * d.x + heading_sin_ * d.z, d.y, heading_cos_ * d.z - heading_sin_ * d.x};
}
Vec3f LightSet::to_world(Vec3f d) const {
    return {heading_cos_ * d.x - heading_sin_ * d.z, d.y, heading_cos_ * d.z + heading_sin_ * d.x};
}

EnvironmentSample LightSet::environment(Vec3f direction) const {
    EnvironmentSample e = environment_->map->evaluate(to_map(direction));
    e.radiance *= scale_;
    e.pdf *= environment_choice_;
    return e;
}

LightSample LightSet::sample(Vec3f from, BitPair point, BitPair extra) const {
    LightSample result;
    // The first coordinate chooses the light and is then stretched back to the whole interval.
    const auto stretch = [&](float below, float share) {
        const double x = (double(point.x) * 0x1p-32 - double(below)) / double(share);
        return std::min(0x1.fffffffep-1, std::max(0.0, x));
    };
    const float choice = float(point.x) * 0x1p-32f;
    if (environment_ && (choice < environment_choice_ || panels_.empty())) {
        const auto texel = uint32_t(stretch(0, environment_choice_) * 0x1p32);
        const EnvironmentSample e =
            environment_->map->sample(texel, unit_float(extra.x), {unit_float(point.y), unit_float(extra.y)});
        return {to_world(e.direction), e.radiance * scale_, std::numeric_limits<float>::infinity(),
                e.pdf * environment_choice_};
    }
    if (panels_.empty()) return result;
    float below = environment_choice_;
    size_t k = 0;
    while (k + 1 < panels_.size() && choice >= below + panel_choice_[k]) below += panel_choice_[k++];
    const AreaLight::Sample s = panels_[k].sample(
        from, {float(std::min(stretch(below, panel_choice_[k]), 0.99999994)), unit_float(point.y)});
    return {s.direction, s.radiance, s.distance_m, s.pdf * panel_choice_[k]};
}

}  // namespace radforge::path
