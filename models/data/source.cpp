// SPDX-License-Identifier: Apache-2.0
#include "models/data/source.h"

#include "models/data/shard_file.h"
#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/shard/file.h"
#include "synth/shard/names.h"

#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>

namespace radforge::loader {
namespace {

std::string hex64(uint64_t value) {
    std::string text(16, '0');
    for (size_t i = 16; i-- > 0; value >>= 4) text[i] = "0123456789abcdef"[value & 15];
    return text;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

nlohmann::json read_manifest_file(const std::string& directory) {
    const std::string path = directory + "/manifest.json";
    if (!shard::file_exists(path))
        throw Error(ErrorKind::BadData, "the dataset is not finished: no manifest.json")
            .where(directory)
            .hint("run `radforge synth` to its end, or `radforge index`");
    nlohmann::json manifest = nlohmann::json::parse(shard::read_text_file(path), nullptr, false);
    if (manifest.is_object() && manifest.value("format", 0u) > shard::kFormatVersion)
        throw Error(ErrorKind::BadData, "written in a newer format")
            .where(path)
            .got(std::to_string(manifest.value("format", 0u)))
            .expected("at most " + std::to_string(shard::kFormatVersion));
    return manifest;
}

Error damaged_manifest(const std::string& directory, const nlohmann::json::exception& error) {
    return Error(ErrorKind::BadData, std::string("damaged manifest.json: ") + error.what())
        .where(directory)
        .hint("`radforge index` makes it again");
}

}  // namespace

Source::Source(std::string directory, SourceOptions options, bool tolerant)
    : directory_(std::move(directory)), options_(std::move(options)) {
    if (!shard::file_exists(directory_ + "/plan.json"))
        throw Error(ErrorKind::BadData, "no dataset here")
            .where(directory_)
            .expected("a folder with plan.json");
    plan_ = shard::read_plan(directory_);
    plan_digest_ = shard::plan_digest(plan_);
    choose_fields();
    read_manifest();
    if (options_.cache) name_cached();
    if (tolerant) return;
    for (const ListedShard& listed : shards_) {
        const std::string path = directory_ + "/" + listed.file;
        struct stat status {};
        if (stat(path.c_str(), &status) != 0)
            throw Error(ErrorKind::BadData, "a shard that manifest.json lists is missing").where(path);
        if (uint64_t(status.st_size) != listed.bytes)
            throw Error(ErrorKind::BadData, "the shard is cut or of another set")
                .where(path)
                .got(std::to_string(status.st_size) + " bytes")
                .expected(std::to_string(listed.bytes));
    }
}

Source::~Source() = default;

void Source::choose_fields() {
    std::vector<std::string> names, wanted = options_.fields;
    for (const FieldSpec& spec : plan_.fields) names.push_back(spec.name);
    if (wanted.empty())
        for (const FieldSpec& spec : plan_.fields)
            if (spec.extension != "json") wanted.push_back(spec.name);
    for (const std::string& name : wanted) {
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end())
            throw Error(ErrorKind::BadData, "this dataset has no field '" + name + "'")
                .where(directory_)
                .got("kind " + plan_.kind + " with " + joined(names));
        const auto at = size_t(found - names.begin());
        shape_of(plan_.fields[at]);
        members_.push_back(at);
        fields_.push_back(plan_.fields[at]);
    }
}

std::vector<std::string> Source::splits(const std::string& directory) {
    const nlohmann::json manifest = read_manifest_file(directory);
    std::set<std::string> names;
    try {
        for (const nlohmann::json& shard : manifest.at("shards"))
            names.insert(shard.at("split").get<std::string>());
    } catch (const nlohmann::json::exception& error) {
        throw damaged_manifest(directory, error);
    }
    return {names.begin(), names.end()};
}

void Source::read_manifest() {
    const std::string path = directory_ + "/manifest.json";
    const nlohmann::json manifest = read_manifest_file(directory_);
    std::set<std::string> splits;
    std::string chain;
    try {
        if (manifest.at("plan_digest") != plan_digest_)
            throw Error(ErrorKind::BadData, "manifest.json belongs to another plan than plan.json")
                .where(directory_)
                .hint("`radforge index` makes it again");
        for (const nlohmann::json& shard : manifest.at("shards")) {
            splits.insert(shard.at("split").get<std::string>());
            if (shard.at("split") != options_.split) continue;
            ListedShard listed{shard.at("file"), shard.at("content_sha256"), shard.at("bytes"),
                               shard.at("samples")};
            const auto name = shard::parse_shard_name(listed.file);
            if (!name || name->kind != plan_.kind || name->split != options_.split)
                throw Error(ErrorKind::BadData, "not the name of a shard of this set")
                    .where(path)
                    .got(listed.file);
            chain += listed.file + " " + listed.content_sha256 + "\n";
            counts_.push_back(listed.samples);
            shards_.push_back(std::move(listed));
        }
    } catch (const nlohmann::json::exception& error) {
        throw damaged_manifest(directory_, error);
    }
    if (shards_.empty())
        throw Error(ErrorKind::BadData, "no such split")
            .where(directory_)
            .got("'" + options_.split + "'")
            .expected("one of " + joined({splits.begin(), splits.end()}));
    data_sha256_ = sha256_hex(chain);
}

const std::string& Source::file(uint32_t shard) const { return shards_.at(shard).file; }

std::shared_ptr<const ShardFile> Source::open(uint32_t shard) const {
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        const auto found =
            std::find_if(opened_.begin(), opened_.end(), [&](const Opened& o) { return o.shard == shard; });
        if (found != opened_.end()) {
            std::rotate(found, found + 1, opened_.end());
            return opened_.back().file;
        }
    }
    auto file = std::make_shared<const ShardFile>(directory_, shards_.at(shard), plan_, plan_digest_,
                                                  options_.reading);
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const Opened& o : opened_)
        if (o.shard == shard) return o.file;  // another thread was faster
    if (opened_.size() >= size_t(std::max(1, options_.open_shards))) opened_.erase(opened_.begin());
    opened_.push_back({shard, file});
    return file;
}

