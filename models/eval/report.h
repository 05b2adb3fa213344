// SPDX-License-Identifier: Apache-2.0
/// A report of figures: Markdown, one HTML file that needs nothing beside it, CSV and JSON.
#pragma once
#include "models/metrics/bootstrap.h"
#include "synth/base/image.h"

#include <string>
#include <utility>
#include <vector>

namespace radforge::eval {

struct Column {
    std::string name, unit, about;
    int decimals = 2;
    bool larger_is_better = true;
};

/// Mean and interval, where there is one.
struct Cell {
    bool available = false;
    metrics::Interval value;
};

struct TableRow {
    std::string label, note;
    std::vector<Cell> cells;             ///< one a column
    std::vector<std::string> published;  ///< the paper's figures, one a column, empty where it has none
};

struct Table {
    std::string title, about;
    std::vector<Column> columns;
    std::vector<TableRow> rows;
    bool published = false;  ///< show the paper's figures
};

/// A table of words.
struct TextTable {
    std::string title, about;
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> lines;
};

enum class Verdict {
    Holds,           ///< the whole interval is on the claimed side
    HoldsInTheMean,  ///< the mean is, the interval holds 0
    FailsInTheMean,  ///< the mean is on the other side, the interval holds 0
    Fails,           ///< the whole interval is on the other side
    NotTested,       ///< a row is missing
};
std::string text_of(Verdict verdict);
/// @param difference  of the better less the worse, positive = as claimed
Verdict verdict_of(const metrics::Interval& difference);

/// One claim that one row is better than another, by one column, photo by photo.
struct Ordering {
    std::string better, worse;
    std::string metric, unit;
    int decimals = 2;
    Cell difference;
    Verdict verdict = Verdict::NotTested;
};

struct ReportPicture {
    std::string title;
    Image image;  ///< u8 [H,W,3]
};

/// Pictures in one line.
struct PictureRow {
    std::string caption;
    std::vector<ReportPicture> pictures;
};

struct Report {
    std::string title, summary;
    std::vector<std::pair<std::string, std::string>> facts;  ///< what the figures are about
    std::vector<Table> tables;
    std::vector<TextTable> text_tables;
    std::string orderings_about;
    std::vector<Ordering> orderings;
    std::vector<std::string> caveats;
    std::vector<PictureRow> pictures;
    std::vector<std::string> score_columns;  ///< of scores.csv
    std::vector<std::vector<std::string>> scores;
};

/// Writes report.md, report.html, scores.csv, scores.json and pictures/*.png under `directory`.
/// @throws Error(TryAgain) when the disk fails
void write_report(const Report& report, const std::string& directory);

}  // namespace radforge::eval
