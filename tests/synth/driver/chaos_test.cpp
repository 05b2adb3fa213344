// SPDX-License-Identifier: Apache-2.0
/// kill -9 at random moments: nothing bad ever becomes visible, and the end is always the same bytes.
#include "synth/base/error.h"
#include "synth/base/rng.h"
#include "synth/driver.h"
#include "synth/shard/verify.h"
#include "tests/synth/driver/child.h"
#include "tests/synth/driver/toy_generator.h"
#include "tests/synth/shard/scratch.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

namespace radforge {
namespace {

constexpr int kCount = 60;

class Chaos {
public:
    explicit Chaos(std::string mode, uint64_t seed)
        : mode_(std::move(mode)), rng_({Seed{seed}, 0}, Stream::Augment) {
        run(test::ToyGenerator(), test::toy_plan(scratch_ / "reference", kCount), {}, logger_);
        reference_ = test::fingerprint(scratch_ / "reference");
    }

    /// Starts a child and kills it within `longest_us`. Finished sets are removed, so that every kill meets
    /// work.
    void kill_once(int longest_us) {
        if (child_finished_) std::filesystem::remove_all(set_);
        child_finished_ = false;
        test::Child child({set_, std::to_string(kCount), mode_});
        std::this_thread::sleep_for(std::chrono::microseconds(rng_.below(uint64_t(longest_us))));
        child.send(SIGKILL);
        const int code = child.wait();
        ASSERT_TRUE(code == 0 || code == 128 + SIGKILL) << code;
        child_finished_ = code == 0;
        killed_ += code != 0;
        if (child_finished_) check_same();
        count_bad_shards();
    }

    /// Lets a child finish what the killed ones left.
    void finish() {
        ASSERT_EQ(test::Child({set_, std::to_string(kCount), mode_}).wait(), 0);
        check_same();
    }

    int killed() const { return killed_; }
    int bad_shards() const { return bad_; }

private:
    void check_same() const {
        if (mode_ == "run") {
            EXPECT_EQ(test::fingerprint(set_), reference_);
        }
    }

    /// Everything that is visible under a shard's name must be whole.
    void count_bad_shards() {
        if (!std::filesystem::exists(set_ + "/plan.json")) return;
        shard::VerifyOptions options;
        options.complete = false;
        options.decode = false;
        try {
            for (const auto& finding : shard::verify(set_, options, logger_).problems)
                if (finding.where.rfind("toy-", 0) == 0 && finding.where.find(".tar") != std::string::npos)
                    ++bad_;
        } catch (const Error&) {
            ++bad_;  // plan.json itself is damaged
        }
    }

    const std::string mode_;
    test::Scratch scratch_;
    const std::string set_ = scratch_ / "set";
    Logger logger_{LogFormat::Text, true};
    Rng rng_;
    std::string reference_;
    bool child_finished_ = false;
    int killed_ = 0, bad_ = 0;
};

void kill_often(int kills) {
    Chaos chaos("run", 1);
    for (int attempt = 0; chaos.killed() < kills && attempt < 4 * kills; ++attempt) {
        chaos.kill_once(40000);
        if (testing::Test::HasFatalFailure()) return;
        ASSERT_EQ(chaos.bad_shards(), 0) << "after " << chaos.killed() << " kills";
    }
    EXPECT_GE(chaos.killed(), kills);
    chaos.finish();
}

TEST(Chaos, SixtyKillsLoseAndCorruptNothing) { kill_often(60); }
TEST(SlowChaos, ThousandKillsLoseAndCorruptNothing) { kill_often(1000); }

// The test must be able to fail: writing in place under the final name is caught within a few kills.
TEST(Chaos, WritingInPlaceIsCaught) {
    Chaos chaos("in_place", 2);
    for (int attempt = 0; chaos.bad_shards() == 0 && attempt < 300; ++attempt) chaos.kill_once(40000);
    EXPECT_GT(chaos.bad_shards(), 0);
}

}  // namespace
}  // namespace radforge
