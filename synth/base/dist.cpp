// SPDX-License-Identifier: Apache-2.0
#include "synth/base/dist.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace radforge {
namespace {

constexpr double kLeastChance = 1e-5;  // that a normal draw is kept: each then takes about a millisecond

template <class T>
T cast(double x) {
    if constexpr (std::is_integral_v<T>)
        return T(std::llround(x));
    else
        return x;
}

/// Part of the normal draws that the truncation keeps.
template <class T>
double normal_part(double mean, double deviation, Range<T> kept) {
    const auto below = [&](double x) { return 0.5 * std::erfc((mean - x) / (std::sqrt(2.0) * deviation)); };
    const double rounding = std::is_integral_v<T> ? 0.5 : 0;
    return below(double(kept.hi) + rounding) - below(double(kept.lo) - rounding);
}

}  // namespace

template <class T>
Range<T> Dist<T>::range() const {
    switch (kind_) {
        case Kind::Constant:
            return {values_[0], values_[0]};
        case Kind::Uniform:
        case Kind::LogUniform:
            return {values_[0], values_[1]};
        case Kind::Normal:
            return {values_[2], values_[3]};
        case Kind::Choice:
            break;
    }
    const auto [lo, hi] = std::minmax_element(values_.begin(), values_.end());
    return {*lo, *hi};
}

template <class T>
std::string Dist<T>::defect() const {
    const size_t wanted = kind_ == Kind::Constant ? 1 : kind_ == Kind::Normal ? 4 : 2;
    if (kind_ == Kind::Choice ? values_.empty() : values_.size() != wanted) return "wrong number of values";
    for (const T v : values_)
        if (!std::isfinite(double(v))) return "a value is not finite";
    if (kind_ == Kind::Constant || kind_ == Kind::Choice) return {};
    const Range<T> r = range();
    if (r.hi < r.lo) return "the upper end lies below the lower end";
    if (kind_ == Kind::LogUniform && !(r.lo > 0)) return "a log-uniform range must be positive";
    if (kind_ == Kind::Normal) {
        if (values_[1] < 0) return "the deviation is negative";
        const double mean = double(values_[0]), reach = 4.0 * double(values_[1]);
        if (mean + reach < double(r.lo) || mean - reach > double(r.hi))
            return "the truncation range lies more than 4 deviations from the mean";
        if (values_[1] > 0 && normal_part(mean, double(values_[1]), r) < kLeastChance)
            return "the truncation range is so narrow that hardly a draw falls into it";
    }
    return {};
}

template <class T>
T Dist<T>::draw(Rng& rng) const {
    switch (kind_) {
        case Kind::Constant:
            return values_[0];
        case Kind::Uniform:
            if constexpr (std::is_integral_v<T>) {
                const int64_t lo = values_[0], hi = values_[1];
                return T(lo + int64_t(rng.below(uint64_t(hi - lo) + 1)));
            } else
                return rng.uniform(values_[0], values_[1]);
        case Kind::LogUniform: {
            const double lo = std::log(double(values_[0])), hi = std::log(double(values_[1]));
            return std::clamp(cast<T>(std::exp(rng.uniform(lo, hi))), values_[0], values_[1]);
        }
        case Kind::Normal:
            for (;;) {
                const T x = cast<T>(double(values_[0]) + double(values_[1]) * rng.normal());
                if (range().contains(x)) return x;
            }
        case Kind::Choice:
            return values_[rng.below(values_.size())];
    }
    return values_[0];
}

template class Dist<double>;
template class Dist<int>;

const std::string& Weights::draw(Rng& rng) const {
    double total = 0;
    for (const auto& entry : of) total += std::max(0.0, entry.second);
    if (!(total > 0))
        throw Error(ErrorKind::Usage, "no choice has a positive weight")
            .hint("give at least one entry a weight above 0");
    double left = rng.uniform() * total;
    const std::string* last = nullptr;
    for (const auto& [name, weight] : of) {
        if (!(weight > 0)) continue;
        last = &name;
        left -= weight;
        if (left < 0) break;
    }
    return *last;
}

}  // namespace radforge
