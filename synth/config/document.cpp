// SPDX-License-Identifier: Apache-2.0
#include "synth/config/document.h"

#include "synth/base/error.h"
#include "synth/config/text.h"

#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace radforge::config {
namespace {

constexpr size_t kMaxDepth = 4;

std::string place_of(const toml::source_region& source, const std::string& name) {
    return name + ':' + std::to_string(source.begin.line) + ':' + std::to_string(source.begin.column);
}

/// `place` maps a source region to text.
template <class Place>
Node convert(const toml::node& node, const Place& place) {
    Node out;
    out.place = place(node.source());
    if (const auto* table = node.as_table()) {
        Node::Table entries;
        for (const auto& [key, child] : *table) {
            Node& entry = entries[std::string(key.str())] = convert(child, place);
            entry.key_place = place(key.source());
        }
        out.value = std::move(entries);
    } else if (const auto* array = node.as_array()) {
        Node::Array items;
        for (const toml::node& item : *array) items.push_back(convert(item, place));
        out.value = std::move(items);
    } else if (const auto* text = node.as_string()) {
        out.value = text->get();
    } else if (const auto* boolean = node.as_boolean()) {
        out.value = boolean->get();
    } else if (const auto* integer = node.as_integer()) {
        out.value = integer->get();
    } else if (const auto* number = node.as_floating_point()) {
        out.value = number->get();
    } else {
        out.value = Moment{};
    }
    return out;
}

Node parse(const std::string& text, const std::string& name) {
    try {
        const toml::table table = toml::parse(text, name);
        return convert(table, [&](const toml::source_region& source) { return place_of(source, name); });
    } catch (const toml::parse_error& e) {
        throw Error(ErrorKind::Usage, std::string(e.description())).where(place_of(e.source(), name));
    }
}

std::string read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path))
        throw Error(ErrorKind::Usage, "cannot read the config file").where(path);
    std::ostringstream text;
    text << file.rdbuf();
    if (file.bad()) throw Error(ErrorKind::Usage, "reading the config file failed").where(path);
    return text.str();
}

Node parse_value(const std::string& text, const std::string& place) {
    const auto same_place = [&](const toml::source_region&) { return place; };
    // A line break could smuggle in further keys.
    if (text.find_first_of("\r\n") == std::string::npos) {
        try {
            const toml::table table = toml::parse("value = " + text);
            return convert(*table.get("value"), same_place);
        } catch (const toml::parse_error&) {
        }
        if (is_bare_word(text)) return {text, place, place};
    }
    throw Error(ErrorKind::Usage, "the value is neither TOML nor a bare word")
        .where(place)
        .got(quote(text))
        .hint("put text into quotes, lists into [..], distributions into { .. }");
}

Node parse_override(const std::string& text) {
    const std::string place = "override '" + text + "'";
    const size_t equals = text.find('=');
    const auto malformed = [&] {
        return Error(ErrorKind::Usage, "malformed")
            .where(place)
            .expected("table.key=value")
            .hint("for example camera.width_px=640");
    };
    if (equals == std::string::npos) throw malformed();
    Node node = parse_value(text.substr(equals + 1), place);
    node.key_place = place;
    std::vector<std::string> names;
    std::stringstream path(text.substr(0, equals));
    for (std::string name; std::getline(path, name, '.');) names.push_back(name);
    if (text[0] == '=' || text[equals - 1] == '.') throw malformed();
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
        if (!is_bare_key(*name)) throw malformed();
        Node::Table table;
        table.emplace(*name, std::move(node));
        node = {std::move(table), place, place, true};
    }
    return node;
}

}  // namespace

std::string describe(const Node& node) {
    struct Words {
        std::string operator()(const Node::Table&) const { return "a table"; }
        std::string operator()(const Node::Array&) const { return "an array"; }
        std::string operator()(const std::string& text) const { return quote(text); }
        std::string operator()(bool value) const { return value ? "true" : "false"; }
        std::string operator()(int64_t value) const { return std::to_string(value); }
        std::string operator()(double value) const { return exact_float(value); }
        std::string operator()(Moment) const { return "a date or time"; }
    };
    return std::visit(Words{}, node.value);
}

void Document::add_file(Content& content, const std::string& path, const std::vector<std::string>& chain) {
    if (std::find(chain.begin(), chain.end(), path) != chain.end())
        throw Error(ErrorKind::Usage, "the file extends itself").where(path);
    if (chain.size() > kMaxDepth)
        throw Error(ErrorKind::Usage, "files extend each other too deeply")
            .where(path)
            .expected("at most " + std::to_string(kMaxDepth) + " levels");
    Node root = parse(read_text(path), path);
    auto& table = std::get<Node::Table>(root.value);
    if (const auto found = table.find("extends"); found != table.end()) {
        const auto wrong = [](const Node& node) {
            return Error(ErrorKind::Usage, "wrong 'extends'")
                .where(node.place)
                .got(describe(node))
                .expected("an array of file names, extends = [\"base.toml\"]");
        };
        const auto* bases = found->second.as<Node::Array>();
        if (!bases) throw wrong(found->second);
        std::vector<std::string> longer = chain;
        longer.push_back(path);
        for (const Node& base : *bases) {
            const auto* name = base.as<std::string>();
            if (!name) throw wrong(base);
            const auto folder = std::filesystem::path(path).parent_path();
            try {
                add_file(content, (folder / *name).lexically_normal().string(), longer);
            } catch (Error& e) {
                throw e.hint("extended at " + base.place);
            }
        }
        table.erase(found);
    }
    content.layers.push_back(std::move(root));
    content.files.push_back(path);
}

void Document::add_overrides(Content& content, Span<const std::string> overrides) {
    for (const std::string& text : overrides) {
        content.layers.push_back(parse_override(text));
        content.overrides.push_back(text);
    }
}

Document Document::from_file(const std::string& path, Span<const std::string> overrides) {
    Content content;
    add_file(content, std::filesystem::path(path).lexically_normal().string(), {});
    add_overrides(content, overrides);
    return Document(std::move(content));
}

Document Document::from_text(const std::string& text, const std::string& name,
                             Span<const std::string> overrides) {
    Content content;
    content.layers.push_back(parse(text, name));
    const auto& table = std::get<Node::Table>(content.layers[0].value);
    if (const auto found = table.find("extends"); found != table.end())
        throw Error(ErrorKind::Usage, "'extends' works in files only").where(found->second.key_place);
    add_overrides(content, overrides);
    return Document(std::move(content));
}

}  // namespace radforge::config
