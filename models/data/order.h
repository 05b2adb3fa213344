// SPDX-License-Identifier: Apache-2.0
/// Which sample comes when: a pure function of (seed, epoch, position), so that ranks, workers and resumed
/// runs agree without talking to each other. Epoch e permutes the shards by a keyed bijection, cuts the
/// result into windows of some shards, and permutes the samples inside each window by another: reads stay
/// near each other, no sample comes twice. Memory grows with the shards, never with the samples.
#pragma once
#include "synth/base/span.h"

#include <cstdint>
#include <vector>

namespace radforge::loader {

/// A keyed permutation of [0, size): a balanced Feistel network of six Philox rounds on the next even number
/// of bits, walked until it lands inside (Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA
/// 2002).
class Bijection {
public:
    /// @param tweak  tells permutations of one key apart
    Bijection(uint64_t size, uint64_t key, uint64_t tweak);
    uint64_t operator()(uint64_t x) const;

private:
    uint64_t encrypt(uint64_t x) const;
    uint64_t size_, key_, tweak_;
    int half_bits_ = 1;
};

/// A sample by its shard and its row there.
struct Place {
    uint32_t dataset = 0, shard = 0, row = 0;
    bool operator==(const Place& o) const { return dataset == o.dataset && shard == o.shard && row == o.row; }
};

/// A sample, and in which pass over its dataset (or the pool of all of them) it comes: never twice in one.
struct Visit {
    Place place;
    uint64_t pass = 0;
};

/// One pass over one dataset.
class EpochOrder {
public:
    /// @param counts         samples of each shard
    /// @param window_shards  shards whose samples mix, >= 1; 0: no shuffling at all
    EpochOrder(Span<const uint32_t> counts, uint64_t seed, uint64_t epoch, int window_shards);
    uint64_t size() const { return starts_.back(); }
    /// @param position  below size()
    Place at(uint64_t position) const;

private:
    uint32_t shard_at(uint64_t rank) const;
    std::vector<uint32_t> counts_;
    std::vector<uint64_t> starts_;  ///< first position of each window, and the end
    Bijection shards_;
    uint64_t seed_, epoch_;
    int window_;
    bool shuffled_;
};

/// How several datasets share the positions: of every 256 in a row, dataset d has a fixed number, scattered
/// by the seed. A pure function of the position.
class Mixture {
public:
    /// @param weights  one a dataset, >= 0, at least one positive
    Mixture(Span<const double> weights, uint64_t seed);
    /// The dataset of a position, and how many positions before it were that dataset's.
    struct Draw {
        uint32_t dataset = 0;
        uint64_t number = 0;
    };
    Draw at(uint64_t position) const;
    /// Share of the positions that dataset `d` really has: multiples of 1/256.
    double share(size_t d) const;

private:
    std::vector<uint32_t> quota_;  ///< of 256
    uint64_t seed_;
};

/// The order of a whole run over all its datasets.
class Sequence {
public:
    struct Options {
        uint64_t seed = 0;
        int window_shards = 16;       ///< 0: stored order
        std::vector<double> weights;  ///< one a dataset; empty: one pool, each sample once an epoch
        uint64_t epoch_samples = 0;   ///< 0: as many as there are samples
    };
    /// @param counts  samples of each shard of each dataset
    /// @throws Error when a dataset that is to be drawn from holds no sample
    Sequence(const std::vector<std::vector<uint32_t>>& counts, const Options& options);

    uint64_t epoch_samples() const { return epoch_samples_; }
    uint64_t sample_count() const;
    /// Sample at a position of an epoch. Keeps the tables of the passes it is in: not thread-safe.
    Visit at(uint64_t epoch, uint64_t position);
    /// The sample that stands in for one that cannot be read: the same whoever asks, from the same dataset.
    /// Attempts 0, 1, 2, ... go through the whole dataset.
    Place spare(uint64_t epoch, const Place& faulty, uint64_t attempt) const;

private:
    struct Pass {
        uint64_t number;
        EpochOrder order;
    };
    /// Shards that are shuffled together.
    struct Pool {
        std::vector<uint32_t> counts;
        std::vector<Place> origins;  ///< of each shard; row unused
        uint64_t size = 0, seed = 0;
        std::vector<Pass> passes;  ///< at most two
    };
    std::vector<std::vector<uint64_t>> starts_;  ///< by dataset: first sample of each shard, and the end
    std::vector<Pool> pools_;
    Mixture mixture_;
    uint64_t seed_, epoch_samples_;
    int window_shards_;
};

}  // namespace radforge::loader
