// SPDX-License-Identifier: Apache-2.0
#include "models/train/adam_kernel.h"

#include <algorithm>
#include <cmath>

namespace radforge::models {
namespace {

template <bool AmsGrad>
void run(const AdamStep& step, float* __restrict values, const float* __restrict gradient,
         float* __restrict first, float* __restrict second, float* __restrict largest, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        const float value = values[i] * step.keep, g = gradient[i] + step.pull * value;
        const float m = first[i] + step.fresh1 * (g - first[i]);
        const float v = step.beta2 * second[i] + step.fresh2 * (g * g);
        first[i] = m;
        second[i] = v;
        float root = v;
        if constexpr (AmsGrad) largest[i] = root = std::max(largest[i], v);
        values[i] = value - step.rate * (m / (std::sqrt(root) * step.root_scale + step.epsilon));
    }
}

}  // namespace

void adam_step(const AdamStep& step, float* values, const float* gradient, float* first, float* second,
               float* largest, size_t count) {
    if (largest != nullptr)
        run<true>(step, values, gradient, first, second, largest, count);
    else
        run<false>(step, values, gradient, first, second, nullptr, count);
}

}  // namespace radforge::models
