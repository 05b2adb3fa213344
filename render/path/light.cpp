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
template <class T>
Vec3<T> LightSet::to_world(Vec3<T> d) const {
    return {heading_cos_ * d.x - heading_sin_ * d.z, d.y, heading_cos_ * d.z + heading_sin_ * d.x};
}

EnvironmentSample LightSet::environment_at(const EnvironmentMap::Sight& sight) const {
    EnvironmentSample e = environment_->map->at(sight);
    e.radiance *= scale_;
    e.pdf *= environment_choice_;
    return e;
}

double LightSet::stretch(uint32_t bits, float below, float share) {
    const double x = (double(bits) * 0x1p-32 - double(below)) / double(share);
    return std::min(0x1.fffffffep-1, std::max(0.0, x));
}

LightSet::Aim LightSet::aim(BitPair point) const {
    Aim aim;
    const float u = float(point.x) * 0x1p-32f;
    if (environment_ && (u < environment_choice_ || panels_.empty())) {
        aim.place =
            environment_->map->aim({uint32_t(stretch(point.x, 0, environment_choice_) * 0x1p32), point.y});
        return aim;
    }
    aim.panel = -2;
    if (panels_.empty()) return aim;
    float below = environment_choice_;
    size_t k = 0;
    while (k + 1 < panels_.size() && u >= below + panel_choice_[k]) below += panel_choice_[k++];
    aim.panel = int(k);
    aim.square = {float(std::min(stretch(point.x, below, panel_choice_[k]), 0.99999994)),
                  unit_float(point.y)};
    return aim;
}

void LightSet::aim_at_quarters(BitPair point, std::array<Aim, 4>& aims) const {
    if (is_environment_alone()) {
        const EnvironmentMap::Aims places = environment_->map->aim_at_quarters(point);
        for (size_t k = 0; k < 4; ++k) {
            aims[k].panel = -1;
            aims[k].place = places[k];
        }
    } else {
        for (uint32_t k = 0; k < 4; ++k) aims[k] = aim({point.x ^ (k % 2 << 31), point.y ^ (k / 2 << 31)});
    }
}

void LightSet::begin(BitPair point, Aim& aim_there) const {
    if (is_environment_alone()) {
        aim_there.panel = -1;
        aim_there.place = environment_->map->begin(point);
    } else {
        aim_there = aim(point);
    }
}

void LightSet::settle(Aim& aim) const {
    if (is_environment_alone()) environment_->map->settle(aim.place);
}

EnvironmentMap::Glances LightSet::glance(const std::array<Aim, 4>& aims) const {
    EnvironmentMap::Glances g =
        environment_->map->glance({aims[0].place, aims[1].place, aims[2].place, aims[3].place});
    g.direction = to_world(g.direction);
    return g;
}

LightSample LightSet::sample(const EnvironmentMap::Glances& g, size_t k) const {
    const Vec3f direction{g.direction.x[k], g.direction.y[k], g.direction.z[k]};
    const EnvironmentSample e = environment_->map->at(g.place(k), {direction, g.sine[k]});
    return {direction, e.radiance * scale_, std::numeric_limits<float>::infinity(), e.pdf};
}

LightSet::Choice LightSet::choose(const Aim& aim) const {
    Choice choice;
    if (aim.panel == -2) return choice;
    choice.panel = aim.panel;
    choice.square = aim.square;
    if (aim.panel >= 0) {
        choice.probability = panel_choice_[size_t(aim.panel)];
    } else {
        choice.probability = environment_choice_;
        choice.place = environment_->map->pick(aim.place);
    }
    return choice;
}

LightSample LightSet::sample(Vec3f from, const Choice& choice, const Vec3f* normal) const {
    if (choice.probability == 0) return {};
    if (choice.panel < 0) {
        const EnvironmentMap::Towards towards = environment_->map->towards(choice.place);
        const Vec3f direction = to_world(towards.direction);
        if (normal != nullptr && dot(direction, *normal) <= 0) return {};
        const EnvironmentSample e = environment_->map->at(choice.place, towards);
        return {direction, e.radiance * scale_, std::numeric_limits<float>::infinity(),
                e.pdf * choice.probability};
    }
    const AreaLight::Sample s = panels_[size_t(choice.panel)].sample(from, choice.square);
    return {s.direction, s.radiance, s.distance_m, s.pdf * choice.probability};
}

}  // namespace radforge::path
