// SPDX-License-Identifier: Apache-2.0
#include "models/predict/film_reader.h"

#include "models/photo/read_photo.h"
#include "models/tasks/firenet.h"
#include "models/train/checkpoint.h"
#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/base/rng.h"
#include "synth/config/writer.h"
#include "synth/dicom/series.h"
#include "synth/shard/codec.h"
#include "synth/shard/file.h"
#include "tests/models/photo/picture_files.h"
#include "tests/synth/shard/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace radforge::models {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

constexpr int kSide = 48;

/// Films of a toy world tell their texture coordinates by their colours: red is u, green is v, blue is full.
/// They lie upright on black.
struct ToyFilm {
    double left = 0.2, top = 0.2, right = 0.8, bottom = 0.8;  ///< of the frame
};

/// Value of channel k of the toy photo at (x, y) of the frame; negative where there is no film.
double toy(const ToyFilm& film, double x, double y, int k) {
    if (x < film.left || x >= film.right || y < film.top || y >= film.bottom) return -1;
    return k == 0   ? (x - film.left) / (film.right - film.left)
           : k == 1 ? (y - film.top) / (film.bottom - film.top)
                    : 1;
}

Image toy_photo(const ToyFilm& film, int height, int width) {
    Image image(height, width, 3, PixelType::U8, ColorSpace::Srgb);
    for (int r = 0; r < height; ++r)
        for (int c = 0; c < width; ++c)
            for (int k = 0; k < 3; ++k)
                image.view<uint8_t>()(r, c, k) =
                    quantize_u8(float(std::max(0.0, toy(film, (c + 0.5) / width, (r + 0.5) / height, k))));
    return image;
}

Batch toy_batch(Rng& rng, int64_t size) {
    Batch batch;
    const auto make = [&](const char* name, int64_t channels) {
        batch.fields[name] = torch::zeros({size, channels, kSide, kSide});
        return batch.fields[name].accessor<float, 4>();
    };
    auto photo = make("photo", 3), wc = make("wc", 3), normal = make("normal", 3), depth = make("depth", 1),
         bg = make("bg", 1), uv = make("uv", 2), df = make("df", 2);
    for (int64_t i = 0; i < size; ++i) {
        const double left = rng.uniform(0.02, 0.3), top = rng.uniform(0.02, 0.3);
        const ToyFilm film{left, top, rng.uniform(0.7, 0.98), rng.uniform(0.7, 0.98)};
        const bool none = i == 0;  // one photo a batch shows no film but grey
        const double grey = rng.uniform(0, 0.6);
        for (int r = 0; r < kSide; ++r)
            for (int c = 0; c < kSide; ++c) {
                const double x = (c + 0.5) / kSide, y = (r + 0.5) / kSide;
                const bool on = !none && toy(film, x, y, 2) > 0;
                bg[i][0][r][c] = on ? 1 : -1;
                for (int k = 0; k < 3; ++k)
                    photo[i][k][r][c] = float(on ? 2 * toy(film, x, y, k) - 1 : none ? 2 * grey - 1 : -1);
                if (!on) continue;
                for (int k = 0; k < 2; ++k) {
                    const double at = 2 * toy(film, x, y, k) - 1, own = 2 * (k == 0 ? x : y) - 1;
                    uv[i][k][r][c] = wc[i][k][r][c] = float(at);
                    df[i][k][r][c] = float((at - own) / 2);
                }
                normal[i][2][r][c] = -1;
                depth[i][0][r][c] = 0.5f;
            }
    }
    batch.keys.resize(size_t(size));
    return batch;
}

FireNetRunConfig toy_config() {
    FireNetRunConfig config;
    config.net.width = 8;
    config.augment.size_px = kSide;
    config.augment.pad_px = 4;
    config.augment.recrop_px = Dist<int>(0);
    config.ranges.low = {-1, -1, -1, -1};
    config.ranges.high = {1, 1, 1, 1};
    return config;
}

