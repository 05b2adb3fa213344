// SPDX-License-Identifier: Apache-2.0
#include "models/eval/film_scores.h"

#include "models/eval/run_names.h"
#include "models/metrics/flow.h"
#include "models/metrics/picture.h"
#include "synth/base/error.h"
#include "synth/base/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <optional>

namespace radforge::eval {
namespace {

/// What all networks are measured with on one photo.
struct Yardstick {
    TrueMaps truth;       ///< at the size of the flat film
    Image uv, reference;  ///< true uv in [0,1]; the photo flattened by the true map
    loader::Crop frame;   ///< the part of the photo that all of it is of
};

/// From [-1,1] to [0,1]; what lies beyond the film stays there.
Image unit_uv(const Image& uv) {
    Image out = uv;
    for (float& v : out.values<float>()) v = (v + 1) / 2;
    return out;
}

/// Black where the true map says nothing.
void hide(Image& film, const Image& bm) {
    const auto map = bm.view<float>();
    auto out = film.view<float>();
    for (int r = 0; r < film.height_px; ++r)
        for (int c = 0; c < film.width_px; ++c)
            if (!std::isfinite(map(r, c, 0)))
                for (int k = 0; k < film.channels; ++k) out(r, c, k) = 0;
}

/// The same for all networks: of their ranges only the order of depths would matter.
Yardstick yardstick(const FilmPhoto& photo, int texels) {
    const loader::FilmRanges metres{{-1, -1, -1, 0}, {1, 1, 1, 10}};
    Yardstick y;
    y.truth = true_maps(photo, texels, kFramePad_px, metres);
    y.uv = unit_uv(y.truth.maps.uv);
    y.reference =
        geometry::dewarp(cropped_photo(photo, kFramePad_px), y.truth.bm, geometry::Sampling::Bilinear);
    y.frame = film_frame(photo, kFramePad_px);
    return y;
}

/// Positions in one part of the photo as positions in another.
Image change_frame(const Image& bm, const loader::Crop& from, const loader::Crop& to) {
    Image out = bm;
    auto v = out.values<float>();
    for (size_t i = 0; i < v.size(); i += 2) {
        const double x = from.left_px + (double(v[i]) + 1) / 2 * from.width_px(),
                     y = from.top_px + (double(v[i + 1]) + 1) / 2 * from.height_px();
        v[i] = float(2 * (x - to.left_px) / to.width_px() - 1);
        v[i + 1] = float(2 * (y - to.top_px) / to.height_px() - 1);
    }
    return out;
}

infer::DewarpOptions dewarp_options(int texels) {
    infer::DewarpOptions options;
    options.working_px = options.texels = options.height_px = options.width_px = texels;
    return options;
}

double length(const metrics::MeanLength& mean) { return mean.count > 0 ? mean.mean_px : kNotAvailable; }

/// @param result  nothing: no film was found
/// @param frame   the part of the photo that its backward map is of
FilmScores scores_of(const std::optional<infer::DewarpResult>& result, const loader::Crop& frame,
                     const Yardstick& y, bool maps) {
    FilmScores s;
    const int side = y.reference.height_px;
    Image film = result ? result->film : Image(side, side, 3, PixelType::F32, ColorSpace::Data);
    hide(film, y.truth.bm);
    s.psnr_db = metrics::psnr(film, y.reference, 1);
    s.ssim = metrics::ssim(film, y.reference, 1);
    s.ms_ssim = metrics::ms_ssim(film, y.reference, 1);
    if (!result) return s;
    const Image bm = change_frame(result->bm, frame, y.frame);
    s.local_distortion_px = length(metrics::local_distortion(bm, y.uv, y.truth.film));
    s.bm_error_px = length(metrics::bm_error(bm, y.truth.bm, side, side));
    if (maps)
        s.seen = result->part[size_t(infer::Origin::Uv)] + result->part[size_t(infer::Origin::Displacement)];
    return s;
}

/// No result where there is no film.
template <class F>
std::optional<infer::DewarpResult> flattened(const F& work) {
    try {
        return work();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::BadData) throw;
        return std::nullopt;
    }
}

double intersection_over_union(const Image& bg, const Image& film) {
    const auto found = bg.values<float>();
    const auto truth = film.values<uint8_t>();
    double both = 0, either = 0;
    for (size_t i = 0; i < found.size(); ++i) {
        both += found[i] > 0 && truth[i] != 0;
        either += found[i] > 0 || truth[i] != 0;
    }
    return either > 0 ? both / either : 1;
}

/// Mean of found - true positions over texels that both know, taken off.
Image without_shift(const Image& bm, const Image& truth) {
    Image out = bm;
    const auto t = truth.values<float>();
    auto v = out.values<float>();
    for (size_t k = 0; k < 2; ++k) {
        double sum = 0, n = 0;
        for (size_t i = k; i < v.size(); i += 2)
            if (std::isfinite(v[i]) && std::isfinite(t[i])) {
                sum += double(v[i]) - double(t[i]);
                ++n;
            }
        for (size_t i = k; n > 0 && i < v.size(); i += 2) v[i] -= float(sum / n);
    }
    return out;
}

/// A network's answer about one photo, flattened both ways.
struct Answer {
    TrueMaps truth;  ///< at the network's side
    FilmEstimate estimate;
    std::optional<infer::DewarpResult> plain, deshifted;
};

Answer answer_of(FilmNetwork& network, const FilmPhoto& photo, int texels) {
    const NetworkCard& card = network.card();
    Answer answer;
    answer.truth = true_maps(photo, card.side_px, card.pad_px, card.ranges);
    answer.estimate = network.estimate(answer.truth.photo);
    const Image whole = cropped_photo(photo, card.pad_px);
    infer::DewarpOptions options = dewarp_options(texels);
    const FilmEstimate& found = answer.estimate;
    if (found.maps.uv.channels != 0) {
        answer.plain = flattened([&] { return infer::dewarp(found.maps, whole, options); });
        options.shift = infer::mean_shift(found.maps.uv, answer.truth.maps.uv, answer.truth.film);
        answer.deshifted = flattened([&] { return infer::dewarp(found.maps, whole, options); });
    } else {
        const Image truth = true_maps(photo, found.bm.height_px, card.pad_px, card.ranges).bm;
        answer.plain = flattened([&] { return infer::dewarp_by_map(found.bm, whole, options); });
        answer.deshifted =
            flattened([&] { return infer::dewarp_by_map(without_shift(found.bm, truth), whole, options); });
    }
    return answer;
}

void score(FilmNetwork& network, const FilmPhoto& photo, const Yardstick& y, NetworkScores& out) {
    const int texels = y.reference.height_px;
    const Answer answer = answer_of(network, photo, texels);
    const loader::Crop frame = film_frame(photo, network.card().pad_px);
    const FilmEstimate& found = answer.estimate;
    const bool uv = found.maps.uv.channels != 0;
    FilmScores plain = scores_of(answer.plain, frame, y, uv),
               deshifted = scores_of(answer.deshifted, frame, y, uv);
    if (uv) {
        const auto error = [&](const Image& map) {
            return length(metrics::uv_error(unit_uv(map), unit_uv(answer.truth.maps.uv), answer.truth.film,
                                            texels, texels));
        };
        plain.uv_error_px = error(found.maps.uv);
        const auto shift = infer::mean_shift(found.maps.uv, answer.truth.maps.uv, answer.truth.film);
        Image moved = found.maps.uv;
        auto v = moved.values<float>();
        for (size_t i = 0; i < v.size(); ++i) v[i] -= float(shift[i % 2]);
        deshifted.uv_error_px = error(moved);
    }
    if (found.maps.bg.channels != 0)
        plain.mask_iou = deshifted.mask_iou = intersection_over_union(found.maps.bg, answer.truth.film);
    out.no_film += !answer.plain;
    out.plain.push_back(plain);
    out.deshifted.push_back(deshifted);
}

// Pictures.

/// u8 RGB of f32, nearest neighbour at another size. One channel is drawn grey, of two the third is 0.
Image tile_of(const Image& image, double low, double high, int side) {
    Image out(side, side, 3, PixelType::U8, ColorSpace::Srgb);
    const auto in = image.view<float>();
    auto to = out.view<uint8_t>();
    for (int r = 0; r < side; ++r)
        for (int c = 0; c < side; ++c)
            for (int k = 0; k < 3; ++k) {
                const int from = image.channels == 1 ? 0 : k;
                if (from >= image.channels) continue;
                const double v = double(in(r * image.height_px / side, c * image.width_px / side, from));
                to(r, c, k) = std::isfinite(v) ? quantize_u8(float((v - low) / (high - low))) : uint8_t(0);
            }
    return out;
}

/// A map where the film is, black elsewhere.
Image masked(const Image& map, const Image& bg, double elsewhere) {
    if (bg.channels == 0 || map.channels == 0) return map;
    Image out = map;
    const auto film = bg.values<float>();
    auto v = out.values<float>();
    for (size_t i = 0; i < v.size(); ++i)
        if (!(film[i / size_t(map.channels)] > 0)) v[i] = float(elsewhere);
    return out;
}

std::string number(double value, int decimals) {
    char text[32];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

PictureLine map_line(const std::string& who, const infer::PhotoMaps& maps, const Image& wc,
                     const Image& normal, int side) {
    PictureLine line{"maps: " + who, {}};
    const auto add = [&](const char* name, const Image& map, double low, double high) {
        if (map.channels != 0)
            line.tiles.emplace_back(name, tile_of(masked(map, maps.bg, low), low, high, side));
    };
    if (maps.bg.channels != 0) line.tiles.emplace_back("film mask", tile_of(maps.bg, -1, 1, side));
    add("3D coordinates", wc, -1, 1);
    add("normals", normal, -1, 1);
    add("depth", maps.depth, -1, 1);
    add("uv", maps.uv, -1, 1);
    add("displacement", maps.df, -0.5, 0.5);
    return line;
}

/// `lines` places from the largest value to the smallest.
std::vector<size_t> spread(const std::vector<double>& values, int lines) {
    std::vector<size_t> order(values.size());
    std::iota(order.begin(), order.end(), size_t(0));
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] > values[b]; });
    std::vector<size_t> chosen;
    const size_t n = std::min(order.size(), size_t(std::max(0, lines)));
    for (size_t i = 0; i < n; ++i) chosen.push_back(order[n == 1 ? 0 : i * (order.size() - 1) / (n - 1)]);
    return chosen;
}

}  // namespace

