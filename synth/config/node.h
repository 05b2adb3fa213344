// SPDX-License-Identifier: Apache-2.0
/// A parsed setting and where it was written, free of the TOML library.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace radforge::config {

struct Moment {};  ///< a TOML date or time, which no key takes

struct Node {
    using Array = std::vector<Node>;
    using Table = std::map<std::string, Node>;
    std::variant<Table, Array, std::string, bool, int64_t, double, Moment> value;
    std::string place;      ///< of the value: "film.toml:3:7" or "override 'a.b=c'"
    std::string key_place;  ///< of its key: "film.toml:3:1"
    bool implied = false;   ///< a table that only a dotted override brought about

    template <class T>
    const T* as() const {
        return std::get_if<T>(&value);
    }
};

/// How a message names a found value: `"png"`, `1.5`, `a table`.
std::string describe(const Node& node);

}  // namespace radforge::config
