// SPDX-License-Identifier: Apache-2.0
/// Training steps (forward, loss, backward, Adam) a second of CPU time, beside the same network in Python
/// with the same LibTorch and BLAS, one thread each. The two take turns, step by step; the ratio is the
/// median over pairs of steps.
///   build/models/tools/bench/train_bench [pairs of steps, default 7] [unet|firenet, default both]
/// unet: pix2pix's generator, 256 x 256, 64 filters, batch 4 (Isola et al. 2017, appendix 6.1.1); firenet:
/// FIReNet, 128 x 128, width 16, batch 8, L1 of all its maps.
#include "models/nets/blocks.h"
#include "models/nets/firenet.h"
#include "models/train/batch_norm.h"
#include "models/train/blas_probe.h"
#include "models/train/optimizer.h"
#include "models/train/tensors.h"
#include "models/train/trainer.h"
#include "synth/base/cpu_clock.h"
#include "synth/base/error.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace radforge::models {
namespace {

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const size_t n = values.size();
    return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

/// A network as far as a training step goes.
struct Net {
    virtual ~Net() = default;
    virtual torch::nn::Module& module() = 0;
    virtual std::vector<torch::Tensor> forward(const torch::Tensor& photo) = 0;
};

struct UNet final : torch::nn::Module, Net {
    explicit UNet(int64_t width) {
        const auto channels = [&](int i) { return std::min(width << i, width * 8); };
        for (int i = 0; i < kLevels; ++i) {
            const bool inner = 0 < i && i < kLevels - 1;
            torch::nn::Sequential stage;
            if (i > 0)
                stage->push_back(torch::nn::LeakyReLU(torch::nn::LeakyReLUOptions().negative_slope(0.2)));
            stage->push_back(Conv(i == 0 ? 3 : channels(i - 1), channels(i), 4, 2, 1, !inner));
            if (inner) stage->push_back(BatchNorm(channels(i)));
            down.push_back(register_module("down" + std::to_string(i), stage));
        }
        for (int i = kLevels - 1; i >= 0; --i) {
            const int64_t in = channels(i) * (i == kLevels - 1 ? 1 : 2), out = i == 0 ? 3 : channels(i - 1);
            torch::nn::Sequential stage;
            // In place: what comes in is a copy of its own.
            stage->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));
            stage->push_back(UpConv(in, out, 4, 2, 1, i == 0));
            if (i == 0)
                stage->push_back(torch::nn::Tanh());
            else
                stage->push_back(BatchNorm(out));
            if (2 <= i && i <= 4) stage->push_back(torch::nn::Dropout(0.5));
            up.push_back(register_module("up" + std::to_string(i), stage));
        }
    }
    torch::nn::Module& module() override { return *this; }
    std::vector<torch::Tensor> forward(const torch::Tensor& photo) override {
        std::vector<torch::Tensor> skips;
        torch::Tensor x = photo;
        for (auto& stage : down) skips.push_back(x = stage->forward(x));
        skips.pop_back();
        for (auto& stage : up) {
            x = stage->forward(x);
            if (skips.empty()) break;
            x = torch::cat({skips.back(), x.to(skips.back().scalar_type())}, 1);
            skips.pop_back();
        }
        return {x.to(torch::kFloat32)};
    }
    static constexpr int kLevels = 8;
    std::vector<torch::nn::Sequential> down, up;
};

struct Fire final : Net {
    explicit Fire(int width) {
        FireNetConfig config;
        config.width = width;
        net = FireNet(config);
    }
    torch::nn::Module& module() override { return *net; }
    std::vector<torch::Tensor> forward(const torch::Tensor& photo) override {
        const FilmMaps maps = net(photo);
        return {maps.wc, maps.normal, maps.depth, maps.bg, maps.uv, maps.df};
    }
    FireNet net{nullptr};
};

struct Case {
    const char *net, *precision;
    int batch, size, width;
};