FilmEvaluation evaluate_films(const FilmPhotos& photos, const Networks& networks,
                              const EvaluationOptions& options, Logger& logger) {
    if (networks.empty()) throw Error(ErrorKind::Usage, "evaluate what?").hint("name a checkpoint");
    if (options.texels < metrics::kMsSsimLeastSide)
        throw Error(ErrorKind::Usage, "too few texels for MS-SSIM")
            .got(std::to_string(options.texels))
            .expected("at least " + std::to_string(metrics::kMsSsimLeastSide));
    FilmEvaluation out;
    out.texels = options.texels;
    for (const auto& network : networks) out.networks.push_back({network->card(), {}, {}, 0});
    Progress progress(logger, "evaluate", "photos", int64_t(photos.size()), 0);
    for (size_t i = 0; i < photos.size(); ++i) {
        if (options.should_stop())
            throw Error(ErrorKind::TryAgain, "stopped by a signal: no report is written");
        const FilmPhoto photo = photos.read(i);
        out.photos.push_back({photo.set, photo.key, photo.volume, photo.scenario});
        const Yardstick y = yardstick(photo, options.texels);
        const Image whole = cropped_photo(photo, kFramePad_px);
        const infer::DewarpOptions flat = dewarp_options(options.texels);
        out.identity.push_back(scores_of(infer::keep_photo(whole, flat), y.frame, y, false));
        out.oracle.push_back(
            scores_of(flattened([&] { return infer::dewarp(y.truth.maps, whole, flat); }), y.frame, y, true));
        for (size_t n = 0; n < networks.size(); ++n) score(*networks[n], photo, y, out.networks[n]);
        progress.advance(1);
    }
    progress.finish();
    return out;
}

