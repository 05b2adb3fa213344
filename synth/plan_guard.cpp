// SPDX-License-Identifier: Apache-2.0
#include "synth/plan_guard.h"

#include "synth/base/error.h"
#include "synth/shard/file.h"
#include "synth/shard/names.h"

#include <algorithm>
#include <array>
#include <filesystem>

namespace radforge {
namespace {

constexpr std::array<const char*, 3> kPlanFiles{"config.toml", "overrides.txt", "plan.json"};
constexpr std::array<const char*, 4> kSetFiles{"README.md", "manifest.json", "preview.png", "stats.json"};

/// A file in the folder that the dataset would replace or take for its own; empty when there is none. What a
/// run of this plan that was stopped at its very start has left behind is none.
std::string file_in_the_way(const DatasetPlan& plan) {
    const auto place = [&](const std::string& name) { return plan.directory + "/" + name; };
    for (const char* const name : kSetFiles)
        if (shard::file_exists(place(name))) return name;
    for (const auto& [name, text] :
         {std::pair<const char*, const std::string&>("config.toml", plan.config_toml),
          {"overrides.txt", plan.overrides}})
        if (shard::file_exists(place(name)) && shard::read_text_file(place(name)) != text) return name;
    std::error_code error;
    if (shard::file_exists(place("index")) && !std::filesystem::is_empty(place("index"), error))
        return "index";
    for (const PlannedSource& source : plan.sources)
        if (!source.file.empty() && shard::file_exists(place(source.file))) return source.file;
    return "";
}

bool holds_dataset(const std::string& directory) {
    const std::vector<std::string> names = shard::list_directory(directory);
    return std::any_of(names.begin(), names.end(), [](const std::string& name) {
        return name == "plan.json" || shard::parse_shard_name(name).has_value();
    });
}

/// @throws Error when no dataset is in the folder and something else is in the way of one
void require_room(const DatasetPlan& plan) {
    const std::string file = file_in_the_way(plan);
    // Looked at last: a run that wrote the file in this moment wrote its plan before.
    if (file.empty() || holds_dataset(plan.directory)) return;
    throw Error(ErrorKind::Usage, "the folder holds no dataset, but a file that one would replace")
        .where(plan.directory)
        .got(file)
        .hint("choose a new folder");
}

void make_directory(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) shard::throw_system_error("making the folder", path, error.value());
}

[[noreturn]] void refuse(const std::string& directory, const std::vector<std::string>& differences) {
    throw Error(ErrorKind::BadData, "the folder holds a dataset of another config")
        .where(directory)
        .got("a difference in " + shard::listed(differences))
        .hint("choose another folder, or the config that is there");
}

/// Puts the file there, or makes sure that the one there says the same.
/// @returns what is there now
std::string put_or_read(const std::string& directory, const std::string& name, const std::string& text) {
    const std::string path = directory + "/" + name;
    if (!shard::file_exists(path)) {
        shard::AtomicFile file(directory, name);
        file.write(text);
        if (file.publish(shard::AtomicFile::IfPresent::Keep)) return text;
    }
    return shard::read_text_file(path);
}

/// @returns whether plan.json is there and says less than `plan`: a smaller count, or older words on the card
bool must_replace(const DatasetPlan& plan, const DatasetPlan& there, Logger& logger) {
    const std::vector<std::string> differences = shard::plan_differences(there, plan);
    if (!differences.empty()) refuse(plan.directory, differences);
    if (plan.count < there.count)
        throw Error(ErrorKind::BadData, "the folder holds a larger dataset of this config")
            .where(plan.directory)
            .got("count " + std::to_string(plan.count))
            .expected("at least " + std::to_string(there.count))
            .hint("a set can grow, not shrink: choose another folder or the larger count");
    if (plan.count > there.count)
        logger.info("the dataset grows from " + std::to_string(there.count) + " to " +
                    std::to_string(plan.count) + " samples");
    return plan.count > there.count;
}

}  // namespace

void settle_plan(const DatasetPlan& plan, Logger& logger) {
    require_room(plan);
    make_directory(plan.directory);
    make_directory(plan.directory + "/index");
    DatasetPlan there = plan;
    there.config_toml = put_or_read(plan.directory, "config.toml", plan.config_toml);
    if (there.config_toml != plan.config_toml) {
        const std::vector<std::string> differences = shard::plan_differences(there, plan);
        refuse(plan.directory, differences);
    }
    // Of two commands that come to one config by other words, those of the first stay.
    DatasetPlan mine = plan;
    mine.overrides = put_or_read(plan.directory, "overrides.txt", plan.overrides);
    const std::string text = shard::plan_json(mine);
    if (put_or_read(plan.directory, "plan.json", text) == text) return;
    there = shard::read_plan(plan.directory);
    if (!must_replace(plan, there, logger)) return;
    mine.overrides = there.overrides;
    shard::write_text_file(plan.directory, "plan.json", shard::plan_json(mine));
}

void withdraw_plan(const std::string& directory) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
        const std::string name = entry.path().filename().string();
        const bool plan = std::find(kPlanFiles.begin(), kPlanFiles.end(), name) != kPlanFiles.end();
        if (!plan && !(name == "index" && std::filesystem::is_empty(entry.path(), error))) return;
    }
    for (const char* file : kPlanFiles) std::filesystem::remove(directory + "/" + file, error);
}

}  // namespace radforge
