// SPDX-License-Identifier: Apache-2.0
#include "synth/film/film_setup.h"

#include "render/path/scene.h"
#include "synth/config/reader.h"
#include "synth/config/writer.h"
#include "synth/film/film_generator.h"

namespace radforge::film {

GeneratorSetup set_up(const config::Document& document, const InputPaths& paths, Logger& logger) {
    auto config = config::load<FilmConfig>(document);
    FilmInputs inputs;
    inputs.ct = select_ct(paths.ct, config.inputs.ct, logger);
    const std::string hdr[] = {".hdr", ".exr"}, pictures[] = {".png", ".jpg", ".jpeg", ".tif", ".tiff"};
    if (!paths.hdri.empty() || !config.inputs.environments.empty())
        inputs.environments = select_inputs(find_assets(paths.hdri, hdr, "HDR environments"),
                                            config.inputs.environments, "inputs.environments", "--hdri");
    if (!paths.backgrounds.empty() || !config.inputs.tabletops.empty())
        inputs.tabletops = select_inputs(find_assets(paths.backgrounds, pictures, "table tops"),
                                         config.inputs.tabletops, "inputs.tabletops", "--backgrounds");

    const DatasetConfig dataset = config.dataset;
    DatasetPlan plan = plan_of(config.dataset, "film");
    plan.config_toml = config::dump(config);
    plan.about =
        "Photographs of warped printed CT films with ground truth for every pixel. The films are composed "
        "from CT volumes, bent by a "
        "simulation of a polyester sheet, and path-traced under HDR light; maps are exact ray casts through "
        "pixel centres.";
    credit(inputs.ct, plan);
    for (const Asset& asset : inputs.environments)
        plan.inputs.push_back({"HDR environment " + asset.id, "as given by its owner", "file", asset.id});
    for (const Asset& asset : inputs.tabletops)
        plan.inputs.push_back({"table top " + asset.id, "as given by its owner", "file", asset.id});
    return finish(std::move(plan), dataset,
                  std::make_unique<FilmGenerator>(std::move(config), std::move(inputs)), path::kIsa);
}

}  // namespace radforge::film
