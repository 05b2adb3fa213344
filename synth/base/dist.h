// SPDX-License-Identifier: Apache-2.0
/// Numbers that a config gives as a constant or as a distribution; the recipe holds what was drawn.
#pragma once
#include "synth/base/rng.h"

#include <map>
#include <string>
#include <vector>

namespace radforge {

/// Closed interval.
template <class T>
struct Range {
    T lo{}, hi{};
    bool contains(T x) const { return x >= lo && x <= hi; }
};
template <class T>
Range(T, T) -> Range<T>;

/// Distribution of a number. Integers: uniform over {lo..hi}; log_uniform and normal round to nearest.
template <class T>
class Dist {
public:
    enum class Kind { Constant, Uniform, LogUniform, Normal, Choice };

    Dist() = default;
    Dist(T constant) : values_{constant} {}
    static Dist uniform(T lo, T hi) { return Dist(Kind::Uniform, {lo, hi}); }
    static Dist log_uniform(T lo, T hi) { return Dist(Kind::LogUniform, {lo, hi}); }
    /// Truncated by redrawing: mean, deviation, lowest, highest.
    static Dist normal(T mean, T deviation, T lo, T hi) {
        return Dist(Kind::Normal, {mean, deviation, lo, hi});
    }
    static Dist choice(std::vector<T> values) { return Dist(Kind::Choice, std::move(values)); }

    T draw(Rng& rng) const;
    Kind kind() const { return kind_; }
    const std::vector<T>& values() const { return values_; }  ///< meaning by kind, as in the factories above
    Range<T> range() const;                                   ///< the closed range that draws stay in
    /// @returns what is wrong with the parameters, or an empty string
    std::string defect() const;

private:
    Dist(Kind kind, std::vector<T> values) : kind_(kind), values_(std::move(values)) {}
    Kind kind_ = Kind::Constant;
    std::vector<T> values_{T{}};
};
extern template class Dist<double>;
extern template class Dist<int>;

/// A named choice with relative weights; names in sorted order decide the draw.
struct Weights {
    std::map<std::string, double> of;
    /// @throws Error when no weight is positive
    const std::string& draw(Rng& rng) const;
};

}  // namespace radforge
