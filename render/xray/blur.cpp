// SPDX-License-Identifier: Apache-2.0
#include "render/xray/blur.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace radforge::xray {
namespace {

using Kernel = std::vector<double>;  // odd length, centred, sums to 1

void check(const Image& image, double size_px) {
    if (image.type != PixelType::F32 || image.channels != 1)
        throw Error(ErrorKind::BadData, "blur").expected("an f32 [H,W,1] image");
    if (!(size_px >= 0 && size_px <= 1e4))
        throw Error(ErrorKind::BadData, "blur size")
            .got(std::to_string(size_px) + " px")
            .expected("0..10000 px");
}

// Antiderivative of the profile, taken over each pixel.
template <class Cumulative>
Kernel pixel_kernel(int radius, Cumulative cumulative) {
    Kernel kernel;
    double sum = 0;
    for (int i = -radius; i <= radius; ++i) {
        kernel.push_back(cumulative(i + .5) - cumulative(i - .5));
        sum += kernel.back();
    }
    for (double& k : kernel) k /= sum;
    return kernel;
}

void convolve(const float* in, ptrdiff_t in_step, int count, const Kernel& kernel, float* out,
              ptrdiff_t out_step) {
    const int radius = int(kernel.size()) / 2;
    std::vector<double> line(size_t(count + 2 * radius));
    for (int i = -radius; i < count + radius; ++i)
        line[size_t(i + radius)] = double(in[std::clamp(i, 0, count - 1) * in_step]);
    for (int i = 0; i < count; ++i) {
        double sum = 0;
        for (size_t k = 0; k < kernel.size(); ++k) sum += kernel[k] * line[size_t(i) + k];
        out[i * out_step] = float(sum);
    }
}

Image separable(const Image& image, const Kernel& along_rows, const Kernel& along_columns) {
    const int h = image.height_px, w = image.width_px;
    Image rows(h, w, 1, PixelType::F32, image.space), out = rows;
    const float* in = image.values<float>().data();
    float *middle = rows.values<float>().data(), *to = out.values<float>().data();
    parallel_for(h, 8, [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) convolve(in + r * w, 1, w, along_rows, middle + r * w, 1);
    });
    parallel_for(w, 8, [&](int64_t begin, int64_t end) {
        for (int64_t c = begin; c < end; ++c) convolve(middle + c, w, h, along_columns, to + c, w);
    });
    return out;
}

Kernel box_kernel(double size_px) {
    const double half = .5 * size_px;
    if (half == 0) return {1};
    return pixel_kernel(int(std::ceil(half + .5)), [&](double x) { return std::clamp(x, -half, half); });
}

}  // namespace

Image gaussian_blur(const Image& image, double sigma_px) {
    check(image, sigma_px);
    if (sigma_px == 0) return image;
    const double scale = 1 / (sigma_px * std::sqrt(2.));
    const Kernel kernel =
        pixel_kernel(int(std::ceil(4 * sigma_px)), [&](double x) { return .5 * std::erf(x * scale); });
    return separable(image, kernel, kernel);
}

Image box_blur(const Image& image, double width_px, double height_px) {
    check(image, width_px);
    check(image, height_px);
    return separable(image, box_kernel(width_px), box_kernel(height_px));
}

}  // namespace radforge::xray
