// SPDX-License-Identifier: Apache-2.0
/// Motion kernels and blurred pairs per second of one core, beside numpy and scipy doing the same in the same
/// run.
///   taskset -c 0 build/release/tools/bench/blur_bench [seconds per figure and round, default 3] [rounds,
///   default 3]
/// Both sides count CPU time and keep their best round. A kernel is a path of 2,000 points with its
/// rasterisation; a pair is a kernel and a 512 x 512 slice blurred by it in memory (ours from and to int16
/// HU, theirs in float32).
#include "synth/base/cpu_clock.h"
#include "synth/blur/kernel.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace radforge::blur {
namespace {

using Rates = std::map<std::string, double>;

constexpr int kBatch =
    64;  ///< keys made together, as the generator does by default: their paths stay in the cache

double rate(const std::function<void()>& work, double seconds, int items) {
    work();
    int64_t done = 0;
    const double start = process_cpu_s();
    while (process_cpu_s() - start < seconds) {
        work();
        done += items;
    }
    return double(done) / (process_cpu_s() - start);
}

/// Kernels of the data set's distribution, batch after batch.
class Kernels {
public:
    explicit Kernels(Centring centring) : centring_(centring) {}
    std::vector<optics::Psf> next(int count) {
        const double anxieties[] = {0.01, 0.009, 0.008, 0.007, 0.005, 0.003}, exposures[] = {0.1, 0.5, 1};
        std::vector<MotionRequest> requests;
        std::vector<double> exposure;
        for (int i = 0; i < count; ++i) {
            MotionRequest r;
            r.key = {{7}, index_++};
            Rng rng(r.key, Stream::Geometry);
            const double anxiety = anxieties[rng.below(6)];
            exposure.push_back(exposures[rng.below(3)]);
            r.motion = draw_motion(anxiety, false, rng);
            r.points = points_needed(exposure.back(), centring_);
            requests.push_back(r);
        }
        const std::vector<MotionPath> paths = follow(requests);
        std::vector<optics::Psf> kernels;
        for (size_t i = 0; i < paths.size(); ++i)
            kernels.push_back(make_kernel(paths[i], exposure[i], centring_));
        return kernels;
    }

private:
    Centring centring_;
    uint64_t index_ = 0;
};

class Slice {
public:
    Slice() {
        Rng rng({{7}, 1}, Stream::Noise);
        for (int16_t& v : hu_) v = int16_t(rng.uniform(-1000, 1000));
    }
    int blur(optics::Psf& psf, KernelCentre centre) const {
        normalise(psf);
        const ImageView<const int16_t> views[] = {{hu_.data(), kSide, kSide, 1, kSide}};
        return convolve_mirrored(views, 0, psf, centre, {0, 0, kSide, kSide}).values<int16_t>()[0];
    }

private:
    static constexpr int kSide = 512;
    std::vector<int16_t> hu_ = std::vector<int16_t>(size_t(kSide) * kSide);
};

Rates ours(double seconds) {
    Rates rates;
    const Slice slice;
    volatile double kept = 0;
    for (const Centring centring : {Centring::Box, Centring::Centroid}) {
        const std::string suffix = centring == Centring::Box ? "" : ", centroid";
        Kernels kernels(centring);
        rates["kernels" + suffix] =
            rate([&] { kept = kept + double(kernels.next(kBatch).back().weights[0]); }, seconds, kBatch);
        rates["pairs" + suffix] = rate(
            [&] {
                for (optics::Psf& psf : kernels.next(kBatch))
                    kept = kept + slice.blur(psf, centre_of(psf, centring));
            },
            seconds, kBatch);
    }
    return rates;
}

Rates twin(double seconds) {
    const std::string command = "OMP_NUM_THREADS=1 /usr/bin/python3 " RADFORGE_SOURCE_DIR
                                "/tools/bench/blur_twin.py " +
                                std::to_string(seconds);
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    Rates rates;
    char name[32];
    double value = 0;
    while (pipe && std::fscanf(pipe.get(), "%31s %lf", name, &value) == 2) rates[name] = value;
    return rates;
}

void keep_best(Rates& best, const Rates& round) {
    for (const auto& [name, value] : round) best[name] = std::max(best[name], value);
}

/// What direct summation depends on: non-zero weights per kernel.
void print_taps() {
    int most = 0;
    double sum = 0;
    constexpr int kCount = 20000;
    Kernels kernels(Centring::Centroid);
    for (int n = 0; n < kCount; n += 250)
        for (const optics::Psf& psf : kernels.next(250)) {
            const auto taps =
                int(std::count_if(psf.weights.begin(), psf.weights.end(), [](float w) { return w > 0; }));
            most = std::max(most, taps);
            sum += taps;
        }
    std::printf("weights per kernel: mean %.1f, most %d of %d kernels\n", sum / kCount, most, kCount);
}

int bench(double seconds, int rounds) {
    Rates native, python;
    for (int i = 0; i < rounds; ++i) {
        keep_best(native, ours(seconds));
        keep_best(python, twin(seconds));
    }
    print_taps();
    if (python.size() != 2) {
        std::fprintf(stderr, "the twin did not run: Debian's python3-numpy and python3-scipy are needed\n");
        return 1;
    }
    std::printf("%-20s %12s %14s %8s\n", "per second", "radforge", "numpy+scipy", "ratio");
    for (const auto& [name, value] : native) {
        const double peer = python[name.substr(0, name.find(','))];
        std::printf("%-20s %12.0f %14.1f %7.1fx\n", name.c_str(), value, peer, value / peer);
    }
    return 0;
}

}  // namespace
}  // namespace radforge::blur

int main(int argc, char** argv) {
    return radforge::blur::bench(argc > 1 ? std::atof(argv[1]) : 3, argc > 2 ? std::atoi(argv[2]) : 3);
}
