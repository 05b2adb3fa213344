// SPDX-License-Identifier: Apache-2.0
/// A generator that costs nothing, for the tests of the driver.
#pragma once
#include "synth/generator.h"
#include "synth/shard/plan.h"

#include <functional>
#include <set>
#include <string>

namespace radforge::test {

struct ToySettings {
    int group_size = 1;
    int side_px = 16;
    std::set<uint64_t> broken;                ///< generate() throws for these
    double delay_s = 0;                       ///< of every sample, asleep
    uint8_t twist = 0;                        ///< added to every pixel: another, wrong generator
    std::function<void(uint64_t)> on_sample;  ///< called with the index before each sample
    std::function<void(const std::function<bool()>&)> check = nullptr;  ///< of the inputs
};

/// Kind "toy": noise.png u8 [side,side,3] and meta.json; about a fifth of the groups is split "val".
class ToyGenerator final : public Generator {
public:
    explicit ToyGenerator(ToySettings settings = {}) : settings_(std::move(settings)) {}
    std::string kind() const override { return "toy"; }
    std::vector<FieldSpec> fields() const override;
    int group_size() const override { return settings_.group_size; }
    std::string split(const SampleKey& key) const override;
    void check_inputs(const std::function<bool()>& enough) const override {
        if (settings_.check) settings_.check(enough);
    }
    std::vector<Sample> generate(Span<const SampleKey> keys) const override;

private:
    Sample make(const SampleKey& key) const;
    ToySettings settings_;
};

/// 60 samples in shards of 8.
DatasetPlan toy_plan(const std::string& directory, uint64_t count = 60);

}  // namespace radforge::test