std::vector<PictureLine> film_pictures(const FilmPhotos& photos, const Networks& networks,
                                       const FilmEvaluation& evaluation, int lines) {
    std::vector<double> psnr;
    for (const FilmScores& s : evaluation.networks.at(0).plain) psnr.push_back(s.psnr_db);
    std::vector<NetworkCard> cards;
    for (const auto& network : networks) cards.push_back(network->card());
    const std::vector<RunName> runs = run_names(cards);
    constexpr int kTile = 192;
    std::vector<PictureLine> out;
    for (const size_t i : spread(psnr, lines)) {
        const FilmPhoto photo = photos.read(i);
        const Yardstick y = yardstick(photo, evaluation.texels);
        PictureLine line{photo.key + (photo.scenario.empty() ? "" : ", " + photo.scenario), {}};
        line.tiles.emplace_back("photo", tile_of(y.truth.photo, 0, 1, kTile));
        std::vector<PictureLine> maps;
        for (size_t n = 0; n < networks.size(); ++n) {
            const Answer answer = answer_of(*networks[n], photo, evaluation.texels);
            const Image black(evaluation.texels, evaluation.texels, 3, PixelType::F32, ColorSpace::Data);
            line.tiles.emplace_back(
                runs[n].label + (answer.plain
                                     ? ", " + number(evaluation.networks[n].plain[i].psnr_db, 1) + " dB"
                                     : ": no film found"),
                tile_of(answer.plain ? answer.plain->film : black, 0, 1, kTile));
            if (out.empty()) {
                if (n == 0)
                    maps.push_back(
                        map_line("true", answer.truth.maps, answer.truth.wc, answer.truth.normal, kTile));
                maps.push_back(map_line(runs[n].label, answer.estimate.maps, answer.estimate.wc,
                                        answer.estimate.normal, kTile));
            }
        }
        line.tiles.emplace_back("true map", tile_of(y.reference, 0, 1, kTile));
        out.push_back(std::move(line));
        for (PictureLine& map : maps) out.push_back(std::move(map));
    }
    return out;
}

}  // namespace radforge::eval
