// SPDX-License-Identifier: Apache-2.0
#include "models/data/order.h"

#include "synth/base/error.h"
#include "synth/base/rng.h"

#include <algorithm>
#include <numeric>

namespace radforge::loader {
namespace {

constexpr int kRounds = 6;
constexpr uint32_t kBlock = 256;  // positions in which a mixture keeps its shares exactly

/// What a permutation is for: enters the tweak, so that no two share their keys.
enum class Purpose : uint64_t { Shards, Window, Mix, Spare };

uint64_t tweak(Purpose purpose, uint64_t epoch, uint64_t number = 0) {
    const auto bits = philox(uint64_t(purpose), {uint32_t(epoch), uint32_t(epoch >> 32), uint32_t(number),
                                                 uint32_t(number >> 32)});
    return bits[0] | uint64_t(bits[1]) << 32;
}

/// Datasets of one run must not be shuffled alike.
uint64_t seed_of(uint64_t seed, size_t dataset) {
    const auto bits = philox(seed, {uint32_t(dataset), 0x64617461, 0, 0});
    return bits[0] | uint64_t(bits[1]) << 32;
}

std::vector<uint32_t> quotas(Span<const double> weights) {
    const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
    std::vector<uint32_t> quota(weights.size());
    std::vector<size_t> by_remainder(weights.size());
    std::iota(by_remainder.begin(), by_remainder.end(), size_t(0));
    std::vector<double> rest(weights.size());
    uint32_t given = 0;
    for (size_t d = 0; d < weights.size(); ++d) {
        if (!(weights[d] >= 0) || !(total > 0) || !(total < 1e300))
            throw Error(ErrorKind::Usage,
                        "weights of datasets must be finite, not negative and not all zero");
        const double exact = weights[d] / total * kBlock;
        quota[d] = uint32_t(exact);
        if (weights[d] > 0 && quota[d] == 0) quota[d] = 1;
        rest[d] = exact - quota[d];
        given += quota[d];
    }
    std::stable_sort(by_remainder.begin(), by_remainder.end(),
                     [&](size_t a, size_t b) { return rest[a] > rest[b]; });
    for (size_t i = 0; given < kBlock; i = (i + 1) % weights.size())
        if (weights[by_remainder[i]] > 0) ++quota[by_remainder[i]], ++given;
    while (given > kBlock) {
        const auto largest = std::max_element(quota.begin(), quota.end());
        if (*largest <= 1) throw Error(ErrorKind::Usage, "too many datasets to mix").expected("at most 256");
        --*largest, --given;
    }
    return quota;
}

}  // namespace

Bijection::Bijection(uint64_t size, uint64_t key, uint64_t tweak_bits)
    : size_(size), key_(key), tweak_(tweak_bits) {
    RADFORGE_ASSERT(size < uint64_t(1) << 62);
    while ((uint64_t(1) << (2 * half_bits_)) < size) ++half_bits_;
}

uint64_t Bijection::encrypt(uint64_t x) const {
    const uint64_t mask = (uint64_t(1) << half_bits_) - 1;
    uint64_t left = x >> half_bits_, right = x & mask;
    for (uint32_t round = 0; round < kRounds; ++round) {
        const auto bits = philox(key_, {uint32_t(right), round, uint32_t(tweak_), uint32_t(tweak_ >> 32)});
        const uint64_t mixed = left ^ (bits[0] & mask);
        left = right;
        right = mixed;
    }
    return left << half_bits_ | right;
}

uint64_t Bijection::operator()(uint64_t x) const {
    RADFORGE_ASSERT(x < size_);
    do x = encrypt(x);
    while (x >= size_);
    return x;
}

EpochOrder::EpochOrder(Span<const uint32_t> counts, uint64_t seed, uint64_t epoch, int window_shards)
    : counts_(counts.begin(), counts.end()),
      shards_(counts.size(), seed, tweak(Purpose::Shards, epoch)),
      seed_(seed),
      epoch_(epoch),
      window_(std::max(1, window_shards)),
      shuffled_(window_shards > 0) {
    uint64_t total = 0;
    for (uint64_t rank = 0; rank < counts_.size(); ++rank) {
        if (rank % uint64_t(window_) == 0) starts_.push_back(total);
        total += counts_[shard_at(rank)];
    }
    starts_.push_back(total);
}

uint32_t EpochOrder::shard_at(uint64_t rank) const {
    return shuffled_ ? uint32_t(shards_(rank)) : uint32_t(rank);
}

Place EpochOrder::at(uint64_t position) const {
    RADFORGE_ASSERT(position < size());
    const auto window =
        uint64_t(std::upper_bound(starts_.begin(), starts_.end(), position) - starts_.begin() - 1);
    uint64_t inside = position - starts_[window];
    if (shuffled_)
        inside = Bijection(starts_[window + 1] - starts_[window], seed_,
                           tweak(Purpose::Window, epoch_, window))(inside);
    for (uint64_t rank = window * uint64_t(window_);; ++rank) {
        const uint32_t shard = shard_at(rank);
        if (inside < counts_[shard]) return {0, shard, uint32_t(inside)};
        inside -= counts_[shard];
    }
}

Mixture::Mixture(Span<const double> weights, uint64_t seed) : quota_(quotas(weights)), seed_(seed) {}

double Mixture::share(size_t d) const { return double(quota_[d]) / kBlock; }

Mixture::Draw Mixture::at(uint64_t position) const {
    if (quota_.size() == 1) return {0, position};
    const uint64_t block = position / kBlock, last = position % kBlock;
    const Bijection scatter(kBlock, seed_, tweak(Purpose::Mix, 0, block));
    const auto owner = [&](uint64_t slot) {
        uint64_t card = scatter(slot);
        uint32_t d = 0;
        while (card >= quota_[d]) card -= quota_[d++];
        return d;
    };
    const uint32_t mine = owner(last);
    uint64_t before = 0;
    for (uint64_t slot = 0; slot < last; ++slot) before += owner(slot) == mine;
    return {mine, block * quota_[mine] + before};
}

Sequence::Sequence(const std::vector<std::vector<uint32_t>>& counts, const Options& options)
    : mixture_(options.weights.empty() ? std::vector<double>{1.0} : options.weights, options.seed),
      seed_(options.seed),
      window_shards_(options.window_shards) {
    if (!options.weights.empty() && options.weights.size() != counts.size())
        throw Error(ErrorKind::Usage, "weights do not fit the datasets")
            .got(std::to_string(options.weights.size()))
            .expected(std::to_string(counts.size()));
    pools_.resize(options.weights.empty() ? 1 : counts.size());
    for (size_t d = 0; d < counts.size(); ++d) {
        Pool& pool = pools_[pools_.size() == 1 ? 0 : d];
        starts_.emplace_back(1, 0);
        for (size_t shard = 0; shard < counts[d].size(); ++shard) {
            starts_[d].push_back(starts_[d].back() + counts[d][shard]);
            pool.counts.push_back(counts[d][shard]);
            pool.origins.push_back({uint32_t(d), uint32_t(shard), 0});
            pool.size += counts[d][shard];
        }
    }
    for (size_t i = 0; i < pools_.size(); ++i) {
        pools_[i].seed = seed_of(seed_, i);
        if (pools_[i].size == 0 && mixture_.share(i) > 0)
            throw Error(ErrorKind::BadData, "dataset " + std::to_string(i) + " of the run holds no sample");
    }
    epoch_samples_ = options.epoch_samples > 0 ? options.epoch_samples : sample_count();
}

uint64_t Sequence::sample_count() const {
    uint64_t total = 0;
    for (const auto& starts : starts_) total += starts.back();
    return total;
}

Visit Sequence::at(uint64_t epoch, uint64_t position) {
    const Mixture::Draw draw = mixture_.at(epoch * epoch_samples_ + position);
    Pool& pool = pools_[draw.dataset];
    const uint64_t number = draw.number / pool.size;
    auto found = std::find_if(pool.passes.begin(), pool.passes.end(),
                              [&](const Pass& p) { return p.number == number; });
    if (found == pool.passes.end()) {
        if (pool.passes.size() == 2) pool.passes.erase(pool.passes.begin());
        pool.passes.push_back({number, EpochOrder(pool.counts, pool.seed, number, window_shards_)});
        found = pool.passes.end() - 1;
    }
    const Place inside = found->order.at(draw.number % pool.size);
    const Place& origin = pool.origins[inside.shard];
    return {{origin.dataset, origin.shard, inside.row}, number};
}

Place Sequence::spare(uint64_t epoch, const Place& faulty, uint64_t attempt) const {
    const auto& starts = starts_[faulty.dataset];
    const uint64_t flat = starts[faulty.shard] + faulty.row;
    const Bijection any(starts.back(), seed_of(seed_, faulty.dataset), tweak(Purpose::Spare, epoch));
    const uint64_t sample = any((flat + attempt) % starts.back());
    const auto shard = uint32_t(std::upper_bound(starts.begin(), starts.end(), sample) - starts.begin() - 1);
    return {faulty.dataset, shard, uint32_t(sample - starts[shard])};
}

}  // namespace radforge::loader
