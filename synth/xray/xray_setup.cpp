// SPDX-License-Identifier: Apache-2.0
#include "synth/xray/xray_setup.h"

#include "synth/config/reader.h"
#include "synth/config/writer.h"
#include "synth/sources.h"
#include "synth/xray/xray_generator.h"

namespace radforge::xray {

GeneratorSetup set_up(const config::Document& document, const InputPaths& paths, Logger& logger) {
    refuse_scenery(paths, "x-rays");
    auto config = config::load<XrayConfig>(document);
    std::vector<volume::CtSource> ct = select_ct(paths.ct, config.inputs.ct, logger);
    const DatasetConfig dataset = config.dataset;
    DatasetPlan plan = plan_of(config.dataset, "xray");
    plan.config_toml = config::dump(config);
    plan.about =
        "X-ray images (opacity, linear) of volumes seen from many directions, each with the density behind "
        "it "
        "in the frame of the view: x to the right, y down, z away from the source. ";
    plan.about += ct.empty() ? "The volumes are procedural mammal skulls; whole species fall into one split."
                             : "The volumes are CT scans; all scans of one patient fall into one split.";
    if (config.detector.enabled)
        plan.about += " detector.npy is a physical exposure of the same view (tube, scatter, screen, noise).";
    credit(ct, plan);
    return finish(std::move(plan), dataset,
                  std::make_unique<XrayGenerator>(std::move(config), std::move(ct)));
}

}  // namespace radforge::xray
