// SPDX-License-Identifier: Apache-2.0
/// A folder for one test, and what tests ask of the system.
#pragma once
#include <cstdint>
#include <string>

namespace radforge::test {

/// A fresh folder, removed with all it holds.
class Scratch {
public:
    Scratch();
    ~Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

struct CommandResult {
    int exit_code = -1;
    std::string output;  ///< standard output and error
};
CommandResult shell(const std::string& command);

/// Whole file, and writing one in place: what the module under test never does.
std::string slurp(const std::string& path);
void spill(const std::string& path, const std::string& bytes);

/// Name -> content of every file below a folder, as one text to compare: "name sha256" lines, sorted.
std::string fingerprint(const std::string& directory);

}  // namespace radforge::test
