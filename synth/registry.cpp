// SPDX-License-Identifier: Apache-2.0
#include "synth/registry.h"

#include "synth/base/error.h"
#include "synth/blur/blur_setup.h"
#include "synth/colorize/colorize_setup.h"
#include "synth/config/manual.h"
#include "synth/enhance/enhance_pictures.h"
#include "synth/enhance/enhance_setup.h"
#include "synth/film/film_setup.h"
#include "synth/xray/xray_pictures.h"
#include "synth/xray/xray_setup.h"

#include <nlohmann/json.hpp>

namespace radforge {
namespace {

struct Kind {
    const char* name;
    GeneratorSetup (*set_up)(const config::Document&, const InputPaths&, Logger&);
    std::string (*manual)();
    std::vector<Tile> (*tiles)(const Sample&, const DatasetPlan&,
                               int tile_px) = nullptr;  ///< null: one a member
};

constexpr Kind kKinds[] = {
    {"blur", blur::set_up, config::manual<blur::BlurConfig>},
    {"colorize", colorize::set_up, config::manual<colorize::ColorizeConfig>},
    {"enhance", enhance::set_up, config::manual<enhance::EnhanceConfig>, enhance::tiles},
    {"film", film::set_up, config::manual<film::FilmConfig>},
    {"xray", xray::set_up, config::manual<xray::XrayConfig>, xray::tiles},
};

const Kind& find(const std::string& name) {
    for (const Kind& kind : kKinds)
        if (name == kind.name) return kind;
    std::string names;
    for (const Kind& kind : kKinds) names += (names.empty() ? "" : ", ") + std::string(kind.name);
    throw Error(ErrorKind::Usage, "unknown kind of data").got("'" + name + "'").expected("one of " + names);
}

}  // namespace

void refuse_scenery(const InputPaths& paths, const std::string& what) {
    if (!paths.hdri.empty() || !paths.backgrounds.empty())
        throw Error(ErrorKind::Usage, what + " need no environments and no table tops")
            .hint("leave out --hdri and --backgrounds");
}

GeneratorSetup finish(DatasetPlan plan, const DatasetConfig& dataset, std::unique_ptr<Generator> generator,
                      const std::string& embree_isa) {
    plan.provenance_json = provenance_json(config::provenance(plan.config_toml, embree_isa));
    plan.fields = generator->fields();
    plan.group_size = generator->group_size();
    return {std::move(generator), std::move(plan), dataset};
}

GeneratorSetup set_up_generator(const std::string& kind, const config::Document& document,
                                const InputPaths& inputs, Logger& logger) {
    return find(kind).set_up(document, inputs, logger);
}

Image contact_sheet(const std::vector<Sample>& samples, const DatasetPlan& plan, int tile_px) {
    const auto of_kind = find(plan.kind).tiles;
    std::vector<std::vector<Tile>> rows;
    for (const Sample& sample : samples)
        rows.push_back(of_kind ? of_kind(sample, plan, tile_px) : tiles(sample, plan.fields));
    return tile_sheet(samples, rows, tile_px);
}

std::vector<std::string> generator_kinds() {
    std::vector<std::string> names;
    for (const Kind& kind : kKinds) names.push_back(kind.name);
    return names;
}

std::string provenance_json(const config::Provenance& p) {
    const nlohmann::json json = {{"config_sha256", p.config_sha256},
                                 {"revision", p.revision},
                                 {"maths_class", p.maths_class},
                                 {"versions", p.versions}};
    return json.dump();
}

std::string generator_manual(const std::string& kind) { return find(kind).manual(); }

}  // namespace radforge