template <class Config>
void save(const std::string& run, const std::string& task, const Config& config,
          const torch::nn::Module& net) {
    Checkpoint checkpoint;
    checkpoint.task = task;
    checkpoint.config_toml = config::dump(config);
    for (const auto& [key, tensor] : tensors_of(net)) checkpoint.tensors["model." + key] = tensor;
    save_checkpoint(run + "/checkpoints", "best", checkpoint);
}

RecoveryRunConfig recovery_config() {
    RecoveryRunConfig config;
    config.net.width = 4;
    config.net.stacks = 1;
    config.part.film_height_px = 60;
    return config;
}

/// Trains a network of the toy world once, in some seconds.
class FilmReaderTest : public testing::Test {
protected:
    static void SetUpTestSuite() {
        at::set_num_threads(1);
        scratch_ = new test::Scratch;
        const std::unique_ptr<Task> task = make_firenet(toy_config());
        OptimizerConfig how;
        how.name = "adam";
        how.clip_norm = 1;
        Optimizer optimizer(how, task->groups().front());
        Rng rng({Seed{1}, 0}, Stream::Noise);
        constexpr int kSteps = 200;
        for (int step = 0; step < kSteps; ++step) {
            optimizer.zero();
            torch::Tensor total;
            for (const auto& [name, loss] : task->losses("net", toy_batch(rng, 6)))
                total = total.defined() ? total + loss : loss;
            total.backward();
            optimizer.step(5e-3 * (1 - 0.9 * step / kSteps));
        }
        save(*scratch_ / "firenet", "firenet", toy_config(), task->module());
        torch::manual_seed(4);
        save(*scratch_ / "light", "deillumination", recovery_config(), *Dmphn(recovery_config().net, 3));
        save(*scratch_ / "hu", "restoration", recovery_config(), *Dmphn(recovery_config().net, 1));
    }
    static void TearDownTestSuite() { delete scratch_; }

    static std::string path(const std::string& name) { return *scratch_ / name; }
    static FilmReaderOptions options() {
        FilmReaderOptions o;
        o.checkpoint = path("firenet");
        return o;
    }
    FilmReader reader(const FilmReaderOptions& o) { return FilmReader(o, torch::kCPU, logger_); }
    std::string refusal(const Image& photo) {
        try {
            reader(options()).read(photo);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadData);
            return error.what();
        }
        return "";
    }
    /// Runs the program. @returns exit code; what it said is in said_
    int run(const std::string& words) {
        const std::string log = path("log.txt");
        const int status = std::system(
            ("OMP_NUM_THREADS=1 " RADFORGE_TRAIN_PROGRAM " predict " + words + " > " + log + " 2>&1")
                .c_str());
        said_ = shard::read_text_file(log);
        return WEXITSTATUS(status);
    }
    static void write(const std::string& name, const std::string& bytes) {
        fs::create_directories(fs::path(path(name)).parent_path());
        std::ofstream(path(name), std::ios::binary) << bytes;
    }

    static test::Scratch* scratch_;
    Logger logger_{LogFormat::Text, true};
    std::string said_;
};

test::Scratch* FilmReaderTest::scratch_ = nullptr;

/// Mean distance of the flat film's colours from the texture coordinates that they stand for.
double error_of(const Image& film) {
    double sum = 0;
    for (int r = 0; r < film.height_px; ++r)
        for (int c = 0; c < film.width_px; ++c)
            sum += std::hypot(film.view<uint8_t>()(r, c, 0) / 255.0 - (c + 0.5) / film.width_px,
                              film.view<uint8_t>()(r, c, 1) / 255.0 - (r + 0.5) / film.height_px);
    return sum / (film.height_px * film.width_px);
}

