// SPDX-License-Identifier: Apache-2.0
/// Options of the command line that are real numbers.
#pragma once
#include <CLI/CLI.hpp>

#include <string>

namespace radforge::cli {

/// From `low` to `high`. CLI::Range lets "nan" pass.
inline CLI::Validator real_between(double low, double high) {
    const std::string range = "[" + CLI::detail::to_string(low) + " - " + CLI::detail::to_string(high) + "]";
    return {[low, high, range](std::string& word) {
                double value = 0;
                const bool within = CLI::detail::lexical_cast(word, value) && value >= low && value <= high;
                return within ? std::string() : "Value " + word + " not in range " + range;
            },
            "FLOAT in " + range};
}

}  // namespace radforge::cli
