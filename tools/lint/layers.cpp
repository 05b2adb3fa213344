// SPDX-License-Identifier: Apache-2.0
#include "tools/lint/layers.h"

#include "synth/base/error.h"

#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <set>

namespace radforge::lint {
namespace {

namespace fs = std::filesystem;

bool starts_with(const std::string& text, const std::string& start) {
    return text.compare(0, start.size(), start) == 0;
}
bool starts_with_one_of(const std::string& text, const std::vector<std::string>& starts) {
    return std::any_of(starts.begin(), starts.end(),
                       [&](const std::string& s) { return s == "*" || starts_with(text, s); });
}
bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

struct Include {
    std::string name;
    bool quoted;
};

/// The target of an `#include` line.
std::optional<Include> include_of(const std::string& line) {
    size_t at = 0;
    const auto skip = [&](const std::string& token) {
        at = line.find_first_not_of(" \t", at);
        const bool found = at != std::string::npos && line.compare(at, token.size(), token) == 0;
        if (found) at += token.size();
        return found;
    };
    if (!skip("#") || !skip("include")) return {};
    const bool quoted = skip("\"");
    if (!quoted && !skip("<")) return {};
    const size_t end = line.find(quoted ? '"' : '>', at);
    if (end == std::string::npos) return {};
    return Include{line.substr(at, end - at), quoted};
}

std::vector<std::string> strings(const toml::node_view<const toml::node>& node, const std::string& place) {
    std::vector<std::string> out;
    if (!node) return out;
    const auto* array = node.as_array();
    if (!array || !array->is_homogeneous(toml::node_type::string))
        if (!array || !array->empty()) throw Error(ErrorKind::Usage, "not a list of strings").where(place);
    for (const auto& item : *array) out.push_back(**item.as_string());
    return out;
}

void refuse_cycles(const std::map<std::string, std::vector<std::string>>& uses, const std::string& path) {
    std::map<std::string, int> state;  // 1 = on the current path, 2 = done
    const std::function<void(const std::string&)> walk = [&](const std::string& name) {
        if (state[name] == 2) return;
        if (state[name] == 1)
            throw Error(ErrorKind::Usage, "module '" + name + "' is part of a cycle").where(path);
        state[name] = 1;
        const auto found = uses.find(name);
        if (found == uses.end()) throw Error(ErrorKind::Usage, "unknown module '" + name + "'").where(path);
        for (const std::string& used : found->second)
            if (used != "*") walk(used);
        state[name] = 2;
    };
    for (const auto& entry : uses) walk(entry.first);
}

struct Checker {
    const fs::path root;
    const Rules& rules;
    std::vector<Finding> findings;

    const Module* module_of(const std::string& file) const {
        const Module* best = nullptr;
        for (const Module& m : rules.modules)
            if (starts_with(file, m.folder + '/') && (!best || m.folder.size() > best->folder.size()))
                best = &m;
        return best;
    }

    void check_project_include(const std::string& file, const Module& module, int line,
                               const std::string& name) {
        const Module* target = module_of(name);
        if (!target || !fs::is_regular_file(root / name))
            findings.push_back(
                {file, line, "\"" + name + "\" is no file of the project (paths start at the root)"});
        else if (target != &module && !contains(module.uses, "*") && !contains(module.uses, target->name) &&
                 !contains(rules.open_headers, name))
            findings.push_back(
                {file, line,
                 "module " + module.name + " may not use module " + target->name + " (" + name + ")"});
    }

    void check_foreign_include(const std::string& file, const Module& module, int line,
                               const std::string& name, bool header) {
        const bool standard =
            name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == std::string::npos;
        if (standard || starts_with_one_of(name, rules.system_headers)) return;
        if (!starts_with_one_of(name, module.third_party))
            findings.push_back({file, line, "module " + module.name + " may not use <" + name + ">"});
        else if (header && !starts_with_one_of(name, module.in_headers))
            findings.push_back(
                {file, line, "<" + name + "> belongs into a .cpp file: third party stays out of headers"});
    }