Span<const std::byte> Source::member(const ShardFile& file, uint32_t shard, uint32_t row, size_t member,
                                     std::vector<std::byte>& buffer) const {
    const Span<const std::byte> bytes = file.bytes(file.place(row, member), buffer);
    if (options_.check_sums) check(xxh3_64(bytes), file, shard, row, member);
    return bytes;
}

void Source::check(uint64_t sum, const ShardFile& file, uint32_t shard, uint32_t row, size_t member) const {
    const MemberPlace& place = file.place(row, member);
    if (sum != place.sum)
        throw Error(ErrorKind::BadData, "damaged member at offset " + std::to_string(place.offset))
            .where(directory_ + "/" + shards_[shard].file + ": " +
                   shard::sample_name(plan_.kind, file.index_of(row)) + "." + plan_.fields[member].name)
            .got("xxh3-64 " + hex64(sum))
            .expected(hex64(place.sum));
}

void Source::name_cached() {
    std::vector<std::string> members;
    for (const FieldSpec& spec : fields_) {
        cached_.push_back(options_.cache->everything() || is_packed(spec));
        if (cached_.back()) members.push_back(spec.name + "." + spec.extension);
    }
    if (members.empty()) return;
    for (const ListedShard& shard : shards_)
        cache_folders_.push_back(DecodedCache::folder_of(shard.content_sha256, members, options_.check_sums));
}

bool Source::has_integers(const FieldSpec& spec) const {
    return std::find(options_.integer_fields.begin(), options_.integer_fields.end(), spec.name) !=
           options_.integer_fields.end();
}

