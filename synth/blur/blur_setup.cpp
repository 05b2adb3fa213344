// SPDX-License-Identifier: Apache-2.0
#include "synth/blur/blur_setup.h"

#include "synth/blur/blur_generator.h"
#include "synth/config/reader.h"
#include "synth/config/writer.h"

namespace radforge::blur {

GeneratorSetup set_up(const config::Document& document, const InputPaths& paths, Logger& logger) {
    refuse_scenery(paths, "blur pairs");
    auto config = config::load<BlurConfig>(document);
    std::vector<volume::CtSource> ct = select_ct(paths.ct, config.inputs.ct, logger);
    const DatasetConfig dataset = config.dataset;
    DatasetPlan plan = plan_of(config.dataset, "blur");
    plan.config_toml = config::dump(config);
    plan.about =
        "CT slices, sharp and blurred by random motion during the exposure (the trajectories of DeblurGAN), "
        "with the kernel of each pair. ";
    plan.about +=
        config.blur.mode == "linear"
            ? "Both are HU; the blurred slice is the convolution of the sharp one with the kernel, rounded."
            : "Both are stretched to [0, 1] by the smallest and largest value of the whole slice, as the "
              "published data sets do.";
    credit(ct, plan);
    return finish(std::move(plan), dataset,
                  std::make_unique<BlurGenerator>(std::move(config), std::move(ct)));
}

}  // namespace radforge::blur
