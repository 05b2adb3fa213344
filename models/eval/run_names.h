// SPDX-License-Identifier: Apache-2.0
/// What reports call networks: by their variant, with as much beside it as tells them apart.
#pragma once
#include "models/eval/film_network.h"

#include <string>
#include <vector>

namespace radforge::eval {

/// Whether two runs differ in nothing but chance, so that they may be averaged.
bool one_row(const NetworkCard& a, const NetworkCard& b);

struct RunName {
    std::string label;     ///< of the run alone
    std::string name;      ///< of the run; folders of one name in two places are told apart by where they are
    bool in_rows = false;  ///< its variant was trained on several data or configs: rows bear names
};
std::vector<RunName> run_names(const std::vector<NetworkCard>& cards);

}  // namespace radforge::eval
