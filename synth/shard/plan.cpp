// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/plan.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/shard/file.h"
#include "synth/shard/names.h"
#include "synth/shard/number_text.h"

#include <nlohmann/json.hpp>

#include <set>
#include <sstream>

namespace radforge {
namespace {

using nlohmann::json;

json json_of(const FieldSpec& spec) {
    return {{"name", spec.name},   {"extension", spec.extension}, {"dtype", shard::type_name(spec.type)},
            {"shape", spec.shape}, {"scale", spec.scale},         {"offset", spec.offset},
            {"unit", spec.unit},   {"invalid", spec.invalid},     {"range", spec.range}};
}

FieldSpec field_of(const json& value) {
    FieldSpec spec;
    spec.name = value.at("name");
    spec.extension = value.at("extension");
    spec.type = shard::parse_type(value.at("dtype"));
    spec.shape = value.at("shape").get<std::vector<int64_t>>();
    spec.scale = value.at("scale");
    spec.offset = value.at("offset");
    spec.unit = value.at("unit");
    spec.invalid = value.at("invalid");
    spec.range = value.at("range");
    return spec;
}

json json_of(const InputCredit& input) {
    return {
        {"name", input.name}, {"licence", input.licence}, {"source", input.source}, {"sha256", input.sha256}};
}

json json_of(const PlannedSource& source) {
    json value = {{"id", source.id}, {"group", source.group}, {"split", source.split}};
    if (!source.file.empty()) value["file"] = source.file;
    return value;
}

json json_of(const std::vector<FieldSpec>& fields) {
    json list = json::array();
    for (const FieldSpec& spec : fields) list.push_back(json_of(spec));
    return list;
}

json identity_of(const DatasetPlan& plan) {
    return {{"format", shard::kFormatVersion},
            {"kind", plan.kind},
            {"name", plan.name},
            {"seed", plan.seed.value},
            {"samples_per_shard", plan.samples_per_shard},
            {"group_size", plan.group_size},
            {"profile", plan.profile},
            {"split_parts", plan.split_parts},
            {"fields", json_of(plan.fields)},
            {"config_sha256", sha256_hex(plan.config_toml)}};
}

json provenance_of(const DatasetPlan& plan) {
    const json provenance = json::parse(plan.provenance_json, nullptr, false);
    if (!provenance.is_object())
        throw Error(ErrorKind::BadData, "provenance is not a JSON object")
            .got(plan.provenance_json.substr(0, 80));
    return provenance;
}

/// "table.key" -> text of the value, of a dumped TOML file: one key a line under [table] headers.
std::map<std::string, std::string> flat_toml(const std::string& text) {
    std::map<std::string, std::string> values;
    std::istringstream lines(text);
    std::string table, last;
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line[0] == '#') continue;
        const size_t equals = line.find(" = ");
        if (line.front() == '[' && line.back() == ']' && equals == std::string::npos) {
            table = line.substr(1, line.size() - 2) + ".";
            continue;
        }
        if (equals == std::string::npos) {
            values[last] += line;  // an array that runs over lines
            continue;
        }
        last = table + line.substr(0, equals);
        values[last] = line.substr(equals + 3);
    }
    return values;
}

/// "/fields/2/scale" -> "fields.2.scale"
std::map<std::string, std::string> flat_json(const json& value) {
    std::map<std::string, std::string> values;
    const json flat = value.flatten();
    for (const auto& [path, leaf] : flat.items()) {
        std::string key = path.empty() ? path : path.substr(1);
        for (char& c : key)
            if (c == '/') c = '.';
        values[key] = leaf.dump();
    }
    return values;
}

void compare(const std::map<std::string, std::string>& there, const std::map<std::string, std::string>& here,
             std::vector<std::string>& differences) {
    std::set<std::string> keys;
    for (const auto& [key, value] : there) keys.insert(key);
    for (const auto& [key, value] : here) keys.insert(key);
    for (const std::string& key : keys) {
        const auto a = there.find(key), b = here.find(key);
        const std::string old_value = a == there.end() ? "nothing" : a->second;
        const std::string new_value = b == here.end() ? "nothing" : b->second;
        if (old_value != new_value)
            differences.push_back(key + " (there " + old_value + ", here " + new_value + ")");
    }
}

}  // namespace

void DatasetPlan::validate() const {
    shard::sample_name(kind, count == 0 ? 0 : count - 1);
    if (count == 0) throw Error(ErrorKind::Usage, "a dataset of no samples").hint("give --count");
    if (directory.empty()) throw Error(ErrorKind::Usage, "no folder for the dataset").hint("give --out");
    if (name.empty()) throw Error(ErrorKind::BadData, "the dataset has no name");
    if (seed.value >> 63)
        throw Error(ErrorKind::BadData, "seed too large")
            .got(std::to_string(seed.value))
            .expected("less than 2^63");
    if (samples_per_shard < 1 || group_size < 1 || group_size > samples_per_shard)
        throw Error(ErrorKind::BadData, "a shard cannot hold one group of samples that share work")
            .got(std::to_string(samples_per_shard) + " samples per shard, groups of " +
                 std::to_string(group_size))
            .hint("raise dataset.samples_per_shard");
    std::set<std::string> names;
    for (const FieldSpec& spec : fields) {
        if (!shard::parse_member_name("k." + spec.name + "." + spec.extension) ||
            spec.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos)
            throw Error(ErrorKind::BadData, "illegal field name").got(spec.name + "." + spec.extension);
        if (!names.insert(spec.name).second)
            throw Error(ErrorKind::BadData, "two fields of one name").got(spec.name);
    }
    const uint64_t wanted = samples_per_source == 0 ? 0 : (count - 1) / samples_per_source + 1;
    if (sources.size() != wanted)
        throw Error(ErrorKind::BadData, "wrong number of sources")
            .got(std::to_string(sources.size()))
            .expected(std::to_string(wanted));
    if (fields.empty() || fields.back().name != "meta" || fields.back().extension != "json")
        throw Error(ErrorKind::BadData, "the last field of a sample is meta.json");
}

