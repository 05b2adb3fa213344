// SPDX-License-Identifier: Apache-2.0
#include "synth/shard_list.h"

#include "synth/base/error.h"
#include "synth/shard/names.h"

#include <algorithm>
#include <map>

namespace radforge {

std::vector<shard::ShardTask> list_shards(const Generator& generator, const DatasetPlan& plan) {
    struct Open {
        uint32_t numbers = 0;
        size_t position = 0;
    };
    const auto group = uint64_t(plan.group_size), room = uint64_t(plan.samples_per_shard);
    std::map<std::string, Open> open;
    std::vector<shard::ShardTask> shards;
    for (uint64_t first = 0; first < plan.count; first += group) {
        const uint64_t size = std::min(group, plan.count - first);
        const std::string split = generator.split({plan.seed, first});
        Open& current = open[split];
        // Room is asked for a whole group even where the set ends inside one: a larger count must not move
        // it.
        if (current.numbers == 0 || shards[current.position].planned_count + group > room) {
            current.position = shards.size();
            shards.push_back({shards.size(), shard::shard_file_name(plan.kind, split, current.numbers++),
                              split, first, 0, 0});
        }
        shard::ShardTask& task = shards[current.position];
        task.planned_count += size;
        task.last_index = first + size - 1;
    }
    return shards;
}

std::vector<std::vector<SampleKey>> groups_of(const Generator& generator, const DatasetPlan& plan,
                                              const shard::ShardTask& task) {
    const auto group = uint64_t(plan.group_size);
    std::vector<std::vector<SampleKey>> groups;
    for (uint64_t first = task.first_index; first <= task.last_index; first += group) {
        if (generator.split({plan.seed, first}) != task.split) continue;
        std::vector<SampleKey> keys;
        for (uint64_t i = first; i < std::min(first + group, plan.count); ++i) {
            keys.push_back({plan.seed, i});
            if (generator.split(keys.back()) != task.split)
                throw Error(ErrorKind::Failed, "samples that share work lie in different splits")
                    .where(shard::sample_name(plan.kind, i))
                    .got(generator.split(keys.back()))
                    .expected(task.split);
        }
        groups.push_back(std::move(keys));
    }
    return groups;
}

std::string warn_of_empty_splits(const DatasetPlan& plan, const std::vector<shard::ShardTask>& shards) {
    constexpr double kRounding = 1e-9;  // parts are differences from 1
    std::string names;
    for (const auto& [split, part] : plan.split_parts) {
        const bool has_samples =
            std::any_of(shards.begin(), shards.end(),
                        [&, &name = split](const auto& task) { return task.split == name; });
        if (part > kRounding && !has_samples) names += (names.empty() ? "" : ", ") + split;
    }
    if (names.empty()) return "";
    return "no sample falls into: " + names +
           "; a source, with all of its samples, belongs to one split: give more volumes or samples, another "
           "dataset.split_seed, or other dataset.train_part and dataset.val_part";
}

}  // namespace radforge
