// SPDX-License-Identifier: Apache-2.0
#include "synth/film/film_setup.h"

#include <algorithm>

#include "synth/base/error.h"
#include "synth/config/provenance.h"
#include "synth/config/reader.h"
#include "synth/config/writer.h"
#include "synth/film/film_generator.h"

namespace radforge::film {
namespace {

/// Takes what was found, or, where the config already names inputs, exactly those in that order.
/// @param ids  of the config; filled with what is taken when empty
template <class T>
std::vector<T> select(const std::vector<T>& found, std::vector<std::string>& ids, const std::string& key, const std::string& flag) {
    if (ids.empty()) {
        for (const T& item : found) ids.push_back(item.id);
        return found;
    }
    std::vector<T> taken;
    for (const std::string& id : ids) {
        const auto it = std::find_if(found.begin(), found.end(), [&](const T& item) { return item.id == id; });
        if (it == found.end())
            throw Error(ErrorKind::BadData, "an input that the config names is not there").where(key).got(id).hint("give the folder that holds it with " + flag);
        taken.push_back(*it);
    }
    return taken;
}

}  // namespace

GeneratorSetup set_up(const config::Document& document, const InputPaths& paths, Logger& logger) {
    auto config = config::load<FilmConfig>(document);
    FilmInputs inputs;
    if (!paths.ct.empty() || !config.inputs.ct.empty())
        inputs.ct = select(volume::find_sources(paths.ct, logger), config.inputs.ct, "inputs.ct", "--ct");
    const std::string hdr[] = {".hdr", ".exr"}, pictures[] = {".png", ".jpg", ".jpeg", ".tif", ".tiff"};
    if (!paths.hdri.empty() || !config.inputs.environments.empty())
        inputs.environments = select(find_assets(paths.hdri, hdr, "HDR environments"), config.inputs.environments, "inputs.environments", "--hdri");
    if (!paths.backgrounds.empty() || !config.inputs.tabletops.empty())
        inputs.tabletops = select(find_assets(paths.backgrounds, pictures, "table tops"), config.inputs.tabletops, "inputs.tabletops", "--backgrounds");

    GeneratorSetup setup;
    setup.dataset = config.dataset;
    DatasetPlan& plan = setup.plan;
    plan.name = config.dataset.name;
    plan.kind = "film";
    plan.seed = {uint64_t(config.dataset.seed)};
    plan.samples_per_shard = config.dataset.samples_per_shard;
    plan.profile = config.dataset.profile;
    plan.split_parts = {{"train", config.dataset.train_part}, {"val", config.dataset.val_part}, {"test", 1 - config.dataset.train_part - config.dataset.val_part}};
    plan.config_toml = config::dump(config);
    plan.about =
        "Photographs of warped printed CT films with ground truth for every pixel. The films are composed from CT volumes, bent by a "
        "simulation of a polyester sheet, and path-traced under HDR light; maps are exact ray casts through pixel centres.";
    for (const volume::CtSource& source : inputs.ct) plan.inputs.push_back({"CT volume " + source.id, "as given by its owner", source.origin, source.id});
    for (const Asset& asset : inputs.environments) plan.inputs.push_back({"HDR environment " + asset.id, "as given by its owner", "file", asset.id});
    for (const Asset& asset : inputs.tabletops) plan.inputs.push_back({"table top " + asset.id, "as given by its owner", "file", asset.id});
    plan.provenance_json = provenance_json(config::provenance(plan.config_toml, "avx2"));
    setup.generator = std::make_unique<FilmGenerator>(std::move(config), std::move(inputs));
    plan.fields = setup.generator->fields();
    plan.group_size = setup.generator->group_size();
    return setup;
}

}  // namespace radforge::film
