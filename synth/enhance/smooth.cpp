// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/smooth.h"

#include "render/picture/resize.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace radforge::enhance {
namespace {

constexpr double kDirectLimit_px = 16;  // wider Gaussians work on a reduced grid
constexpr double kReducedSigma_px = 8;  // at least so wide there
constexpr int kStrip_px = 16;           // columns that a vertical pass takes together

void check(const Image& image) {
    if (image.type != PixelType::F32 || image.channels != 1)
        throw Error(ErrorKind::BadData, "smoothing").expected("an f32 [H,W,1] image");
}

int mirrored(int i, int n) {
    const int period = 2 * n;
    i = ((i % period) + period) % period;
    return i < n ? i : period - 1 - i;
}

/// Replaces each line of `count` values, `lines` abreast, by what `filter(in, out)` makes of it; both are
/// [count][lines] with the lines adjacent, so that every pass runs along memory.
using LineFilter =
    std::function<void(const std::vector<double>&, int count, int lines, std::vector<double>&)>;

Image along(const Image& image, bool rows, const LineFilter& filter) {
    const int h = image.height_px, w = image.width_px, lines_all = rows ? h : w, count = rows ? w : h;
    Image out(h, w, 1, PixelType::F32, image.space);
    const auto in = image.view<float>();
    const auto to = out.view<float>();
    parallel_for((lines_all + kStrip_px - 1) / kStrip_px, 1, [&](int64_t begin, int64_t end) {
        std::vector<double> line, result;
        for (int64_t strip = begin; strip < end; ++strip) {
            const int first = int(strip) * kStrip_px, lines = std::min(kStrip_px, lines_all - first);
            line.resize(size_t(count * lines)), result.resize(line.size());
            for (int i = 0; i < count; ++i)
                for (int l = 0; l < lines; ++l)
                    line[size_t(i * lines + l)] = double(rows ? in(first + l, i) : in(i, first + l));
            filter(line, count, lines, result);
            for (int i = 0; i < count; ++i)
                for (int l = 0; l < lines; ++l)
                    (rows ? to(first + l, i) : to(i, first + l)) = float(result[size_t(i * lines + l)]);
        }
    });
    return out;
}

std::vector<double> gaussian_kernel(double sigma_px) {
    const int radius = int(std::ceil(5 * sigma_px));
    std::vector<double> kernel;
    double sum = 0;
    for (int i = -radius; i <= radius; ++i) {
        kernel.push_back(std::exp(-0.5 * i * i / (sigma_px * sigma_px)));
        sum += kernel.back();
    }
    for (double& k : kernel) k /= sum;
    return kernel;
}

LineFilter convolution(const std::vector<double>& kernel) {
    return [&kernel](const std::vector<double>& in, int count, int lines, std::vector<double>& out) {
        const int radius = int(kernel.size()) / 2;
        std::fill(out.begin(), out.end(), 0.0);
        for (int i = 0; i < count; ++i)
            for (int k = -radius; k <= radius; ++k) {
                const double weight = kernel[size_t(k + radius)];
                const double* from = in.data() + mirrored(i + k, count) * lines;
                double* to = out.data() + i * lines;
                for (int l = 0; l < lines; ++l) to[l] += weight * from[l];
            }
    };
}

/// Mean over 2 radius + 1 values, by a running sum.
LineFilter running_mean(int radius) {
    return [radius](const std::vector<double>& in, int count, int lines, std::vector<double>& out) {
        std::vector<double> sum(size_t(lines), 0.0);
        for (int k = -radius; k <= radius; ++k)
            for (int l = 0; l < lines; ++l) sum[size_t(l)] += in[size_t(mirrored(k, count) * lines + l)];
        for (int i = 0; i < count; ++i) {
            const int enters = mirrored(i + radius + 1, count), leaves = mirrored(i - radius, count);
            for (int l = 0; l < lines; ++l) {
                out[size_t(i * lines + l)] = sum[size_t(l)] / (2 * radius + 1);
                sum[size_t(l)] += in[size_t(enters * lines + l)] - in[size_t(leaves * lines + l)];
            }
        }
    };
}

Image smooth_separably(const Image& image, double sigma_rows_px, double sigma_columns_px) {
    const std::vector<double> within_rows = gaussian_kernel(sigma_rows_px),
                              within_columns = gaussian_kernel(sigma_columns_px);
    return along(along(image, true, convolution(within_rows)), false, convolution(within_columns));
}

Image box_mean(const Image& image, int radius_px) {
    const LineFilter mean = running_mean(radius_px);
    return along(along(image, true, mean), false, mean);
}

/// Position and weights of a Catmull-Rom interpolation along one axis.
struct Tap {
    int index[4];
    double weight[4];
};
std::vector<Tap> cubic_taps(int from, int to) {
    std::vector<Tap> taps;
    for (int i = 0; i < to; ++i) {
        const double at = (i + 0.5) * from / to - 0.5, base = std::floor(at), t = at - base;
        Tap tap{{},
                {-0.5 * t + t * t - 0.5 * t * t * t, 1 - 2.5 * t * t + 1.5 * t * t * t,
                 0.5 * t + 2 * t * t - 1.5 * t * t * t, -0.5 * t * t + 0.5 * t * t * t}};
        for (int k = 0; k < 4; ++k) tap.index[k] = mirrored(int(base) - 1 + k, from);
        taps.push_back(tap);
    }
    return taps;
}

}  // namespace

