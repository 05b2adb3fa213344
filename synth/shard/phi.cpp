// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/phi.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <set>

namespace radforge::shard {
namespace {

constexpr const char* kAttributes[] = {
    "patientname",        "patient_name",        "patient name",     "patientid",        "patient_id",
    "patient id:",        "patientbirth",        "patient_birth",    "birthdate",        "birth_date",
    "date of birth",      "patientaddress",      "patienttelephone", "otherpatient",     "issuerofpatient",
    "referringphysician", "performingphysician", "operatorsname",    "institutionname",  "institution_name",
    "institutionaddress", "accessionnumber",     "accession_number", "studyinstanceuid", "seriesinstanceuid",
    "sopinstanceuid",     "frameofreferenceuid", "studydate",        "study_date",       "seriesdate",
    "acquisitiondate",    "deviceserialnumber",  "stationname"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

void find_attributes(const std::string& text, std::set<std::string>& found) {
    std::string lower = text;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return char(std::tolower(c)); });
    for (const char* const name : kAttributes)
        if (lower.find(name) != std::string::npos) found.insert(std::string("attribute ") + name);
}

/// Runs of digits joined by dots, six components or more: longer than any version number.
void find_unique_identifiers(const std::string& text, std::set<std::string>& found) {
    for (size_t i = 0; i < text.size();) {
        if (!is_digit(text[i])) {
            ++i;
            continue;
        }
        size_t end = i, parts = 1;
        while (end < text.size() && (is_digit(text[end]) || (text[end] == '.' && end + 1 < text.size() &&
                                                             is_digit(text[end + 1])))) {
            if (text[end] == '.') ++parts;
            ++end;
        }
        const std::string run = text.substr(i, end - i);
        if (parts >= 6 || (parts == 3 && run.size() > 20 && run.rfind("2.25.", 0) == 0) ||
            (parts >= 4 && run.rfind("1.2.840.", 0) == 0))
            found.insert("unique identifier " + run);
        i = end;
    }
}

bool plausible_date(int year, int month, int day) {
    return year >= 1900 && year <= 2099 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

int number(const std::string& text, size_t at, size_t count) {
    int value = 0;
    for (size_t i = at; i < at + count; ++i) value = value * 10 + (text[i] - '0');
    return value;
}

/// 19480229 as a text of its own, 1948-02-29, 1948/02/29, 29.02.1948, 02/29/1948. Digits around it make it
/// another number.
void find_dates(const std::string& text, std::set<std::string>& found) {
    const auto matches = [&](size_t at, const char* pattern) {
        const size_t length = std::strlen(pattern);
        if (at + length > text.size()) return false;
        for (size_t i = 0; i < length; ++i)
            if (pattern[i] == 'd' ? !is_digit(text[at + i]) : text[at + i] != pattern[i]) return false;
        const auto continues = [](char c) {
            return is_digit(c) || c == '.' || std::isalpha(static_cast<unsigned char>(c));
        };
        return (at == 0 || !continues(text[at - 1])) &&
               (at + length == text.size() || !continues(text[at + length]));
    };
    for (size_t i = 0; i < text.size(); ++i) {
        if (!is_digit(text[i])) continue;
        bool date = false;
        size_t length = 10;
        if (matches(i, "dddd-dd-dd") || matches(i, "dddd/dd/dd") || matches(i, "dddd.dd.dd"))
            date = plausible_date(number(text, i, 4), number(text, i + 5, 2), number(text, i + 8, 2));
        else if (matches(i, "dd.dd.dddd") || matches(i, "dd/dd/dddd") || matches(i, "dd-dd-dddd"))
            date = plausible_date(number(text, i + 6, 4), number(text, i + 3, 2), number(text, i, 2)) ||
                   plausible_date(number(text, i + 6, 4), number(text, i, 2), number(text, i + 3, 2));
        else if (matches(i, "dddddddd") && i > 0 && text[i - 1] == '"') {
            length = 8;
            date = text.size() > i + 8 && text[i + 8] == '"' &&
                   plausible_date(number(text, i, 4), number(text, i + 4, 2), number(text, i + 6, 2));
        }
        if (date) found.insert("date " + text.substr(i, length));
    }
}

/// Family^Given, the separator of DICOM person names.
void find_person_names(const std::string& text, std::set<std::string>& found) {
    for (size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] != '^' || !std::isalpha(static_cast<unsigned char>(text[i - 1])) ||
            !is_upper(text[i + 1]))
            continue;
        size_t begin = i, end = i + 1;
        while (begin > 0 && std::isalpha(static_cast<unsigned char>(text[begin - 1]))) --begin;
        while (end < text.size() && std::isalpha(static_cast<unsigned char>(text[end]))) ++end;
        found.insert("person name " + text.substr(begin, end - begin));
    }
}

