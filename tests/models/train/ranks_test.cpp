// SPDX-License-Identifier: Apache-2.0
#include "models/train/ranks.h"

#include "models/train/batch_norm.h"
#include "models/train/hooks.h"
#include "models/train/reducer.h"
#include "models/train/trainer.h"
#include "synth/base/error.h"
#include "tests/models/data/sharded_set.h"
#include "tests/synth/shard/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <thread>

namespace radforge::models {
namespace {

double relative(const torch::Tensor& a, const torch::Tensor& b) {
    return ((a - b).abs().max() / b.abs().max()).item<double>();
}

/// Runs `work` on that many ranks, threads of this process that meet on the loopback interface.
void on_ranks(const std::string& file, int size,
              const std::function<void(const std::shared_ptr<Ranks>&)>& work) {
    const auto run = [&](int rank) {
        at::set_num_threads(1);
        RankOptions options;
        options.rank = rank;
        options.size = size;
        options.store_file = file;
        options.timeout = std::chrono::seconds(60);
        work(size > 1 ? std::make_shared<Ranks>(options) : nullptr);
    };
    std::vector<std::thread> others;
    for (int rank = 1; rank < size; ++rank) others.emplace_back(run, rank);
    run(0);
    for (std::thread& other : others) other.join();
}

/// Convolution, batch statistics, dropout, and a second group of weights.
class NormTask final : public Task {
public:
    struct Net : torch::nn::Module {
        explicit Net(double dropout) : dropout_(dropout) {
            a = register_module("a", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 6, 3).padding(1)));
            norm = register_module("norm", BatchNorm(6));
            b = register_module("b", torch::nn::Conv2d(torch::nn::Conv2dOptions(6, 2, 1)));
            bias = register_parameter("bias", torch::zeros({1, 2, 1, 1}));
        }
        torch::Tensor forward(const torch::Tensor& x) {
            return b(torch::dropout(torch::relu(norm(a(x))), dropout_, is_training())) + bias;
        }
        torch::nn::Conv2d a{nullptr}, b{nullptr};
        BatchNorm norm{nullptr};
        torch::Tensor bias;
        double dropout_;
    };
    /// @param net  weights to start from; copied
    NormTask(const NamedTensors& start, double dropout) {
        net = std::make_shared<Net>(dropout);
        assign_tensors(start, "", tensors_of(*net));
    }
    static NamedTensors start() {
        torch::manual_seed(5);
        const Net net(0);
        NamedTensors all;
        for (const auto& [name, tensor] : tensors_of(net)) all[name] = tensor.detach().clone();
        return all;
    }
    torch::nn::Module& module() override { return *net; }
    std::vector<ParamGroup> groups() override {
        ParamGroup weights{"weights", {}}, bias{"bias", {{"bias", net->bias}}};
        for (const auto& p : net->named_parameters())
            if (p.key() != "bias") weights.parameters.emplace_back(p.key(), p.value());
        return {weights, bias};
    }
    Losses losses(const std::string& group, const Batch& batch) override {
        const torch::Tensor error = net->forward(batch.at("photo")) - batch.at("map");
        if (group == "bias") return {{"mean", error.pow(2).mean()}};
        return {{"square", error.pow(2).mean()}, {"absolute", 0.1 * error.abs().mean()}};
    }
    std::vector<Metric> evaluate(const Batch&) override { return {}; }
    Image preview(const Batch&, int64_t) override { return {}; }
    std::shared_ptr<Net> net;
};

/// One training with 8 samples a step.
struct Training {
    std::string set, directory;
    int batch = 8, accumulate = 1, steps = 6;
    bool deterministic = false;
    double dropout = 0;
    std::function<bool()> should_stop;
};

NamedTensors train(const Training& run, const std::shared_ptr<Ranks>& ranks, const NamedTensors& start,
                   Outcome* outcome = nullptr) {
    Logger logger(LogFormat::Text, true);
    NormTask task(start, run.dropout);
    TrainConfig config;
    config.steps = run.steps;
    config.accumulate = run.accumulate;
    config.deterministic = run.deterministic;
    config.log_every = 1;
    config.checkpoint_every = 2;
    config.validate_every = config.preview_every = 0;
    config.optimizer.name = "sgd";
    config.optimizer.rate = 0.05;
    config.ema_decay = 0.9;
    TrainSetup s;
    s.directory = run.directory;
    s.task_name = "norm";
    s.ranks = ranks;
    s.should_stop = run.should_stop;
    s.training = [&](const loader::LoaderState& at) {
        loader::LoaderOptions options;
        options.config.batch = run.batch;
        options.rank = ranks ? ranks->rank() : 0;
        options.ranks = ranks ? ranks->size() : 1;
        options.start = at;
        if (run.deterministic) options.round_samples = uint64_t(run.batch) * uint64_t(run.accumulate);
        loader::SourceOptions source;
        source.fields = {"photo", "map"};
        return std::make_unique<loader::Loader>(
            std::vector<std::shared_ptr<const loader::Source>>{
                std::make_shared<const loader::Source>(run.set, source)},
            options, logger);
    };
    Trainer trainer(task, config, s, logger);
    for (auto& hook : standard_hooks()) trainer.add(std::move(hook));
    const Outcome how = trainer.fit();
    if (outcome) *outcome = how;
    NamedTensors all;
    for (const auto& [name, tensor] : tensors_of(task.module())) all[name] = tensor.detach().clone();
    return all;
}

