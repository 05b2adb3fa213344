// SPDX-License-Identifier: Apache-2.0
/// The include graph and the form of source files, as a test.
#pragma once
#include <string>
#include <vector>

namespace radforge::lint {

struct Module {
    std::string name, folder;
    std::vector<std::string> uses, third_party,
        in_headers;  ///< in_headers: third party that headers may include too
};

struct Rules {
    std::vector<Module> modules;
    std::vector<std::string> open_headers, system_headers, scanned;
};

/// @throws Error when the table cannot be read, names an unknown module, or its edges form a cycle
Rules read_rules(const std::string& path);

struct Finding {
    std::string file;  ///< relative to the root
    int line = 0;      ///< 1-based
    std::string message;
};

/// Checks every scanned file below `root`: licence line, #pragma once, own header first, includes by path
/// from the root that follow the table, third party out of headers, no dumping-ground names. Sorted by file
/// and line.
std::vector<Finding> check_tree(const std::string& root, const Rules& rules);

}  // namespace radforge::lint
