// SPDX-License-Identifier: Apache-2.0
/// Samples of 448 x 448 per second out of shards, beside Python reading the same shards in the same run.
///   build/release/tools/bench/loader_bench [folder for the sets, default a temporary one] [samples, default
///   192]
///       [jpg|png|jpg-gz, default all]
///   build/release/tools/bench/loader_bench DATASET    a film dataset that is there instead
/// Members photo, uv, wc, depth, normal, mask, once with a JPEG photo and once with PNG photo and albedo; the
/// gz profile beside. Every member is checked against its sum; Python checks nothing. `cached` reads what was
/// decoded before from the cache of radforge train --cache. Warm files; best of three rounds each.
#include "models/data/loader.h"
#include "synth/base/cpu_clock.h"
#include "synth/base/error.h"
#include "synth/shard/codec.h"
#include "synth/shard/file.h"
#include "synth/shard/index.h"
#include "synth/shard/meta.h"
#include "synth/shard/names.h"
#include "synth/shard/quantise.h"
#include "synth/shard/shard_writer.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>

namespace radforge::loader {
namespace {

constexpr int kSide = 448, kUnique = 8, kShards = 6, kRounds = 3;
constexpr uint64_t kFewest = 600;  ///< samples a round

/// Lattice noise in [0,1], smooth between its points.
float noise(float x, float y, uint32_t seed) {
    const auto at = [&](int i, int j) {
        return float(philox(seed, {uint32_t(i), uint32_t(j), 0, 0})[0]) * 0x1p-32f;
    };
    const auto ease = [](float t) { return t * t * (3 - 2 * t); };
    const int i = int(std::floor(x)), j = int(std::floor(y));
    const float u = ease(x - float(i)), v = ease(y - float(j));
    return (at(i, j) * (1 - u) + at(i + 1, j) * u) * (1 - v) +
           (at(i, j + 1) * (1 - u) + at(i + 1, j + 1) * u) * v;
}

/// A crumpled page in perspective with something like text on it: how well it compresses is what counts here.
struct Page {
    Image photo, albedo, mask;
    std::vector<float> uv, wc, depth, normal;
};

Page draw_page(uint32_t seed) {
    const size_t n = size_t(kSide) * kSide;
    Page page{Image(kSide, kSide, 3, PixelType::U8, ColorSpace::Srgb),
              Image(kSide, kSide, 3, PixelType::U8, ColorSpace::Srgb),
              Image(kSide, kSide, 1, PixelType::U8, ColorSpace::Data),
              std::vector<float>(2 * n),
              std::vector<float>(3 * n),
              std::vector<float>(n),
              std::vector<float>(3 * n)};
    std::vector<float> height(n);
    const auto texture = [&](size_t i, float& u, float& v) {
        const float x = (float(i % kSide) + 0.5f) / kSide - 0.5f,
                    y = (float(i / kSide) + 0.5f) / kSide - 0.5f;
        const float c = std::cos(0.1f * float(seed)), s = std::sin(0.1f * float(seed));
        const float p = x * c - y * s, q = x * s + y * c, w = 1 + 0.25f * p - 0.15f * q;
        u = 0.5f + p / (0.85f * w) + 0.02f * std::sin(9 * q);
        v = 0.5f + q / (0.9f * w) + 0.015f * std::sin(7 * p);
    };
    for (size_t i = 0; i < n; ++i) {
        float u = 0, v = 0;
        texture(i, u, v);
        float h = 0.12f * std::sin(3 * u + float(seed)), amplitude = 0.05f, frequency = 4;
        for (uint32_t octave = 0; octave < 6; ++octave, amplitude /= 2, frequency *= 2)
            h += amplitude *
                 (1 - std::fabs(2 * noise(u * frequency + 64, v * frequency + 64, seed + octave) - 1));
        height[i] = h;
    }
    Rng rng({{seed}, 0}, Stream::Noise);
    for (size_t i = 0; i < n; ++i) {
        float u = 0, v = 0;
        texture(i, u, v);
        const bool inside = u >= 0 && u <= 1 && v >= 0 && v <= 1;
        const size_t right = i % kSide + 1 < size_t(kSide) ? i + 1 : i, below = i + kSide < n ? i + kSide : i;
        const float gx = (height[right] - height[i]) * kSide, gy = (height[below] - height[i]) * kSide;
        const float length = std::sqrt(gx * gx + gy * gy + 1);
        const float print =
            std::sin(u * 90) > 0.3f && std::sin(v * 260) > 0 && noise(u * 200, v * 60, seed) > 0.45f ? 0.15f
                                                                                                     : 0.9f;
        const float light = inside ? print * (0.55f + 0.45f / length)
                                   : 0.3f * noise(float(i % kSide) / 7, float(i / kSide) / 7, seed);
        for (size_t k = 0; k < 3; ++k) {
            page.photo.bytes[3 * i + k] = std::byte(quantize_u8(light + float(rng.normal()) * 3 / 255));
            page.albedo.bytes[3 * i + k] = std::byte(quantize_u8(inside ? print : 0));
        }
        page.mask.bytes[i] = std::byte(inside ? 255 : 0);
        if (!inside) continue;
        page.uv[i] = u;
        page.uv[n + i] = v;
        page.wc[i] = 2 * u - 1;
        page.wc[n + i] = 2 * v - 1;
        page.wc[2 * n + i] = height[i];
        page.depth[i] = 3 - height[i];
        page.normal[i] = -gx / length;
        page.normal[n + i] = -gy / length;
        page.normal[2 * n + i] = -1 / length;
    }
    return page;
}

FieldSpec picture(const char* name, const std::string& extension, int channels) {
    FieldSpec spec;
    spec.name = name;
    spec.extension = extension;
    spec.shape = {kSide, kSide, channels};
    return spec;
}

/// @param photo    "jpg" or "png"; png adds the albedo
/// @param profile  "raw" or "gz"
void write_set(const std::string& directory, int samples, const std::string& photo,
               const std::string& profile) {
    const shard::NumericField uv{"uv", {2, kSide, kSide}, "1", {0, 1}, false, false, {}},
        wc{"wc", {3, kSide, kSide}, "m", {-10, 10}, true, false, {}},
        depth{"depth", {1, kSide, kSide}, "m", {0, 10}, true, false, {}},
        normal{"normal", {3, kSide, kSide}, "1", {-1.00001, 1.00001}, false, false, {}};
    const shard::Profile p = shard::parse_profile(profile);
    DatasetPlan plan;
    plan.directory = directory;
    plan.name = "bench";
    plan.kind = "film";
    plan.profile = profile;
    plan.seed = {1};
    plan.count = uint64_t(samples);
    plan.samples_per_shard = (samples + kShards - 1) / kShards;
    plan.split_parts = {{"train", 1.0}};
    plan.config_toml = "[dataset]\nname = \"bench\"\n";
    plan.fields = {picture("photo", photo, 3)};
    if (photo == "png") plan.fields.push_back(picture("albedo", "png", 3));
    for (const FieldSpec& spec :
         {picture("mask", "png", 1), spec_of(uv, p), spec_of(wc, p), spec_of(depth, p), spec_of(normal, p)})
        plan.fields.push_back(spec);
    FieldSpec meta;
    meta.name = "meta";
    meta.extension = "json";
    plan.fields.push_back(meta);
    std::filesystem::create_directories(directory + "/index");
    shard::write_text_file(directory, "config.toml", plan.config_toml);
    shard::write_text_file(directory, "plan.json", shard::plan_json(plan));

    std::vector<Sample> unique(kUnique);
    for (int i = 0; i < kUnique; ++i) {
        const Page page = draw_page(uint32_t(i + 1));
        std::vector<Field>& fields = unique[size_t(i)].fields;
        fields = {{"photo", photo, page.photo}};
        if (photo == "jpg") fields[0].value = shard::encode_jpg(page.photo, 95);
        if (photo == "png") fields.push_back({"albedo", "png", page.albedo});
        fields.push_back({"mask", "png", page.mask});
        fields.push_back(store(uv, p, page.uv, {2, kSide, kSide}));
        fields.push_back(store(wc, p, page.wc, {3, kSide, kSide}));
        fields.push_back(store(depth, p, page.depth, {1, kSide, kSide}));
        fields.push_back(store(normal, p, page.normal, {3, kSide, kSide}));
    }
    Logger logger(LogFormat::Text, true);
    const std::string digest = shard::plan_digest(plan);
    for (uint64_t s = 0, first = 0; first < plan.count; ++s) {
        const uint64_t count = std::min<uint64_t>(uint64_t(plan.samples_per_shard), plan.count - first);
        shard::ShardWriter writer(plan,
                                  {s, shard::shard_file_name("film", "train", uint32_t(s)), "train", first,
                                   first + count - 1, count},
                                  digest);
        for (uint64_t i = first; i < first + count; ++i) {
            Sample sample = unique[i % kUnique];
            sample.key = {plan.seed, i};
            sample.split = "train";
            sample.fields.push_back(
                {"meta", "json", shard::make_meta({"film", "train", "bench", sample.key}, "{}", "{}")});
            writer.add(i, shard::encode_sample(sample, plan));
        }
        writer.commit(logger);
        first += count;
    }
    shard::rebuild_index(directory);
}

struct Rate {
    double per_cpu_s = 0, per_s = 0;
    void keep_best(const Rate& other) {
        per_cpu_s = std::max(per_cpu_s, other.per_cpu_s);
        per_s = std::max(per_s, other.per_s);
    }
};

/// Members of one set; all of them when the list is empty.
struct Case {
    std::string name, directory;
    std::vector<std::string> members;
};

std::vector<std::string> film_members(const std::string& photo) {
    return {photo, "mask.png", "uv.npy", "wc.npy", "depth.npy", "normal.npy"};
}

Rate ours(const Case& set, int threads, Logger& logger,
          const std::shared_ptr<DecodedCache>& cache = nullptr) {
    SourceOptions source;
    source.cache = cache;
    for (const std::string& member : set.members) source.fields.push_back(member.substr(0, member.find('.')));
    LoaderOptions options;
    options.config.batch = 8;
    options.config.remainder = "short";
    options.threads = threads;
    const auto shards = std::make_shared<const Source>(set.directory, source);
    uint64_t samples = 0;
    for (const uint32_t count : shards->counts()) samples += count;
    options.epochs = std::max<uint64_t>(3, kFewest / samples);
    Loader loader({shards}, options, logger);
    loader.next();  // the first touch of the memory is not reading
    const double cpu = process_cpu_s(), wall = seconds_of(CLOCK_MONOTONIC);
    double loaded = 0;
    while (const auto batch = loader.next()) loaded += batch->size;
    return {loaded / (process_cpu_s() - cpu), loaded / (seconds_of(CLOCK_MONOTONIC) - wall)};
}

std::map<std::string, Rate> python(const Case& set) {
    std::string command =
        "/usr/bin/python3 " RADFORGE_SOURCE_DIR "/tools/bench/loader_twin.py '" + set.directory + "'";
    for (const std::string& member : set.members) command += " " + member;
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    if (!pipe) throw Error(ErrorKind::Failed, "cannot start python3");
    std::map<std::string, Rate> rates;
    char line[256];
    while (fgets(line, sizeof line, pipe.get())) {
        std::istringstream words(line);
        std::string name;
        Rate rate;
        words >> name >> rate.per_cpu_s >> rate.per_s;
        rates[name] = rate;
    }
    if (rates.size() != 2) throw Error(ErrorKind::Failed, "loader_twin.py failed");
    return rates;
}

double peak_mb() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return double(usage.ru_maxrss) / 1024;
}

void bench(const Case& set, const std::string& cache_folder, Logger& logger) {
    const auto cache = std::make_shared<DecodedCache>(CacheOptions{cache_folder}, logger);
    ours(set, 1, logger, cache);  // fills it
    Rate one, two, cached;
    std::map<std::string, Rate> theirs;
    for (int round = 0; round < kRounds; ++round) {
        one.keep_best(ours(set, 1, logger));
        two.keep_best(ours(set, 2, logger));
        cached.keep_best(ours(set, 1, logger, cache));
        if (!set.members.empty())
            for (const auto& [name, rate] : python(set)) theirs[name].keep_best(rate);
    }
    const char* const name = set.name.c_str();
    std::printf("%-7s ours, 1 thread   %7.1f samples/CPU-s  %7.1f samples/s\n", name, one.per_cpu_s,
                one.per_s);
    std::printf("%-7s ours, 2 threads  %7.1f samples/CPU-s  %7.1f samples/s\n", name, two.per_cpu_s,
                two.per_s);
    std::printf("%-7s ours, cached     %7.1f samples/CPU-s  %7.1f samples/s  (%.2f of decoding; %.0f MB)\n",
                name, cached.per_cpu_s, cached.per_s, cached.per_cpu_s / one.per_cpu_s,
                double(cache->report().bytes) / 1e6);
    std::filesystem::remove_all(cache_folder);
    if (theirs.empty()) return;
    for (const auto& [reader, rate] : theirs)
        std::printf("%-7s python, %-7s  %7.1f samples/CPU-s  %7.1f samples/s\n", name, reader.c_str(),
                    rate.per_cpu_s, rate.per_s);
    const double cpu = std::max(theirs["inline"].per_cpu_s, theirs["workers"].per_cpu_s),
                 wall = std::max(theirs["inline"].per_s, theirs["workers"].per_s);
    std::printf("%-7s ratio: %.2f per CPU-s (1 thread), %.2f by the clock (2 threads, Python's best)\n", name,
                one.per_cpu_s / cpu, two.per_s / wall);
}

int run(int argc, char** argv) {
    const std::string temporary =
        std::filesystem::temp_directory_path().string() + "/loader_bench." + std::to_string(getpid());
    const std::string root = argc > 1 ? argv[1] : temporary;
    Logger logger(LogFormat::Text, true);
    if (std::filesystem::exists(root + "/plan.json")) {
        std::string photo;
        for (const FieldSpec& spec : shard::read_plan(root).fields)
            if (spec.name == "photo") photo = "photo." + spec.extension;
        if (photo.empty()) throw Error(ErrorKind::Usage, "not a film dataset").where(root);
        bench({"given", root, film_members(photo)}, temporary + "/cache", logger);
    } else {
        const int samples = argc > 2 ? std::atoi(argv[2]) : 192;
        struct Set {
            std::string name, photo, profile;
        };
        for (const Set& set :
             {Set{"jpg", "jpg", "raw"}, Set{"png", "png", "raw"}, Set{"jpg-gz", "jpg", "gz"}}) {
            if (argc > 3 && std::string(argv[3]) != set.name) continue;
            const std::string directory = root + "/" + set.name;
            if (!std::filesystem::exists(directory + "/manifest.json"))
                write_set(directory, samples, set.photo, set.profile);
            std::vector<std::string> members;  // the gz profile is not read in Python
            if (set.profile == "raw") members = film_members("photo." + set.photo);
            if (set.photo == "png") members.push_back("albedo.png");
            bench({set.name, directory, members}, root + "/cache", logger);
        }
    }
    std::printf("peak memory of this process %.0f MB\n", peak_mb());
    std::filesystem::remove_all(temporary);
    return 0;
}

}  // namespace
}  // namespace radforge::loader

int main(int argc, char** argv) {
    try {
        return radforge::loader::run(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
