// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/verify.h"

#include "synth/base/error.h"
#include "synth/base/progress.h"
#include "synth/shard/codec.h"
#include "synth/shard/file.h"
#include "synth/shard/index.h"
#include "synth/shard/meta.h"
#include "synth/shard/phi.h"

#include <sys/stat.h>

#include <algorithm>
#include <new>
#include <set>

namespace radforge::shard {
namespace {

bool is_directory(const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

class Verifier {
public:
    Verifier(const std::string& directory, const VerifyOptions& options, Logger& logger)
        : directory_(directory),
          options_(options),
          logger_(logger),
          plan_(read_plan(directory)),
          digest_(plan_digest(plan_)) {}

    VerifyReport run() {
        std::vector<std::string> shards;
        for (const std::string& name : list_directory(directory_))
            if (parse_shard_name(name)) shards.push_back(name);
        Progress progress(logger_, "verify", "shards", int64_t(shards.size()));
        for (const std::string& file : shards) {
            check_shard(file);
            progress.advance();
        }
        progress.finish();
        check_coverage();
        check_derived_files();
        check_overrides();
        check_strays();
        check_source_files();
        if (options_.phi) scan_files();
        return std::move(report_);
    }

private:
    void problem(const std::string& where, const std::string& what, Remedy remedy = Remedy::Synth) {
        report_.problems.push_back({where, what, remedy});
    }

    /// Runs a check; what it throws becomes a finding, unless it tells of this moment and not of the dataset.
    template <class F>
    bool guard(const std::string& where, F&& check) {
        try {
            check();
            return true;
        } catch (const std::bad_alloc&) {
            throw;
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::TryAgain) throw;
            problem(where, error.what());
            return false;
        } catch (const std::exception& error) {
            problem(where, error.what());
            return false;
        }
    }

    void check_shard(const std::string& file) {
        guard(file, [&] {
            const ShardReader shard(directory_ + "/" + file);
            ++report_.shards;
            report_.samples += shard.record().sample_count;
            report_.quarantined += shard.record().quarantined.size();
            report_.bytes += shard.bytes().size();
            guard(file, [&] { shard.check_hash(); });
            if (shard.record().plan_digest != digest_)
                problem(file, "belongs to another plan than plan.json");
            if (!ids_.insert(shard.record().shard_id).second) problem(file, "its shard id occurs twice");
            check_keys(file, shard);
            if (options_.decode) check_content(file, shard);
        });
    }

    void check_keys(const std::string& file, const ShardReader& shard) {
        const ShardRecord& record = shard.record();
        std::vector<uint64_t> indices = record.quarantined;
        if (!std::is_sorted(indices.begin(), indices.end()))
            problem(file, "quarantined indices out of order");
        std::string last;
        for (const SampleSlice& slice : shard.samples()) {
            const auto index = parse_sample_name(plan_.kind, slice.key);
            if (!index) {
                problem(file, "key '" + slice.key + "' is none of kind " + plan_.kind);
                continue;
            }
            if (slice.key <= last) problem(file, "key " + slice.key + " out of order or double");
            last = slice.key;
            indices.push_back(*index);
        }
        for (const uint64_t index : indices) {
            if (index < record.first_index || index > record.last_index || index >= plan_.count)
                problem(file, "sample " + std::to_string(index) + " does not belong here");
            else if (!mark(index))
                problem(file, "sample " + std::to_string(index) + " occurs twice");
        }
        if (!indices.empty()) {
            const auto [low, high] = std::minmax_element(indices.begin(), indices.end());
            if (*low != record.first_index || *high != record.last_index)
                problem(file, "first and last index disagree with the record");
        }
    }

    /// @returns false when the index was marked before
    bool mark(uint64_t index) {
        if (seen_.size() < plan_.count) seen_.resize(plan_.count);
        if (seen_[index]) return false;
        seen_[index] = true;
        return true;
    }

    void check_content(const std::string& file, const ShardReader& shard) {
        const auto name = parse_shard_name(file);
        if (name->kind != plan_.kind)
            problem(file, "of kind " + name->kind + ", the plan says " + plan_.kind);
        for (const SampleSlice& slice : shard.samples()) check_sample(file, shard, slice, name->split);
        const std::string stem = directory_ + "/" + index_stem(file);
        if (!options_.complete && !file_exists(stem + ".stats.json")) return;
        guard(file, [&] {
            const ShardIndex index = derive_shard_index(shard, plan_);
            compare(index_stem(file) + ".idx", index.idx);
            compare(index_stem(file) + ".sum", index.sum);
            compare(index_stem(file) + ".stats.json", index.stats);
        });
    }

    void check_sample(const std::string& file, const ShardReader& shard, const SampleSlice& slice,
                      const std::string& split) {
        std::string members, wanted;
        for (size_t i = slice.first; i < slice.first + slice.count; ++i) {
            const TarMember& member = shard.members()[i];
            members += " " + member.name.substr(slice.key.size() + 1);
            if (options_.phi) scan_member(file, member);
        }
        for (const FieldSpec& spec : plan_.fields) wanted += " " + spec.name + "." + spec.extension;
        if (members != wanted) {
            problem(file + ": " + slice.key, "has members" + members + ", expected" + wanted);
            return;
        }
        guard(file + ": " + slice.key, [&] {
            const auto index = parse_sample_name(plan_.kind, slice.key);
            if (!index) return;
            const Span<const std::byte> meta = shard.members()[slice.first + slice.count - 1].content;
            check_meta(std::string(reinterpret_cast<const char*>(meta.data()), meta.size()),
                       {plan_.kind, split, plan_.name, {plan_.seed, *index}});
        });
    }

    void check_coverage() {
        if (!options_.complete) return;
        seen_.resize(plan_.count);
        uint64_t missing = 0;
        std::string first;
        for (uint64_t i = 0; i < plan_.count; ++i) {
            if (seen_[i]) continue;
            if (missing++ == 0) first = sample_name(plan_.kind, i);
        }
        if (missing > 0)
            problem(directory_, std::to_string(missing) + " samples are missing, the first is " + first);
        uint64_t next = 0;
        for (const uint64_t id : ids_)
            if (id != next++) {
                problem(directory_, "shard ids are not 0.." + std::to_string(ids_.size() - 1));
                break;
            }
    }

    void compare(const std::string& name, const std::string& content) {
        const std::string path = directory_ + "/" + name;
        if (!file_exists(path))
            problem(name, "is missing; `radforge index` makes it again", Remedy::Index);
        else if (read_text_file(path) != content)
            problem(name, "is not what the shards say; `radforge index` makes it again", Remedy::Index);
    }

    void check_derived_files() {
        if (!options_.complete && !file_exists(directory_ + "/manifest.json")) return;
        guard(directory_, [&] {
            const Dataset dataset(directory_);
            for (const auto& [name, content] : derive_set_files(dataset)) compare(name, content);
            const std::string preview = directory_ + "/preview.png";
            if (file_exists(preview) && !is_picture(preview))
                problem("preview.png", "damaged; `radforge index` makes it again", Remedy::Index);
            if (options_.by_program && !file_exists(preview) && dataset.sample_count() > 0)
                problem("preview.png", "is missing; `radforge index` makes it again", Remedy::Index);
        });
    }

    void check_overrides() {
        const std::string path = directory_ + "/overrides.txt";
        if (options_.by_program && !file_exists(path))
            problem("overrides.txt", "is missing");
        else if (file_exists(path) && read_text_file(path) != plan_.overrides)
            problem("overrides.txt", "is not what plan.json says; `radforge index` makes it again",
                    Remedy::Index);
    }

    static bool is_picture(const std::string& path) {
        try {
            decode_png(MappedFile(path).bytes());
            return true;
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::TryAgain) throw;
            return false;
        }
    }

