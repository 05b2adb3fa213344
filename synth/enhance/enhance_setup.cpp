// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/enhance_setup.h"

#include "synth/config/reader.h"
#include "synth/config/writer.h"
#include "synth/enhance/enhance_generator.h"

namespace radforge::enhance {

GeneratorSetup set_up(const config::Document& document, const InputPaths& paths, Logger& logger) {
    refuse_scenery(paths, "radiographs");
    auto config = config::load<EnhanceConfig>(document);
    std::vector<volume::CtSource> ct = select_ct(paths.ct, config.inputs.ct, logger);
    const DatasetConfig dataset = config.dataset;
    DatasetPlan plan = plan_of(config.dataset, "enhance");
    plan.config_toml = config::dump(config);
    plan.about =
        "Radiographs projected from CT volumes or phantoms and then exposed badly (`raw`), their equalised "
        "versions (`target`), and the four maps of slope, bias, window centre and window width (`params`, at "
        "a "
        "quarter of the size, to be upsampled bilinearly) that lead exactly from one to the other. Pictures "
        "are "
        "on the scale 0..65535: stored value + 32768.";
    credit(ct, plan);
    return finish(std::move(plan), dataset,
                  std::make_unique<EnhanceGenerator>(std::move(config), std::move(ct)));
}

}  // namespace radforge::enhance
