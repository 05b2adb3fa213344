// SPDX-License-Identifier: Apache-2.0
/// Whose CT a series is, without saying so.
#pragma once
#include <string>

namespace radforge::dicom {

/// What the headers say of the owner of a series.
struct Owner {
    std::string patient, issuer;  ///< PatientID and who issued it
    std::string study, series;    ///< UIDs
};

/// 16 hex digits of a hash, the same for all series of one patient: by PatientID and its issuer. Where the id
/// is empty or a placeholder that anonymisers write into the files of many patients, by study, else by
/// series. Ids are short enough to be guessed from their hash, so this is for memory alone and is written
/// nowhere.
std::string split_key(const Owner& owner);

}  // namespace radforge::dicom
