// SPDX-License-Identifier: Apache-2.0
/// Errors that a user can act on: what went wrong, where, what was found, what was expected, and the remedy.
#pragma once
#include <stdexcept>
#include <string>

namespace radforge {

/// Decides the exit code of the command line: 1, 64 (usage), 65 (bad data), 75 (try again: full disk,
/// signal).
enum class ErrorKind { Failed = 1, Usage = 64, BadData = 65, TryAgain = 75 };

/// The one exception type for bad input. `throw Error(ErrorKind::BadData, "unknown
/// key").where("a.toml:3:1").hint("...")`.
class Error : public std::runtime_error {
public:
    Error(ErrorKind kind, std::string what) : std::runtime_error(what), kind_(kind), text_(std::move(what)) {}

    Error& where(const std::string& place) {
        text_ = place + ": " + text_;
        return *this;
    }
    Error& got(const std::string& found) {
        text_ += "; got " + found;
        return *this;
    }
    Error& expected(const std::string& wanted) {
        text_ += ", expected " + wanted;
        return *this;
    }
    Error& hint(const std::string& remedy) {
        text_ += "; " + remedy;
        return *this;
    }

    ErrorKind kind() const noexcept { return kind_; }
    int exit_code() const noexcept { return static_cast<int>(kind_); }
    const char* what() const noexcept override { return text_.c_str(); }

private:
    ErrorKind kind_;
    std::string text_;
};

}  // namespace radforge

/// Checks an invariant of our own code in every build type; bad input is an Error instead.
#define RADFORGE_ASSERT(condition)                                                               \
    ((condition) ? void(0)                                                                       \
                 : throw std::logic_error(std::string(__FILE__ ":") + std::to_string(__LINE__) + \
                                          ": broken invariant: " #condition))
