// SPDX-License-Identifier: Apache-2.0
#include "synth/film/film_setup.h"

#include "render/path/scene.h"
#include "render/path/texture.h"
#include "render/picture/image_io.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/config/reader.h"
#include "synth/config/writer.h"
#include "synth/film/film_generator.h"

namespace radforge::film {
namespace {

/// Reads each once, so that a file that cannot be used is told before hours of work. @throws Error naming it
template <class Read>
void check_readable(const std::vector<Asset>& assets, Read read) {
    parallel_for(int64_t(assets.size()), 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) read(assets[size_t(i)].path);
    });
}

void check_tabletop(const std::string& path) {
    const Image picture = picture::read_image(path);
    try {
        path::Texture(picture, path::Wrap::Repeat);
    } catch (Error& error) {
        throw error.where(path);
    }
}

}  // namespace

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

    check_readable(inputs.environments, picture::read_hdr);
    check_readable(inputs.tabletops, check_tabletop);

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
