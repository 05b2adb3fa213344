// SPDX-License-Identifier: Apache-2.0
/// The key table of a config struct, for the manual.
#pragma once
#include "synth/config/keys.h"

#include <string>

namespace radforge::config {

/// Markdown: a heading per table, a row per key (key, default, unit, range, meaning), in the order of
/// visit().
std::string manual(const KeyList& list);
template <class S>
std::string manual() {
    S settings;
    return manual(list_keys(settings));
}

}  // namespace radforge::config
