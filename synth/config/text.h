// SPDX-License-Identifier: Apache-2.0
/// TOML spelling of values, and the nearest name to a misspelt one.
#pragma once
#include "synth/base/span.h"

#include <string>

namespace radforge::config {

/// Shortest decimal that reads back as the same double, as a TOML float: "0.1", "3.0", "1e+20", "inf".
std::string exact_float(double value);
/// TOML basic string in quotes.
std::string quote(const std::string& text);
/// Letters, digits, '_' and '-': a key that needs no quotes.
bool is_bare_key(const std::string& text);
/// Letters, digits and `_-./+:@~`: an override's text that needs no quotes.
bool is_bare_word(const std::string& text);
/// The name itself, quoted where TOML asks for it.
std::string key_text(const std::string& name);

/// "a, b, c"
std::string join(Span<const std::string> names);
/// The name that was probably meant: fewest edits (insert, delete, replace, swap neighbours: optimal string
/// alignment), at most a third of the letters; or one that starts alike ("width" for "width_px").
/// @return empty when none is near
std::string nearest(const std::string& wanted, Span<const std::string> names);

}  // namespace radforge::config
