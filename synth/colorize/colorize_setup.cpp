// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/colorize_setup.h"

#include "synth/base/error.h"
#include "synth/colorize/colorize_generator.h"
#include "synth/config/reader.h"
#include "synth/config/writer.h"

namespace radforge::colorize {

namespace {

/// The config of an imported set holds a table that no recipe of this kind has.
bool imported(const config::Document& document) {
    for (const config::Node& layer : document.layers())
        if (const auto* table = layer.as<config::Node::Table>()) {
            if (table->count("visible_human") != 0) return true;
        }
    return false;
}

}  // namespace

GeneratorSetup set_up(const config::Document& document, const InputPaths& paths, Logger& logger) {
    refuse_scenery(paths, "colourisation pairs");
    if (imported(document))
        throw Error(ErrorKind::Usage, "this set was imported, not made")
            .where("visible_human")
            .hint("`radforge import visible-human` makes its samples again");
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
