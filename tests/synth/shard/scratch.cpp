// SPDX-License-Identifier: Apache-2.0
#include "tests/synth/shard/scratch.h"

#include "synth/base/hash.h"

#include <stdlib.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

namespace radforge::test {

Scratch::Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "radforge-test-XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error("mkdtemp");
    path_ = pattern;
}

Scratch::~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

CommandResult shell(const std::string& command) {
    CommandResult result;
    FILE* const pipe = popen(("{ " + command + "\n} 2>&1").c_str(), "r");
    if (!pipe) throw std::runtime_error("popen");
    char buffer[4096];
    while (const size_t count = fread(buffer, 1, sizeof buffer, pipe)) result.output.append(buffer, count);
    const int status = pclose(pipe);
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

std::string slurp(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

void spill(const std::string& path, const std::string& bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), std::streamsize(bytes.size()));
    if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

std::string fingerprint(const std::string& directory) {
    std::map<std::string, std::string> hashes;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
        if (entry.is_regular_file())
            hashes[entry.path().lexically_relative(directory).string()] = sha256_file(entry.path().string());
    std::string text;
    for (const auto& [name, hash] : hashes) text += name + " " + hash + "\n";
    return text;
}

}  // namespace radforge::test
