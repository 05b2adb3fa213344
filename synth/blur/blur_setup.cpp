// SPDX-License-Identifier: Apache-2.0
#include "synth/blur/blur_setup.h"

#include "synth/base/error.h"
#include "synth/blur/blur_generator.h"
#include "synth/config/provenance.h"
#include "synth/config/reader.h"
#include "synth/config/writer.h"

namespace radforge::blur {

GeneratorSetup set_up(const config::Document& document, const InputPaths& paths, Logger& logger) {
    if (!paths.hdri.empty() || !paths.backgrounds.empty())
        throw Error(ErrorKind::Usage, "blur pairs need no environments and no table tops")
            .hint("leave out --hdri and --backgrounds");
    auto config = config::load<BlurConfig>(document);
    std::vector<volume::CtSource> ct;
    if (!paths.ct.empty() || !config.inputs.ct.empty())
        ct = select_inputs(volume::find_sources(paths.ct, logger), config.inputs.ct, "inputs.ct", "--ct");

    GeneratorSetup setup;
    setup.dataset = config.dataset;
    DatasetPlan& plan = setup.plan;
    plan = plan_of(config.dataset, "blur");
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
    plan.provenance_json = provenance_json(config::provenance(plan.config_toml, "avx2"));
    setup.generator = std::make_unique<BlurGenerator>(std::move(config), std::move(ct));
    plan.fields = setup.generator->fields();
    plan.group_size = setup.generator->group_size();
    return setup;
}

}  // namespace radforge::blur
