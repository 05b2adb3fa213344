// SPDX-License-Identifier: Apache-2.0
#include "models/eval/report_text.h"

#include "synth/shard/codec.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>

namespace radforge::eval {
namespace {

using nlohmann::json;

constexpr int kReportVersion = 1;

std::string number(double value, int decimals) {
    char text[48];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

std::string interval_text(const Cell& cell, int decimals, bool sign = false) {
    if (!cell.available) return "n/a";
    const std::string mean = number(cell.value.mean, decimals);
    return (sign && cell.value.mean >= 0 ? "+" : "") + mean + " [" + number(cell.value.low, decimals) + ", " +
           number(cell.value.high, decimals) + "]";
}

std::string header_of(const Column& column) {
    return column.name + (column.unit.empty() ? "" : " (" + column.unit + ")") +
           (column.larger_is_better ? " ↑" : " ↓");
}

/// Of Markdown's tables.
std::string cell_escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out += '\\';
        out += c == '\n' ? ' ' : c;
    }
    return out;
}

std::string html_escaped(const std::string& text) {
    std::string out;
    for (const char c : text) switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    return out;
}

/// Header and lines of a table, as text.
struct Grid {
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> lines;
};

Grid grid_of(const Table& table) {
    Grid grid;
    grid.header.push_back("");
    for (const Column& column : table.columns) {
        grid.header.push_back(header_of(column));
        if (table.published) {
            bool any = false;
            for (const TableRow& row : table.rows)
                any = any || !row.published.at(size_t(&column - table.columns.data())).empty();
            if (any) grid.header.push_back("paper");
        }
    }
    for (const TableRow& row : table.rows) {
        std::vector<std::string> line = {row.label + (row.note.empty() ? "" : " (" + row.note + ")")};
        for (size_t c = 0; c < table.columns.size(); ++c) {
            line.push_back(interval_text(row.cells.at(c), table.columns[c].decimals));
            if (!table.published) continue;
            bool any = false;
            for (const TableRow& other : table.rows) any = any || !other.published.at(c).empty();
            if (any) line.push_back(row.published[c].empty() ? "-" : row.published[c]);
        }
        grid.lines.push_back(std::move(line));
    }
    return grid;
}

Grid grid_of(const std::vector<Ordering>& orderings) {
    Grid grid{{"claim", "by", "paired difference, 95 %", "photos", "verdict"}, {}};
    for (const Ordering& o : orderings)
        grid.lines.push_back(
            {o.better + " ≥ " + o.worse, o.metric + (o.unit.empty() ? "" : " (" + o.unit + ")"),
             interval_text(o.difference, o.decimals, true),
             o.difference.available ? std::to_string(o.difference.value.n) : "-", text_of(o.verdict)});
    return grid;
}

Grid grid_of(const std::vector<std::pair<std::string, std::string>>& facts) {
    Grid grid{{"what", ""}, {}};
    for (const auto& [name, value] : facts) grid.lines.push_back({name, value});
    return grid;
}

std::string markdown_of(const Grid& grid) {
    std::string out = "|";
    for (const std::string& cell : grid.header) out += " " + cell_escaped(cell) + " |";
    out += "\n|";
    for (size_t i = 0; i < grid.header.size(); ++i) out += "---|";
    for (const auto& line : grid.lines) {
        out += "\n|";
        for (const std::string& cell : line) out += " " + cell_escaped(cell) + " |";
    }
    return out + "\n\n";
}

std::string html_of(const Grid& grid) {
    std::string out = "<table>\n<tr>";
    for (const std::string& cell : grid.header) out += "<th>" + html_escaped(cell) + "</th>";
    out += "</tr>\n";
    for (const auto& line : grid.lines) {
        out += "<tr>";
        for (const std::string& cell : line) out += "<td>" + html_escaped(cell) + "</td>";
        out += "</tr>\n";
    }
    return out + "</table>\n";
}

std::string columns_about(const Table& table) {
    std::string out;
    for (const Column& column : table.columns)
        if (!column.about.empty()) out += (out.empty() ? "" : "; ") + column.name + ": " + column.about;
    return out;
}

std::string csv_escaped(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + "\"";
}

json json_of(const Cell& cell) {
    if (!cell.available) return nullptr;
    return {
        {"mean", cell.value.mean}, {"low", cell.value.low}, {"high", cell.value.high}, {"n", cell.value.n}};
}

}  // namespace

std::string picture_name(size_t row, size_t column) {
    char name[64];
    std::snprintf(name, sizeof name, "%02zu-%02zu.png", row, column);
    return name;
}

std::string markdown_of(const Report& report) {
    std::string out =
        "# " + report.title + "\n\n" + report.summary + "\n\n" + markdown_of(grid_of(report.facts));
    for (const Table& table : report.tables) {
        out += "## " + table.title + "\n\n";
        if (!table.about.empty()) out += table.about + "\n\n";
        out += markdown_of(grid_of(table));
        const std::string about = columns_about(table);
        if (!about.empty()) out += about + ".\n\n";
    }
    for (const TextTable& table : report.text_tables)
        out += "## " + table.title + "\n\n" + table.about + "\n\n" +
               markdown_of(Grid{table.header, table.lines});
    if (!report.orderings.empty())
        out += "## Orderings\n\n" + report.orderings_about + "\n\n" + markdown_of(grid_of(report.orderings));
    if (!report.caveats.empty()) {
        out += "## What these figures do not say\n\n";
        for (const std::string& caveat : report.caveats) out += "- " + caveat + "\n";
        out += "\n";
    }
    if (!report.pictures.empty()) out += "## Pictures\n\n";
    for (size_t r = 0; r < report.pictures.size(); ++r) {
        const PictureRow& row = report.pictures[r];
        Grid grid;
        std::vector<std::string> images;
        for (size_t c = 0; c < row.pictures.size(); ++c) {
            grid.header.push_back(row.pictures[c].title);
            images.push_back("![" + row.pictures[c].title + "](pictures/" + picture_name(r, c) + ")");
        }
        grid.lines.push_back(images);
        out += row.caption + "\n\n" + markdown_of(grid);
    }
    return out;
}

