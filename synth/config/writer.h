// SPDX-License-Identifier: Apache-2.0
/// The settings that are in force, as TOML: tables and keys sorted, numbers exact, no defaults left out.
#pragma once
#include "synth/config/keys.h"

#include <string>

namespace radforge::config {

/// One value as TOML, on one line.
std::string value_text(const Target& target);

/// The whole list as TOML.
std::string write(const KeyList& list);

/// load<S>(dump(s)) gives s again, and dump of that the same text; its SHA-256 is the identity of a config.
template <class S>
std::string dump(const S& settings) {
    S copy = settings;
    return write(list_keys(copy));
}

}  // namespace radforge::config