    void check_code(const std::string& file, const std::vector<std::string>& lines) {
        const Module* module = module_of(file);
        if (!module) return findings.push_back({file, 1, "belongs to no module of layers.toml"});
        const bool header = fs::path(file).extension() == ".h";
        if (header && std::none_of(lines.begin(), lines.end(),
                                   [](const std::string& l) { return l == "#pragma once"; }))
            findings.push_back({file, 1, "no #pragma once"});
        const std::string own = fs::path(file).replace_extension(".h").generic_string();
        bool first = !header && fs::exists(root / own);
        for (size_t i = 0; i < lines.size(); ++i) {
            const auto include = include_of(lines[i]);
            if (!include) continue;
            const std::string& name = include->name;
            const int line = int(i) + 1;
            if (first && name != own)
                findings.push_back({file, line, "its own header \"" + own + "\" comes first"});
            first = false;
            if (include->quoted)
                check_project_include(file, *module, line, name);
            else
                check_foreign_include(file, *module, line, name, header);
        }
    }

    void check_file(const std::string& file) {
        static const std::set<std::string> coded = {".h", ".cpp", ".cu"};
        static const std::set<std::string> licensed = {".h",  ".cpp", ".cu",   ".cmake",
                                                       ".sh", ".py",  ".toml", ".in"};
        static const std::set<std::string> dumps = {"util", "utils", "misc", "helper", "helpers", "common"};
        const fs::path path(file);
        for (const fs::path& part : path)
            if (dumps.count(part.stem().string()))
                findings.push_back(
                    {file, 1, "'" + part.string() + "' says nothing: name it by what it does"});
        const std::string extension = path.extension().string();
        if (!licensed.count(extension) && path.filename() != "CMakeLists.txt" && file != ".ci/run" &&
            file != "tools/packages.txt")
            return;
        std::vector<std::string> lines;
        std::ifstream stream(root / path);
        for (std::string line; std::getline(stream, line);) lines.push_back(line);
        const size_t at = !lines.empty() && starts_with(lines[0], "#!") ? 1 : 0;
        if (lines.size() <= at || lines[at].find("SPDX-License-Identifier: Apache-2.0") == std::string::npos)
            findings.push_back({file, int(at) + 1, "no line SPDX-License-Identifier: Apache-2.0"});
        if (coded.count(extension)) check_code(file, lines);
    }
};

}  // namespace

Rules read_rules(const std::string& path) {
    toml::table table;
    try {
        table = toml::parse_file(path);
    } catch (const toml::parse_error& e) {
        throw Error(ErrorKind::Usage, std::string(e.description()))
            .where(path + ':' + std::to_string(e.source().begin.line));
    }
    const toml::table& top = table;
    Rules rules;
    rules.open_headers = strings(top["open_headers"], path);
    rules.system_headers = strings(top["system_headers"], path);
    rules.scanned = strings(top["scanned"], path);
    const auto* modules = top["modules"].as_table();
    if (!modules || rules.scanned.empty())
        throw Error(ErrorKind::Usage, "no modules, or nothing to scan").where(path);
    std::map<std::string, std::vector<std::string>> uses;
    for (const auto& [key, node] : *modules) {
        const std::string name(key.str());
        const toml::node_view<const toml::node> entry(node);
        const auto folder = entry["folder"].value<std::string>();
        if (!folder) throw Error(ErrorKind::Usage, "module '" + name + "' has no folder").where(path);
        rules.modules.push_back({name, *folder, strings(entry["uses"], path),
                                 strings(entry["third_party"], path), strings(entry["in_headers"], path)});
        uses[name] = rules.modules.back().uses;
    }
    refuse_cycles(uses, path);
    return rules;
}

std::vector<Finding> check_tree(const std::string& root, const Rules& rules) {
    Checker checker{root, rules, {}};
    std::set<std::string> files;
    for (const std::string& name : rules.scanned) {
        const fs::path start = fs::path(root) / name;
        if (fs::is_regular_file(start)) files.insert(name);
        if (!fs::is_directory(start)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(start))
            if (entry.is_regular_file()) files.insert(fs::relative(entry.path(), root).generic_string());
    }
    for (const std::string& file : files) checker.check_file(file);
    return checker.findings;
}

}  // namespace radforge::lint