TEST_F(FilmReaderTest, FlattensAFilmThatItFinds) {
    FilmReaderOptions o = options();
    o.height_px = 100;
    const FilmReading reading = reader(o).read(toy_photo({0.3, 0.25, 0.7, 0.85}, 200, 240));
    EXPECT_LT(error_of(reading.film), 0.06);
    EXPECT_EQ(reading.film.height_px, 100);
    // 96 x 120 pixels of the photo.
    EXPECT_NEAR(reading.aspect, 0.8, 0.1);
    EXPECT_EQ(reading.film.width_px, int(std::lround(100 * reading.aspect)));
    EXPECT_NEAR(reading.signs.area, 0.24, 0.04);
    EXPECT_TRUE(reading.slices.empty());
    EXPECT_EQ(reading.light_off.channels, 0);
    // The backward map is of the whole photo: the middle of the film lies in the middle of its place there.
    const auto bm = reading.bm.view<float>();
    EXPECT_NEAR((bm(50, reading.bm.width_px / 2, 0) + 1) / 2, 0.5, 0.03);
    EXPECT_NEAR((bm(50, reading.bm.width_px / 2, 1) + 1) / 2, 0.55, 0.03);
}

TEST_F(FilmReaderTest, TexelsAreMeansOfStoredValuesAsInTraining) {
    FilmReaderOptions o = options();
    o.height_px = 60;
    Image photo = toy_photo({0.2, 0.2, 0.8, 0.8}, 600, 600);
    for (int r = 0; r < 600; ++r)
        for (int c = 0; c < 600; c += 2) {
            uint8_t& blue = photo.view<uint8_t>()(r, c, 2);
            blue = uint8_t(std::max(0, blue - 60));
        }
    const FilmReading reading = reader(o).read(photo);
    double sum = 0;
    for (int r = 20; r < 40; ++r)
        for (int c = 20; c < 40; ++c) sum += reading.film.view<uint8_t>()(r, c, 2) / 400.0;
    EXPECT_NEAR(sum, 225, 0.7);  // 228.4 by the mean of the light
    EXPECT_EQ(reading.film.space, ColorSpace::Srgb);
}

TEST_F(FilmReaderTest, PhotosOfManyMegapixelsGiveTheSameFilm) {
    FilmReaderOptions o = options();
    o.height_px = 100;
    o.film_mm = {{200, 250}};
    const ToyFilm film{0.3, 0.25, 0.7, 0.85};
    const Image small = reader(o).read(toy_photo(film, 1000, 1025)).film,
                large = reader(o).read(toy_photo(film, 4000, 4100)).film;
    ASSERT_EQ(small.width_px, 80);
    ASSERT_EQ(large.bytes.size(), small.bytes.size());
    double sum = 0;
    for (size_t i = 0; i < small.bytes.size(); ++i)
        sum += std::abs(int(small.bytes[i]) - int(large.bytes[i]));
    EXPECT_LT(sum / double(small.bytes.size()), 4);
}

TEST_F(FilmReaderTest, InventsNothingWhereThereIsNoFilm) {
    EXPECT_NE(refusal(Image(120, 160, 3, PixelType::U8, ColorSpace::Srgb)), "");
    Image grey(120, 160, 3, PixelType::U8, ColorSpace::Srgb);
    std::fill(grey.bytes.begin(), grey.bytes.end(), std::byte(110));
    EXPECT_NE(refusal(grey), "");
    EXPECT_NE(refusal(toy_photo({0.5, 0.5, 0.54, 0.54}, 300, 300)), "");  // too small
    EXPECT_THAT(refusal(toy_photo({}, 20, 400)), HasSubstr("too small to show a film"));
    // Noise in the film's own blue: whatever the mask is, its coordinates contradict themselves.
    Rng rng({Seed{2}, 0}, Stream::Noise);
    Image noise = toy_photo({0.2, 0.2, 0.8, 0.8}, 160, 160);
    for (size_t i = 0; i < noise.bytes.size(); ++i)
        if (i % 3 != 2) noise.bytes[i] = std::byte(uint8_t(rng.below(2) * 255));
    EXPECT_NE(refusal(noise), "");
}

