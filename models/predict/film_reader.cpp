// SPDX-License-Identifier: Apache-2.0
#include "models/predict/film_reader.h"

#include "models/tasks/sheet.h"
#include "synth/base/error.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace radforge::models {
namespace {

constexpr int kSmallestPhotoPx = 32, kDefaultHeightPx = 1024;
/// Networks see far less; float planes of the whole photo would cost 12 bytes a pixel.
constexpr int64_t kPixelsForNetworks = 4'000'000;
/// Sides of the map from which the shape of the film is estimated.
constexpr int kEstimateTexels = 64;
/// How far a photo is moved to see whether the film moves with it.
constexpr double kMovedOfPadding = 0.6;

/// [1,3,H,W] in [0,1].
torch::Tensor tensor_of(const Image& picture) {
    const torch::Tensor bytes = torch::from_blob(const_cast<std::byte*>(picture.bytes.data()),
                                                 {picture.height_px, picture.width_px, 3}, torch::kUInt8);
    return bytes.permute({2, 0, 1}).to(torch::kFloat32).div(255).unsqueeze(0).contiguous();
}

/// u8 [H,W,3] of [1,3,H,W] in [0,1].
Image picture_of(const torch::Tensor& planes) {
    const Image values = image_of(planes[0]);
    Image picture(values.height_px, values.width_px, 3, PixelType::U8, ColorSpace::Srgb);
    const auto from = values.values<float>();
    const auto to = picture.values<uint8_t>();
    for (size_t i = 0; i < to.size(); ++i) to[i] = quantize_u8(from[i]);
    return picture;
}

photo::FilmSigns signs_of(const FilmMaps& maps, double covered) {
    const Image mask = infer::film_mask(image_of(maps.bg[0]));
    const auto set = mask.values<uint8_t>();
    const double area = covered *
                        double(std::count_if(set.begin(), set.end(), [](uint8_t v) { return v != 0; })) /
                        double(set.size());
    if (!maps.uv.defined()) return photo::signs_of_map(image_of(maps.bm[0]), area);
    return photo::signs_of_film(mask, covered, image_of(maps.uv[0]),
                                maps.df.defined() ? infer::converted_uv(image_of(maps.df[0])) : Image());
}

Image picture_of_maps(const FilmMaps& maps, const torch::Tensor& seen) {
    const int side = int(seen.size(3));
    const torch::Tensor film = (maps.bg > 0).to(torch::kFloat32);
    Sheet sheet(1, int(FilmReader::map_names().size()), side);
    int column = 0;
    for (const torch::Tensor& map : {seen, maps.bg, maps.wc, maps.normal, maps.depth, maps.uv, maps.df}) {
        // The smaller maps of a baseline stay out: tiles are of one size.
        if (map.defined() && map.size(3) == side) {
            const bool everywhere = map.is_same(seen) || map.is_same(maps.bg);
            const float reach = map.is_same(maps.df) ? 0.5f : 1.0f;
            sheet.put(0, column, image_of((everywhere ? map : map * film)[0]), -reach, reach);
        }
        ++column;
    }
    return sheet.take();
}

}  // namespace

FilmReader::FilmReader(FilmReaderOptions options, torch::Device device, Logger& logger)
    : options_(std::move(options)), predictor_(options_.checkpoint, device, logger) {
    if (!options_.deillumination.empty())
        deillumination_ =
            std::make_unique<Recoverer>(options_.deillumination, "deillumination", device, logger);
    if (!options_.restoration.empty())
        restoration_ = std::make_unique<Recoverer>(options_.restoration, "restoration", device, logger);
    if (restoration_ && !restoration_->config().input.deillumination.empty() && !deillumination_)
        throw Error(ErrorKind::Usage, "this restoration was trained on films whose light was taken off")
            .where(restoration_->file())
            .hint("give --deillumination as well: " + restoration_->config().input.deillumination);
    if (restoration_ && deillumination_) {
        const RecoverySettings& trained = restoration_->config().input;
        if (!trained.deillumination_sha256.empty() &&
            deillumination_->sha256() != trained.deillumination_sha256)
            logger.warn(restoration_->file() + " was trained behind other weights than " +
                        deillumination_->file());
    }
    if (options_.height_px > 0)
        height_px_ = options_.height_px;
    else if (restoration_)
        height_px_ = restoration_->config().part.film_height_px;
    else if (deillumination_)
        height_px_ = deillumination_->config().part.film_height_px;
    else
        height_px_ = kDefaultHeightPx;
    for (const auto* const network : {deillumination_.get(), restoration_.get()})
        if (network && network->config().part.film_height_px != height_px_)
            logger.warn(network->file() + " was trained on films " +
                        std::to_string(network->config().part.film_height_px) + " px high, not " +
                        std::to_string(height_px_));
}