namespace {

/// Before each member of a cached sample.
struct CachedMember {
    int32_t channels = 0, height_px = 0, width_px = 0, unused = 0;
    uint64_t size = 0;
};

void append(std::vector<std::byte>& payload, const Unpacked& member) {
    const CachedMember head{member.shape.channels, member.shape.height_px, member.shape.width_px, 0,
                            member.bytes.size()};
    const auto* const bytes = reinterpret_cast<const std::byte*>(&head);
    payload.insert(payload.end(), bytes, bytes + sizeof head);
    payload.insert(payload.end(), member.bytes.begin(), member.bytes.end());
}

/// Takes the next member off the payload.
Unpacked take(Span<const std::byte>& payload) {
    CachedMember head;
    RADFORGE_ASSERT(payload.size() >= sizeof head);  // its sum said that append() made it
    std::memcpy(&head, payload.data(), sizeof head);
    const Span<const std::byte> rest = payload.from(sizeof head);
    RADFORGE_ASSERT(rest.size() >= head.size);
    payload = rest.from(head.size);
    return {{head.channels, head.height_px, head.width_px}, {rest.data(), head.size}};
}

}  // namespace

bool Source::from_cache(uint32_t shard, uint32_t row, DecodeBuffers& buffers, Destination destination,
                        const PlanarTarget& target) const {
    if (!options_.cache->find(cache_folders_[shard], row, buffers.cached)) return false;
    Span<const std::byte> payload{buffers.cached.data(), buffers.cached.size()};
    for (size_t f = 0; f < fields_.size(); ++f)
        if (cached_[f])
            to_planar(fields_[f], take(payload), has_integers(fields_[f]), destination,
                      [&](const Shape& shape) { return target(f, shape); });
    return true;
}

void Source::field(const ShardFile& file, uint32_t shard, uint32_t row, size_t f, DecodeBuffers& buffers,
                   Destination destination, const PlanarTarget& target, bool keep) const {
    const FieldSpec& spec = fields_[f];
    const size_t number = members_[f];
    const Span<const std::byte> bytes = file.bytes(file.place(row, number), buffers.member);
    // What unpack() passes on as it is gets summed on its way to floats, in one pass.
    std::optional<RunningSum> sum;
    if (options_.check_sums && !is_packed(spec)) sum.emplace();
    if (options_.check_sums && !sum) check(xxh3_64(bytes), file, shard, row, number);
    try {
        const Unpacked unpacked = unpack(spec, bytes, buffers);
        to_planar(
            spec, unpacked, has_integers(spec), destination,
            [&](const Shape& shape) { return target(f, shape); }, sum ? &*sum : nullptr);
        if (keep) append(buffers.cached, unpacked);
    } catch (Error& error) {
        if (sum) check(xxh3_64(bytes), file, shard, row, number);  // damage is why, then
        throw error.where(directory_ + "/" + shards_[shard].file + ": " +
                          shard::sample_name(plan_.kind, file.index_of(row)) + "." + spec.name);
    }
    if (sum) check(sum->value(), file, shard, row, number);
}

uint64_t Source::sample(uint32_t shard, uint32_t row, DecodeBuffers& buffers, Destination destination,
                        const PlanarTarget& target) const {
    const std::shared_ptr<const ShardFile> file = open(shard);
    const bool caches = !cache_folders_.empty(),
               found = caches && from_cache(shard, row, buffers, destination, target);
    if (found && options_.cache->everything()) return file->index_of(row);
    file->prefetch(row);
    buffers.cached.clear();
    for (size_t f = 0; f < fields_.size(); ++f)
        if (!found || !cached_[f])
            field(*file, shard, row, f, buffers, destination, target, caches && cached_[f]);
    if (caches && !found)
        options_.cache->add(cache_folders_[shard], row, {buffers.cached.data(), buffers.cached.size()});
    return file->index_of(row);
}

std::string Source::meta(uint32_t shard, uint32_t row) const {
    const std::shared_ptr<const ShardFile> file = open(shard);
    std::vector<std::byte> buffer;
    const Span<const std::byte> bytes = member(*file, shard, row, plan_.fields.size() - 1, buffer);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace radforge::loader
