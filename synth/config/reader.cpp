// SPDX-License-Identifier: Apache-2.0
#include "synth/config/reader.h"

#include "synth/base/error.h"
#include "synth/config/text.h"

#include <limits>
#include <map>
#include <set>

namespace radforge::config {
namespace {

/// Converts a node to the type of a key's member; false leaves the member as it was.
class Assign {
public:
    explicit Assign(const Node& node) : node_(node) {}

    bool operator()(bool* flag) const { return take(node_, *flag); }
    bool operator()(int* value) const { return take(node_, *value); }
    bool operator()(int64_t* value) const { return take(node_, *value); }
    bool operator()(double* value) const { return take(node_, *value); }
    bool operator()(std::string* text) const { return take(node_, *text); }
    bool operator()(std::vector<std::string>* texts) const { return take_all(node_, *texts); }
    bool operator()(std::vector<double>* values) const { return take_all(node_, *values); }
    bool operator()(Dist<int>* dist) const { return distribution(*dist); }
    bool operator()(Dist<double>* dist) const { return distribution(*dist); }
    bool operator()(Weights* weights) const {
        const auto* table = node_.as<Node::Table>();
        if (!table) return false;
        Weights given;
        if (node_.implied) given = *weights;
        for (const auto& [name, weight] : *table)
            if (!take(weight, given.of[name])) return false;
        *weights = std::move(given);
        return true;
    }

private:
    template <class T>
    static bool take(const Node& node, T& out) {
        const T* found = node.as<T>();
        if (found) out = *found;
        return found != nullptr;
    }
    static bool take(const Node& node, int& out) {
        const auto* found = node.as<int64_t>();
        if (!found || *found < std::numeric_limits<int>::min() || *found > std::numeric_limits<int>::max())
            return false;
        out = int(*found);
        return true;
    }
    static bool take(const Node& node, double& out) {
        if (const auto* whole = node.as<int64_t>()) {
            constexpr int64_t kExact = int64_t(1) << 53;
            out = double(*whole);
            return *whole >= -kExact && *whole <= kExact;
        }
        const auto* real = node.as<double>();
        if (real) out = *real;
        return real != nullptr;
    }
    template <class T>
    static bool take_all(const Node& node, std::vector<T>& out) {
        const auto* items = node.as<Node::Array>();
        if (!items) return false;
        std::vector<T> values(items->size());
        for (size_t i = 0; i < values.size(); ++i)
            if (!take((*items)[i], values[i])) return false;
        out = std::move(values);
        return true;
    }
    template <class T>
    bool distribution(Dist<T>& out) const {
        if (T constant{}; take(node_, constant)) {
            out = Dist<T>(constant);
            return true;
        }
        const auto* table = node_.as<Node::Table>();
        std::vector<T> values;
        if (!table || table->size() != 1 || !take_all(table->begin()->second, values)) return false;
        const std::string& kind = table->begin()->first;
        if (kind == "choice")
            out = Dist<T>::choice(values);
        else if (kind == "uniform" && values.size() == 2)
            out = Dist<T>::uniform(values[0], values[1]);
        else if (kind == "log_uniform" && values.size() == 2)
            out = Dist<T>::log_uniform(values[0], values[1]);
        else if (kind == "normal" && values.size() == 4)
            out = Dist<T>::normal(values[0], values[1], values[2], values[3]);
        else
            return false;
        return true;
    }

