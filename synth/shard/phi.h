// SPDX-License-Identifier: Apache-2.0
/// Looks for what could identify a patient in texts and in the metadata of pictures.
#pragma once
#include "synth/base/span.h"

#include <string>
#include <vector>

namespace radforge::shard {

/// What looks like identity in a text: DICOM unique identifiers (PS3.5 section 9: six or more numbers joined
/// by dots), names of identifying attributes (PS3.15 table E.1-1), person names in DICOM form (A^B), dates of
/// day precision.
/// @returns one line each, with the text found; a finding is a reason to look, not a proof
std::vector<std::string> find_identity(const std::string& text);

/// The same for a meta.json, whose recipe.sheet.annotation is invented by construction (FORMAT.md): inside
/// that object only unique identifiers and DICOM person names count, which the inventor never writes. A text
/// that make_meta() would have written otherwise (no JSON, a key twice) is searched whole.
std::vector<std::string> find_identity_in_meta(const std::string& text);

/// Text or EXIF inside a PNG or JPEG. @returns one line for each such chunk
std::vector<std::string> find_picture_metadata(const std::string& extension, Span<const std::byte> bytes);

}  // namespace radforge::shard
