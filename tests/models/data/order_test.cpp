// SPDX-License-Identifier: Apache-2.0
#include "models/data/order.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

namespace radforge::loader {
namespace {

using Key = std::tuple<uint32_t, uint32_t, uint32_t>;
Key key(const Place& p) { return {p.dataset, p.shard, p.row}; }

TEST(Bijection, IsAPermutationOfEverySmallSize) {
    for (uint64_t size = 1; size <= 130; ++size) {
        const Bijection permute(size, 42, size);
        std::set<uint64_t> seen;
        for (uint64_t x = 0; x < size; ++x) {
            const uint64_t y = permute(x);
            ASSERT_LT(y, size);
            seen.insert(y);
        }
        ASSERT_EQ(seen.size(), size);
    }
}

TEST(Bijection, LandsEverywhereEquallyOften) {
    // Where does 3 of 10 land over 5000 keys? Chi-square with 9 degrees of freedom, 99.99 % point 33.7.
    std::vector<int> hits(10);
    for (uint64_t k = 0; k < 5000; ++k) ++hits[Bijection(10, k, 1)(3)];
    double chi2 = 0;
    for (const int h : hits) chi2 += (h - 500.0) * (h - 500.0) / 500.0;
    EXPECT_LT(chi2, 33.7);
}

TEST(Bijection, ReachesTheLargestSetWithoutTables) {
    const uint64_t size = (uint64_t(1) << 40) + 12345;
    const Bijection permute(size, 1, 2);
    std::set<uint64_t> seen;
    for (uint64_t x = 0; x < 1000; ++x) seen.insert(permute(size - 1 - x));
    EXPECT_EQ(seen.size(), 1000u);
    EXPECT_LT(*seen.rbegin(), size);
}

TEST(EpochOrder, EverySampleOncePerEpochAndAnotherOrderInTheNext) {
    std::vector<uint32_t> counts = {5, 0, 3, 7, 1, 2, 9, 4};
    std::vector<std::vector<Key>> epochs;
    for (uint64_t epoch = 0; epoch < 2; ++epoch) {
        const EpochOrder order(counts, 11, epoch, 3);
        ASSERT_EQ(order.size(), 31u);
        std::vector<Key> keys;
        for (uint64_t p = 0; p < order.size(); ++p) {
            const Place place = order.at(p);
            ASSERT_LT(place.row, counts[place.shard]);
            keys.push_back(key(place));
        }
        EXPECT_EQ(std::set<Key>(keys.begin(), keys.end()).size(), 31u);
        epochs.push_back(keys);
    }
    EXPECT_NE(epochs[0], epochs[1]);
}

TEST(EpochOrder, SamplesOfAWindowComeFromItsShardsOnly) {
    const std::vector<uint32_t> counts(12, 10);
    const EpochOrder order(counts, 5, 0, 4);
    for (int window = 0; window < 3; ++window) {
        std::set<uint32_t> shards;
        for (uint64_t p = 0; p < 40; ++p) shards.insert(order.at(uint64_t(window) * 40 + p).shard);
        EXPECT_EQ(shards.size(), 4u);
    }
}

TEST(EpochOrder, WithoutAWindowItIsTheStoredOrder) {
    const EpochOrder order(std::vector<uint32_t>{2, 3}, 5, 9, 0);
    EXPECT_EQ(key(order.at(1)), Key(0, 0, 1));
    EXPECT_EQ(key(order.at(2)), Key(0, 1, 0));
}

TEST(Mixture, KeepsItsSharesInEveryBlockAndCountsWithoutGaps) {
    const std::vector<double> weights = {3, 1, 0};
    const Mixture mixture(weights, 3);
    EXPECT_DOUBLE_EQ(mixture.share(0), 0.75);
    EXPECT_DOUBLE_EQ(mixture.share(2), 0);
    std::map<uint32_t, uint64_t> next;
    for (uint64_t p = 0; p < 1024; ++p) {
        const Mixture::Draw draw = mixture.at(p);
        ASSERT_EQ(draw.number, next[draw.dataset]++);
    }
    EXPECT_EQ(next[0], 768u);
    EXPECT_EQ(next[1], 256u);
}

TEST(Mixture, RefusesWeightsThatMeanNothing) {
    EXPECT_THROW(Mixture(std::vector<double>{0, 0}, 1), Error);
    EXPECT_THROW(Mixture(std::vector<double>{1, -1}, 1), Error);
    EXPECT_THROW(Mixture(std::vector<double>{std::nan(""), 1}, 1), Error);
}

TEST(Sequence, OnePoolGivesEverySampleOfAllDatasetsOnce) {
    Sequence sequence({{3, 4}, {5}}, {9, 2, {}, 0});
    for (uint64_t epoch = 0; epoch < 3; ++epoch) {
        std::set<Key> seen;
        for (uint64_t p = 0; p < 12; ++p) seen.insert(key(sequence.at(epoch, p).place));
        EXPECT_EQ(seen.size(), 12u);
    }
}

TEST(Sequence, WeightedDatasetsGoRoundAtTheirOwnPace) {
    // The small set comes up as often as the large one, so it goes round ten times while that goes round
    // once.
    Sequence sequence({{100}, {10}}, {9, 16, {1, 1}, 0});
    std::map<Key, int> hits;
    for (uint64_t p = 0; p < 110; ++p) ++hits[key(sequence.at(0, p).place)];
    for (uint64_t p = 0; p < 90; ++p) ++hits[key(sequence.at(1, p).place)];
    int small = 0;
    for (const auto& [k, n] : hits) small += std::get<0>(k) == 1 ? n : 0;
    EXPECT_NEAR(small, 100, 16);
    for (uint32_t row = 0; row < 10; ++row) EXPECT_NEAR(hits[Key(1, 0, row)], small / 10.0, 1.0);
}

TEST(Sequence, SampleComesOnceInEachPassHoweverLongTheEpoch) {
    Sequence sequence({{3, 4}}, {9, 2, {}, 24});
    std::set<std::pair<Key, uint64_t>> seen;
    for (uint64_t epoch = 0; epoch < 2; ++epoch)
        for (uint64_t p = 0; p < 24; ++p) {
            const Visit visit = sequence.at(epoch, p);
            EXPECT_EQ(visit.pass, (24 * epoch + p) / 7);
            EXPECT_TRUE(seen.insert({key(visit.place), visit.pass}).second);
        }
}

TEST(Sequence, SparesGoThroughTheWholeDatasetFromAnyPlace) {
    const Sequence sequence({{3, 0, 4}}, {9, 2, {}, 0});
    std::set<Key> seen;
    for (uint64_t attempt = 0; attempt < 7; ++attempt)
        seen.insert(key(sequence.spare(5, {0, 2, 1}, attempt)));
    EXPECT_EQ(seen.size(), 7u);
}

}  // namespace
}  // namespace radforge::loader