namespace shard {

std::string fields_json(const std::vector<FieldSpec>& fields) { return json_of(fields).dump(); }

std::string plan_json(const DatasetPlan& plan) {
    json value = identity_of(plan);
    value["count"] = plan.count;
    value["provenance"] = provenance_of(plan);
    value["about"] = plan.about;
    value["overrides"] = plan.overrides;
    value["inputs"] = json::array();
    for (const InputCredit& input : plan.inputs) value["inputs"].push_back(json_of(input));
    if (plan.samples_per_source > 0) {
        value["samples_per_source"] = plan.samples_per_source;
        value["sources"] = json::array();
        for (const PlannedSource& source : plan.sources) value["sources"].push_back(json_of(source));
    }
    return value.dump(2) + "\n";
}

std::string plan_digest(const DatasetPlan& plan) { return sha256_hex(identity_of(plan).dump()); }

DatasetPlan read_plan(const std::string& directory) {
    const std::string path = directory + "/plan.json";
    if (!file_exists(path))
        throw Error(ErrorKind::BadData, "no dataset here")
            .where(directory)
            .expected("a folder with plan.json");
    const json value = json::parse(read_text_file(path), nullptr, false);
    if (!value.is_object() || !value.contains("format") || !value["format"].is_number_unsigned())
        throw Error(ErrorKind::BadData, "not the plan of a dataset").where(path);
    if (value["format"].get<uint64_t>() > kFormatVersion)
        throw Error(ErrorKind::BadData, "written in a newer format")
            .where(path)
            .got("format version " + value["format"].dump())
            .expected("at most " + std::to_string(kFormatVersion))
            .hint("update radforge");
    DatasetPlan plan;
    std::string config_sha256;
    try {
        plan.directory = directory;
        plan.kind = value.at("kind");
        plan.name = value.at("name");
        plan.seed.value = value.at("seed");
        plan.count = value.at("count");
        plan.samples_per_shard = value.at("samples_per_shard");
        plan.group_size = value.at("group_size");
        plan.profile = value.at("profile");
        plan.split_parts = value.at("split_parts").get<std::map<std::string, double>>();
        for (const json& field : value.at("fields")) plan.fields.push_back(field_of(field));
        plan.provenance_json = value.at("provenance").dump();
        plan.about = value.at("about");
        for (const json& input : value.at("inputs"))
            plan.inputs.push_back(
                {input.at("name"), input.at("licence"), input.at("source"), input.at("sha256")});
        plan.samples_per_source = value.value("samples_per_source", uint64_t(0));
        for (const json& source : value.value("sources", json::array()))
            plan.sources.push_back({source.at("id"), source.at("group"), source.at("split"),
                                    source.value("file", std::string())});
        config_sha256 = value.at("config_sha256");
        if (value.contains("overrides"))
            plan.overrides = value["overrides"];
        else if (file_exists(directory + "/overrides.txt"))  // sets made before the plan had them
            plan.overrides = read_text_file(directory + "/overrides.txt");
    } catch (const json::exception& error) {
        throw Error(ErrorKind::BadData, std::string("damaged plan: ") + error.what()).where(path);
    }
    plan.config_toml = read_text_file(directory + "/config.toml");
    if (sha256_hex(plan.config_toml) != config_sha256)
        throw Error(ErrorKind::BadData, "config.toml is not the one that plan.json was made from")
            .where(directory)
            .got(sha256_hex(plan.config_toml))
            .expected(config_sha256);
    try {
        plan.validate();
    } catch (Error& error) {
        throw error.where(path);
    }
    return plan;
}

std::vector<std::string> config_differences(const std::string& there, const std::string& here) {
    std::vector<std::string> differences;
    compare(flat_toml(there), flat_toml(here), differences);
    return differences;
}

std::string listed(const std::vector<std::string>& differences) {
    constexpr size_t kShown = 8;
    std::string list;
    for (size_t i = 0; i < differences.size() && i < kShown; ++i) list += (i ? ", " : "") + differences[i];
    if (differences.size() > kShown) list += " and " + std::to_string(differences.size() - kShown) + " more";
    return list;
}

std::vector<std::string> plan_differences(const DatasetPlan& there, const DatasetPlan& here) {
    std::vector<std::string> differences = config_differences(there.config_toml, here.config_toml);
    json a = identity_of(there), b = identity_of(here);
    // Said better by the config's own keys, unless only its comments or spacing differ.
    if (!differences.empty()) {
        a.erase("config_sha256");
        b.erase("config_sha256");
    }
    a["provenance"] = provenance_of(there);
    b["provenance"] = provenance_of(here);
    compare(flat_json(a), flat_json(b), differences);
    return differences;
}

}  // namespace shard
}  // namespace radforge
