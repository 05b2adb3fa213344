// SPDX-License-Identifier: Apache-2.0
#include "pipelines/bench_xray.h"

#include "synth/base/cpu_clock.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/driver.h"
#include "synth/shard/codec.h"
#include "synth/shard/file.h"
#include "synth/shard/shard_writer.h"
#include "synth/xray/xray_record.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

namespace radforge::cli {
namespace {

constexpr int kRounds = 3;
constexpr size_t kBlockBytes = size_t(4) << 20;

template <class F>
double cpu_of(F&& work) {
    const double before = process_cpu_s();
    work();
    return process_cpu_s() - before;
}

template <class F>
double wall_of(F&& work) {
    const auto before = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
}

/// The views of one launch of a volume, and what they make.
struct Launch {
    std::shared_ptr<const xray::PreparedVolume> volume;
    std::vector<xray::View> views;
    std::vector<Mat3d> cube_from_view;

    Launch(const xray::XrayGenerator& generator, Span<const SampleKey> keys) {
        const xray::ViewPlan& plan = generator.plan();
        volume = generator.volumes().load(plan.place(keys[0].index).volume);
        for (const SampleKey& key : keys) {
            if (plan.place(key.index).mirrored) continue;
            views.push_back(plan.view(plan.draw(key), volume->cube.centre_mm, volume->cube.edge_mm,
                                      generator.config().image.size_px));
            cube_from_view.push_back(xray::cube_axes().transposed() * xray::view_axes(views.back()));
        }
    }
    void project() const { volume->density->project(views); }
    void turn() const {
        if (!volume->frame) return;
        for (const Mat3d& m : cube_from_view) volume->frame->resample(m);
    }
};

std::vector<std::vector<SampleKey>> groups(const GeneratorSetup& setup, int samples) {
    std::vector<std::vector<SampleKey>> list;
    const auto group = uint64_t(setup.plan.group_size);
    for (uint64_t first = 0; first < uint64_t(samples); first += group) {
        list.emplace_back();
        for (uint64_t i = first; i < first + group; ++i) list.back().push_back({setup.plan.seed, i});
    }
    return list;
}

void print_stage(const char* stage, double cpu_s, size_t count, const char* unit) {
    fmt::print("{:<34} {:>10.3f} ms {:>10.1f} {} per core-second\n", stage, 1e3 * cpu_s / double(count),
               double(count) / cpu_s, unit);
}

void stages_on_one_thread(const xray::XrayGenerator& generator, const GeneratorSetup& setup,
                          const std::vector<std::vector<SampleKey>>& all) {
    const ThreadLimit one(1);
    double project = 0, turn = 0, samples_s = 0, encode = 0;
    size_t views = 0, samples = 0;
    for (const auto& keys : all) {
        const Launch launch(generator, keys);
        project += cpu_of([&] { launch.project(); });
        turn += cpu_of([&] { launch.turn(); });
        views += launch.views.size();
        std::vector<Sample> made;
        samples_s += cpu_of([&] { made = generator.generate(keys); });
        encode += cpu_of([&] {
            for (Sample& sample : made) shard::encode_sample(std::move(sample), setup.plan);
        });
        samples += made.size();
    }
    print_stage("projection", project, views, "images");
    if (turn > 0) print_stage("turning the volume", turn, views, "volumes");
    print_stage("both, mirrored pairs share them", project + turn, samples, "samples");
    print_stage("whole sample in memory", samples_s, samples, "samples");
    print_stage("checking and encoding it", encode, samples, "samples");
}

double disk_seconds(const std::string& folder, uint64_t bytes) {
    const std::vector<std::byte> block(kBlockBytes, std::byte{0x5a});
    return wall_of([&] {
        shard::AtomicFile file(folder, "disk.bin");
        for (uint64_t left = bytes; left > 0; left -= std::min<uint64_t>(left, kBlockBytes))
            file.write({block.data(), size_t(std::min<uint64_t>(left, kBlockBytes))});
        file.publish(shard::AtomicFile::IfPresent::Replace);
    });
}

/// As cp and dd conv=fsync write: through the page cache, then onto the disk.
double cached_disk_seconds(const std::string& folder, uint64_t bytes) {
    const std::vector<char> block(kBlockBytes, 0x5a);
    const std::string path = folder + "/cached.bin";
    return wall_of([&] {
        const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (file < 0) shard::throw_system_error("making", path, errno);
        bool well = true;
        for (uint64_t left = bytes; well && left > 0; left -= std::min<uint64_t>(left, kBlockBytes)) {
            const auto size = size_t(std::min<uint64_t>(left, kBlockBytes));
            well = write(file, block.data(), size) == ssize_t(size);
        }
        well = well && fsync(file) == 0;
        const int error = errno;
        close(file);
        if (!well) shard::throw_system_error("writing", path, error);
    });
}

/// A folder of its own, removed at the end.
class WorkFolder {
public:
    explicit WorkFolder(const std::string& parent)
        : path_(parent + "/radforge-bench-" + std::to_string(getpid())) {
        std::filesystem::create_directories(path_);
    }
    ~WorkFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    WorkFolder(const WorkFolder&) = delete;
    WorkFolder& operator=(const WorkFolder&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace

void bench_xray(const xray::XrayGenerator& generator, const GeneratorSetup& setup, const XrayBench& bench) {
    const auto all = groups(setup, bench.samples);
    const double samples = double(all.size()) * setup.plan.group_size;
    const int threads =
        bench.threads > 0 ? bench.threads : std::max(1, int(std::thread::hardware_concurrency()));
    fmt::print("{} x {} px, {}^3 {}, {}, {} beam, {}\n", generator.config().image.size_px,
               generator.config().image.size_px, generator.config().volume.size_vox,
               generator.config().volume.type, generator.config().volume.mode,
               generator.config().view.geometry, generator.config().projector.method);
    stages_on_one_thread(generator, setup, all);

    const WorkFolder folder(bench.folder.empty() ? std::filesystem::temp_directory_path().string()
                                                 : bench.folder);
    std::vector<Launch> launches;
    for (const auto& keys : all) launches.emplace_back(generator, keys);
    double disk_s = 0, compute_s = 0, whole_s = 0, disk_cpu_s = 0, compute_cpu_s = 0, whole_cpu_s = 0;
    uint64_t bytes = 0;
    for (int round = 0; round < kRounds; ++round) {
        DatasetPlan plan = setup.plan;
        plan.directory = folder.path() + "/" + std::to_string(round);
        plan.count = uint64_t(samples);
        RunOptions options;
        options.threads = threads;
        Logger quiet(LogFormat::Text, true);
        uint64_t written = 0;
        whole_cpu_s += cpu_of([&] {
            whole_s += wall_of([&] { written = run(generator, plan, options, quiet).bytes_written; });
        });
        bytes += written;
        const ThreadLimit limit(threads);
        compute_cpu_s += cpu_of([&] {
            compute_s += wall_of([&] {
                parallel_for(int64_t(launches.size()), 1, [&](int64_t begin, int64_t end) {
                    for (int64_t i = begin; i < end; ++i)
                        launches[size_t(i)].project(), launches[size_t(i)].turn();
                });
            });
        });
        disk_cpu_s += cpu_of([&] { disk_s += disk_seconds(folder.path(), written); });
        std::filesystem::remove_all(plan.directory);
    }
    const double cached_s = kRounds * cached_disk_seconds(folder.path(), bytes / kRounds);
    const double total = kRounds * samples, per_sample = double(bytes) / total;
    const auto print_rate = [&](const char* what, double seconds, double cpu_s) {
        fmt::print("{:<34} {:>10.1f} samples/s {:>8.1f} MB/s {:>8.3f} ms of CPU a sample\n", what,
                   total / seconds, double(bytes) / seconds / 1e6, 1e3 * cpu_s / total);
    };
    fmt::print("\n{} threads, {:.3f} MB a sample, {} rounds of {:.0f} samples\n", threads, per_sample / 1e6,
               kRounds, samples);
    print_rate("disk, past the page cache, synced", disk_s, disk_cpu_s);
    fmt::print("{:<34} {:>10.1f} samples/s {:>8.1f} MB/s\n", "disk, as dd conv=fsync writes",
               total / cached_s, double(bytes) / cached_s / 1e6);
    print_rate("projection and turning alone", compute_s, compute_cpu_s);
    print_rate("end to end, shards and index", whole_s, whole_cpu_s);
    fmt::print("end to end over the lower of disk and projection: {:.2f}; of dd and projection: {:.2f}\n",
               std::max(disk_s, compute_s) / whole_s, std::max(cached_s, compute_s) / whole_s);
}

}  // namespace radforge::cli
