// SPDX-License-Identifier: Apache-2.0
#include "physics/sheet.h"

#include "synth/base/error.h"

#include <cmath>
#include <string>
#include <utility>

namespace radforge::physics {

void SheetSpec::validate() const {
    const std::pair<const char*, double> positive[] = {
        {"width_m", width_m},
        {"height_m", height_m},
        {"thickness_m", material.thickness_m},
        {"youngs_modulus_pa", material.youngs_modulus_pa},
        {"density_kg_per_m3", material.density_kg_per_m3},
        {"yield_strain", material.yield_strain},
    };
    for (const auto& [name, value] : positive)
        if (!(value > 0) || !std::isfinite(value))
            throw Error(ErrorKind::BadData, "sheet constant is not positive")
                .where(name)
                .got(std::to_string(value))
                .expected("a positive number");
    if (!(material.poisson_ratio >= 0 && material.poisson_ratio < 0.5))
        throw Error(ErrorKind::BadData, "Poisson ratio out of range")
            .where("poisson_ratio")
            .got(std::to_string(material.poisson_ratio))
            .expected("0 to 0.5");
    if (!(friction >= 0) || !std::isfinite(friction))
        throw Error(ErrorKind::BadData, "friction is negative")
            .where("friction")
            .got(std::to_string(friction))
            .expected("0 or more");
    if (!std::isfinite(curl_per_m) || !std::isfinite(curl_axis_deg))
        throw Error(ErrorKind::BadData, "curl is not finite").where("curl_per_m");
}

}  // namespace radforge::physics
