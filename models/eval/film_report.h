// SPDX-License-Identifier: Apache-2.0
/// What a set of film networks scored, as a report: the paper's two tables, the orderings that it claims, and
/// on what data (models.md 1.6, 10).
#pragma once
#include "models/eval/film_scores.h"
#include "models/eval/report.h"

namespace radforge::eval {

// Names of variants that the paper has figures of.
constexpr const char* kDirectMap = "direct backward map";
constexpr const char* kUv = "UV";
constexpr const char* kUvMaps = "UV + MM";
constexpr const char* kFireNet = "FIReNet (UV + MM + Deform)";
constexpr const char* kDewarpNet = "DewarpNet";

struct FilmReportSetup {
    std::string title;
    std::string data_name, data_split, data_sha256, revision;
    bool trained_on_split = false;  ///< a network learned from these very photos
    bool chosen_on_split = false;   ///< they are those by which runs choose their best checkpoint
    Seed seed{1};                   ///< of the bootstrap
    int resamples = 2000;
};

/// Networks that differ in their seed alone are runs of one row: their scores are averaged photo by photo
/// where rows are compared. Where networks of one variant learned from other data or by another config, rows
/// bear the names of their runs, and each further one is compared with the first.
Report film_report(const FilmEvaluation& evaluation, std::vector<PictureLine> pictures,
                   const FilmReportSetup& setup);

}  // namespace radforge::eval
