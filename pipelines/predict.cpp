// SPDX-License-Identifier: Apache-2.0
/// radforge predict film: photos of films in; flat films, CT slices and what the networks saw out.
#include "models/photo/read_photo.h"
#include "models/predict/film_reader.h"
#include "models/train/blas_probe.h"
#include "models/train/device.h"
#include "pipelines/cli.h"
#include "pipelines/train_verbs.h"
#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/base/progress.h"
#include "synth/dicom/display_format.h"
#include "synth/shard/codec.h"
#include "synth/shard/dataset.h"
#include "synth/shard/file.h"
#include "synth/stop_signal.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <set>

namespace radforge::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct PredictArguments {
    Common common;
    std::string kind, out, device = "cpu", film_size, layout;
    std::vector<std::string> photos;
    models::FilmReaderOptions film;
    double margin_mm = 5, gap_mm = 2, pixel_mm = 0, slice_mm = 0;
    bool landscape = false;
};

bool names_a_picture(const fs::path& path) {
    std::string end = path.extension().string();
    std::transform(end.begin(), end.end(), end.begin(),
                   [](unsigned char c) { return char(std::tolower(c)); });
    return end == ".jpg" || end == ".jpeg" || end == ".png";
}

/// Photos as given; of a folder all files that are named as pictures are, sorted.
std::vector<std::string> list_photos(const std::vector<std::string>& words) {
    std::vector<std::string> photos;
    for (const std::string& word : words) {
        if (!fs::is_directory(word)) {
            photos.push_back(word);
            continue;
        }
        const size_t before = photos.size();
        for (const std::string& name : shard::list_directory(word))
            if (names_a_picture(name)) photos.push_back((fs::path(word) / name).string());
        if (photos.size() == before)
            throw Error(ErrorKind::BadData, "no photos in this folder")
                .where(word)
                .expected(".jpg, .jpeg or .png");
    }
    if (photos.empty()) throw Error(ErrorKind::Usage, "which photos?").hint("name files or folders");
    return photos;
}

/// A folder a photo: its name without the extension, or with it where two photos would share one.
std::vector<std::string> folders_of(const std::vector<std::string>& photos) {
    std::multiset<std::string> stems;
    std::set<std::string> used;
    for (const std::string& photo : photos) stems.insert(fs::path(photo).stem().string());
    std::vector<std::string> folders;
    for (const std::string& photo : photos) {
        const fs::path path(photo);
        const std::string stem = path.stem().string(),
                          folder = stems.count(stem) > 1 ? path.filename().string() : stem;
        if (!used.insert(folder).second)
            throw Error(ErrorKind::Usage, "two photos of one name")
                .where(photo)
                .hint("predict them into two folders");
        folders.push_back(folder);
    }
    return folders;
}

void read_layout(PredictArguments& args) {
    if (args.film_size.empty()) {
        if (!args.layout.empty())
            throw Error(ErrorKind::Usage, "--layout needs the size of the film")
                .hint("give --film-size, for example 14INX17IN");
        return;
    }
    const dicom::FilmSize portrait = dicom::film_size(args.film_size);
    const dicom::FilmSize size =
        args.landscape ? dicom::FilmSize{portrait.height_mm, portrait.width_mm} : portrait;
    args.film.film_mm = {size.width_mm, size.height_mm};
    if (args.layout.empty()) return;
    for (const dicom::RectMm& box :
         dicom::place_boxes(dicom::parse_display_format(args.layout), size, args.margin_mm, args.gap_mm))
        args.film.slices.push_back({box.left_mm / size.width_mm, box.top_mm / size.height_mm,
                                    (box.left_mm + box.width_mm) / size.width_mm,
                                    (box.top_mm + box.height_mm) / size.height_mm});
}