    void check_strays() {
        static const std::set<std::string> kKnown = {"plan.json",     "config.toml", "overrides.txt",
                                                     "manifest.json", "stats.json",  "README.md",
                                                     "preview.png",   "index"};
        for (const std::string& name : list_directory(directory_)) {
            if (parse_shard_name(name) || kKnown.count(name) || check_source_folder(name)) continue;
            problem(name, describe(name), Remedy::Removal);
        }
        if (!is_directory(directory_ + "/index")) return;
        for (const std::string& name : list_directory(directory_ + "/index")) {
            const size_t dot = name.find('.');
            const std::string stem = name.substr(0, dot),
                              extension = dot == std::string::npos ? "" : name.substr(dot);
            const bool of_shard = (extension == ".idx" || extension == ".sum" || extension == ".stats.json" ||
                                   extension == ".quarantine.json") &&
                                  file_exists(directory_ + "/" + stem + ".tar");
            if (name != "shards.json" && !of_shard) problem("index/" + name, describe(name), Remedy::Removal);
            if (of_shard && extension == ".quarantine.json" &&
                !read_quarantine_log(directory_ + "/index/" + name))
                problem("index/" + name, "damaged; its reasons are lost: delete it", Remedy::Removal);
        }
    }

    /// Whether this is the folder of the files that samples of one source share; then what lies in it.
    bool check_source_folder(const std::string& folder) {
        std::set<std::string> planned;
        for (const PlannedSource& source : plan_.sources)
            if (source.file.rfind(folder + "/", 0) == 0)
                planned.insert(source.file.substr(folder.size() + 1));
        if (planned.empty()) return false;
        for (const std::string& name : list_directory(directory_ + "/" + folder))
            if (!planned.count(name)) problem(folder + "/" + name, describe(name), Remedy::Removal);
        return true;
    }