TEST_F(FilmReaderTest, CutsRestoresAndScalesSlicesToHu) {
    FilmReaderOptions o = options();
    o.restoration = path("hu");
    o.deillumination = path("light");
    o.slices = {{0, 0, 0.5, 0.5}, {0.5, 0, 1, 0.5}, {0.1, 0.6, 0.9, 1}};
    const FilmReading reading = reader(o).read(toy_photo({0.2, 0.2, 0.8, 0.8}, 160, 160));
    EXPECT_EQ(reading.film.height_px, 60);  // as the restoration was trained
    ASSERT_EQ(reading.slices.size(), 3u);
    EXPECT_EQ(reading.slices[0].rows, 30);
    EXPECT_EQ(reading.slices[2].rows, 24);
    EXPECT_EQ(reading.light_off.width_px, reading.film.width_px);
    // The network's own answer for the same part of the film, from -1024 to 3071 HU.
    Recoverer restoration(path("hu"), "restoration", torch::kCPU, logger_);
    torch::Tensor part = torch::zeros({1, 3, 30, reading.slices[0].columns});
    for (int r = 0; r < 30; ++r)
        for (int c = 0; c < reading.slices[0].columns; ++c)
            for (int k = 0; k < 3; ++k)
                part[0][k][r][c] = float(reading.film.view<uint8_t>()(r, c, k)) / 255.0f;
    const torch::Tensor want = restoration(part);
    for (const int at : {0, 17, 31}) {
        const float unit = want.flatten()[at].item<float>();
        EXPECT_NEAR(reading.slices[0].hu[size_t(at)], unit * 4095 - 1024, 1);
    }
}

TEST_F(FilmReaderTest, RestorationThatWantsFilmsWithoutLightGetsThem) {
    RecoveryRunConfig config = recovery_config();
    config.input.deillumination = path("light");
    torch::manual_seed(4);
    save(path("hu-after-light"), "restoration", config, *Dmphn(config.net, 1));
    FilmReaderOptions o = options();
    o.restoration = path("hu-after-light");
    EXPECT_THROW(reader(o), Error);
    o.deillumination = path("light");
    const Image photo = toy_photo({0.2, 0.2, 0.8, 0.8}, 160, 160);
    const std::vector<int16_t> after = reader(o).read(photo).slices.front().hu;
    o.restoration = path("hu");
    EXPECT_NE(after, reader(o).read(photo).slices.front().hu);
}

TEST_F(FilmReaderTest, VerbWritesAFolderAPhotoAndReportsTheOthers) {
    const std::string film = shard::encode_jpg(toy_photo({0.3, 0.25, 0.7, 0.85}, 200, 240), 95);
    write("in/a.jpg", film);
    // The same photo from a camera held on its side: stored turned, with the Exif tag that says so.
    Image turned(240, 200, 3, PixelType::U8, ColorSpace::Srgb);
    const Image upright = toy_photo({0.3, 0.25, 0.7, 0.85}, 200, 240);
    for (int r = 0; r < 240; ++r)
        for (int c = 0; c < 200; ++c)
            std::memcpy(turned.view<uint8_t>().pixel(r, c), upright.view<uint8_t>().pixel(c, 239 - r), 3);
    write("in/b.JPG", test::with_exif(shard::encode_jpg(turned, 95), test::exif_block(6, true)));
    write("in/c.png", shard::encode_png(Image(90, 90, 3, PixelType::U8, ColorSpace::Srgb)));
    write("in/d.jpg", film.substr(0, film.size() / 2));
    write("in/notes.txt", "not a photo");
    ASSERT_EQ(run("film " + path("in") + " --checkpoint " + path("firenet") + " --deillumination " +
                  path("light") + " --restoration " + path("hu") +
                  " --film-size 24CMX30CM --layout 'STANDARD\\2,2' --out " + path("out")),
              65)
        << said_;
    EXPECT_THAT(said_, HasSubstr("2 of 4 photos"));
    const json all = json::parse(shard::read_text_file(path("out/report.json")));
    ASSERT_EQ(all["photos"].size(), 4u);
    EXPECT_THAT(all["photos"][2].value("error", ""), HasSubstr("film"));
    EXPECT_THAT(all["photos"][3].value("error", ""), HasSubstr("JPEG"));
    EXPECT_FALSE(fs::exists(path("out/c")));
    EXPECT_FALSE(fs::exists(path("out/d")));

    const json a = json::parse(shard::read_text_file(path("out/a/report.json")));
    EXPECT_EQ(a["slices"], 4);
    EXPECT_EQ(a["film_px"], json::array({48, 60}));
    EXPECT_EQ(a["networks"].size(), 3u);
    for (const json& file : a["files"]) EXPECT_TRUE(fs::exists(path("out/a/") + file.get<std::string>()));
    const json b = json::parse(shard::read_text_file(path("out/b/report.json")));
    EXPECT_EQ(b["exif_orientation"], 6);
    EXPECT_NEAR(b["crop_px"][0].get<double>(), a["crop_px"][0].get<double>(), 6);
    EXPECT_NEAR(b["signs"]["area"].get<double>(), a["signs"]["area"].get<double>(), 0.02);

    const NdArray bm = shard::decode_npy(bytes_of(shard::read_text_file(path("out/a/bm.npy"))));
    EXPECT_EQ(bm.shape, (std::vector<int64_t>{2, 60, 48}));
    EXPECT_EQ(
        std::system(("dciodvfy " + path("out/a/dicom/slice-004.dcm") + " 2> " + path("dcm.txt")).c_str()), 0);
    EXPECT_EQ(shard::read_text_file(path("dcm.txt")).find("Error"), std::string::npos);

    // The same command gives the same bytes.
    const std::string first = shard::read_text_file(path("out/a/dicom/slice-002.dcm"));
    run("film " + path("in/a.jpg") + " --checkpoint " + path("firenet") + " --deillumination " +
        path("light") + " --restoration " + path("hu") +
        " --film-size 24CMX30CM --layout 'STANDARD\\2,2' --out " + path("again"));
    EXPECT_EQ(shard::read_text_file(path("again/a/dicom/slice-002.dcm")), first);
    EXPECT_EQ(shard::read_text_file(path("again/a/film.png")), shard::read_text_file(path("out/a/film.png")));
}

