// SPDX-License-Identifier: Apache-2.0
/// The keys of a config struct as a flat list, so that reader, dump and key table are written once and
/// without templates.
#pragma once
#include "synth/base/dist.h"
#include "synth/config/schema.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace radforge::config {

using Target = std::variant<bool*, int*, int64_t*, double*, Dist<int>*, Dist<double>*, std::string*,
                            std::vector<std::string>*, std::vector<double>*, Weights*>;
using Limits = std::variant<std::monostate, Range<int64_t>, Range<double>>;

struct Key {
    std::string path;  ///< "camera.width_px"
    Target target;     ///< the member; lives as long as the struct
    std::string unit;
    Limits limits;
    Options options;
    std::string help;
};
struct Table {
    std::string path, help;  ///< the root has the empty path and is not listed
};
struct KeyList {
    std::vector<Key> keys;  ///< in the order of visit(), paths unique
    std::vector<Table> tables;
};

/// The visitor that fills a KeyList.
class KeyLister {
public:
    template <class T, class L>
    void operator()(const char* name, T& number, const char* unit, Range<L> range, const char* help) {
        add(name, &number, unit, limits(number, range), {}, help);
    }
    void operator()(const char* name, bool& flag, const char* help) { add(name, &flag, "", {}, {}, help); }
    void operator()(const char* name, std::string& text, const char* help) {
        add(name, &text, "", {}, {}, help);
    }
    void operator()(const char* name, std::string& text, const Options& options, const char* help) {
        add(name, &text, "", {}, options, help);
    }
    void operator()(const char* name, std::vector<std::string>& texts, const char* help) {
        add(name, &texts, "", {}, {}, help);
    }
    void operator()(const char* name, Weights& weights, const Options& options, const char* help) {
        add(name, &weights, "", {}, options, help);
    }
    template <class S>
    std::enable_if_t<IsTable<S>::value> operator()(const char* name, S& table, const char* help) {
        const std::string outer = prefix_;
        list.tables.push_back({outer + name, help});
        prefix_ = outer + name + '.';
        table.visit(*this);
        prefix_ = outer;
    }

    KeyList list;

private:
    void add(const char* name, Target target, const char* unit, Limits limits, Options options,
             const char* help);

    template <class L>
    static Limits whole(Range<L> range) {
        static_assert(std::is_integral_v<L>, "the range of an integer key is made of integers");
        return Range<int64_t>{range.lo, range.hi};
    }
    template <class L>
    static Limits real(Range<L> range) {
        return Range<double>{double(range.lo), double(range.hi)};
    }
    template <class L>
    static Limits limits(int&, Range<L> range) {
        return whole(range);
    }
    template <class L>
    static Limits limits(int64_t&, Range<L> range) {
        return whole(range);
    }
    template <class L>
    static Limits limits(Dist<int>&, Range<L> range) {
        return whole(range);
    }
    template <class L>
    static Limits limits(double&, Range<L> range) {
        return real(range);
    }
    template <class L>
    static Limits limits(Dist<double>&, Range<L> range) {
        return real(range);
    }
    template <class L>
    static Limits limits(std::vector<double>&, Range<L> range) {
        return real(range);
    }

    std::string prefix_;
};

template <class S>
KeyList list_keys(S& settings) {
    KeyLister lister;
    settings.visit(lister);
    return std::move(lister.list);
}

/// "[16, 16384]", "one of png, jpg", or empty.
std::string limits_text(const Key& key);

/// What is wrong with the value that the key's member holds.
struct Defect {
    std::string what, got, expected, hint;
};
std::optional<Defect> defect_of(const Key& key);

}  // namespace radforge::config
