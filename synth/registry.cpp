// SPDX-License-Identifier: Apache-2.0
#include "synth/registry.h"

#include "synth/base/error.h"
#include "synth/blur/blur_setup.h"
#include "synth/config/manual.h"
#include "synth/film/film_setup.h"

#include <nlohmann/json.hpp>

namespace radforge {
namespace {

struct Kind {
    const char* name;
    GeneratorSetup (*set_up)(const config::Document&, const InputPaths&, Logger&);
    std::string (*manual)();
};

constexpr Kind kKinds[] = {
    {"blur", blur::set_up, config::manual<blur::BlurConfig>},
    {"film", film::set_up, config::manual<film::FilmConfig>},
};

const Kind& find(const std::string& name) {
    for (const Kind& kind : kKinds)
        if (name == kind.name) return kind;
    std::string names;
    for (const Kind& kind : kKinds) names += (names.empty() ? "" : ", ") + std::string(kind.name);
    throw Error(ErrorKind::Usage, "unknown kind of data").got("'" + name + "'").expected("one of " + names);
}

}  // namespace

GeneratorSetup set_up_generator(const std::string& kind, const config::Document& document,
                                const InputPaths& inputs, Logger& logger) {
    return find(kind).set_up(document, inputs, logger);
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