    void check_source_files() {
        if (!options_.complete || plan_.sources.empty()) return;
        guard(directory_, [&] {
            const std::vector<std::string> hashes = source_file_hashes(Dataset(directory_));
            for (size_t i = 0; i < hashes.size(); ++i) {
                if (hashes[i].empty()) continue;
                const std::string& file = plan_.sources[i].file;
                const std::string what = source_file_problem(directory_ + "/" + file, hashes[i]);
                if (!what.empty()) problem(file, what);
            }
        });
    }

    static std::string describe(const std::string& name) {
        if (name.rfind(kTemporaryPrefix, 0) == 0) return "temporary file of a run that died or still goes on";
        if (name.rfind(kClaimPrefix, 0) == 0) return "claim of a run that died or still goes on";
        return "stray file";
    }

    void scan_member(const std::string& file, const TarMember& member) {
        const auto parts = parse_member_name(member.name);
        std::vector<std::string> found = find_picture_metadata(parts->extension, member.content);
        if (parts->extension == "json")
            found = find_identity_in_meta(
                std::string(reinterpret_cast<const char*>(member.content.data()), member.content.size()));
        for (const std::string& what : found) report_.identity.push_back({file + ": " + member.name, what});
    }

    void scan_files() {
        for (const char* const name :
             {"plan.json", "config.toml", "overrides.txt", "manifest.json", "README.md"}) {
            if (!file_exists(directory_ + "/" + name)) continue;
            for (const std::string& what : find_identity(read_text_file(directory_ + "/" + name)))
                report_.identity.push_back({name, what});
        }
    }

    const std::string directory_;
    const VerifyOptions options_;
    Logger& logger_;
    const DatasetPlan plan_;
    const std::string digest_;
    VerifyReport report_;
    std::set<uint64_t> ids_;
    std::vector<bool> seen_;
};

}  // namespace

VerifyReport verify(const std::string& directory, const VerifyOptions& options, Logger& logger) {
    return Verifier(directory, options, logger).run();
}

}  // namespace radforge::shard
