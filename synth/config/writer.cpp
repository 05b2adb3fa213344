// SPDX-License-Identifier: Apache-2.0
#include "synth/config/writer.h"

#include "synth/base/error.h"
#include "synth/config/text.h"

#include <map>

namespace radforge::config {
namespace {

struct ValueText {
    static std::string one(int64_t value) { return std::to_string(value); }
    static std::string one(int value) { return std::to_string(value); }
    static std::string one(double value) { return exact_float(value); }
    static std::string one(const std::string& text) { return quote(text); }
    template <class T>
    static std::string array(const std::vector<T>& values) {
        std::string out;
        for (const T& value : values) out += (out.empty() ? "" : ", ") + one(value);
        return '[' + out + ']';
    }
    template <class T>
    static std::string distribution(const Dist<T>& dist) {
        using Kind = typename Dist<T>::Kind;
        const auto table = [&](const char* kind) {
            return std::string("{ ") + kind + " = " + array(dist.values()) + " }";
        };
        switch (dist.kind()) {
            case Kind::Constant:
                return one(dist.values().at(0));
            case Kind::Uniform:
                return table("uniform");
            case Kind::LogUniform:
                return table("log_uniform");
            case Kind::Normal:
                return table("normal");
            case Kind::Choice:
                break;
        }
        return table("choice");
    }
    std::string operator()(const bool* flag) const { return *flag ? "true" : "false"; }
    std::string operator()(const int* value) const { return one(*value); }
    std::string operator()(const int64_t* value) const { return one(*value); }
    std::string operator()(const double* value) const { return one(*value); }
    std::string operator()(const std::string* text) const { return one(*text); }
    std::string operator()(const std::vector<std::string>* texts) const { return array(*texts); }
    std::string operator()(const std::vector<double>* values) const { return array(*values); }
    std::string operator()(const Dist<int>* dist) const { return distribution(*dist); }
    std::string operator()(const Dist<double>* dist) const { return distribution(*dist); }
    std::string operator()(const Weights* weights) const {
        std::string out;
        for (const auto& [name, weight] : weights->of)
            out += (out.empty() ? "" : ", ") + key_text(name) + " = " + one(weight);
        return out.empty() ? "{}" : "{ " + out + " }";
    }
};

}  // namespace

std::string value_text(const Target& target) { return std::visit(ValueText{}, target); }

std::string write(const KeyList& list) {
    std::map<std::string, std::map<std::string, std::string>> tables;  // path -> key -> value
    for (const Key& key : list.keys) {
        const size_t dot = key.path.rfind('.');
        const bool root = dot == std::string::npos;
        tables[root ? "" : key.path.substr(0, dot)][root ? key.path : key.path.substr(dot + 1)] =
            value_text(key.target);
    }
    std::string out;
    for (const auto& [path, keys] : tables) {
        if (!path.empty()) out += (out.empty() ? "[" : "\n[") + path + "]\n";
        for (const auto& [name, value] : keys) out += key_text(name) + " = " + value + '\n';
    }
    return out;
}

}  // namespace radforge::config
