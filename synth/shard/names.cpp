// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/names.h"

#include "synth/base/error.h"

#include <algorithm>

namespace radforge::shard {
namespace {

bool is_word(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

void require_word(const std::string& text, const char* what) {
    if (!is_word(text))
        throw Error(ErrorKind::BadData, std::string("illegal ") + what)
            .got("'" + text + "'")
            .expected("lower-case letters, digits and underscores");
}

std::string padded(uint64_t number, size_t digits) {
    std::string text = std::to_string(number);
    return text.size() < digits ? std::string(digits - text.size(), '0') + text : text;
}

std::optional<uint64_t> parse_digits(const std::string& text, size_t digits) {
    if (text.size() != digits) return std::nullopt;
    uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + uint64_t(c - '0');
    }
    return value;
}

}  // namespace

std::string sample_name(const std::string& kind, uint64_t index) {
    require_word(kind, "kind");
    if (index >= kMaxSamples)
        throw Error(ErrorKind::BadData, "sample index too large")
            .got(std::to_string(index))
            .expected("at most " + std::to_string(kMaxSamples - 1));
    return kind + "-" + padded(index, 9);
}

std::string shard_file_name(const std::string& kind, const std::string& split, uint32_t number) {
    require_word(kind, "kind");
    require_word(split, "split");
    if (number > 999999)
        throw Error(ErrorKind::BadData, "too many shards in one split")
            .got(std::to_string(number))
            .expected("at most 1000000")
            .hint("raise samples_per_shard");
    return kind + "-" + split + "-" + padded(number, 6) + ".tar";
}

std::optional<ShardName> parse_shard_name(const std::string& file_name) {
    const std::string tail = ".tar";
    if (file_name.size() < tail.size() || file_name.substr(file_name.size() - tail.size()) != tail) return {};
    const std::string stem = file_name.substr(0, file_name.size() - tail.size());
    const size_t first = stem.find('-'), last = stem.rfind('-');
    if (first == std::string::npos || first == last) return {};
    const auto number = parse_digits(stem.substr(last + 1), 6);
    ShardName name{stem.substr(0, first), stem.substr(first + 1, last - first - 1), 0};
    if (!number || !is_word(name.kind) || !is_word(name.split)) return {};
    name.number = uint32_t(*number);
    return name;
}

std::optional<MemberName> parse_member_name(const std::string& name) {
    const size_t first = name.find('.');
    if (first == std::string::npos) return {};
    const size_t second = name.find('.', first + 1);
    if (second == std::string::npos) return {};
    return MemberName{name.substr(0, first), name.substr(first + 1, second - first - 1),
                      name.substr(second + 1)};
}

std::optional<uint64_t> parse_sample_name(const std::string& kind, const std::string& key) {
    if (key.size() != kind.size() + 10 || key.compare(0, kind.size(), kind) != 0 || key[kind.size()] != '-')
        return {};
    return parse_digits(key.substr(kind.size() + 1), 9);
}

}  // namespace radforge::shard
