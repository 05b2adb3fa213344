// SPDX-License-Identifier: Apache-2.0
#include "synth/dicom/split_key.h"

#include "synth/base/hash.h"

#include <algorithm>
#include <iterator>

namespace radforge::dicom {
namespace {

constexpr const char* kPlaceholders[] = {
    "anon",    "anonym",    "anonymous", "anonymized",  "anonymised", "anonymize", "deidentified",
    "unknown", "undefined", "none",      "null",        "na",         "nn",        "noid",
    "patient", "patientid", "id",        "unspecified", "removed",    "deleted",   "test"};

/// "0", "000" and "X" among them, punctuation aside.
bool names_nobody(const std::string& patient) {
    std::string plain;
    for (const char c : patient) {
        if (c >= 'A' && c <= 'Z')
            plain += char(c - 'A' + 'a');
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0)
            plain += c;
    }
    return plain.find_first_not_of('0') == std::string::npos ||
           plain.find_first_not_of('x') == std::string::npos ||
           std::find(std::begin(kPlaceholders), std::end(kPlaceholders), plain) != std::end(kPlaceholders);
}

}  // namespace

std::string split_key(const Owner& owner) {
    const std::string who = !names_nobody(owner.patient) ? "patient\\" + owner.issuer + "\\" + owner.patient
                            : !owner.study.empty()       ? "study\\" + owner.study
                                                         : "series\\" + owner.series;
    return sha256_hex(who).substr(0, 16);
}

}  // namespace radforge::dicom