std::vector<std::string> FilmReader::map_names() {
    return {"photo", "bg", "wc", "normal", "depth", "uv", "df"};
}

std::vector<FilmReader::Network> FilmReader::networks() const {
    std::vector<Network> all = {{predictor_.task(), predictor_.file(), predictor_.step()}};
    if (deillumination_) all.push_back({"deillumination", deillumination_->file(), deillumination_->step()});
    if (restoration_) all.push_back({"restoration", restoration_->file(), restoration_->step()});
    return all;
}

FilmReading FilmReader::read(const Image& photo) const {
    if (std::min(photo.height_px, photo.width_px) < kSmallestPhotoPx)
        throw Error(ErrorKind::BadData, "the photo is too small to show a film")
            .got(std::to_string(photo.width_px) + " x " + std::to_string(photo.height_px) + " pixels")
            .expected("at least " + std::to_string(kSmallestPhotoPx) + " a side");
    const torch::NoGradGuard no_grad;
    const double pixels = double(photo.height_px) * double(photo.width_px);
    const int factor = std::max(1, int(std::sqrt(pixels / double(kPixelsForNetworks))));
    const Image small = factor > 1 ? reduced(photo, factor) : Image();
    const Image& seen = factor > 1 ? small : photo;
    FoundFilm found = predictor_.find(seen);
    FilmReading reading;
    const double covered =
        found.crop.width_px() * found.crop.height_px() / (double(seen.width_px) * double(seen.height_px));
    const torch::Tensor input = network_input(seen, found.crop, predictor_.side_px());
    reading.signs = signs_of(found.maps, covered);
    reading.signs.following = following(
        [this](const torch::Tensor& x) { return predictor_(x).bg; }, input.to(found.maps.bg.device()),
        found.maps.bg, std::max<int64_t>(1, std::lround(kMovedOfPadding * predictor_.augment().pad_px)));
    photo::require_film(reading.signs, options_.limits);
    reading.maps = picture_of_maps(found.maps, input);
    reading.crop = {found.crop.left_px * factor, found.crop.top_px * factor, found.crop.right_px * factor,
                    found.crop.bottom_px * factor};

    Image part = cut_out(photo, reading.crop);
    part.space = ColorSpace::Data;  // the networks learned from films whose stored values were averaged
    infer::DewarpOptions how;
    how.working_px = std::max(how.working_px, predictor_.side_px());
    how.sampling = geometry::Sampling::Footprint;
    if (options_.film_mm) {
        reading.aspect = (*options_.film_mm)[0] / (*options_.film_mm)[1];
    } else {
        how.height_px = how.width_px = kEstimateTexels;
        reading.aspect =
            estimated_aspect(flatten(found.maps, 0, part, how).bm, part.height_px, part.width_px);
    }
    how.height_px = height_px_;
    how.width_px = std::max(1, int(std::lround(height_px_ * reading.aspect)));
    infer::DewarpResult flat = flatten(found.maps, 0, part, how);
    to_whole_photo(flat.bm, reading.crop, photo.height_px, photo.width_px);
    reading.film = std::move(flat.film);
    reading.film.space = ColorSpace::Srgb;
    reading.bm = std::move(flat.bm);
    reading.part = flat.part;

    torch::Tensor film = tensor_of(reading.film);
    torch::Tensor light_off = film;
    if (deillumination_) {
        light_off = (*deillumination_)(film);
        reading.light_off = picture_of(light_off);
    }
    if (restoration_)
        reading.slices = restore(restoration_->config().input.deillumination.empty() ? film : light_off);
    return reading;
}

