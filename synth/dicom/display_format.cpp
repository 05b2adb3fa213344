// SPDX-License-Identifier: Apache-2.0
#include "synth/dicom/display_format.h"

#include "synth/base/error.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace radforge::dicom {
namespace {

constexpr double kInch = 25.4, kSmallestBoxMm = 12;
constexpr int kMostBoxes = 255;  // the panel map has one byte

struct NamedSize {
    const char* name;
    FilmSize size;
};

constexpr NamedSize kSizes[] = {{"10INX12IN", {10 * kInch, 12 * kInch}},
                                {"10INX14IN", {10 * kInch, 14 * kInch}},
                                {"11INX14IN", {11 * kInch, 14 * kInch}},
                                {"11INX17IN", {11 * kInch, 17 * kInch}},
                                {"14INX14IN", {14 * kInch, 14 * kInch}},
                                {"14INX17IN", {14 * kInch, 17 * kInch}},
                                {"24CMX24CM", {240, 240}},
                                {"24CMX30CM", {240, 300}},
                                {"8INX10IN", {8 * kInch, 10 * kInch}}};

Error bad_format(const std::string& text) {
    return Error(ErrorKind::BadData, "no image display format")
        .got("'" + text + "'")
        .expected("'STANDARD\\C,R', 'ROW\\R1,R2,..' or 'COL\\C1,C2,..'");
}

/// Splits a length into `count` equal parts with gaps: start and size of part i.
std::pair<double, double> part(double start, double length, int count, double gap, int i) {
    const double size = (length - gap * (count - 1)) / count;
    return {start + i * (size + gap), size};
}

}  // namespace

std::vector<std::string> film_size_names() {
    std::vector<std::string> names;
    for (const NamedSize& entry : kSizes) names.push_back(entry.name);
    return names;
}

FilmSize film_size(const std::string& name) {
    std::string known;
    for (const NamedSize& s : kSizes) {
        if (name == s.name) return s.size;
        known += (known.empty() ? "" : ", ") + std::string(s.name);
    }
    throw Error(ErrorKind::BadData, "unknown film size").got(name).expected("one of " + known);
}

int DisplayFormat::boxes() const {
    if (kind == Kind::Standard) return counts[0] * counts[1];
    return std::accumulate(counts.begin(), counts.end(), 0);
}

DisplayFormat DisplayFormat::turned() const {
    if (kind == Kind::Standard) return {kind, {counts[1], counts[0]}};
    return {kind == Kind::Row ? Kind::Column : Kind::Row, counts};
}

std::string DisplayFormat::text() const {
    std::string out = kind == Kind::Standard ? "STANDARD\\" : kind == Kind::Row ? "ROW\\" : "COL\\";
    for (size_t i = 0; i < counts.size(); ++i) out += (i ? "," : "") + std::to_string(counts[i]);
    return out;
}

DisplayFormat parse_display_format(const std::string& text) {
    const size_t slash = text.find('\\');
    if (slash == std::string::npos) throw bad_format(text);
    const std::string kind = text.substr(0, slash);
    DisplayFormat format;
    if (kind == "ROW")
        format.kind = DisplayFormat::Kind::Row;
    else if (kind == "COL")
        format.kind = DisplayFormat::Kind::Column;
    else if (kind != "STANDARD")
        throw bad_format(text);
    const char *at = text.data() + slash + 1, *end = text.data() + text.size();
    for (;;) {
        int count = 0;
        const auto [next, error] = std::from_chars(at, end, count);
        if (error != std::errc() || count < 1 || count > 1000) throw bad_format(text);
        format.counts.push_back(count);
        if (next == end) break;
        if (*next != ',') throw bad_format(text);
        at = next + 1;
    }
    if (format.kind == DisplayFormat::Kind::Standard && format.counts.size() != 2) throw bad_format(text);
    return format;
}

std::vector<RectMm> place_boxes(const DisplayFormat& format, const FilmSize& size, double margin_mm,
                                double gap_mm) {
    const auto impossible = [&](const std::string& why) {
        return Error(ErrorKind::BadData, "layout " + format.text() + " is impossible on a film of " +
                                             std::to_string(int(size.width_mm)) + " x " +
                                             std::to_string(int(size.height_mm)) + " mm")
            .got(why);
    };
    if (format.boxes() > kMostBoxes)
        throw impossible(std::to_string(format.boxes()) + " boxes")
            .expected("at most " + std::to_string(kMostBoxes));
    const bool by_column = format.kind == DisplayFormat::Kind::Column;
    const bool standard = format.kind == DisplayFormat::Kind::Standard;
    const int lines = standard ? format.counts[1] : int(format.counts.size());
    const double width = size.width_mm - 2 * margin_mm, height = size.height_mm - 2 * margin_mm;
    std::vector<RectMm> boxes;
    for (int i = 0; i < lines; ++i) {
        const int in_line = standard ? format.counts[0] : format.counts[size_t(i)];
        for (int j = 0; j < in_line; ++j) {
            const auto [left, w] = by_column ? part(margin_mm, width, lines, gap_mm, i)
                                             : part(margin_mm, width, in_line, gap_mm, j);
            const auto [top, h] = by_column ? part(margin_mm, height, in_line, gap_mm, j)
                                            : part(margin_mm, height, lines, gap_mm, i);
            if (!(w >= kSmallestBoxMm && h >= kSmallestBoxMm))
                throw impossible("boxes of " + std::to_string(w) + " x " + std::to_string(h) + " mm")
                    .expected("at least 12 mm a side, or their text cannot be printed")
                    .hint("fewer rows and columns, a larger film, or smaller margins and gaps");
            boxes.push_back({left, top, w, h});
        }
    }
    return boxes;
}

}  // namespace radforge::dicom
