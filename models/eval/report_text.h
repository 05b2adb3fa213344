// SPDX-License-Identifier: Apache-2.0
/// The forms of a report, as text.
#pragma once
#include "models/eval/report.h"

#include <string>

namespace radforge::eval {

/// File of picture `column` of line `row` in the folder pictures.
std::string picture_name(size_t row, size_t column);

std::string markdown_of(const Report& report);
/// Pictures are inside.
std::string html_of(const Report& report);
/// RFC 4180.
std::string csv_of(const Report& report);
/// Version 1: everything but the pictures.
std::string json_of(const Report& report);

/// RFC 4648.
std::string base64(const std::string& bytes);

}  // namespace radforge::eval
