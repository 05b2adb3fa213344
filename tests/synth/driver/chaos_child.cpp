// SPDX-License-Identifier: Apache-2.0
/// A process to be killed, starved or stopped by driver_test.
/// chaos_child DIRECTORY COUNT MODE [VALUE]
///   run [THREADS]    the driver itself
///   slow SECONDS     the driver with samples that take so long
///   twist            the driver with a generator that gives other bytes
///   nobody           the driver as a user who may not write there
///   limit BYTES      the driver with a limit on the size of files
///   in_place         the negative control: writes shards under their final names and skips what exists
#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/driver.h"
#include "synth/shard_list.h"
#include "tests/synth/driver/toy_generator.h"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace radforge::test {
namespace {

/// What the commit protocol exists to prevent.
void write_in_place(const Generator& generator, DatasetPlan plan) {
    plan.kind = generator.kind();
    plan.fields = generator.fields();
    std::filesystem::create_directories(plan.directory + "/index");
    std::ofstream(plan.directory + "/config.toml") << plan.config_toml;
    std::ofstream(plan.directory + "/plan.json") << shard::plan_json(plan);
    for (const shard::ShardTask& task : list_shards(generator, plan)) {
        const std::string path = plan.directory + "/" + task.file;
        if (std::filesystem::exists(path)) continue;
        std::ofstream file(path, std::ios::binary);
        std::string bytes;
        for (const auto& keys : groups_of(generator, plan, task))
            for (const Sample& sample : generator.generate(keys)) {
                for (const auto& piece : shard::encode_sample(sample, plan).pieces) {
                    const Span<const std::byte> part = shard::piece_bytes(piece);
                    const std::string members(reinterpret_cast<const char*>(part.data()), part.size());
                    bytes += members;
                    file << members << std::flush;
                }
            }
        shard::ShardRecord record;
        record.shard_id = task.shard_id;
        record.first_index = task.first_index;
        record.last_index = task.last_index;
        record.planned_count = record.sample_count = task.planned_count;
        const std::string end = shard::encode_end_of_archive({});
        bytes += end;
        record.bytes_before = bytes.size();
        record.content_sha256 = sha256_hex(bytes);
        record.plan_digest = shard::plan_digest(plan);
        file << end << shard::encode_record(record);
    }
}

int run_child(const std::string& directory, uint64_t count, const std::string& mode,
              const std::string& value) {
    ToySettings settings;
    RunOptions options;
    options.threads = 2;
    if (mode == "run" && !value.empty()) options.threads = std::atoi(value.c_str());
    if (mode == "slow") settings.delay_s = std::atof(value.c_str());
    if (mode == "twist") settings.twist = 1;
    if (mode == "nobody" && geteuid() == 0 && setuid(65534) != 0) return 99;
    if (mode == "limit") {
        signal(SIGXFSZ, SIG_IGN);
        const auto bytes = rlim_t(std::atol(value.c_str()));
        const rlimit limit{bytes, bytes};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    const ToyGenerator generator(settings);
    Logger logger(LogFormat::Text, true);
    if (mode == "in_place")
        write_in_place(generator, toy_plan(directory, count));
    else
        run(generator, toy_plan(directory, count), options, logger);
    return 0;
}

}  // namespace
}  // namespace radforge::test

int main(int argc, char** argv) {
    if (argc < 4) return 64;
    try {
        return radforge::test::run_child(argv[1], std::strtoull(argv[2], nullptr, 10), argv[3],
                                         argc > 4 ? argv[4] : "");
    } catch (const radforge::Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return error.exit_code();
    }
}