std::string html_of(const Report& report) {
    std::string out =
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" +
        html_escaped(report.title) +
        "</title>\n<style>body{font:15px/1.45 sans-serif;max-width:1500px;margin:2em auto;padding:0 1em}"
        "table{border-collapse:collapse;margin:1em 0}th,td{border:1px solid #bbb;padding:.25em .6em;"
        "text-align:left;font-variant-numeric:tabular-nums}th{background:#eee}"
        "figure{display:inline-block;margin:0 .6em .6em 0}figcaption{font-size:12px}"
        "img{display:block;width:192px}.about{color:#555}</style></head><body>\n<h1>" +
        html_escaped(report.title) + "</h1>\n<p>" + html_escaped(report.summary) + "</p>\n" +
        html_of(grid_of(report.facts));
    for (const Table& table : report.tables) {
        out += "<h2>" + html_escaped(table.title) + "</h2>\n";
        if (!table.about.empty()) out += "<p>" + html_escaped(table.about) + "</p>\n";
        out += html_of(grid_of(table));
        const std::string about = columns_about(table);
        if (!about.empty()) out += "<p class=\"about\">" + html_escaped(about) + ".</p>\n";
    }
    for (const TextTable& table : report.text_tables)
        out += "<h2>" + html_escaped(table.title) + "</h2>\n<p>" + html_escaped(table.about) + "</p>\n" +
               html_of(Grid{table.header, table.lines});
    if (!report.orderings.empty())
        out += "<h2>Orderings</h2>\n<p>" + html_escaped(report.orderings_about) + "</p>\n" +
               html_of(grid_of(report.orderings));
    if (!report.caveats.empty()) {
        out += "<h2>What these figures do not say</h2>\n<ul>\n";
        for (const std::string& caveat : report.caveats) out += "<li>" + html_escaped(caveat) + "</li>\n";
        out += "</ul>\n";
    }
    if (!report.pictures.empty()) out += "<h2>Pictures</h2>\n";
    for (const PictureRow& row : report.pictures) {
        out += "<p>" + html_escaped(row.caption) + "</p>\n<div>";
        for (const ReportPicture& picture : row.pictures)
            out += "<figure><img alt=\"" + html_escaped(picture.title) + "\" src=\"data:image/png;base64," +
                   base64(shard::encode_png(picture.image)) + "\"><figcaption>" +
                   html_escaped(picture.title) + "</figcaption></figure>";
        out += "</div>\n";
    }
    return out + "</body></html>\n";
}

std::string csv_of(const Report& report) {
    std::string out;
    const auto line = [&](const std::vector<std::string>& cells) {
        for (size_t i = 0; i < cells.size(); ++i) out += (i > 0 ? "," : "") + csv_escaped(cells[i]);
        out += "\r\n";
    };
    line(report.score_columns);
    for (const auto& cells : report.scores) line(cells);
    return out;
}

std::string json_of(const Report& report) {
    json out = {{"version", kReportVersion}, {"title", report.title},      {"facts", json::object()},
                {"tables", json::array()},   {"orderings", json::array()}, {"caveats", report.caveats}};
    for (const auto& [name, value] : report.facts) out["facts"][name] = value;
    for (const Table& table : report.tables) {
        json rows = json::array();
        for (const TableRow& row : table.rows) {
            json entry = {{"label", row.label}, {"note", row.note}, {"scores", json::object()}};
            for (size_t c = 0; c < table.columns.size(); ++c) {
                entry["scores"][table.columns[c].name] = json_of(row.cells.at(c));
                if (table.published && !row.published.at(c).empty())
                    entry["paper"][table.columns[c].name] = row.published[c];
            }
            rows.push_back(entry);
        }
        out["tables"].push_back({{"title", table.title}, {"about", table.about}, {"rows", rows}});
    }
    for (const TextTable& table : report.text_tables) {
        json rows = json::array();
        rows.push_back(table.header);
        for (const auto& line : table.lines) rows.push_back(line);
        out["text_tables"].push_back({{"title", table.title}, {"about", table.about}, {"rows", rows}});
    }
    for (const Ordering& o : report.orderings)
        out["orderings"].push_back({{"better", o.better},
                                    {"worse", o.worse},
                                    {"metric", o.metric},
                                    {"difference", json_of(o.difference)},
                                    {"verdict", text_of(o.verdict)}});
    // Paths of networks may hold any bytes, JSON only UTF-8.
    return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string base64(const std::string& bytes) {
    constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (size_t i = 0; i < bytes.size(); i += 3) {
        const size_t n = std::min<size_t>(3, bytes.size() - i);
        uint32_t word = 0;
        for (size_t k = 0; k < 3; ++k) word = word << 8 | (k < n ? uint8_t(bytes[i + k]) : 0u);
        for (size_t k = 0; k < 4; ++k) out += k <= n ? kDigits[word >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}

}  // namespace radforge::eval
