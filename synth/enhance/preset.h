// SPDX-License-Identifier: Apache-2.0
/// Clinical radiographs: which way the beam runs, how far, how hard, how wide. Distances and tube voltages:
/// European guidelines on quality criteria for diagnostic radiographic images, EUR 16260 EN (1996); effective
/// energies follow from the voltages (J. T. Bushberg et al., "The Essential Physics of Medical Imaging", ch.
/// 6).
#pragma once
#include "render/xray/view.h"
#include "synth/base/dist.h"
#include "synth/config/schema.h"
#include "synth/volume/volume.h"

#include <string>

namespace radforge::enhance {

struct Preset {
    const char* name;
    xray::Radiograph direction;
    double source_detector_mm, source_centre_mm;
    double field_mm;  ///< side of the square field in the patient's middle
};

Options preset_names();
/// @throws Error when the name is unknown, listing the names
const Preset& preset(const std::string& name);

/// Effective energy of the beams that a body part is examined with: one per part, so that all views of a
/// volume share its attenuation.
double beam_kev(BodyPart part);

/// How often each examination is made, by what a volume shows.
struct PresetWeights {
    Weights head{{{"head_ap", 1}, {"head_lateral", 1}}};
    Weights neck{{{"neck_ap", 1}, {"neck_lateral", 1}}};
    Weights chest{{{"chest_pa", 3}, {"chest_ap", 2}, {"chest_lateral", 1}}};
    Weights abdomen{{{"abdomen_ap", 1}}};
    Weights extremity{{{"limb_ap", 2}, {"limb_lateral", 1}}};
    Weights unknown{{{"abdomen_ap", 1}}};

    /// Pelves count as abdomens.
    const Weights& of(BodyPart part) const;

    template <class V>
    void visit(V& v) {
        const Options names = preset_names();
        v("head", head, names, "of heads");
        v("neck", neck, names, "of necks");
        v("chest", chest, names, "of chests");
        v("abdomen", abdomen, names, "of abdomens and pelves");
        v("extremity", extremity, names, "of arms and legs");
        v("unknown", unknown, names, "of volumes of no known body part");
    }
};

}  // namespace radforge::enhance
