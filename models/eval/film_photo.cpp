// SPDX-License-Identifier: Apache-2.0
#include "models/eval/film_photo.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/shard/names.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

namespace radforge::eval {
namespace {

constexpr size_t kPhoto = 0, kMask = 1;  // of FilmTransform::inputs()

/// f32 [H,W,C] of planes.
Image interleaved(const float* planes, const loader::Shape& shape) {
    Image image(shape.height_px, shape.width_px, shape.channels, PixelType::F32, ColorSpace::Data);
    auto out = image.view<float>();
    for (int k = 0; k < shape.channels; ++k)
        for (int r = 0; r < shape.height_px; ++r)
            for (int c = 0; c < shape.width_px; ++c) out(r, c, k) = *planes++;
    return image;
}

std::unique_ptr<loader::Source> open(const std::string& directory, const std::string& split,
                                     const std::vector<std::string>& fields) {
    const std::vector<std::string> splits = loader::Source::splits(directory);
    loader::SourceOptions options;
    options.split = split;
    if (std::find(splits.begin(), splits.end(), split) == splits.end()) {
        std::string names;
        for (const std::string& name : splits) names += (names.empty() ? "" : ", ") + name;
        throw Error(ErrorKind::Usage, "the dataset has no split '" + split + "'")
            .where(directory)
            .expected("one of " + names)
            .hint("choose it with --split");
    }
    {
        // The kind first: a set of another kind has none of the fields, which would be a worse message.
        const loader::Source any(directory, options);
        if (any.plan().kind != "film")
            throw Error(ErrorKind::BadData, "film networks are evaluated on film datasets")
                .where(directory)
                .got("kind " + any.plan().kind);
    }
    options.fields = fields;
    return std::make_unique<loader::Source>(directory, options);
}

}  // namespace

FilmPhotos::FilmPhotos(const std::vector<std::string>& directories, const std::string& split,
                       const std::vector<std::string>& fields)
    : split_(split) {
    for (const std::string& directory : directories) {
        Set set{std::filesystem::path(directory + "/").parent_path().filename().string(),
                open(directory, split, fields)};
        if (among(set.source->data_sha256()))
            throw Error(ErrorKind::Usage, "the same photos come twice")
                .where(directory)
                .hint("give each dataset once with --data");
        for (uint32_t shard = 0; shard < set.source->counts().size(); ++shard)
            for (uint32_t row = 0; row < set.source->counts()[shard]; ++row)
                places_.push_back({sets_.size(), shard, row});
        sets_.push_back(std::move(set));
    }
    if (places_.empty()) throw Error(ErrorKind::Usage, "evaluate on what?").hint("give --data DATASET");
}

void FilmPhotos::keep_first(size_t count) {
    if (count == 0 || count >= places_.size()) return;
    places_.resize(count);
    sets_.resize(places_.back().set + 1);
}

std::string FilmPhotos::name() const {
    std::string names;
    for (const Set& set : sets_) names += (names.empty() ? "" : ", ") + set.source->plan().name;
    return names;
}

std::string FilmPhotos::data_sha256() const {
    std::string all;
    for (const Set& set : sets_) all += (all.empty() ? "" : " ") + set.source->data_sha256();
    return all;
}

bool FilmPhotos::among(const std::string& data_sha256) const {
    return std::any_of(sets_.begin(), sets_.end(), [&](const Set& set) {
        return data_sha256.find(set.source->data_sha256()) != std::string::npos;
    });
}

FilmPhoto FilmPhotos::read(size_t i) const {
    const Place place = places_.at(i);
    const Set& set = sets_[place.set];
    FilmPhoto photo;
    photo.set = place.set;
    photo.fields.resize(set.source->fields().size());
    const auto target = [&](size_t f, const loader::Shape& shape) {
        loader::FieldBlock& block = photo.fields[f];
        block.name = set.source->fields()[f].name;
        block.shape = shape;
        block.values.resize(shape.values());
        return block.values.data();
    };
    loader::DecodeBuffers buffers;
    const uint64_t index =
        set.source->sample(place.shard, place.row, buffers, loader::Destination::Near, target);
    photo.key =
        (sets_.size() > 1 ? set.folder + "/" : "") + shard::sample_name(set.source->plan().kind, index);
    photo.meta = set.source->meta(place.shard, place.row);
    const nlohmann::json meta = nlohmann::json::parse(photo.meta, nullptr, false);
    const auto text = [&](const char* table, const char* key) -> std::string {
        const auto found = meta.is_object() ? meta.find(table) : meta.end();
        if (found == meta.end() || !found->is_object()) return "";
        const auto value = found->find(key);
        return value != found->end() && value->is_string() ? value->get<std::string>() : "";
    };
    photo.volume = text("source", "volume");
    photo.scenario = text("scenario", "name");
    return photo;
}

TrueMaps true_maps(const FilmPhoto& photo, int side_px, int pad_px, const loader::FilmRanges& ranges) {
    loader::AugmentConfig config;
    config.size_px = side_px;
    config.pad_px = pad_px;
    config.recrop_px = Dist<int>::uniform(0, 0);
    const loader::FilmTransform transform(config, ranges, loader::FilmTransform::Mode::Validate);
    std::vector<std::pair<std::string, loader::Shape>> inputs;
    for (const loader::FieldBlock& field : photo.fields) inputs.emplace_back(field.name, field.shape);
    const auto outputs = transform.outputs(inputs);
    std::vector<std::vector<float>> planes;
    std::vector<float*> memory;
    for (const auto& [name, shape] : outputs) planes.emplace_back(shape.values());
    for (auto& plane : planes) memory.push_back(plane.data());
    Rng rng({Seed{0}, 0}, Stream::Augment);  // validation draws, and uses nothing of it
    transform.apply_with_meta(photo.fields, photo.meta, rng, memory);
    const auto image = [&](const char* name) {
        for (size_t f = 0; f < outputs.size(); ++f)
            if (outputs[f].first == name) return interleaved(planes[f].data(), outputs[f].second);
        throw Error(ErrorKind::Failed, "the film transform has no such field").got(name);
    };
    TrueMaps truth;
    truth.photo = image("photo");
    for (float& v : truth.photo.values<float>()) v = (v + 1) / 2;
    truth.maps = {image("uv"), image("bg"), image("df"), image("depth")};
    truth.wc = image("wc");
    truth.normal = image("normal");
    truth.bm = image("bm");
    truth.film = Image(side_px, side_px, 1, PixelType::U8, ColorSpace::Data);
    const auto bg = truth.maps.bg.values<float>();
    for (size_t i = 0; i < bg.size(); ++i) truth.film.values<uint8_t>()[i] = bg[i] > 0 ? 255 : 0;
    return truth;
}

loader::Crop film_frame(const FilmPhoto& photo, int pad_px) {
    const loader::FieldBlock& mask = photo.fields.at(kMask);
    return loader::film_crop(mask.values, mask.shape, pad_px, {0, 0, 0, 0});
}

Image cropped_photo(const FilmPhoto& photo, int pad_px) {
    const loader::FieldBlock& colour = photo.fields.at(kPhoto);
    const loader::Crop crop = film_frame(photo, pad_px);
    const int left = int(crop.left_px), top = int(crop.top_px);
    Image out(int(crop.height_px()), int(crop.width_px()), 3, PixelType::F32, ColorSpace::Data);
    const size_t plane = size_t(colour.shape.height_px) * size_t(colour.shape.width_px);
    auto pixels = out.view<float>();
    for (int r = 0; r < out.height_px; ++r)
        for (int c = 0; c < out.width_px; ++c)
            for (size_t k = 0; k < 3; ++k)
                pixels(r, c, int(k)) =
                    colour.values[k * plane + size_t(r + top) * size_t(colour.shape.width_px) +
                                  size_t(c + left)];
    return out;
}

}  // namespace radforge::eval
