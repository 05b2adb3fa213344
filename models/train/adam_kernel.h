// SPDX-License-Identifier: Apache-2.0
/// The arithmetic of a step of Adam in one pass over memory, where a chain of tensor operations makes ten.
#pragma once
#include <cstddef>

namespace radforge::models {

/// What all values of a step share.
struct AdamStep {
    float beta2 = 0.999f;
    float fresh1 = 0.1f, fresh2 = 0.001f;  ///< 1 - beta1 and 1 - beta2, which float32 would round too much
    float epsilon = 1e-8f;
    float keep = 1;        ///< AdamW: part of the value that its decay leaves
    float pull = 0;        ///< Adam: part of the value added to the gradient
    float rate = 0;        ///< divided by the bias of the first moment
    float root_scale = 1;  ///< one over the root of the bias of the second
};

/// Steps `count` values in place; each depends on its own gradient and moments alone, so the bits are the
/// same however a caller cuts a tensor.
/// @param largest  AMSGrad's largest second moments, or nullptr
void adam_step(const AdamStep& step, float* values, const float* gradient, float* first, float* second,
               float* largest, size_t count);

}  // namespace radforge::models
