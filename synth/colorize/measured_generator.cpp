// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/measured_generator.h"

#include "synth/base/error.h"
#include "synth/colorize/body_mask.h"
#include "synth/colorize/classify.h"
#include "synth/colorize/colorize_record.h"
#include "synth/config/reader.h"
#include "synth/config/writer.h"
#include "synth/shard/meta.h"
#include "synth/split.h"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <map>
#include <utility>

namespace radforge::colorize {
namespace {

using Json = nlohmann::json;  // keys sorted

constexpr double kDegPerRad = 180 / 3.141592653589793;
constexpr double kMaskPixel_mm = 1;
constexpr uint8_t kBody = 128;  ///< of a mask that was resampled

/// Logs what was left out: how much for each reason, with the first file.
void tell(const Survey& survey, Logger& logger) {
    std::map<std::string, std::pair<int, std::string>> reasons;
    for (const auto& [file, why] : survey.left_out) {
        auto& [n, first] = reasons[why];
        if (n++ == 0) first = file;
    }
    for (const auto& [why, entry] : reasons)
        logger.warn("left out " + std::to_string(entry.first) + ": " + why + " (the first is " +
                    entry.second + ")");
    const Calibration& c = survey.calibration;
    logger.info(std::to_string(survey.pairs.size()) + " pairs of the " + survey.body + "; air is stored as " +
                std::to_string(c.air_peak) + ", so HU = stored " + (c.offset_hu < 0 ? "- " : "+ ") +
                std::to_string(std::abs(c.offset_hu)) + "; the body's peak lies at " +
                std::to_string(c.tissue_peak_hu) + " HU");
    for (const TransformRow& row : survey.transforms) logger.info("transform " + transform_line(row));
    if (survey.calibration.tissue_peak_hu < -250 || survey.calibration.tissue_peak_hu > 250)
        logger.warn("the body's peak is far from water: look at the pictures before you use this set");
}

}  // namespace

MeasuredGenerator::MeasuredGenerator(ImportConfig config, VisibleHumanOptions options, Survey survey)
    : config_(std::move(config)), options_(std::move(options)), survey_(std::move(survey)) {
    require_parts(config_.dataset);
}

const UsablePair& MeasuredGenerator::pair_of(const SampleKey& key) const {
    if (key.index >= survey_.pairs.size())
        throw Error(ErrorKind::BadData, "no such pair")
            .got(std::to_string(key.index))
            .expected("below " + std::to_string(survey_.pairs.size()));
    return survey_.pairs[size_t(key.index)];
}

std::vector<FieldSpec> MeasuredGenerator::fields() const {
    return colorize_fields(config_.dataset.profile, config_.contour, -1);
}

std::string MeasuredGenerator::split(const SampleKey& key) const {
    return split_of_scan(config_.dataset, "visible-human-" + survey_.body + "/" +
                                              std::to_string(pair_of(key).files.number / kBlock));
}

SectionPair MeasuredGenerator::realise(const SampleKey& key) const {
    const UsablePair& from = pair_of(key);
    LoadedPair loaded = load_pair(from.files, options_, survey_.calibration);
    SectionPair pair;
    pair.origin = "measured";
    pair.body_part = body_part_at(from.files.number);
    pair.pixel_mm = from.ct_pixel_mm;
    pair.height_mm = -from.files.number;  // numbers count downwards from the vertex
    pair.ct = std::move(loaded.ct);
    const ImageView<const int16_t> ct = std::as_const(pair.ct).view<int16_t>();
    pair.mask = body_mask(ct, scan_opening_px(from.ct_pixel_mm));
    pair.rgb = resample_photo(loaded.photo, loaded.photo_pixel_mm, from.transform, ct.height_px, ct.width_px,
                              from.ct_pixel_mm, {0, 0, 0});
    // The body in both: where posture differs, gelatin would lie in the CT's mask.
    const int factor = std::max(1, int(kMaskPixel_mm / loaded.photo_pixel_mm));
    const Image small = shrink_photo(loaded.photo, factor);
    const Image seen = resample_photo(photo_body_mask(small), loaded.photo_pixel_mm * factor, from.transform,
                                      ct.height_px, ct.width_px, from.ct_pixel_mm, {0});
    const Span<uint8_t> mask = pair.mask.values<uint8_t>();
    for (size_t i = 0; i < mask.size(); ++i)
        if (seen.values<uint8_t>()[i] < kBody) mask[i] = 0;
    SliceFacts facts;
    facts.body_part = pair.body_part;
    facts.pixel_mm = from.ct_pixel_mm;
    pair.labels = classify(ct, pair.mask, facts);
    finish_pair(config_.contour, pair);
    return pair;
}

std::vector<Sample> MeasuredGenerator::generate(Span<const SampleKey> keys) const {
    std::vector<Sample> samples;
    for (const SampleKey& key : keys) {
        const UsablePair& from = pair_of(key);
        const SectionPair pair = realise(key);
        Sample sample;
        sample.key = key;
        sample.split = split(key);
        sample.fields = picture_members(config_.dataset.profile, config_.contour, -1, pair);
        const Similarity& t = from.transform;
        const Json recipe = {{"number", from.files.number},
                             {"ct_offset_hu", survey_.calibration.offset_hu},
                             {"transform",
                              {{"scale", t.scale},
                               {"angle_deg", t.angle_rad * kDegPerRad},
                               {"x_mm", t.shift_mm.x},
                               {"y_mm", t.shift_mm.y}}}};
        const Json more = {{"origin", pair.origin},     {"body_part", body_part_name(pair.body_part)},
                           {"pixel_mm", pair.pixel_mm}, {"height_mm", pair.height_mm},
                           {"labels_by", "classifier"}, {"contour", config_.contour.mode}};
        sample.fields.push_back(
            {"meta", "json",
             shard::make_meta({"colorize", sample.split, config_.dataset.name, key}, recipe.dump(),
                              Json{{"volume", "visible-human-" + survey_.body}}.dump(), more.dump())});
        samples.push_back(std::move(sample));
    }
    return samples;
}

GeneratorSetup set_up_import(const config::Document& document, const std::string& anatomy,
                             const std::string& ct, const VisibleHumanOptions& options, Logger& logger) {
    auto config = config::load<ImportConfig>(document);
    Survey found = survey(list_pairs(anatomy, ct), options, logger);
    tell(found, logger);
    VisibleHumanConfig& record = config.visible_human;
    record.body = found.body;
    record.content = found.content;
    record.ct_offset_hu = found.calibration.offset_hu;
    record.transforms.clear();
    for (const TransformRow& row : found.transforms) record.transforms.push_back(transform_line(row));

    const DatasetConfig dataset = config.dataset;
    DatasetPlan plan = plan_of(config.dataset, "colorize");
    plan.config_toml = config::dump(config);
    plan.count = found.pairs.size();
    plan.about = "CT slices of the Visible Human " + found.body +
                 " with the photographs of the frozen sections of the same number (origin \"measured\"), "
                 "registered in "
                 "the plane; labels are by a classifier of HU and position. Splits are by blocks of " +
                 std::to_string(MeasuredGenerator::kBlock) + " numbers. " +
                 std::to_string(found.left_out.size()) + " files were left out.";
    plan.inputs.push_back({"Visible Human " + found.body, "public domain since 2019 (NLM)",
                           "U.S. National Library of Medicine, Visible Human Project", found.content});
    return finish(std::move(plan), dataset,
                  std::make_unique<MeasuredGenerator>(std::move(config), options, std::move(found)));
}

}  // namespace radforge::colorize
