// SPDX-License-Identifier: Apache-2.0
#include "models/eval/slice_scores.h"

#include "models/data/resample.h"
#include "models/metrics/picture.h"
#include "models/photo/panel.h"
#include "synth/base/error.h"
#include "synth/base/progress.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace radforge::eval {
namespace {

constexpr size_t kPhoto = 0, kBm = 1, kHu = 2;  // of PartTransform::inputs(Truth::Hu)
constexpr int kLeastSide = 24;                  // texels: SSIM's window is 11
constexpr int kLeastRegion = 100;               // pixels, for features
constexpr float kUnknown_hu = -1024;            // stands where no CT value is known, outside every region

/// A slice as it lies on the flat film and on the photo.
struct Slice {
    Image film;   ///< f32 [h,w,3]
    Image hu;     ///< f32 [h,w,1]; kUnknown_hu where no CT value is known
    Image known;  ///< f32 [h,w,1], 0 there: outside a scanner's round field
    int number = 0;
    double window_low = 0, window_high = 0;
};

std::vector<photo::PrintedPanel> printed_slices(const FilmPhoto& photo) {
    try {
        std::vector<photo::PrintedPanel> panels = photo::printed_panels(photo.meta);
        panels.erase(std::remove_if(panels.begin(), panels.end(),
                                    [](const photo::PrintedPanel& panel) { return panel.scout; }),
                     panels.end());
        return panels;
    } catch (Error& error) {
        throw error.where(photo.key);
    }
}

Image picture_of(const loader::FieldBlock& block) {
    Image image(block.shape.height_px, block.shape.width_px, block.shape.channels, PixelType::F32,
                ColorSpace::Data);
    auto out = image.view<float>();
    size_t i = 0;
    for (int k = 0; k < image.channels; ++k)
        for (int r = 0; r < image.height_px; ++r)
            for (int c = 0; c < image.width_px; ++c) out(r, c, k) = block.values[i++];
    return image;
}

struct Cut {
    std::optional<Slice> slice;  ///< nothing when its CT values are hidden in part, or too small on the film
    bool too_small = false;
};

Cut cut(const std::vector<loader::FieldBlock>& fields, const photo::PrintedPanel& printed,
        const photo::PartConfig& config) {
    const loader::FieldBlock &bm = fields.at(kBm), &hu = fields.at(kHu);
    const auto panel = photo::known_box(hu.values, hu.shape, printed);
    if (!panel) return {};
    const int height = config.film_height_px,
              width = std::max(1, int(std::lround(double(height) * hu.shape.width_px / hu.shape.height_px)));
    const double sx = double(width) / hu.shape.width_px, sy = double(height) / hu.shape.height_px;
    const int left = int(std::ceil(panel->left_px * sx - 1e-9)),
              right = int(std::floor(panel->right_px * sx + 1e-9)),
              top = int(std::ceil(panel->top_px * sy - 1e-9)),
              bottom = int(std::floor(panel->bottom_px * sy + 1e-9));
    const Cut too_small{std::nullopt, true};
    if (right <= left || bottom <= top) return too_small;
    std::vector<double> u, v;
    for (int c = left; c < right; ++c) u.push_back((c + 0.5) / width);
    for (int r = top; r < bottom; ++r) v.push_back((r + 0.5) / height);
    Slice slice;
    slice.hu = Image(bottom - top, right - left, 1, PixelType::F32, ColorSpace::Data);
    const std::vector<float> values = photo::values_in(*panel, hu.values, hu.shape);
    const loader::Crop crop{left / sx - panel->left_px, top / sy - panel->top_px, right / sx - panel->left_px,
                            bottom / sy - panel->top_px};
    loader::resample_area(values, {1, panel->height_px(), panel->width_px()}, crop, slice.hu.height_px,
                          slice.hu.width_px, slice.hu.values<float>().data());
    const Image map = photo::backward_map_at(bm.values, bm.shape, u, v);
    slice.known = Image(slice.hu.height_px, slice.hu.width_px, 1, PixelType::F32, ColorSpace::Data);
    const auto place = map.values<float>();
    const auto values_hu = slice.hu.values<float>(), known = slice.known.values<float>();
    for (size_t i = 0; i < known.size(); ++i) {
        known[i] = std::isnan(values_hu[i]) ? 0.0f : 1.0f;
        if (known[i] == 0)
            values_hu[i] = kUnknown_hu;
        else if (std::isnan(place[2 * i]))
            return {};
    }
    if (std::min(right - left, bottom - top) < kLeastSide ||
        !metrics::ssim_where(slice.hu, slice.hu, slice.known, 1))
        return too_small;
    slice.film = geometry::dewarp(picture_of(fields.at(kPhoto)), map, geometry::Sampling::Footprint);
    slice.number = printed.slice;
    slice.window_low = printed.low_hu;
    slice.window_high = printed.high_hu;
    return {std::move(slice), false};
}

Image scaled(const Image& image, double low, double high) {
    Image out = image;
    for (float& v : out.values<float>()) v = float(std::clamp((double(v) - low) / (high - low), 0.0, 1.0));
    return out;
}

/// The values that count, in one row.
Image counted(const Image& image, const Image& counts) {
    const auto in = image.values<float>(), count = counts.values<float>();
    std::vector<float> values;
    for (size_t i = 0; i < in.size(); ++i)
        if (count[i] != 0) values.push_back(in[i]);
    Image out(1, int(values.size()), 1, PixelType::F32, ColorSpace::Data);
    std::copy(values.begin(), values.end(), out.values<float>().begin());
    return out;
}

/// Over the texels whose CT value is known.
SliceScores scores_of(const Image& hu, const Slice& slice, const photo::PartConfig& part) {
    const Image found = counted(hu, slice.known), truth = counted(slice.hu, slice.known);
    const auto psnr = [&](double low, double high) {
        return metrics::psnr(scaled(found, low, high), scaled(truth, low, high), 1);
    };
    SliceScores scores;
    scores.psnr_db = psnr(part.low_hu, part.high_hu);
    scores.ssim = *metrics::ssim_where(scaled(hu, part.low_hu, part.high_hu),
                                       scaled(slice.hu, part.low_hu, part.high_hu), slice.known, 1);
    scores.window_psnr_db = psnr(slice.window_low, slice.window_high);
    const auto a = found.values<float>(), b = truth.values<float>();
    for (size_t i = 0; i < a.size(); ++i) scores.mean_error_hu += std::abs(double(a[i]) - double(b[i]));
    scores.mean_error_hu /= double(a.size());
    return scores;
}

/// HU of values in [0,1].
Image hu_of(const Image& image, const photo::PartConfig& part) {
    Image out(image.height_px, image.width_px, 1, PixelType::F32, ColorSpace::Data);
    const auto in = image.view<float>();
    auto to = out.view<float>();
    for (int r = 0; r < out.height_px; ++r)
        for (int c = 0; c < out.width_px; ++c) {
            double sum = 0;
            for (int k = 0; k < image.channels; ++k) sum += double(in(r, c, k));
            to(r, c) = float(part.low_hu + sum / image.channels * (part.high_hu - part.low_hu));
        }
    return out;
}

Image picture(const Image& image, double low, double high) {
    Image out(image.height_px, image.width_px, 3, PixelType::U8, ColorSpace::Srgb);
    const auto in = image.view<float>();
    auto to = out.view<uint8_t>();
    for (int r = 0; r < out.height_px; ++r)
        for (int c = 0; c < out.width_px; ++c)
            for (int k = 0; k < 3; ++k)
                to(r, c, k) =
                    quantize_u8(float((double(in(r, c, image.channels == 1 ? 0 : k)) - low) / (high - low)));
    return out;
}

/// All that is asked of one slice.
void score(const Slice& slice, const SliceNetwork& network, const std::string& key, int pictures,
           SliceEvaluation& out) {
    const photo::PartConfig& part = network.part;
    const Image answer = network.restore(slice.film);
    RADFORGE_ASSERT(answer.height_px == slice.hu.height_px && answer.width_px == slice.hu.width_px &&
                    answer.channels == 1);
    const Image input = hu_of(slice.film, part), restored = hu_of(answer, part);
    out.input.push_back(scores_of(input, slice, part));
    out.restored.push_back(scores_of(restored, slice, part));
    Image region = metrics::head_region(slice.hu);
    const auto inside = region.values<uint8_t>();
    for (size_t i = 0; i < inside.size(); ++i)
        if (slice.known.values<float>()[i] == 0) inside[i] = 0;
    if (std::count(inside.begin(), inside.end(), uint8_t(255)) < kLeastRegion) {
        ++out.without_region;
    } else {
        out.input_features.push_back(metrics::radiomics(input, region));
        out.restored_features.push_back(metrics::radiomics(restored, region));
        out.true_features.push_back(metrics::radiomics(slice.hu, region));
    }
    if (int(out.pictures.size()) >= pictures) return;
    const double low = slice.window_low, high = slice.window_high;
    out.pictures.push_back({key + ", slice " + std::to_string(slice.number) + ", in its print window",
                            {{"flattened film", picture(slice.film, 0, 1)},
                             {"restored", picture(restored, low, high)},
                             {"true CT values", picture(slice.hu, low, high)}}});
}

Cell cell(const std::vector<SliceScores>& scores, double SliceScores::*member,
          const SliceReportSetup& setup) {
    std::vector<double> values;
    for (const SliceScores& s : scores) values.push_back(s.*member);
    return {true, metrics::bootstrap_mean(values, setup.seed, setup.resamples)};
}

std::string number(double value, const char* format) {
    char text[48];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

TextTable counts_table(const metrics::FeatureTable& input, const metrics::FeatureTable& restored) {
    TextTable table{
        "Radiomics: features that agree",
        "Of " + std::to_string(restored.counted) + " features over " + std::to_string(restored.slices) +
            " slices (without SumAverage, twice JointAverage, and without the nine of shape, which cannot "
            "differ: both sides have the true region): how many have a one-sample t below the paper's "
            "thresholds (which are of 101 slices), "
            "and how many are shown to be equal within a tenth of the true deviation (TOST, p < 0.05). A t "
            "that is not large proves nothing; TOST does.",
        {"", "t < 1.660", "t < 2.364", "t < 3.390", "equivalent"},
        {}};
    using Row = std::pair<const char*, const metrics::FeatureTable*>;
    for (const auto& [name, t] : {Row{"flattened film", &input}, Row{"restored", &restored}})
        table.lines.push_back({name, std::to_string(t->below[0]), std::to_string(t->below[1]),
                               std::to_string(t->below[2]), std::to_string(t->equivalent)});
    table.lines.push_back({"paper, of 101", std::to_string(metrics::kPaperCounts[0]),
                           std::to_string(metrics::kPaperCounts[1]), std::to_string(metrics::kPaperCounts[2]),
                           "-"});
    return table;
}

TextTable feature_table(const metrics::FeatureTable& features) {
    TextTable table{"Radiomics: every feature, restored slices",
                    "t: restored values against the true mean, " + std::to_string(features.slices - 1) +
                        " degrees; paired t; chi-square over deciles of the true values.",
                    {"feature", "restored", "true", "t", "p", "paired t", "p", "chi²", "p", "TOST p"},
                    {}};
    for (const metrics::FeatureRow& row : features.rows)
        table.lines.push_back({row.family + " " + row.name, number(row.found_mean, "%.5g"),
                               number(row.true_mean, "%.5g"), number(row.one_sample.t, "%.3f"),
                               number(row.one_sample.p_two_sided, "%.3g"), number(row.paired.t, "%.3f"),
                               number(row.paired.p_two_sided, "%.3g"), number(row.deciles.chi2, "%.2f"),
                               number(row.deciles.p, "%.3g"), number(row.tost_p, "%.3g")});
    return table;
}

}  // namespace

SliceEvaluation evaluate_slices(const FilmPhotos& photos, const SliceNetwork& network,
                                const SliceOptions& options, Logger& logger) {
    SliceEvaluation out;
    Progress progress(logger, "evaluate", "photos", int64_t(photos.size()), 0);
    for (size_t i = 0; i < photos.size(); ++i) {
        if (options.should_stop())
            throw Error(ErrorKind::TryAgain, "stopped by a signal: no report is written");
        const FilmPhoto photo = photos.read(i);
        std::vector<photo::PrintedPanel> printed = printed_slices(photo);
        Rng rng({options.seed, i}, Stream::Source);
        std::optional<Slice> slice;
        bool too_small = false;
        while (!slice && !printed.empty()) {
            const auto drawn = printed.begin() + ptrdiff_t(rng.below(printed.size()));
            Cut found = cut(photo.fields, *drawn, network.part);
            slice = std::move(found.slice);
            too_small = too_small || found.too_small;
            printed.erase(drawn);
        }
        progress.advance(1);
        if (!slice) {
            ++(too_small ? out.too_small : out.without_slice);
            continue;
        }
        out.slices.push_back(
            {photo.key, photo.volume, slice->number, slice->hu.height_px, slice->hu.width_px});
        score(*slice, network, photo.key, options.pictures, out);
    }
    progress.finish();
    if (out.slices.empty())
        throw Error(ErrorKind::BadData, "no photo shows a slice whole and large enough")
            .where(photos.name())
            .got(std::to_string(out.too_small) + " with slices that are too small, of " +
                 std::to_string(photos.size()))
            .expected("sides of " + std::to_string(kLeastSide) + " texels in films of " +
                      std::to_string(network.part.film_height_px));
    return out;
}

Report slice_report(SliceEvaluation evaluation, const SliceNetwork& network, const SliceReportSetup& setup) {
    Report report;
    report.title = "Evaluation: restoration";
    Table table{"Restored CT values",
                "Means over slices with 95 % bootstrap intervals, of the texels whose CT value is known; the "
                "paper's figures are of its own data.",
                {{"PSNR", "dB", "over the whole range of CT values, which is 0..1", 2, true},
                 {"SSIM", "", "of the same, over windows of 11 within the known values", 4, true},
                 {"PSNR in window", "dB", "both held in the print window", 2, true},
                 {"MAE", "HU", "mean absolute error", 1, false}},
                {},
                true};
    const auto add = [&](const char* label, const std::vector<SliceScores>& scores, const char* psnr,
                         const char* ssim) {
        table.rows.push_back(
            {label,
             "",
             {cell(scores, &SliceScores::psnr_db, setup), cell(scores, &SliceScores::ssim, setup),
              cell(scores, &SliceScores::window_psnr_db, setup),
              cell(scores, &SliceScores::mean_error_hu, setup)},
             {psnr, ssim, "", ""}});
    };
    add("flattened film, its grey as the answer", evaluation.input, "5.23", "0.593");
    add("restored", evaluation.restored, "27.1", "0.942");
    const auto psnr = [&](size_t row) { return number(table.rows[row].cells[0].value.mean, "%.2f dB"); };
    report.summary = std::to_string(evaluation.slices.size()) + " slices. Mean PSNR: flattened film " +
                     psnr(0) + ", restored " + psnr(1) + ".";
    int64_t phantoms = 0;
    for (const auto& slice : evaluation.slices) phantoms += slice.volume.rfind("phantom", 0) == 0;
    const NetworkCard& card = network.card;
    report.facts = {
        {"data", "dataset '" + setup.data_name + "', split '" + setup.data_split +
                     "', one slice of each photo: " + std::to_string(evaluation.slices.size()) +
                     "; photos without a slice seen whole: " + std::to_string(evaluation.without_slice) +
                     "; photos whose slices seen whole have sides below " + std::to_string(kLeastSide) +
                     " texels: " + std::to_string(evaluation.too_small)},
        {"data tag", "rendered photographs, none taken with a camera; slices: " + std::to_string(phantoms) +
                         " of procedural phantoms, " +
                         std::to_string(int64_t(evaluation.slices.size()) - phantoms) + " of real CT"},
        {"data SHA-256", setup.data_sha256},
        {"range", number(network.part.low_hu, "%g") + " to " + number(network.part.high_hu, "%g") +
                      " HU, films flattened by the true map to " +
                      std::to_string(network.part.film_height_px) + " texels in height"},
        {"features",
         "region: HU above -300 of the true slice, largest piece, filled, where CT values are known; bins of "
         "25 HU; slices with less than " +
             std::to_string(kLeastRegion) +
             " pixels of it, left out: " + std::to_string(evaluation.without_region)},
        {"radforge", setup.revision},
        {"network", card.task + ", step " + std::to_string(card.step) + ", seed " +
                        std::to_string(card.seed) + ", " + card.net + ", weights " +
                        card.sha256.substr(0, 16) + ", learned from data " + card.data_sha256.substr(0, 16) +
                        ", " + card.place}};
    report.tables.push_back(std::move(table));
    if (evaluation.true_features.size() >= 2) {
        const auto input = metrics::compare_features(evaluation.input_features, evaluation.true_features),
                   restored =
                       metrics::compare_features(evaluation.restored_features, evaluation.true_features);
        report.text_tables = {counts_table(input, restored), feature_table(restored)};
    } else {
        report.caveats.push_back(
            "Fewer than two slices have a region large enough for radiomics: no such tables.");
    }
    if (setup.trained_on_split)
        report.caveats.push_back(
            "The network learned from these very photos: its figures say nothing about others.");
    if (setup.chosen_on_split)
        report.caveats.push_back(
            "Runs choose their best checkpoint by a split 'val': the figures of a network that was trained "
            "beside these photos are too good.");
    report.caveats.push_back("The paper's data are not available: its figures are printed for orientation.");
    report.caveats.push_back(
        "A film printed with a narrow window has lost what lies outside: no network can know it, only "
        "guess.");
    report.caveats.push_back(
        "Slices are cut by the true map: the error of finding the film is not in these figures.");
    report.pictures = std::move(evaluation.pictures);
    report.score_columns = {"photo", "volume", "slice", "row", "PSNR", "SSIM", "PSNR in window", "MAE"};
    using Scores = std::pair<const char*, const std::vector<SliceScores>*>;
    for (const auto& [name, scores] :
         {Scores{"flattened film", &evaluation.input}, Scores{"restored", &evaluation.restored}})
        for (size_t i = 0; i < scores->size(); ++i) {
            const SliceScores& s = (*scores)[i];
            report.scores.push_back({evaluation.slices[i].key, evaluation.slices[i].volume,
                                     std::to_string(evaluation.slices[i].slice), name,
                                     number(s.psnr_db, "%.6g"), number(s.ssim, "%.6g"),
                                     number(s.window_psnr_db, "%.6g"), number(s.mean_error_hu, "%.6g")});
        }
    return report;
}

}  // namespace radforge::eval
