// SPDX-License-Identifier: Apache-2.0
#include "synth/config/manual.h"

#include "synth/config/writer.h"

namespace radforge::config {
namespace {

std::string cell(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out += '\\';
        out += c;
    }
    return out;
}

std::string code(const std::string& text) { return '`' + cell(text) + '`'; }

void add_rows(const KeyList& list, const std::string& table, std::string& out) {
    bool any = false;
    for (const Key& key : list.keys) {
        const size_t dot = key.path.rfind('.');
        if ((dot == std::string::npos ? "" : key.path.substr(0, dot)) != table) continue;
        if (!any) out += "| key | default | unit | range | meaning |\n|---|---|---|---|---|\n";
        any = true;
        out += "| " + code(key.path) + " | " + code(value_text(key.target)) + " | " + cell(key.unit) + " | " +
               cell(limits_text(key)) + " | " + cell(key.help) + " |\n";
    }
    if (any) out += '\n';
}

}  // namespace

std::string manual(const KeyList& list) {
    std::string out;
    add_rows(list, "", out);
    for (const Table& table : list.tables) {
        out += "### " + code(table.path) + ": " + table.help + "\n\n";
        add_rows(list, table.path, out);
    }
    return out;
}

}  // namespace radforge::config