TEST_F(FilmReaderTest, VerbReportsPhotosWhoseNamesAreNotUtf8) {
    write("bytes/caf\xe9.jpg", shard::encode_jpg(toy_photo({0.3, 0.25, 0.7, 0.85}, 200, 240), 95));
    write("bytes/d.jpg", shard::encode_jpg(toy_photo({0.3, 0.25, 0.7, 0.85}, 200, 240), 95));
    ASSERT_EQ(
        run("film " + path("bytes") + " --checkpoint " + path("firenet") + " --out " + path("out-bytes")), 0)
        << said_;
    const json all = json::parse(shard::read_text_file(path("out-bytes/report.json")));
    EXPECT_EQ(all["photos"][0]["photo"], path("bytes/caf\xef\xbf\xbd.jpg"));
    EXPECT_EQ(all["photos"][1]["folder"], "d");
    EXPECT_EQ(json::parse(shard::read_text_file(path("out-bytes/caf\xe9/report.json")))["photo"],
              "caf\xef\xbf\xbd.jpg");
}

TEST_F(FilmReaderTest, PredictingAgainLeavesNothingOfThePredictionBefore) {
    write("twice/a.jpg", shard::encode_jpg(toy_photo({0.3, 0.25, 0.7, 0.85}, 200, 240), 95));
    const std::string common = "film " + path("twice/a.jpg") + " --checkpoint " + path("firenet") +
                               " --film-size 24CMX30CM --out " + path("twice-out");
    const auto files = [] {
        std::vector<std::string> names;
        for (const auto& entry : fs::recursive_directory_iterator(path("twice-out/a")))
            if (entry.is_regular_file())
                names.push_back(fs::relative(entry.path(), path("twice-out/a")).string());
        std::sort(names.begin(), names.end());
        return names;
    };
    const auto told = [] {
        const json report = json::parse(shard::read_text_file(path("twice-out/a/report.json")));
        std::vector<std::string> names = report["files"];
        names.emplace_back("report.json");
        std::sort(names.begin(), names.end());
        return names;
    };
    const std::string restored = common + " --restoration " + path("hu");
    ASSERT_EQ(run(restored + " --deillumination " + path("light") + " --layout 'STANDARD\\2,2'"), 0) << said_;
    EXPECT_EQ(files(), told());
    EXPECT_TRUE(fs::exists(path("twice-out/a/dicom/slice-004.dcm")));
    // What a killed prediction leaves: any of our files, and a report that is not finished.
    write("twice-out/a/dicom/slice-017.dcm", "cut");
    write("twice-out/a/report.json", "{\"unfinished\":true}\n");
    write("twice-out/a/notes.txt", "of the user");
    ASSERT_EQ(run(restored), 0) << said_;
    EXPECT_FALSE(fs::exists(path("twice-out/a/dicom/slice-002.dcm")));
    EXPECT_FALSE(fs::exists(path("twice-out/a/dicom/slice-017.dcm")));
    EXPECT_FALSE(fs::exists(path("twice-out/a/film-without-light.png")));
    EXPECT_TRUE(fs::exists(path("twice-out/a/notes.txt")));
    fs::remove(path("twice-out/a/notes.txt"));
    EXPECT_EQ(files(), told());
    ASSERT_EQ(run(common), 0) << said_;
    EXPECT_EQ(files(), told());
    EXPECT_FALSE(fs::exists(path("twice-out/a/dicom")));
    // A photo that is refused now was not when its folder was written.
    write("twice/a.jpg", shard::encode_jpg(Image(90, 90, 3, PixelType::U8, ColorSpace::Srgb), 95));
    ASSERT_EQ(run(common), 65);
    EXPECT_FALSE(fs::exists(path("twice-out/a")));
    // Slices of somebody else's.
    write("twice/a.jpg", shard::encode_jpg(toy_photo({0.3, 0.25, 0.7, 0.85}, 200, 240), 95));
    write("twice-out/a/dicom/slice-001.dcm", "not ours");
    ASSERT_EQ(run(common), 64);
    EXPECT_THAT(said_, HasSubstr("no report.json tells of"));
    EXPECT_EQ(shard::read_text_file(path("twice-out/a/dicom/slice-001.dcm")), "not ours");
}

