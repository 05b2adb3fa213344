// SPDX-License-Identifier: Apache-2.0
#include "models/nets/lowered.h"

#include "synth/base/error.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

namespace radforge::models {
namespace {

struct Extent {
    int64_t pictures, channels, height, width;  ///< before the windows
    int64_t kernel_height, kernel_width, stride, padding;
    int64_t out_height, out_width;
    int64_t taps() const { return kernel_height * kernel_width; }
    int64_t positions() const { return pictures * out_height * out_width; }
};

/// Calls visit(place in columns, picture, place in its plane, count) for every run of windows of one line
/// whose tap lies inside the picture; in the plane they are `stride` apart.
template <class Visit>
void each_run(const Extent& e, int64_t channel, const Visit& visit) {
    for (int64_t tap = 0; tap < e.taps(); ++tap) {
        const int64_t ky = tap / e.kernel_width, left = e.padding - tap % e.kernel_width,
                      right = e.width - 1 + left;
        if (right < 0) continue;
        const int64_t first = left <= 0 ? 0 : (left + e.stride - 1) / e.stride,
                      count = std::min(e.out_width - 1, right / e.stride) + 1 - first;
        if (count <= 0) continue;
        for (int64_t b = 0; b < e.pictures; ++b)
            for (int64_t y = 0; y < e.out_height; ++y) {
                const int64_t line = y * e.stride - e.padding + ky;
                if (line < 0 || line >= e.height) continue;
                visit(
                    (channel * e.taps() + tap) * e.positions() + (b * e.out_height + y) * e.out_width + first,
                    b, line * e.width + first * e.stride - left, count);
            }
    }
}

constexpr int64_t kChannelsPerTask = 16;

template <class T>
void gather(const Extent& e, const T* x, T* columns) {
    at::parallel_for(0, e.channels, kChannelsPerTask, [&](int64_t begin, int64_t end) {
        const int64_t rows = e.taps() * e.positions();
        std::fill(columns + begin * rows, columns + end * rows, T(0));
        for (int64_t c = begin; c < end; ++c)
            each_run(e, c, [&](int64_t to, int64_t picture, int64_t from, int64_t count) {
                const T* const line = x + (picture * e.channels + c) * e.height * e.width + from;
                for (int64_t i = 0; i < count; ++i) columns[to + i] = line[i * e.stride];
            });
    });
}

/// The adjoint of gather(). Sums are float32 where values are bfloat16, too.
template <class T>
void scatter(const Extent& e, const T* columns, T* x) {
    at::parallel_for(0, e.channels, kChannelsPerTask, [&](int64_t begin, int64_t end) {
        const int64_t plane = e.height * e.width;
        std::vector<float> sums(size_t(e.pictures * plane));
        for (int64_t c = begin; c < end; ++c) {
            std::fill(sums.begin(), sums.end(), 0.0f);
            each_run(e, c, [&](int64_t from, int64_t picture, int64_t to, int64_t count) {
                float* const line = sums.data() + picture * plane + to;
                for (int64_t i = 0; i < count; ++i) line[i * e.stride] += float(columns[from + i]);
            });
            for (int64_t b = 0; b < e.pictures; ++b)
                std::transform(sums.data() + b * plane, sums.data() + (b + 1) * plane,
                               x + (b * e.channels + c) * plane, [](float sum) { return T(sum); });
        }
    });
}

/// Runs work(T()) with the type of the values.
template <class Work>
void with_type(const torch::Tensor& values, const Work& work) {
    if (values.scalar_type() == torch::kBFloat16)
        work(at::BFloat16());
    else if (values.scalar_type() == torch::kFloat32)
        work(0.0f);
    else
        throw Error(ErrorKind::Usage, "convolution of a type that no network here has")
            .got(torch::toString(values.scalar_type()))
            .expected("float32 or bfloat16");
}

/// [B,C,h,w] -> [C, B h w] and back.
torch::Tensor rows_of(const torch::Tensor& x) { return x.transpose(0, 1).reshape({x.size(1), -1}); }
torch::Tensor pictures_of(const torch::Tensor& rows, int64_t pictures, int64_t height, int64_t width) {
    return rows.view({rows.size(0), pictures, height, width}).transpose(0, 1).contiguous();
}

}  // namespace

Lowered::Lowered(const torch::Tensor& weight, int64_t stride, int64_t padding)
    : weight_(weight), matrix_(weight.reshape({weight.size(0), -1})), stride_(stride), padding_(padding) {}

torch::Tensor Lowered::forward(const torch::Tensor& x, const torch::Tensor& columns) const {
    return pictures_of(matrix_.mm(columns), x.size(0), positions(x.size(2), weight_.size(2)),
                       positions(x.size(3), weight_.size(3)));
}

torch::Tensor Lowered::to_input(const torch::Tensor& gradient, int64_t height, int64_t width) const {
    const torch::Tensor columns = matrix_.t().mm(rows_of(gradient)).contiguous();
    const Extent e{gradient.size(0), weight_.size(1), height,  width,
                   weight_.size(2),  weight_.size(3), stride_, padding_,
                   gradient.size(2), gradient.size(3)};
    torch::Tensor x = torch::empty({e.pictures, e.channels, height, width}, columns.options());
    with_type(columns, [&](auto type) {
        using T = decltype(type);
        scatter(e, columns.data_ptr<T>(), x.data_ptr<T>());
    });
    return x;
}

torch::Tensor Lowered::to_weight(const torch::Tensor& columns, const torch::Tensor& gradient) const {
    return rows_of(gradient).mm(columns.t()).view_as(weight_);
}

torch::Tensor Lowered::columns(const torch::Tensor& x) const {
    const torch::Tensor values = x.contiguous();
    const Extent e{x.size(0),
                   x.size(1),
                   x.size(2),
                   x.size(3),
                   weight_.size(2),
                   weight_.size(3),
                   stride_,
                   padding_,
                   positions(x.size(2), weight_.size(2)),
                   positions(x.size(3), weight_.size(3))};
    torch::Tensor out = torch::empty({e.channels * e.taps(), e.positions()}, values.options());
    with_type(values, [&](auto type) {
        using T = decltype(type);
        gather(e, values.data_ptr<T>(), out.data_ptr<T>());
    });
    return out;
}

}  // namespace radforge::models
