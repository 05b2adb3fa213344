// SPDX-License-Identifier: Apache-2.0
/// Means of gradients over all ranks, in buckets of some megabytes (Li et al. 2020, "PyTorch distributed",
/// section 3.2), in two ways: while backward still runs, or in an order that does not depend on the ranks.
#pragma once
#include "models/train/ranks.h"

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <vector>

namespace radforge::models {

constexpr int64_t kBucketValues = 4 << 20;  ///< 16 MB

/// The parameters whose gradients travel together, last parameters first, as backward meets them.
struct GradientBucket {
    std::vector<torch::Tensor> parameters;
    int64_t values = 0;
    /// [values + parameters]: gradients, then 1 for each that there is
    torch::Tensor pack() const;
    /// Gradients that no rank had stay undefined.
    void unpack(const torch::Tensor& flat, double divisor) const;
};
std::vector<GradientBucket> make_buckets(const std::vector<torch::Tensor>& parameters, int64_t bucket_values);

/// Each bucket is sent as soon as it is full, in the same order on every rank.
class GradientReducer {
public:
    GradientReducer(const std::vector<torch::Tensor>& parameters, std::shared_ptr<Ranks> ranks,
                    int64_t bucket_values = kBucketValues);
    ~GradientReducer();
    GradientReducer(const GradientReducer&) = delete;
    GradientReducer& operator=(const GradientReducer&) = delete;

    /// The next backward pass makes the gradients whole.
    void arm();
    size_t buckets() const { return buckets_.size(); }
    /// Buckets sent since arm().
    size_t sent() const { return waits_.size(); }
    /// Sends the rest and waits for all: every gradient is then the mean over the ranks.
    void finish();

private:
    void ready(size_t bucket);
    void send_next();

    std::shared_ptr<Ranks> ranks_;
    std::vector<GradientBucket> buckets_;
    std::vector<int> missing_;  ///< parameters of a bucket whose gradient is not there yet
    std::vector<torch::Tensor> flats_;
    std::vector<std::function<void()>> waits_;
    std::vector<std::function<void()>> unhook_;
    bool armed_ = false;
};

/// Sums of the gradients of single batches, batch after batch in the order of their numbers: rank 0's first
/// batch, rank 1's first, ..., rank 0's second. One rank with four batches, two with two and four with one
/// get the same bits.
class OrderedGradients {
public:
    OrderedGradients(const std::vector<torch::Tensor>& parameters, std::shared_ptr<Ranks> ranks);
    /// Adds every rank's gradients and clears them.
    void add();
    /// Puts the sum where the gradients were.
    void finish();

private:
    std::shared_ptr<Ranks> ranks_;
    std::vector<GradientBucket> buckets_;
    std::vector<torch::Tensor> sums_;
};

}  // namespace radforge::models
