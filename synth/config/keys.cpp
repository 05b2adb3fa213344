// SPDX-License-Identifier: Apache-2.0
#include "synth/config/keys.h"

#include "synth/base/error.h"
#include "synth/config/text.h"
#include "synth/config/writer.h"

#include <algorithm>
#include <cmath>

namespace radforge::config {
namespace {

template <class T>
bool within(const Limits& limits, T value) {
    if (const auto* whole = std::get_if<Range<int64_t>>(&limits)) return whole->contains(int64_t(value));
    return std::get<Range<double>>(limits).contains(double(value));
}

Defect out_of_range(const Key& key) {
    const std::string unit = key.unit.empty() ? "" : " " + key.unit;
    return {"out of range", value_text(key.target), limits_text(key) + unit, ""};
}

Defect not_an_option(const Key& key, const std::string& name) {
    const std::string near = nearest(name, key.options);
    return {"unknown choice", quote(name), limits_text(key),
            near.empty() ? "" : "did you mean '" + near + "'?"};
}

struct Finder {
    const Key& key;
    using Result = std::optional<Defect>;

    template <class T>
    Result number(T value) const {
        return within(key.limits, value) ? Result() : out_of_range(key);
    }
    template <class T>
    Result distribution(const Dist<T>& dist) const {
        if (const std::string defect = dist.defect(); !defect.empty())
            return Defect{"bad distribution", value_text(key.target), "", defect};
        return within(key.limits, dist.range().lo) && within(key.limits, dist.range().hi) ? Result()
                                                                                          : out_of_range(key);
    }
    Result operator()(const bool*) const { return {}; }
    Result operator()(const int* value) const { return number(*value); }
    Result operator()(const int64_t* value) const { return number(*value); }
    Result operator()(const double* value) const { return number(*value); }
    Result operator()(const Dist<int>* dist) const { return distribution(*dist); }
    Result operator()(const Dist<double>* dist) const { return distribution(*dist); }
    Result operator()(const std::string* text) const {
        const bool free = key.options.empty();
        return free || std::count(key.options.begin(), key.options.end(), *text) ? Result()
                                                                                 : not_an_option(key, *text);
    }
    Result operator()(const std::vector<std::string>*) const { return {}; }
    Result operator()(const std::vector<double>* values) const {
        const bool good = std::all_of(values->begin(), values->end(),
                                      [&](double value) { return within(key.limits, value); });
        return good ? Result() : out_of_range(key);
    }
    Result operator()(const Weights* weights) const {
        bool any = false;
        for (const auto& [name, weight] : weights->of) {
            if (!std::count(key.options.begin(), key.options.end(), name)) return not_an_option(key, name);
            if (!std::isfinite(weight) || weight < 0)
                return Defect{"bad weight of " + quote(name), exact_float(weight),
                              "a finite number, 0 or more", ""};
            any = any || weight > 0;
        }
        return any ? Result() : Defect{"no weight is above 0", value_text(key.target), "", ""};
    }
};

std::string short_float(double value) {
    std::string text = exact_float(value);
    if (text.size() > 2 && text.compare(text.size() - 2, 2, ".0") == 0) text.resize(text.size() - 2);
    return text;
}

}  // namespace

void KeyLister::add(const char* name, Target target, const char* unit, Limits limits, Options options,
                    const char* help) {
    const std::string path = prefix_ + name;
    for (const Key& key : list.keys) RADFORGE_ASSERT(key.path != path);
    list.keys.push_back({path, target, unit, limits, std::move(options), help});
}

std::string limits_text(const Key& key) {
    if (!key.options.empty()) return "one of " + join(key.options);
    if (const auto* whole = std::get_if<Range<int64_t>>(&key.limits))
        return '[' + std::to_string(whole->lo) + ", " + std::to_string(whole->hi) + ']';
    if (const auto* real = std::get_if<Range<double>>(&key.limits))
        return '[' + short_float(real->lo) + ", " + short_float(real->hi) + ']';
    return {};
}

std::optional<Defect> defect_of(const Key& key) { return std::visit(Finder{key}, key.target); }

}  // namespace radforge::config