TEST_F(FilmReaderTest, KnownPixelSizesMakeCtImagesThatTheToolkitReads) {
    write("ct/a.jpg", shard::encode_jpg(toy_photo({0.3, 0.25, 0.7, 0.85}, 200, 240), 95));
    ASSERT_EQ(
        run("film " + path("ct/a.jpg") + " --checkpoint " + path("firenet") + " --restoration " + path("hu") +
            " --film-size 24CMX30CM --layout 'STANDARD\\1,3' --pixel-mm 0.5 --slice-mm 5 --out " +
            path("ct-out")),
        0)
        << said_;
    dicom::ScanReport scanned;
    const std::vector<std::string> where = {path("ct-out/a/dicom")};
    const auto found = dicom::scan(where, scanned);
    ASSERT_EQ(found.size(), 1u);
    dicom::ReadReport report;
    const dicom::Series series = dicom::read(found[0].files, report);
    EXPECT_EQ(series.origin_mm.size(), 3u);
    EXPECT_EQ(series.row_spacing_mm, 0.5);
}

TEST_F(FilmReaderTest, VerbRefusesWhatItCannotUse) {
    write("one/a.jpg", shard::encode_jpg(toy_photo({0.3, 0.25, 0.7, 0.85}, 100, 120), 95));
    const std::string photo = path("one/a.jpg"),
                      good = " --checkpoint " + path("firenet") + " --out " + path("x");
    const auto refused = [&](const std::string& words, int code, const std::string& why) {
        EXPECT_EQ(run(words), code) << words << ": " << said_;
        EXPECT_THAT(said_, HasSubstr(why)) << words;
        EXPECT_FALSE(fs::exists(path("x"))) << words;
    };
    refused("film " + photo + " --out " + path("x"), 64, "by which network");
    refused("film " + photo + " --checkpoint " + path("firenet"), 64, "where to");
    refused("film " + photo + " --checkpoint " + path("nowhere") + " --out " + path("x"), 64,
            "no checkpoint");
    refused("film " + photo + good + " --restoration " + path("light"), 65, "another model");
    refused("film " + photo + good + " --layout 'STANDARD\\2,2'", 64, "--film-size");
    refused("film " + photo + good + " --film-size 24CMX30CM --layout 2x2", 65, "display format");
    refused("film " + photo + good + " --pixel-mm 0.5", 64, "go together");
    refused("film " + photo + good + " --film-size 24CMX30CM --layout 'STANDARD\\2,2'", 64, "--restoration");
    for (const char* words : {" --window-center nan", " --window-center 1e300", " --slice-mm nan"})
        refused("film " + photo + good + words, 64, "not in range");
    fs::create_directories(path("empty"));
    refused("film " + path("empty") + good, 65, "no photos in this folder");
}