/// A Python process that waits for its turn.
class Twin {
public:
    explicit Twin(const Case& c) {
        int to[2], from[2];
        if (pipe(to) != 0 || pipe(from) != 0) throw Error(ErrorKind::Failed, "no pipe to python3");
        process_ = fork();
        if (process_ == 0) {
            dup2(to[0], 0);
            dup2(from[1], 1);
            for (const int end : {to[0], to[1], from[0], from[1]}) close(end);
            execl("/usr/bin/python3", "python3", RADFORGE_SOURCE_DIR "/tools/bench/train_twin.py", c.net,
                  c.precision, std::to_string(c.batch).c_str(), std::to_string(c.size).c_str(),
                  std::to_string(c.width).c_str(), nullptr);
            _exit(127);
        }
        close(to[0]);
        close(from[1]);
        in_ = fdopen(to[1], "w");
        out_ = fdopen(from[0], "r");
        parameters = number();
    }
    ~Twin() {
        fclose(in_);
        fclose(out_);
        waitpid(process_, nullptr, 0);
    }
    Twin(const Twin&) = delete;
    Twin& operator=(const Twin&) = delete;
    /// One step. @returns CPU seconds
    double step() {
        std::fputs("\n", in_);
        std::fflush(in_);
        const double seconds = number();
        loss = number();
        return seconds;
    }
    double parameters = 0, loss = 0;

private:
    double number() {
        double value = 0;
        if (std::fscanf(out_, "%lf", &value) != 1)
            throw Error(ErrorKind::Failed, "train_twin.py failed").hint("apt-get install python3-torch");
        return value;
    }
    pid_t process_ = 0;
    FILE *in_ = nullptr, *out_ = nullptr;
};

void compare(const Case& c, int pairs) {
    std::unique_ptr<Net> net;
    if (std::strcmp(c.net, "unet") == 0)
        net = std::make_unique<UNet>(c.width);
    else
        net = std::make_unique<Fire>(c.width);
    torch::manual_seed(1);
    init_kaiming(net->module());
    OptimizerConfig adam;
    adam.name = "adam";
    adam.beta1 = 0.5;
    ParamGroup group{"net", {}};
    for (const auto& p : net->module().named_parameters()) group.parameters.emplace_back(p.key(), p.value());
    Optimizer optimizer(adam, group);
    const torch::Tensor photo = torch::rand({c.batch, 3, c.size, c.size}),
                        truth = torch::rand({c.batch, 3, c.size, c.size}) * 2 - 1;
    double parts[3] = {}, loss = 0;
    const auto step = [&] {
        const double start = process_cpu_s();
        optimizer.zero();
        torch::Tensor total;
        {
            const Autocast autocast(std::strcmp(c.precision, "bf16") == 0, torch::kCPU);
            for (const torch::Tensor& out : net->forward(photo)) {
                const torch::Tensor part = (out - truth.slice(1, 0, out.size(1))).abs().mean();
                total = total.defined() ? total + part : part;
            }
        }
        const double forward = process_cpu_s();
        total.backward();
        const double backward = process_cpu_s();
        optimizer.step(2e-4);
        loss = total.item<double>();
        const double end = process_cpu_s();
        parts[0] += forward - start;
        parts[1] += backward - forward;
        parts[2] += end - backward;
        return end - start;
    };
    Twin twin(c);
    if (double(parameter_count(net->module())) != twin.parameters)
        throw Error(ErrorKind::Failed, "the networks differ")
            .got(std::to_string(parameter_count(net->module())))
            .expected(std::to_string(twin.parameters));
    step();
    twin.step();
    if (!(std::abs(loss - twin.loss) < 0.01 * loss))
        throw Error(ErrorKind::Failed, "the networks start from different losses")
            .got(std::to_string(loss))
            .expected(std::to_string(twin.loss));
    std::fill(std::begin(parts), std::end(parts), 0);
    std::vector<double> ours, theirs, ratios;
    for (int i = 0; i < pairs; ++i) {
        ours.push_back(step());
        theirs.push_back(twin.step());
        ratios.push_back(theirs.back() / ours.back());
    }
    std::printf(
        "%-8s %s  ours %6.2f img/CPU-s (forward %.0f, backward %.0f, Adam %.0f ms)  python %6.2f  "
        "ratio %.2f [%.2f, %.2f]  loss %.4f, %.4f\n",
        c.net, c.precision, c.batch / median(ours), 1e3 * parts[0] / pairs, 1e3 * parts[1] / pairs,
        1e3 * parts[2] / pairs, c.batch / median(theirs), median(ratios),
        *std::min_element(ratios.begin(), ratios.end()), *std::max_element(ratios.begin(), ratios.end()),
        loss, twin.loss);
    std::fflush(stdout);
}

int run(int argc, char** argv) {
    const int pairs = argc > 1 ? std::max(1, std::atoi(argv[1])) : 7;
    Logger logger(LogFormat::Text, false);
    set_up_cpu(1, logger);
    for (const Case& c : {Case{"unet", "fp32", 4, 256, 64}, Case{"unet", "bf16", 4, 256, 64},
                          Case{"firenet", "fp32", 8, 128, 16}, Case{"firenet", "bf16", 8, 128, 16}})
        if (argc < 3 || std::strcmp(argv[2], c.net) == 0) compare(c, pairs);
    return 0;
}

}  // namespace
}  // namespace radforge::models

int main(int argc, char** argv) {
    try {
        return radforge::models::run(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
