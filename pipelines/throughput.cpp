// SPDX-License-Identifier: Apache-2.0
#include "pipelines/throughput.h"

#include "synth/base/cpu_clock.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/shard/codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

namespace radforge::cli {

Throughput measure_throughput(const GeneratorSetup& setup, uint64_t first, uint64_t end, int threads,
                              double most_s) {
    const auto group = uint64_t(setup.plan.group_size);
    const uint64_t first_group = first / group, groups = (end + group - 1) / group;
    Throughput done;
    done.threads = int(std::min<uint64_t>(
        groups - first_group,
        uint64_t(threads > 0 ? threads : std::max(1u, std::thread::hardware_concurrency()))));
    std::atomic<uint64_t> next{first_group};
    std::atomic<int64_t> samples{0}, bytes{0};
    std::mutex failing;
    const auto start = std::chrono::steady_clock::now();
    const auto elapsed_s = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    const auto make = [&](uint64_t g) {
        std::vector<SampleKey> keys;
        for (uint64_t i = std::max(first, g * group); i < std::min(end, (g + 1) * group); ++i)
            keys.push_back({setup.plan.seed, i});
        try {
            run_alone([&] {
                for (const Sample& sample : setup.generator->generate(keys)) {
                    for (const Field& field : sample.fields)
                        bytes += 512 + int64_t(shard::encode(field).size() + 511) / 512 * 512;
                    ++samples;
                }
            });
        } catch (const Error& error) {
            const std::lock_guard<std::mutex> lock(failing);
            done.failures.push_back(
                fmt::format("samples {} to {}: {}", keys.front().index, keys.back().index, error.what()));
        }
    };
    const double cpu = process_cpu_s();
    std::vector<std::thread> pool;
    for (int i = 0; i < done.threads; ++i)
        pool.emplace_back([&] {
            // One group each, whatever the time: less would be no measure.
            for (uint64_t g = next++; g < groups; g = next++) {
                make(g);
                if (elapsed_s() > most_s) break;
            }
        });
    for (std::thread& thread : pool) thread.join();
    done.wall_s = elapsed_s();
    done.cpu_s = process_cpu_s() - cpu;
    done.samples = samples;
    done.tar_bytes = bytes;
    return done;
}

}  // namespace radforge::cli
