// SPDX-License-Identifier: Apache-2.0
/// Windows: which CT values a film shows. Source: DICOM PS3.3 C.11.2.1.2.1 (function LINEAR).
#pragma once
#include "synth/config/schema.h"
#include "synth/volume/volume.h"

#include <string>

namespace radforge::film {

struct Window {
    double center_hu = 40, width_hu = 400;  ///< width >= 1
    /// Grey of a CT value, 0 (dark) to 1 (bright).
    double operator()(double hu) const;
};

/// "brain", "bone", "lung", ...
Options window_names();
/// Usual window of that name. @throws Error when the name is unknown, listing the names
Window window_preset(const std::string& name);

/// How often each window is used, by what a series shows.
struct WindowWeights {
    Weights head{{{"brain", 6}, {"stroke", 1}, {"subdural", 1}, {"posterior_fossa", 1}, {"bone", 1}}};
    Weights neck{{{"soft_tissue", 5}, {"bone", 2}}};
    Weights chest{{{"mediastinum", 3}, {"lung", 3}, {"bone", 0.5}}};
    Weights abdomen{{{"abdomen", 5}, {"liver", 1}, {"soft_tissue", 1}}};
    Weights pelvis{{{"pelvis", 4}, {"bone", 1}}};
    Weights extremity{{{"bone", 4}, {"soft_tissue", 1}}};
    Weights unknown{{{"soft_tissue", 1}}};

    const Weights& of(BodyPart part) const;

    template <class V>
    void visit(V& v) {
        const Options names = window_names();
        v("head", head, names, "windows of head series");
        v("neck", neck, names, "windows of neck series");
        v("chest", chest, names, "windows of chest series");
        v("abdomen", abdomen, names, "windows of abdomen series");
        v("pelvis", pelvis, names, "windows of pelvis series");
        v("extremity", extremity, names, "windows of arm and leg series");
        v("unknown", unknown, names, "windows of series of no known body part");
    }
};

}  // namespace radforge::film