std::vector<dicom::RestoredSlice> FilmReader::restore(const torch::Tensor& film) const {
    const photo::PartConfig& range = restoration_->config().part;
    const double low = range.low_hu, extent = range.high_hu - range.low_hu;
    std::vector<FilmBox> boxes = options_.slices;
    if (boxes.empty()) boxes.emplace_back();
    std::vector<dicom::RestoredSlice> slices;
    for (const FilmBox& box : boxes) {
        const photo::Panel at = texels_of(box, int(film.size(2)), int(film.size(3)));
        const torch::Tensor part = film.slice(2, at.top_px, at.bottom_px).slice(3, at.left_px, at.right_px);
        const torch::Tensor values = (*restoration_)(part).mul(extent).add(low).round();
        const torch::Tensor hu = values.to(torch::kCPU).clamp(-32767, 32767).to(torch::kInt16).contiguous();
        dicom::RestoredSlice slice;
        slice.rows = at.height_px();
        slice.columns = at.width_px();
        slice.hu.assign(hu.data_ptr<int16_t>(), hu.data_ptr<int16_t>() + hu.numel());
        slice.window_center_hu = options_.window_center_hu;
        slice.window_width_hu = options_.window_width_hu;
        slices.push_back(std::move(slice));
    }
    return slices;
}

Image reduced(const Image& photo, int factor) {
    Image out(photo.height_px / factor, photo.width_px / factor, photo.channels, PixelType::U8, photo.space);
    const auto in = std::as_const(photo).view<uint8_t>();
    const auto to = out.view<uint8_t>();
    const int area = factor * factor;
    for (int r = 0; r < out.height_px; ++r)
        for (int c = 0; c < out.width_px; ++c)
            for (int k = 0; k < out.channels; ++k) {
                int sum = 0;
                for (int y = 0; y < factor; ++y)
                    for (int x = 0; x < factor; ++x) sum += in(r * factor + y, c * factor + x, k);
                to(r, c, k) = uint8_t((sum + area / 2) / area);
            }
    return out;
}

photo::Panel texels_of(const FilmBox& box, int height_px, int width_px) {
    const auto begin = [](double part, int size) { return std::max(0, int(std::lround(part * size))); };
    photo::Panel at;
    at.left_px = begin(box.left, width_px);
    at.top_px = begin(box.top, height_px);
    at.right_px = std::min(width_px, at.left_px + int(std::lround((box.right - box.left) * width_px)));
    at.bottom_px = std::min(height_px, at.top_px + int(std::lround((box.bottom - box.top) * height_px)));
    if (at.width_px() < 1 || at.height_px() < 1)
        throw Error(ErrorKind::Usage, "a slice of the layout has no texel")
            .hint("flatten the film larger: --height-px");
    return at;
}

double estimated_aspect(const Image& bm, int photo_height_px, int photo_width_px) {
    const auto at = bm.view<float>();
    const auto length = [&](int r, int c, int dr, int dc) {
        return std::hypot(double(at(r + dr, c + dc, 0) - at(r, c, 0)) / 2 * photo_width_px,
                          double(at(r + dr, c + dc, 1) - at(r, c, 1)) / 2 * photo_height_px);
    };
    const int h = bm.height_px, w = bm.width_px, top = h / 8, left = w / 8;
    double across = 0, down = 0;
    for (int r = top; r < h - top; ++r)
        for (int c = left; c + 1 < w - left; ++c) across += length(r, c, 0, 1);
    for (int r = top; r + 1 < h - top; ++r)
        for (int c = left; c < w - left; ++c) down += length(r, c, 1, 0);
    // Of one step each, times the steps of a whole side.
    across *= double(w) / (double(h - 2 * top) * (w - 2 * left - 1));
    down *= double(h) / (double(w - 2 * left) * (h - 2 * top - 1));
    if (!(down > 0 && across > 0) || std::max(across / down, down / across) > 10)
        throw Error(ErrorKind::BadData, "the film found has no shape that a film can have")
            .hint("say its size with --film-size");
    return across / down;
}

}  // namespace radforge::models
