// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/meta.h"

#include "synth/base/error.h"
#include "synth/shard/names.h"

#include <nlohmann/json.hpp>

namespace radforge::shard {
namespace {

using nlohmann::json;

json object_of(const std::string& text, const std::string& what) {
    json value = json::parse(text, nullptr, false);
    if (!value.is_object())
        throw Error(ErrorKind::BadData, what + " is not a JSON object").got(text.substr(0, 80));
    return value;
}

json json_of(const MetaHeader& header) {
    return {{"format", kFormatVersion},
            {"kind", header.kind},
            {"split", header.split},
            {"dataset", header.dataset},
            {"index", header.key.index},
            {"root_seed", header.key.root.value},
            {"key", sample_name(header.kind, header.key.index)}};
}

}  // namespace

std::string make_meta(const MetaHeader& header, const std::string& recipe_json,
                      const std::string& source_json, const std::string& more_json) {
    json meta = json_of(header);
    meta["recipe"] = object_of(recipe_json, "recipe");
    meta["source"] = object_of(source_json, "source");
    const json more = object_of(more_json, "meta");
    for (const auto& [key, value] : more.items())
        if (!meta.emplace(key, value).second)
            throw Error(ErrorKind::BadData, "meta.json has this key already").got(key);
    const std::string text = meta.dump();
    if (text.size() > kMaxMetaBytes)
        throw Error(ErrorKind::BadData, "meta.json too large")
            .got(std::to_string(text.size()) + " bytes")
            .expected("at most " + std::to_string(kMaxMetaBytes));
    return text;
}

void check_meta(const std::string& text, const MetaHeader& expected) {
    const json meta = object_of(text, "meta.json");
    if (text.size() > kMaxMetaBytes)
        throw Error(ErrorKind::BadData, "meta.json too large").got(std::to_string(text.size()) + " bytes");
    if (meta.contains("format") && meta["format"].is_number_unsigned() &&
        meta["format"].get<uint64_t>() > kFormatVersion)
        throw Error(ErrorKind::BadData, "meta.json written in a newer format")
            .got("format version " + meta["format"].dump())
            .hint("update radforge");
    const json wanted = json_of(expected);
    for (const auto& [key, value] : wanted.items()) {
        if (!meta.contains(key)) throw Error(ErrorKind::BadData, "meta.json lacks '" + key + "'");
        if (meta[key] != value)
            throw Error(ErrorKind::BadData, "meta.json: wrong '" + key + "'")
                .got(meta[key].dump())
                .expected(value.dump());
    }
    for (const char* const key : {"recipe", "source"})
        if (!meta.contains(key) || !meta[key].is_object())
            throw Error(ErrorKind::BadData, std::string("meta.json lacks the object '") + key + "'");
}

std::string recipe_of(const std::string& meta_json) {
    const json meta = object_of(meta_json, "meta.json");
    if (!meta.contains("recipe")) throw Error(ErrorKind::BadData, "meta.json lacks 'recipe'");
    return meta["recipe"].dump();
}

std::string volume_file_sha256_of(const std::string& meta_json) {
    const json meta = object_of(meta_json, "meta.json");
    if (!meta.contains("volume_file")) return "";
    const json& file = meta["volume_file"];
    if (!file.is_object() || !file.contains("sha256") || !file["sha256"].is_string())
        throw Error(ErrorKind::BadData, "meta.json: 'volume_file' has no SHA-256").got(file.dump());
    return file["sha256"];
}

}  // namespace radforge::shard