/// Names of files may hold any bytes, JSON only UTF-8: others become U+FFFD.
std::string text_of(const json& report) {
    return report.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

json json_of(const photo::FilmSigns& signs) {
    return {{"area", signs.area},
            {"folded", signs.folded},
            {"reach_u", signs.reach_u},
            {"reach_v", signs.reach_v},
            {"disagreement", signs.disagreement ? json(*signs.disagreement) : json()},
            {"following", signs.following ? json(*signs.following) : json()}};
}

/// f32 [2,h,w], as bm.npy of a film sample.
std::string npy_of(const Image& bm) {
    NdArray array{PixelType::F32, {2, bm.height_px, bm.width_px}, {}};
    const auto in = bm.values<float>();
    std::vector<float> planes;
    for (size_t k = 0; k < 2; ++k)
        for (size_t i = k; i < in.size(); i += 2) planes.push_back(in[i]);
    array.bytes.resize(planes.size() * sizeof(float));
    std::memcpy(array.bytes.data(), planes.data(), array.bytes.size());
    return shard::encode_npy(array);
}

/// The slices as a viewer shows them at first, at their places on the film.
Image picture_of(const models::FilmReading& reading, const std::vector<models::FilmBox>& boxes) {
    Image picture(reading.film.height_px, reading.film.width_px, 1, PixelType::U8, ColorSpace::Data);
    for (size_t s = 0; s < reading.slices.size(); ++s) {
        const dicom::RestoredSlice& slice = reading.slices[s];
        const photo::Panel at = models::texels_of(boxes.empty() ? models::FilmBox() : boxes[s],
                                                  picture.height_px, picture.width_px);
        for (int r = 0; r < slice.rows; ++r)
            for (int c = 0; c < slice.columns; ++c)
                picture.view<uint8_t>()(at.top_px + r, at.left_px + c) = quantize_u8(
                    float((slice.hu[size_t(r) * size_t(slice.columns) + size_t(c)] - slice.window_center_hu) /
                              slice.window_width_hu +
                          0.5));
    }
    return picture;
}

/// Names that a prediction may leave in its folder; slices beside.
constexpr std::array kPictures = {"film.png", "film-without-light.png", "maps.png", "bm.npy", "slices.png"};

bool names_a_slice(const std::string& name) {
    const std::string head = "slice-", tail = ".dcm";
    return name.size() > head.size() + tail.size() && name.rfind(head, 0) == 0 &&
           name.find_first_not_of("0123456789", head.size()) == name.size() - tail.size() &&
           name.compare(name.size() - tail.size(), tail.size(), tail) == 0;
}

/// Removes what an earlier prediction left, so that no slice of another layout or network stays among the new
/// ones. Its report.json, kept till the last and there from the first, says that these files are ours.
/// @throws Error when slices lie there that nothing says we wrote
void remove_earlier(const std::string& directory) {
    if (!fs::is_directory(directory)) return;
    std::vector<std::string> slices;
    if (fs::is_directory(directory + "/dicom"))
        for (const std::string& name : shard::list_directory(directory + "/dicom"))
            if (names_a_slice(name)) slices.push_back(directory + "/dicom/" + name);
    const std::string report = directory + "/report.json";
    json told;
    if (shard::file_exists(report)) told = json::parse(shard::read_text_file(report), nullptr, false);
    const bool ours = told.is_object() && (told.contains("unfinished") || told.contains("not_for_diagnosis"));
    if (!ours) {
        if (slices.empty()) return;
        throw Error(ErrorKind::Usage, "DICOM files lie here that no report.json tells of")
            .where(slices.front())
            .hint("give another --out, or move them away");
    }
    for (const std::string& slice : slices) fs::remove(slice);
    for (const char* const name : kPictures) fs::remove(directory + "/" + name);
    std::error_code not_empty;
    fs::remove(directory + "/dicom", not_empty);
    fs::remove(report);
    fs::remove(directory, not_empty);
}

struct Output {
    std::string directory;
    json files = json::array();
    void write(const std::string& name, const std::string& bytes) {
        shard::write_text_file(directory, name, bytes);
        files.push_back(name);
    }
};

/// One photo. @returns its part of the report
json predict(const std::string& path, const std::string& directory, const PredictArguments& args,
             const models::FilmReader& reader) {
    remove_earlier(directory);
    photo::PhotoFacts facts;
    const Image picture = photo::read_photo(path, facts);
    models::FilmReading reading;
    try {
        reading = reader.read(picture);
    } catch (Error& error) {
        throw error.where(path);
    }
    fs::create_directories(directory);
    Output out{directory};
    shard::write_text_file(directory, "report.json", json{{"unfinished", true}}.dump() + "\n");
    out.write("film.png", shard::encode_png(reading.film));
    if (reading.light_off.channels != 0)
        out.write("film-without-light.png", shard::encode_png(reading.light_off));
    out.write("maps.png", shard::encode_png(reading.maps));
    out.write("bm.npy", npy_of(reading.bm));
    const std::string photo_sha256 = sha256_file(path);
    std::string made_by;
    json networks = json::array();
    for (const models::FilmReader::Network& network : reader.networks()) {
        networks.push_back({{"task", network.task},
                            {"file", network.file},
                            {"step", network.step},
                            {"sha256", sha256_file(network.file)}});
        made_by += (made_by.empty() ? "" : ", ") + network.task + " step " + std::to_string(network.step);
    }
    if (!reading.slices.empty()) {
        out.write("slices.png", shard::encode_png(picture_of(reading, reader.options().slices)));
        dicom::RestoredSeries series;
        series.slices = reading.slices;
        if (args.pixel_mm > 0) series.place = dicom::SlicePlace{args.pixel_mm, args.slice_mm};
        series.derivation =
            "Film found in a photo, flattened and restored to CT values by neural networks: " + made_by;
        series.description = "Restored from a photo of a film";
        series.study = photo_sha256;
        for (const std::string& name : dicom::write_restored(directory + "/dicom", series))
            out.files.push_back("dicom/" + name);
    }
    const json report = {
        {"photo", fs::path(path).filename().string()},
        {"photo_sha256", photo_sha256},
        {"not_for_diagnosis", true},
        {"size_px", {picture.width_px, picture.height_px}},
        {"format", facts.format},
        {"colours", facts.colours},
        {"bits", facts.bits},
        {"alpha", facts.alpha},
        {"exif_orientation", facts.orientation},
        {"crop_px",
         {reading.crop.left_px, reading.crop.top_px, reading.crop.right_px, reading.crop.bottom_px}},
        {"signs", json_of(reading.signs)},
        {"aspect", reading.aspect},
        {"aspect_estimated", !reader.options().film_mm},
        {"film_px", {reading.film.width_px, reading.film.height_px}},
        {"texels",
         {{"by_uv", reading.part[size_t(infer::Origin::Uv)]},
          {"by_displacement", reading.part[size_t(infer::Origin::Displacement)]},
          {"filled", reading.part[size_t(infer::Origin::Filled)]},
          {"extrapolated", reading.part[size_t(infer::Origin::Extrapolated)]},
          {"beyond", reading.part[size_t(infer::Origin::Beyond)]}}},
        {"map_tiles", models::FilmReader::map_names()},
        {"slices", reading.slices.size()},
        {"networks", networks},
        {"files", out.files}};
    shard::write_text_file(directory, "report.json", text_of(report));
    return report;
}

void predict_all(PredictArguments args, Logger& logger) {
    if (args.kind != "film") throw Error(ErrorKind::Usage, "predict what?").got(args.kind).expected("film");
    if (args.film.checkpoint.empty())
        throw Error(ErrorKind::Usage, "by which network?").hint("give --checkpoint RUN");
    if (args.out.empty()) throw Error(ErrorKind::Usage, "where to?").hint("give --out FOLDER");
    shard::require_no_dataset(args.out);
    if ((args.pixel_mm > 0) != (args.slice_mm > 0))
        throw Error(ErrorKind::Usage, "--pixel-mm and --slice-mm go together");
    read_layout(args);
    if (!args.layout.empty() && args.film.restoration.empty())
        throw Error(ErrorKind::Usage, "--layout says where slices are, but no network restores them")
            .hint("give --restoration");
    const std::vector<std::string> photos = list_photos(args.photos), folders = folders_of(photos);
    models::set_up_cpu(args.common.threads, logger);
    const models::FilmReader reader(args.film, models::device_of(args.device), logger);

    const StopSignal stop;
    Progress progress(logger, "predict", "photo", int64_t(photos.size()));
    json report = {{"photos", json::array()}};
    size_t failed = 0;
    for (size_t i = 0; i < photos.size() && stop.received() == 0; ++i) {
        try {
            const json one = predict(photos[i], args.out + "/" + folders[i], args, reader);
            report["photos"].push_back(
                {{"photo", photos[i]}, {"folder", folders[i]}, {"slices", one["slices"]}});
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::BadData) throw;
            logger.error(error.what());
            report["photos"].push_back({{"photo", photos[i]}, {"error", error.what()}});
            ++failed;
        }
        progress.advance();
    }
    progress.finish();
    fs::create_directories(args.out);
    shard::write_text_file(args.out, "report.json", text_of(report));
    if (stop.received() != 0) throw Error(ErrorKind::TryAgain, "stopped by a signal");
    if (failed > 0)
        throw Error(ErrorKind::BadData, "nothing was predicted from " + std::to_string(failed) + " of " +
                                            std::to_string(photos.size()) + " photos")
            .hint("see " + args.out + "/report.json");
}

}  // namespace

