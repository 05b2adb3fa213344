// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/colorize_setup.h"

#include "synth/base/error.h"
#include "synth/colorize/colorize_generator.h"
#include "synth/config/reader.h"
#include "synth/config/writer.h"

namespace radforge::colorize {

GeneratorSetup set_up(const config::Document& document, const InputPaths& paths, Logger& logger) {
    if (!paths.hdri.empty() || !paths.backgrounds.empty())
        throw Error(ErrorKind::Usage, "colourisation pairs need no environments and no table tops")
            .hint("leave out --hdri and --backgrounds");
    auto config = config::load<ColorizeConfig>(document);
    std::vector<volume::CtSource> ct = select_ct(paths.ct, config.inputs.ct, logger);
    const DatasetConfig dataset = config.dataset;
    DatasetPlan plan = plan_of(config.dataset, "colorize");
    plan.config_toml = config::dump(config);
    plan.about =
        "CT slices with a photograph-like picture of the frozen section at the same place, the body mask, "
        "tissue "
        "labels and the edges of fat and bone. ";
    plan.about +=
        ct.empty()
            ? "All of it is procedural (origin \"phantom\"): anatomy, HU and colour."
            : "The CT is real, labels and colours are painted by HU and position (origin \"pseudo\"): never "
              "mix these pairs with measured ones in a score.";
    credit(ct, plan);
    return finish(std::move(plan), dataset,
                  std::make_unique<ColorizeGenerator>(std::move(config), std::move(ct)));
}

}  // namespace radforge::colorize