Image enlarge_cubic(const Image& image, int height_px, int width_px) {
    check(image);
    const std::vector<Tap> rows = cubic_taps(image.height_px, height_px),
                           columns = cubic_taps(image.width_px, width_px);
    Image out(height_px, width_px, 1, PixelType::F32, image.space);
    const auto in = image.view<float>();
    const auto to = out.view<float>();
    parallel_for(height_px, 16, [&](int64_t begin, int64_t end) {
        std::vector<double> line(static_cast<size_t>(image.width_px));
        for (int r = int(begin); r < int(end); ++r) {
            const Tap& v = rows[size_t(r)];
            for (int c = 0; c < image.width_px; ++c) {
                line[size_t(c)] = 0;
                for (int k = 0; k < 4; ++k) line[size_t(c)] += v.weight[k] * double(in(v.index[k], c));
            }
            for (int c = 0; c < width_px; ++c) {
                const Tap& u = columns[size_t(c)];
                double sum = 0;
                for (int k = 0; k < 4; ++k) sum += u.weight[k] * line[size_t(u.index[k])];
                to(r, c) = float(sum);
            }
        }
    });
    return out;
}

Image smooth_gaussian_direct(const Image& image, double sigma_px) {
    check(image);
    if (!(sigma_px >= 0))
        throw Error(ErrorKind::BadData, "deviation of a Gaussian is negative").got(std::to_string(sigma_px));
    return sigma_px == 0 ? image : smooth_separably(image, sigma_px, sigma_px);
}

Image smooth_gaussian(const Image& image, double sigma_px) {
    check(image);
    if (!(sigma_px > kDirectLimit_px)) return smooth_gaussian_direct(image, sigma_px);
    const auto reduced = [&](int n) { return int(std::ceil(n * kReducedSigma_px / sigma_px)); };
    const int h = reduced(image.height_px), w = reduced(image.width_px);
    // In cells: a cell's mean adds the variance of a box less that of the pixel's point it starts from.
    const auto sigma = [&](int cells, int pixels) {
        const double scale = double(cells) / pixels;
        return std::sqrt(sigma_px * sigma_px * scale * scale - (1 - scale * scale) / 12);
    };
    const Image cells = picture::resize(image, h, w, picture::Filter::Area);
    const Image smoothed = smooth_separably(cells, sigma(w, image.width_px), sigma(h, image.height_px));
    return enlarge_cubic(smoothed, image.height_px, image.width_px);
}

Image smooth_guided(const Image& image, int radius_px, double epsilon) {
    check(image);
    if (radius_px < 1 || !(epsilon > 0))
        throw Error(ErrorKind::BadData, "guided filter")
            .got("radius " + std::to_string(radius_px) + " px, epsilon " + std::to_string(epsilon))
            .expected("both positive");
    Image squares = image;
    for (float& v : squares.values<float>()) v *= v;
    Image slope = box_mean(image, radius_px), bias = slope;
    const Image mean_square = box_mean(squares, radius_px);
    const Span<float> a = slope.values<float>(), b = bias.values<float>();
    const Span<const float> square = mean_square.values<float>();
    for (size_t i = 0; i < a.size(); ++i) {
        const double mean = double(a[i]), variance = std::max(0.0, double(square[i]) - mean * mean);
        const double gain = variance / (variance + epsilon);
        a[i] = float(gain);
        b[i] = float((1 - gain) * mean);
    }
    const Image mean_slope = box_mean(slope, radius_px);
    Image out = box_mean(bias, radius_px);
    const Span<float> to = out.values<float>();
    const Span<const float> gain = mean_slope.values<float>(), in = image.values<float>();
    for (size_t i = 0; i < to.size(); ++i) to[i] += gain[i] * in[i];
    return out;
}

}  // namespace radforge::enhance