    const Node& node_;
};

struct ExpectedType {
    static std::string dist(const std::string& number) {
        return number +
               " or one of { uniform = [lo, hi] }, { log_uniform = [lo, hi] }, "
               "{ normal = [mean, deviation, lo, hi] }, { choice = [a, b] }";
    }
    std::string operator()(bool*) const { return "true or false"; }
    std::string operator()(int*) const { return "an integer"; }
    std::string operator()(int64_t*) const { return "an integer"; }
    std::string operator()(double*) const { return "a number"; }
    std::string operator()(Dist<int>*) const { return dist("an integer"); }
    std::string operator()(Dist<double>*) const { return dist("a number"); }
    std::string operator()(std::string*) const { return "a string"; }
    std::string operator()(std::vector<std::string>*) const { return "an array of strings"; }
    std::string operator()(std::vector<double>*) const { return "an array of numbers"; }
    std::string operator()(Weights*) const { return "a table of name = weight"; }
};

class Problems {
public:
    void add(const Error& e) { (text_ += text_.empty() ? "" : "\n") += e.what(); }
    void add(const std::string& place, const std::string& path, const Defect& defect) {
        Error e(ErrorKind::Usage, defect.what + " of '" + path + "'");
        e.where(place).got(defect.got);
        if (!defect.expected.empty()) e.expected(defect.expected);
        if (!defect.hint.empty()) e.hint(defect.hint);
        add(e);
    }
    void raise() const {
        if (!text_.empty()) throw Error(ErrorKind::Usage, text_);
    }

private:
    std::string text_;
};

std::string last_name(const std::string& path) { return path.substr(path.rfind('.') + 1); }
std::string table_of(const std::string& path) {
    const size_t dot = path.rfind('.');
    return dot == std::string::npos ? "" : path.substr(0, dot);
}

class Reading {
public:
    explicit Reading(const KeyList& list) : list_(list) {
        for (const Key& key : list.keys) keys_[key.path] = &key;
        for (const Table& table : list.tables) tables_.insert(table.path);
    }

    void apply(const Node::Table& table, const std::string& prefix) {
        for (const auto& [name, node] : table) {
            const std::string path = prefix + name;
            if (const auto found = keys_.find(path); found != keys_.end())
                assign(*found->second, node);
            else if (!tables_.count(path))
                problems.add(Error(ErrorKind::Usage, "unknown key '" + path + "'")
                                 .where(node.key_place)
                                 .hint(remedy(path)));
            else if (const auto* inner = node.as<Node::Table>())
                apply(*inner, path + '.');
            else
                problems.add(wrong_type(path, node, "a table"));
        }
    }

    void check_all() {
        for (const Key& key : list_.keys) {
            if (failed_.count(key.path)) continue;
            const auto place = places_.find(key.path);
            if (const auto defect = defect_of(key))
                problems.add(place == places_.end() ? "default" : place->second, key.path, *defect);
        }
    }

    Problems problems;

private:
    static Error wrong_type(const std::string& path, const Node& node, const std::string& expected) {
        return Error(ErrorKind::Usage, "wrong type for '" + path + "'")
            .where(node.place)
            .got(describe(node))
            .expected(expected);
    }

    void assign(const Key& key, const Node& node) {
        places_[key.path] = node.place;
        if (std::visit(Assign(node), key.target)) return;
        failed_.insert(key.path);
        problems.add(wrong_type(key.path, node, std::visit(ExpectedType{}, key.target)));
    }

    std::string remedy(const std::string& path) const {
        const std::string name = last_name(path), table = table_of(path);
        std::vector<std::string> here;
        std::map<std::string, std::string> elsewhere;  // last name -> path
        const auto sort_in = [&](const std::string& known) {
            if (table_of(known) == table)
                here.push_back(last_name(known));
            else
                elsewhere.emplace(last_name(known), known);
        };
        for (const Table& t : list_.tables) sort_in(t.path);
        for (const Key& k : list_.keys) sort_in(k.path);
        const auto did_you_mean = [](const std::string& meant) { return "did you mean '" + meant + "'?"; };
        if (elsewhere.count(name)) return did_you_mean(elsewhere.at(name));
        if (const std::string near = nearest(name, here); !near.empty()) return did_you_mean(near);
        std::vector<std::string> names;
        for (const auto& entry : elsewhere) names.push_back(entry.first);
        if (const std::string near = nearest(name, names); !near.empty())
            return did_you_mean(elsewhere.at(near));
        return (table.empty() ? "known here: " : "known in '" + table + "': ") + join(here);
    }

    const KeyList& list_;
    std::map<std::string, const Key*> keys_;
    std::set<std::string> tables_, failed_;
    std::map<std::string, std::string> places_;  // where each key was set last
};

}  // namespace

void read(const KeyList& list, const Document& document) {
    Reading reading(list);
    for (const Node& layer : document.layers()) reading.apply(*layer.as<Node::Table>(), "");
    reading.check_all();
    reading.problems.raise();
}

void check(const KeyList& list) {
    Reading reading(list);
    reading.check_all();
    reading.problems.raise();
}

}  // namespace radforge::config
