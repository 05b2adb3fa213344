// SPDX-License-Identifier: Apache-2.0
/// Windows: which CT values a film shows. Source: DICOM PS3.3 C.11.2.1.2.1 (function LINEAR).
#pragma once
#include "synth/config/schema.h"

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

}  // namespace radforge::film
