// SPDX-License-Identifier: Apache-2.0
#include "synth/config/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

namespace radforge::config {
namespace {

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool consists_of(const std::string& text, const std::string& marks) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return is_letter_or_digit(c) || marks.find(c) != std::string::npos;
    });
}

size_t edits(const std::string& a, const std::string& b) {
    std::vector<size_t> before, last(b.size() + 1), row(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t replaced = last[j - 1] + (a[i - 1] != b[j - 1] ? 1 : 0);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before = last;
        std::swap(last, row);
    }
    return last[b.size()];
}

bool starts_alike(const std::string& a, const std::string& b) {
    const size_t n = std::min(a.size(), b.size());
    return n >= 3 && a.compare(0, n, b, 0, n) == 0;
}

}  // namespace

std::string exact_float(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    char buffer[64];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    std::string text(buffer, end);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

std::string quote(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            (out += '\\') += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            const char* digits = "0123456789ABCDEF";
            (((out += "\\u00") += digits[byte >> 4]) += digits[byte & 15]);
        } else {
            out += c;
        }
    }
    return out + '"';
}

bool is_bare_key(const std::string& text) { return consists_of(text, "_-"); }
bool is_bare_word(const std::string& text) { return consists_of(text, "_-./+:@~"); }
std::string key_text(const std::string& name) { return is_bare_key(name) ? name : quote(name); }

std::string join(Span<const std::string> names) {
    std::string out;
    for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
    return out;
}

std::string nearest(const std::string& wanted, Span<const std::string> names) {
    std::string best;
    size_t least = std::max<size_t>(1, wanted.size() / 3) + 1;
    for (const std::string& name : names) {
        const size_t distance = edits(wanted, name);
        if (distance < least) {
            least = distance;
            best = name;
        }
    }
    if (!best.empty()) return best;
    for (const std::string& name : names)
        if (starts_alike(wanted, name)) return name;
    return {};
}

}  // namespace radforge::config