constexpr const char* kRankVariables[] = {"RANK",
                                          "WORLD_SIZE",
                                          "LOCAL_WORLD_SIZE",
                                          "MASTER_ADDR",
                                          "MASTER_PORT",
                                          "TORCHELASTIC_USE_AGENT_STORE",
                                          "TORCHELASTIC_RESTART_COUNT",
                                          "SLURM_PROCID",
                                          "SLURM_NTASKS",
                                          "SLURM_NNODES",
                                          "SLURM_JOB_ID",
                                          "SLURM_STEP_ID",
                                          "SLURM_RESTART_COUNT",
                                          "SLURM_LAUNCH_NODE_IPADDR"};

/// Ranks as processes of their own, started as srun starts them.
class Processes {
public:
    Processes(int size, std::map<std::string, std::string> variables) {
        variables.insert({{"SLURM_NTASKS", std::to_string(size)},
                          {"SLURM_JOB_ID", "7"},
                          {"SLURM_STEP_ID", "0"},
                          {"SLURM_RESTART_COUNT", "0"}});
        for (int rank = 0; rank < size; ++rank) {
            variables["SLURM_PROCID"] = std::to_string(rank);
            std::vector<std::string> text;
            for (const auto& [name, value] : variables) text.push_back(name + "=" + value);
            std::vector<char*> environment;
            for (std::string& entry : text) environment.push_back(entry.data());
            environment.push_back(nullptr);
            std::string words[] = {"/proc/self/exe", "--gtest_filter=RankProcess.DISABLED_Train",
                                   "--gtest_also_run_disabled_tests"};
            char* const argv[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
            pid_t pid = 0;
            if (posix_spawn(&pid, argv[0], nullptr, nullptr, argv, environment.data()) != 0)
                throw std::runtime_error("cannot start a rank");
            pids_.push_back(pid);
        }
    }
    ~Processes() {
        for (size_t rank = 0; rank < pids_.size(); ++rank)
            if (pids_[rank] > 0) {
                kill(int(rank));
                exit_code(int(rank));
            }
    }
    void kill(int rank) { ::kill(pids_[size_t(rank)], SIGKILL); }
    bool running(int rank) const {
        siginfo_t info{};
        waitid(P_PID, id_t(pids_[size_t(rank)]), &info, WEXITED | WNOHANG | WNOWAIT);
        return info.si_pid == 0;
    }
    /// Waits for it; -1 when a signal ended it.
    int exit_code(int rank) {
        int status = 0;
        waitpid(pids_[size_t(rank)], &status, 0);
        pids_[size_t(rank)] = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    std::vector<pid_t> pids_;
};

int free_port() {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size);
    getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
    close(descriptor);
    return ntohs(address.sin_port);
}

class RanksTest : public testing::Test {
protected:
    RanksTest() {
        at::set_num_threads(1);
        test::write_sharded_set(scratch_ / "set", {7, 7, 7, 2});
    }
    Training run(const std::string& name) const {
        Training r;
        r.set = scratch_ / "set";
        r.directory = scratch_ / name;
        return r;
    }
    test::Scratch scratch_;
};

TEST(BatchNorm, AloneGivesTheBitsOfTheLibrarysOwn) {
    torch::manual_seed(1);
    BatchNorm ours(5);
    torch::nn::BatchNorm2d theirs(5);
    for (int pass = 0; pass < 3; ++pass) {
        const bool training = pass < 2;
        ours->train(training);
        theirs->train(training);
        const torch::Tensor x = torch::randn({3, 5, 4, 6}).requires_grad_(),
                            pull = torch::randn({3, 5, 4, 6});
        const torch::Tensor y = ours(x), z = theirs(x);
        EXPECT_TRUE(y.equal(z));
        const auto have =
            torch::autograd::grad({y}, {x, ours->parameters()[0], ours->parameters()[1]}, {pull});
        const auto want = torch::autograd::grad({z}, {x, theirs->weight, theirs->bias}, {pull});
        for (size_t i = 0; i < 3; ++i) EXPECT_TRUE(have[i].equal(want[i])) << i;
    }
    const NamedTensors own = tensors_of(*ours);
    for (const auto& [name, tensor] : tensors_of(*theirs)) EXPECT_TRUE(own.at(name).equal(tensor)) << name;
}

TEST_F(RanksTest, BatchNormOfRanksNormalisesAllTheirSamplesTogether) {
    torch::manual_seed(2);
    // A mean much larger than the deviation would show a variance from plain sums of squares.
    const torch::Tensor x = torch::randn({7, 4, 5, 6}) + 100, pull = torch::randn({7, 4, 5, 6});
    torch::nn::BatchNorm2d whole(4);
    torch::Tensor all = x.clone().requires_grad_();
    const torch::Tensor y = whole(all);
    y.backward(pull);
    torch::Tensor out[3], gradient[3], to_weight[3], mean[3], variance[3];
    on_ranks(scratch_ / "meet", 3, [&](const std::shared_ptr<Ranks>& ranks) {
        const int r = ranks->rank(), from[] = {0, 4, 6, 7};  // 4, 2 and 1 samples
        BatchNorm norm(4);
        share_statistics(*norm, ranks);
        torch::Tensor part = x.slice(0, from[r], from[r + 1]).clone().requires_grad_();
        out[r] = norm(part);
        out[r].backward(pull.slice(0, from[r], from[r + 1]));
        gradient[r] = part.grad();
        to_weight[r] = norm->parameters()[0].grad();
        mean[r] = norm->buffers()[0];
        variance[r] = norm->buffers()[1];
    });
    // Of float32 values around 100 with a deviation of 1, four digits of the normalised value are lost.
    EXPECT_LT(relative(torch::cat({out[0], out[1], out[2]}), y), 2e-5);
    EXPECT_LT(relative(torch::cat({gradient[0], gradient[1], gradient[2]}), all.grad()), 2e-5);
    EXPECT_LT(relative(to_weight[0] + to_weight[1] + to_weight[2], whole->weight.grad()), 2e-5);
    for (int r = 0; r < 3; ++r) {
        EXPECT_LT(relative(mean[r], whole->running_mean), 1e-6);
        EXPECT_LT(relative(variance[r], whole->running_var), 1e-5);
        EXPECT_TRUE(mean[r].equal(mean[0]) && variance[r].equal(variance[0]));
    }
}

TEST_F(RanksTest, StatisticsOfALayerThatNobodySharesAreRefused) {
    torch::nn::Sequential net(torch::nn::Conv2d(3, 3, 1), torch::nn::BatchNorm2d(3));
    on_ranks(scratch_ / "meet", 2, [&](const std::shared_ptr<Ranks>& ranks) {
        EXPECT_THROW(share_statistics(*net, ranks), Error);
        ranks->sum(torch::zeros({1}));  // a rank that leaves fails those that still connect to it
    });
}

TEST_F(RanksTest, FullBucketsLeaveWhileBackwardStillRuns) {
    on_ranks(scratch_ / "meet", 2, [](const std::shared_ptr<Ranks>& ranks) {
        std::vector<torch::Tensor> weights;
        for (int i = 0; i < 5; ++i)
            weights.push_back(torch::full({3}, 1.0 + i + 10 * ranks->rank()).requires_grad_());
        GradientReducer reducer(weights, ranks, 3);
        EXPECT_EQ(reducer.buckets(), 5u);
        for (int pass = 0; pass < 2; ++pass) {  // the second one adds to the first one's mean
            torch::Tensor y = weights[0].sum();
            for (size_t i = 1; i < 4; ++i) y = y * weights[i].sum();
            reducer.arm();
            y.backward();
            // The last weight has no gradient: its bucket goes first, so none may leave before finish().
            EXPECT_EQ(reducer.sent(), 0u);
            reducer.finish();
            EXPECT_FALSE(weights[4].grad().defined());
            // Sums are 3, 6, 9, 12 on rank 0 and 33, 36, 39, 42 on rank 1: the mean of both products.
            const double products[] = {(6. * 9 * 12 + 36. * 39 * 42) / 2, (3. * 9 * 12 + 33. * 39 * 42) / 2};
            for (int i = 0; i < 2; ++i)
                EXPECT_EQ(weights[size_t(i)].grad()[0].item<double>(), (1 + pass) * products[i]) << pass;
        }
        GradientReducer used({weights.begin(), weights.begin() + 4}, ranks, 3);
        for (torch::Tensor& w : weights) w.mutable_grad().reset();
        size_t sent_in_the_middle = 0;
        torch::Tensor y = weights[0].sum() * weights[1].sum();
        y.register_hook([&](const torch::Tensor&) { sent_in_the_middle = used.sent(); });
        y = y * weights[2].sum() * weights[3].sum();
        used.arm();
        y.backward();
        EXPECT_EQ(sent_in_the_middle, 2u);
        EXPECT_EQ(used.sent(), 4u);
        used.finish();
    });
}

TEST_F(RanksTest, TwoRanksTrainAsOneWithBothBatches) {
    const NamedTensors start = NormTask::start();
    NamedTensors alone = train(run("alone"), nullptr, start), pair[2];
    on_ranks(scratch_ / "meet", 2, [&](const std::shared_ptr<Ranks>& ranks) {
        Training half = run("pair");
        half.batch = 4;
        pair[ranks->rank()] = train(half, ranks, start);
    });
    for (const auto& [name, tensor] : alone) {
        EXPECT_TRUE(pair[0].at(name).equal(pair[1].at(name))) << name;
        if (!tensor.is_floating_point()) continue;
        EXPECT_LT(relative(pair[0].at(name), tensor), 1e-4) << name;
    }
    EXPECT_GT(relative(alone.at("a.weight"), start.at("a.weight")), 0.01);  // it did learn
}

TEST_F(RanksTest, DeterministicTrainingDoesNotDependOnTheNumberOfRanks) {
    std::map<int, std::string> weights, log;
    for (const int size : {1, 2, 4}) {
        const std::string name = "ranks" + std::to_string(size);
        Processes ranks(size, {{"TEST_SET", scratch_ / "set"},
                               {"TEST_DIRECTORY", scratch_ / name},
                               {"TEST_STEPS", "5"},
                               {"TEST_DETERMINISTIC", "1"}});
        for (int rank = 0; rank < size; ++rank) ASSERT_EQ(ranks.exit_code(rank), 0);
        weights[size] = test::slurp(scratch_ / (name + "/checkpoints/step-000000005.safetensors"));
        log[size] = test::slurp(scratch_ / (name + "/metrics.jsonl"));
    }
    ASSERT_GT(weights[1].size(), 1000u);
    EXPECT_TRUE(weights[2] == weights[1]);
    EXPECT_TRUE(weights[4] == weights[1]);
    EXPECT_EQ(log[2], log[1]);
    EXPECT_EQ(log[4], log[1]);
}

TEST_F(RanksTest, KilledRankEndsTheJobWithACheckpointFromWhichItGoesOn) {
    const std::string directory = scratch_ / "run";
    std::map<std::string, std::string> variables = {
        {"TEST_SET", scratch_ / "set"}, {"TEST_DIRECTORY", directory}, {"TEST_STEPS", "1000000"}};
    Logger logger(LogFormat::Text, true);
    {
        Processes ranks(2, variables);
        while (!std::filesystem::exists(directory + "/checkpoints/step-000000004.json") && ranks.running(0))
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        ranks.kill(1);
        EXPECT_EQ(ranks.exit_code(0), int(ErrorKind::TryAgain));
    }
    const auto checkpoint = newest_checkpoint(directory + "/checkpoints", logger);
    ASSERT_TRUE(checkpoint);
    EXPECT_GE(checkpoint->at.step, 4);
    variables["TEST_STEPS"] = std::to_string(checkpoint->at.step + 3);
    variables["SLURM_RESTART_COUNT"] = "1";
    Processes again(2, variables);
    EXPECT_EQ(again.exit_code(0), 0);
    EXPECT_EQ(again.exit_code(1), 0);
    EXPECT_EQ(newest_checkpoint(directory + "/checkpoints", logger)->at.step, checkpoint->at.step + 3);
}

TEST_F(RanksTest, StopOfOneRankStopsAllAtTheSameStep) {
    const NamedTensors start = NormTask::start();
    Outcome outcome[2];
    on_ranks(scratch_ / "meet", 2, [&](const std::shared_ptr<Ranks>& ranks) {
        Training r = run("pair");
        r.batch = 4;
        r.steps = 1000000;
        int asked = 0;
        if (ranks->rank() == 1) r.should_stop = [&] { return ++asked == 3; };
        train(r, ranks, start, &outcome[ranks->rank()]);
    });
    EXPECT_EQ(outcome[0], Outcome::Interrupted);
    EXPECT_EQ(outcome[1], Outcome::Interrupted);
    Logger logger(LogFormat::Text, true);
    EXPECT_EQ(newest_checkpoint(scratch_ / "pair/checkpoints", logger)->at.step, 3);
}

/// Sets variables for its lifetime; all that speak of ranks are unset otherwise.
class Environment {
public:
    explicit Environment(const std::map<std::string, std::string>& variables) {
        for (const char* const name : kRankVariables) unsetenv(name);
        for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
    }
    ~Environment() {
        for (const char* const name : kRankVariables) unsetenv(name);
    }
};

TEST(RankOptions, FollowTheVariablesOfTheLauncher) {
    {
        const Environment none({});
        EXPECT_EQ(ranks_of_environment("run").size, 1);
    }
    {
        const Environment srun({{"SLURM_PROCID", "2"},
                                {"SLURM_NTASKS", "4"},
                                {"SLURM_LOCALID", "1"},
                                {"SLURM_NNODES", "1"},
                                {"SLURM_JOB_ID", "71"},
                                {"SLURM_STEP_ID", "0"},
                                {"SLURM_RESTART_COUNT", "3"}});
        const RankOptions options = ranks_of_environment("run");
        EXPECT_EQ(options.rank, 2);
        EXPECT_EQ(options.size, 4);
        EXPECT_EQ(options.local, 1);
        EXPECT_EQ(options.store_file, "run/meet.71.0.3");
        EXPECT_EQ(options.interface, "lo");
    }
    {
        const Environment torchrun({{"RANK", "1"},
                                    {"WORLD_SIZE", "4"},
                                    {"LOCAL_RANK", "1"},
                                    {"LOCAL_WORLD_SIZE", "2"},
                                    {"MASTER_ADDR", "127.0.0.1"},
                                    {"MASTER_PORT", "29501"},
                                    {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                                    {"TORCHELASTIC_RESTART_COUNT", "2"}});
        const RankOptions options = ranks_of_environment("run");
        EXPECT_EQ(options.rank, 1);
        EXPECT_EQ(options.local, 1);
        EXPECT_TRUE(options.store_file.empty());
        EXPECT_EQ(options.master_host, "127.0.0.1");
        EXPECT_EQ(options.master_port, 29501);
        EXPECT_TRUE(options.master_runs);
        EXPECT_EQ(options.attempt, "2");
        EXPECT_EQ(options.interface, "127.0.0.1");  // two nodes: the address towards the first
    }
    for (const std::map<std::string, std::string>& wrong :
         {std::map<std::string, std::string>{{"RANK", "1"}},
          {{"RANK", "2"}, {"WORLD_SIZE", "2"}},
          {{"RANK", "x"}, {"WORLD_SIZE", "2"}},
          {{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "h"}, {"MASTER_PORT", "70000"}}}) {
        const Environment environment(wrong);
        EXPECT_THROW(ranks_of_environment("run"), Error);
    }
}

TEST_F(RanksTest, MeetOverTcpWhenTheEnvironmentNamesAMaster) {
    const int port = free_port();
    double sum[2] = {};
    const auto run = [&](int rank) {
        RankOptions options;
        options.rank = rank;
        options.size = 2;
        options.master_host = "127.0.0.1";
        options.master_port = port;
        options.timeout = std::chrono::seconds(30);
        Ranks ranks(options);
        torch::Tensor t = torch::full({1}, rank + 1.0);
        ranks.sum(t);
        sum[rank] = t.item<double>();
    };
    std::thread other(run, 1);
    run(0);
    other.join();
    EXPECT_EQ(sum[0], 3);
    EXPECT_EQ(sum[1], 3);
}

TEST(Ranks, WithoutAPlaceToMeetSayHow) {
    RankOptions options;
    options.size = 2;
    try {
        Ranks ranks(options);
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("--rendezvous"));
    }
}

/// What Processes starts: this program again, as one rank.
TEST(RankProcess, DISABLED_Train) {
    at::set_num_threads(1);
    Training r;
    r.set = std::getenv("TEST_SET");
    r.directory = std::getenv("TEST_DIRECTORY");
    r.steps = std::atoi(std::getenv("TEST_STEPS"));
    r.batch = 2;
    if (std::getenv("TEST_DETERMINISTIC")) {
        r.accumulate = 4;
        r.deterministic = true;
        r.dropout = 0.3;
    }
    try {
        RankOptions options = ranks_of_environment(r.directory + ".meet");
        options.timeout = std::chrono::seconds(60);
        std::filesystem::create_directories(r.directory + ".meet");
        train(r, std::make_shared<Ranks>(options), NormTask::start());
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        std::_Exit(int(error.kind()));
    }
    std::_Exit(0);
}

}  // namespace
}  // namespace radforge::models
