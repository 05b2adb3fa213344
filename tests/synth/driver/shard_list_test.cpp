// SPDX-License-Identifier: Apache-2.0
#include "synth/shard_list.h"

#include "synth/base/error.h"
#include "synth/shard/names.h"
#include "tests/synth/driver/toy_generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace radforge {
namespace {

struct PlannedToys {
    test::ToyGenerator generator;
    DatasetPlan plan;
    explicit PlannedToys(uint64_t count, int group_size = 1, int room = 8)
        : generator({group_size, 16, {}, 0, 0, nullptr}), plan(test::toy_plan("d", count)) {
        plan.kind = "toy";
        plan.group_size = group_size;
        plan.samples_per_shard = room;
    }
};

class EverySample : public testing::TestWithParam<std::tuple<int, int, int>> {};

TEST_P(EverySample, LiesInExactlyOneShardOfItsSplitAndGroupsStayTogether) {
    const auto [count, group, room] = GetParam();
    const PlannedToys s{uint64_t(count), group, room};
    std::set<uint64_t> seen;
    std::map<std::string, uint32_t> numbers;
    const auto shards = list_shards(s.generator, s.plan);
    for (size_t id = 0; id < shards.size(); ++id) {
        const shard::ShardTask& task = shards[id];
        EXPECT_EQ(task.shard_id, id);
        EXPECT_EQ(task.file, shard::shard_file_name("toy", task.split, numbers[task.split]++));
        EXPECT_LE(task.planned_count, uint64_t(room));
        if (id > 0) {
            EXPECT_GT(task.first_index, shards[id - 1].first_index);
        }
        uint64_t members = 0;
        for (const auto& keys : groups_of(s.generator, s.plan, task)) {
            EXPECT_EQ(keys.front().index % uint64_t(group), 0u);
            for (const SampleKey& key : keys) {
                EXPECT_TRUE(seen.insert(key.index).second);
                EXPECT_EQ(s.generator.split(key), task.split);
                EXPECT_GE(key.index, task.first_index);
                EXPECT_LE(key.index, task.last_index);
                ++members;
            }
        }
        EXPECT_EQ(members, task.planned_count);
    }
    EXPECT_EQ(seen.size(), uint64_t(count));
}

INSTANTIATE_TEST_SUITE_P(Sizes, EverySample,
                         testing::Values(std::tuple(1, 1, 8), std::tuple(60, 1, 8), std::tuple(61, 3, 8),
                                         std::tuple(1000, 7, 64), std::tuple(50, 8, 8), std::tuple(49, 8, 9),
                                         std::tuple(30, 1, 1)));

TEST(ShardList, LargerCountOnlyExtendsTheLastShardOfEachSplit) {
    const PlannedToys small(100, 3), large(173, 3);
    const auto before = list_shards(small.generator, small.plan),
               after = list_shards(large.generator, large.plan);
    std::map<std::string, uint64_t> last;
    for (const auto& task : before) last[task.split] = task.shard_id;
    ASSERT_GT(after.size(), before.size());
    for (const auto& task : before) {
        const shard::ShardTask& now = after[task.shard_id];
        EXPECT_EQ(now.file, task.file);
        EXPECT_EQ(now.first_index, task.first_index);
        if (last[task.split] != task.shard_id) {
            EXPECT_EQ(now.last_index, task.last_index);
            EXPECT_EQ(now.planned_count, task.planned_count);
        } else {
            EXPECT_GE(now.planned_count, task.planned_count);
        }
    }
}

TEST(ShardList, GroupAcrossSplitsIsAnError) {
    // The generator decides by single index, the plan claims groups of two.
    PlannedToys s(60);
    s.plan.group_size = 2;
    const auto shards = list_shards(s.generator, s.plan);
    EXPECT_THROW(
        {
            for (const auto& task : shards) groups_of(s.generator, s.plan, task);
        },
        Error);
}

TEST(ShardList, SplitsThatGetNoSampleAreNamedWithTheRemedy) {
    DatasetPlan plan = test::toy_plan("", 60);
    plan.kind = "toy";
    plan.split_parts = {{"train", 0.8}, {"val", 0.2}, {"test", 1 - 0.8 - 0.2}};
    EXPECT_EQ(warn_of_empty_splits(plan, list_shards(test::ToyGenerator(), plan)), "")
        << "test has no share but rounding";
    plan.split_parts = {{"train", 0.7}, {"val", 0.2}, {"test", 0.1}};
    EXPECT_THAT(warn_of_empty_splits(plan, list_shards(test::ToyGenerator(), plan)),
                testing::AllOf(testing::HasSubstr("no sample falls into: test;"),
                               testing::HasSubstr("more volumes")));
}

}  // namespace
}  // namespace radforge
