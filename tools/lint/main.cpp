// SPDX-License-Identifier: Apache-2.0
// radforge_layers ROOT: prints file:line: message for each violation of tools/lint/layers.toml.
#include "tools/lint/layers.h"

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s ROOT\n", argv[0]);
        return 64;
    }
    try {
        const std::string root = argv[1];
        const auto findings =
            radforge::lint::check_tree(root, radforge::lint::read_rules(root + "/tools/lint/layers.toml"));
        for (const auto& f : findings) std::printf("%s:%d: %s\n", f.file.c_str(), f.line, f.message.c_str());
        std::printf("%zu violations\n", findings.size());
        return findings.empty() ? 0 : 1;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 64;
    }
}
