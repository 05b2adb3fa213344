// SPDX-License-Identifier: Apache-2.0
/// Starts chaos_child and does things to it.
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

namespace radforge::test {

class Child {
public:
    /// @param arguments  of chaos_child; its messages go to `log` when that is not empty
    explicit Child(const std::vector<std::string>& arguments, const std::string& log = "");
    ~Child();  ///< kills it when it still runs
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    void send(int signal) const;
    /// @returns the exit code, or 128 + the signal that ended it
    int wait();
    bool has_ended();

private:
    pid_t pid_ = -1;
    int code_ = -1;
};

}  // namespace radforge::test
