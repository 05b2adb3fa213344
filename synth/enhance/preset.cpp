// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/preset.h"

#include "synth/base/error.h"

namespace radforge::enhance {
namespace {

using xray::Radiograph;

constexpr Preset kPresets[] = {
    {"chest_pa", Radiograph::PosteroAnterior, 1800, 1600, 390},
    {"chest_ap", Radiograph::AnteroPosterior, 1150, 980, 390},
    {"chest_lateral", Radiograph::LeftLateral, 1800, 1550, 390},
    {"abdomen_ap", Radiograph::AnteroPosterior, 1150, 1000, 390},
    {"neck_ap", Radiograph::AnteroPosterior, 1150, 1020, 220},
    {"neck_lateral", Radiograph::LeftLateral, 1500, 1250, 220},
    {"head_ap", Radiograph::AnteroPosterior, 1150, 1000, 255},
    {"head_lateral", Radiograph::LeftLateral, 1150, 1020, 255},
    {"limb_ap", Radiograph::AnteroPosterior, 1050, 1000, 230},
    {"limb_lateral", Radiograph::LeftLateral, 1050, 980, 230},
};

}  // namespace

Options preset_names() {
    Options names;
    for (const Preset& p : kPresets) names.push_back(p.name);
    return names;
}

const Preset& preset(const std::string& name) {
    std::string names;
    for (const Preset& p : kPresets) {
        if (name == p.name) return p;
        names += (names.empty() ? "" : ", ") + std::string(p.name);
    }
    throw Error(ErrorKind::Usage, "unknown examination").got("'" + name + "'").expected("one of " + names);
}

double beam_kev(BodyPart part) {
    switch (part) {
        case BodyPart::Chest:
            return 60;  // 125 kV
        case BodyPart::Head:
        case BodyPart::Neck:
            return 46;  // 75 kV
        case BodyPart::Extremity:
            return 36;  // 55 kV
        case BodyPart::Abdomen:
        case BodyPart::Pelvis:
        case BodyPart::Unknown:
            return 48;  // 80 kV
    }
    throw Error(ErrorKind::BadData, "body part without a beam");
}

const Weights& PresetWeights::of(BodyPart part) const {
    switch (part) {
        case BodyPart::Head:
            return head;
        case BodyPart::Neck:
            return neck;
        case BodyPart::Chest:
            return chest;
        case BodyPart::Abdomen:
        case BodyPart::Pelvis:
            return abdomen;
        case BodyPart::Extremity:
            return extremity;
        case BodyPart::Unknown:
            return unknown;
    }
    return unknown;
}

}  // namespace radforge::enhance