/// Takes the printed lines that repeat a value of the invented annotation out of `film.text`: [[line,
/// box...]...].
void forget_printed(nlohmann::json& meta, const nlohmann::json& annotation) {
    const nlohmann::json::json_pointer printed("/film/text");
    if (!annotation.is_object() || !meta.contains(printed) || !meta[printed].is_array()) return;
    for (nlohmann::json& line : meta[printed])
        for (const nlohmann::json& value : annotation)
            if (line.is_array() && !line.empty() && value.is_string() && line[0] == value) line[0] = "";
}

}  // namespace

std::vector<std::string> find_identity(const std::string& text) {
    std::set<std::string> found;
    find_attributes(text, found);
    find_unique_identifiers(text, found);
    find_dates(text, found);
    find_person_names(text, found);
    return {found.begin(), found.end()};
}

std::vector<std::string> find_identity_in_meta(const std::string& text) {
    nlohmann::json meta = nlohmann::json::parse(text, nullptr, false);
    const nlohmann::json::json_pointer sheet("/recipe/sheet");
    if (meta.is_discarded() || !meta.contains(sheet) || !meta[sheet].is_object()) return find_identity(text);
    if (meta.dump() != text.substr(0, text.find_last_not_of('\n') + 1)) return find_identity(text);
    std::set<std::string> found;
    if (const auto annotation = meta[sheet].find("annotation"); annotation != meta[sheet].end()) {
        const std::string invented = annotation->dump();
        find_unique_identifiers(invented, found);
        find_person_names(invented, found);
        forget_printed(meta, *annotation);
        meta[sheet].erase(annotation);
    }
    for (std::string& what : find_identity(meta.dump())) found.insert(std::move(what));
    return {found.begin(), found.end()};
}

std::vector<std::string> find_picture_metadata(const std::string& extension, Span<const std::byte> bytes) {
    std::vector<std::string> found;
    const auto byte = [&](size_t i) { return size_t(bytes[i]); };
    if (extension == "png") {
        for (size_t at = 8; at + 12 <= bytes.size();) {
            const size_t length = byte(at) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3);
            const std::string type(reinterpret_cast<const char*>(bytes.data()) + at + 4, 4);
            if (type == "tEXt" || type == "zTXt" || type == "iTXt" || type == "eXIf" || type == "tIME")
                found.push_back("PNG chunk " + type);
            if (length > bytes.size()) break;
            at += 12 + length;
        }
    }
    if (extension == "jpg") {
        for (size_t at = 2; at + 4 <= bytes.size() && byte(at) == 0xff && byte(at + 1) != 0xda;) {
            const size_t marker = byte(at + 1);
            if (marker == 0xfe || (marker >= 0xe1 && marker <= 0xef && marker != 0xe2 && marker != 0xee))
                found.push_back("JPEG segment " + std::to_string(marker));
            at += 2 + (byte(at + 2) << 8 | byte(at + 3));
        }
    }
    return found;
}

}  // namespace radforge::shard