void add_prediction(CLI::App& app, int& exit_code) {
    auto args = std::make_shared<PredictArguments>();
    CLI::App* verb = app.add_subcommand("predict", "Turn photos of films into flat films and CT slices");
    verb->add_option("kind", args->kind, "film")->required();
    verb->add_option("photos", args->photos, "JPEG or PNG files, or folders of them");
    verb->add_option("--checkpoint", args->film.checkpoint, "Run (or checkpoint) of FIReNet or DewarpNet");
    verb->add_option("--deillumination", args->film.deillumination, "Run that takes light and shadow off");
    verb->add_option("--restoration", args->film.restoration, "Run that gives CT values; writes DICOM");
    verb->add_option("--out,-o", args->out, "Folder, with one folder a photo in it");
    verb->add_option("--height-px", args->film.height_px,
                     "Height of the flat film; 0 = as the runs were trained")
        ->check(CLI::Range(0, 16384))
        ->capture_default_str();
    verb->add_option("--film-size", args->film_size,
                     "14INX17IN, 24CMX30CM, ...; else the shape is estimated");
    verb->add_flag("--landscape", args->landscape, "The film lies on its long side");
    verb->add_option("--layout", args->layout,
                     "Image boxes as DICOM names them, STANDARD\\4,5; else the film is one slice");
    verb->add_option("--margin-mm", args->margin_mm, "From the film's edge to the first box")
        ->check(real_between(0, 100))
        ->capture_default_str();
    verb->add_option("--gap-mm", args->gap_mm, "Between boxes")
        ->check(real_between(0, 100))
        ->capture_default_str();
    verb->add_option("--pixel-mm", args->pixel_mm, "Side of a restored pixel in the patient, if you know it")
        ->check(real_between(1e-3, 1e3));
    verb->add_option("--slice-mm", args->slice_mm, "Distance of slices; with both, CT images are written")
        ->check(real_between(1e-3, 1e3));
    verb->add_option("--window-center", args->film.window_center_hu, "That viewers begin with, HU")
        ->check(real_between(-32768, 32767))
        ->capture_default_str();
    verb->add_option("--window-width", args->film.window_width_hu, "That viewers begin with, HU")
        ->check(real_between(1, 65535))
        ->capture_default_str();
    verb->add_option(
            "--least-following", args->film.limits.least_following,
            "How far what is found must go along when the photo is moved within the frame, 1: as far as "
            "the photo; -10 lets all pass")
        ->check(real_between(-10, 1))
        ->capture_default_str();
    verb->add_option("--least-area", args->film.limits.least_area,
                     "Part of a photo that a film takes at least")
        ->check(real_between(0, 1))
        ->capture_default_str();
    verb->add_option("--device", args->device, "cpu or cuda")->capture_default_str();
    add_common(*verb, args->common);
    verb->footer(
        "Example:\n  radforge predict film photo.jpg --checkpoint runs/firenet --out out/photo\n"
        "A photo in which no film is found is reported, the others are predicted, and the exit code is 65.\n"
        "Not for diagnosis.");
    verb->callback([args, &exit_code] {
        exit_code = guarded(args->common, [&](Logger& logger) { predict_all(*args, logger); });
    });
}

}  // namespace radforge::cli