TEST_F(FilmReaderTest, RefusesCheckpointsThatItCannotTrust) {
    const auto refused = [&](const std::string& run, const std::string& why) {
        FilmReaderOptions o;
        o.checkpoint = path(run);
        try {
            reader(o);
            ADD_FAILURE() << run;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadData);
            EXPECT_THAT(error.what(), HasSubstr(why));
        }
    };
    FireNetRunConfig wide = toy_config();
    wide.net.width = 12;
    save(path("wide"), "firenet", toy_config(), *FireNet(wide.net));
    refused("wide", "another width");
    fs::copy(path("firenet"), path("cut"), fs::copy_options::recursive);
    fs::resize_file(path("cut/checkpoints/best.safetensors"), 1000);
    refused("cut", "cut or changed");
    json sidecar = json::parse(shard::read_text_file(path("firenet/checkpoints/best.json")));
    sidecar["version"] = kCheckpointVersion + 1;
    write("future/checkpoints/best.json", sidecar.dump());
    refused("future", "newer version");
    refused("hu", "another model");
}

TEST(Reduced, IsTheMeanOfWholeBlocks) {
    Image image(5, 4, 3, PixelType::U8, ColorSpace::Srgb);
    for (int r = 0; r < 5; ++r)
        for (int c = 0; c < 4; ++c) image.view<uint8_t>()(r, c, 1) = uint8_t(10 * r + c);
    const Image half = reduced(image, 2);
    ASSERT_EQ(half.height_px, 2);
    ASSERT_EQ(half.width_px, 2);
    EXPECT_EQ(half.view<uint8_t>()(1, 1, 1), (22 + 23 + 32 + 33 + 2) / 4);
    EXPECT_EQ(half.view<uint8_t>()(1, 1, 0), 0);
}

TEST(TexelsOf, EqualPartsGiveEqualBoxesWithinTheFilm) {
    for (const int height : {60, 61, 100, 1024})
        for (int i = 0; i < 3; ++i) {
            const photo::Panel at = texels_of({0, i / 3.0, 1, (i + 1) / 3.0}, height, 50);
            EXPECT_EQ(at.height_px(), i == 2 ? std::min(int(std::lround(height / 3.0)), height - at.top_px)
                                             : int(std::lround(height / 3.0)));
            EXPECT_LE(at.bottom_px, height);
            EXPECT_EQ(at.width_px(), 50);
        }
    EXPECT_THROW(texels_of({0.5, 0, 0.501, 1}, 60, 50), Error);
}

TEST(EstimatedAspect, IsTheRatioOfTheSidesInThePhoto) {
    Image bm(8, 6, 2, PixelType::F32, ColorSpace::Data);
    for (int r = 0; r < 8; ++r)
        for (int c = 0; c < 6; ++c) {
            bm.view<float>()(r, c, 0) = float((c + 0.5) / 6 - 0.5);        // half the photo's width
            bm.view<float>()(r, c, 1) = float(((r + 0.5) / 8 - 0.5) / 2);  // a quarter of its height
        }
    EXPECT_NEAR(estimated_aspect(bm, 400, 300), 150.0 / 100, 1e-6);
    std::fill(bm.bytes.begin(), bm.bytes.end(), std::byte(0));
    EXPECT_THROW(estimated_aspect(bm, 400, 300), Error);
}

}  // namespace
}  // namespace radforge::models
