// SPDX-License-Identifier: Apache-2.0
#include "synth/film/window.h"

#include "synth/base/error.h"

namespace radforge::film {
namespace {

struct Preset {
    const char* name;
    Window window;
};

// Soft tissue, bone, lung, pelvis: film-physics.md [S7]; the others are customary settings.
constexpr Preset kPresets[] = {
    {"abdomen", {50, 400}}, {"bone", {500, 2000}},          {"brain", {40, 80}},
    {"liver", {80, 160}},   {"lung", {-600, 1600}},         {"mediastinum", {40, 400}},
    {"pelvis", {40, 400}},  {"posterior_fossa", {40, 150}}, {"soft_tissue", {50, 350}},
    {"stroke", {35, 40}},   {"subdural", {75, 215}}};

}  // namespace

double Window::operator()(double hu) const {
    const double middle = center_hu - 0.5, span = width_hu - 1;
    if (hu <= middle - span / 2) return 0;
    if (hu > middle + span / 2) return 1;
    return (hu - middle) / span + 0.5;
}

const Weights& WindowWeights::of(BodyPart part) const {
    switch (part) {
        case BodyPart::Head:
            return head;
        case BodyPart::Neck:
            return neck;
        case BodyPart::Chest:
            return chest;
        case BodyPart::Abdomen:
            return abdomen;
        case BodyPart::Pelvis:
            return pelvis;
        case BodyPart::Extremity:
            return extremity;
        case BodyPart::Unknown:
            break;
    }
    return unknown;
}

Options window_names() {
    Options names;
    for (const Preset& entry : kPresets) names.push_back(entry.name);
    return names;
}

Window window_preset(const std::string& name) {
    std::string known;
    for (const Preset& p : kPresets) {
        if (name == p.name) return p.window;
        known += (known.empty() ? "" : ", ") + std::string(p.name);
    }
    throw Error(ErrorKind::BadData, "unknown window").got(name).expected("one of " + known);
}

}  // namespace radforge::film
