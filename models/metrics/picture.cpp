// SPDX-License-Identifier: Apache-2.0
#include "models/metrics/picture.h"

#include "synth/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace radforge::metrics {
namespace {

constexpr int kWindow = 11;
constexpr double kSigma = 1.5, kK1 = 0.01, kK2 = 0.03;
constexpr std::array<double, 5> kScaleWeights = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};

/// One channel in double.
struct Plane {
    int height = 0, width = 0;
    std::vector<double> values;
    Plane(int h, int w) : height(h), width(w), values(size_t(h) * size_t(w)) {}
    double& at(int r, int c) { return values[size_t(r) * size_t(width) + size_t(c)]; }
    double at(int r, int c) const { return values[size_t(r) * size_t(width) + size_t(c)]; }
};

std::string size_of(const Image& image) {
    return std::to_string(image.height_px) + "x" + std::to_string(image.width_px) + "x" +
           std::to_string(image.channels);
}

void check(const Image& a, const Image& b) {
    if (a.height_px != b.height_px || a.width_px != b.width_px || a.channels != b.channels)
        throw Error(ErrorKind::BadData, "pictures of different sizes cannot be compared")
            .got(size_of(a) + " and " + size_of(b));
    for (const Image* image : {&a, &b})
        for (const float v : image->values<float>())
            if (!std::isfinite(v))
                throw Error(ErrorKind::BadData, "a picture to compare holds a value that is not finite");
}

void check_peak(double peak) {
    if (!(peak > 0))
        throw Error(ErrorKind::Usage, "the range of values must be positive").got(std::to_string(peak));
}

Plane channel_of(const Image& image, int channel) {
    Plane plane(image.height_px, image.width_px);
    const auto in = image.view<float>();
    for (int r = 0; r < plane.height; ++r)
        for (int c = 0; c < plane.width; ++c) plane.at(r, c) = double(in(r, c, channel));
    return plane;
}

std::array<double, kWindow> gaussian() {
    std::array<double, kWindow> g{};
    double sum = 0;
    for (int i = 0; i < kWindow; ++i) {
        const double x = i - kWindow / 2;
        sum += g[size_t(i)] = std::exp(-x * x / (2 * kSigma * kSigma));
    }
    for (double& v : g) v /= sum;
    return g;
}

Plane filtered(const Plane& in, const std::array<double, kWindow>& g, SsimBorder border) {
    const int pad = border == SsimBorder::Zero ? kWindow / 2 : 0;
    const int h = in.height + 2 * pad - kWindow + 1, w = in.width + 2 * pad - kWindow + 1;
    Plane rows(in.height, w), out(h, w);
    for (int r = 0; r < in.height; ++r)
        for (int c = 0; c < w; ++c)
            for (int k = std::max(0, pad - c); k < std::min(kWindow, in.width + pad - c); ++k)
                rows.at(r, c) += g[size_t(k)] * in.at(r, c + k - pad);
    for (int r = 0; r < h; ++r)
        for (int k = std::max(0, pad - r); k < std::min(kWindow, in.height + pad - r); ++k)
            for (int c = 0; c < w; ++c) out.at(r, c) += g[size_t(k)] * rows.at(r + k - pad, c);
    return out;
}

Plane product(const Plane& a, const Plane& b) {
    Plane out(a.height, a.width);
    for (size_t i = 0; i < out.values.size(); ++i) out.values[i] = a.values[i] * b.values[i];
    return out;
}

/// Means over the windows.
struct Similarity {
    double ssim = 0, contrast = 0;  ///< contrast: SSIM without the factor of the means
    size_t windows = 0;
};

/// @param counted  of each window, 0 where it does not count; empty: all do
Similarity similarity(const Plane& a, const Plane& b, double peak, SsimBorder border,
                      const std::vector<double>& counted = {}) {
    const auto g = gaussian();
    const double c1 = kK1 * peak * kK1 * peak, c2 = kK2 * peak * kK2 * peak;
    const Plane ma = filtered(a, g, border), mb = filtered(b, g, border),
                aa = filtered(product(a, a), g, border), bb = filtered(product(b, b), g, border),
                ab = filtered(product(a, b), g, border);
    Similarity mean;
    for (size_t i = 0; i < ma.values.size(); ++i) {
        if (!counted.empty() && counted[i] == 0) continue;
        const double x = ma.values[i], y = mb.values[i];
        const double cs =
            (2 * (ab.values[i] - x * y) + c2) / ((aa.values[i] - x * x) + (bb.values[i] - y * y) + c2);
        mean.contrast += cs;
        mean.ssim += (2 * x * y + c1) / (x * x + y * y + c1) * cs;
        ++mean.windows;
    }
    mean.contrast /= double(std::max<size_t>(1, mean.windows));
    mean.ssim /= double(std::max<size_t>(1, mean.windows));
    return mean;
}

/// Of each window inside the picture, 1 where all of its pixels count.
std::vector<double> counted_windows(const Plane& counts) {
    Plane rows(counts.height, counts.width - kWindow + 1), windows(counts.height - kWindow + 1, rows.width);
    for (int r = 0; r < rows.height; ++r)
        for (int c = 0; c < rows.width; ++c) {
            rows.at(r, c) = 1;
            for (int k = 0; k < kWindow; ++k)
                if (counts.at(r, c + k) == 0) rows.at(r, c) = 0;
        }
    for (int r = 0; r < windows.height; ++r)
        for (int c = 0; c < windows.width; ++c) {
            windows.at(r, c) = 1;
            for (int k = 0; k < kWindow; ++k)
                if (rows.at(r + k, c) == 0) windows.at(r, c) = 0;
        }
    return windows.values;
}

/// Means of 2 x 2 pixels; an odd side gets a line of zeros on both ends first.
Plane halved(const Plane& in) {
    const int py = in.height % 2, px = in.width % 2;
    Plane out((in.height + 2 * py) / 2, (in.width + 2 * px) / 2);
    for (int r = 0; r < out.height; ++r)
        for (int c = 0; c < out.width; ++c)
            for (int j = 2 * r - py; j < 2 * r - py + 2; ++j)
                for (int i = 2 * c - px; i < 2 * c - px + 2; ++i)
                    if (j >= 0 && j < in.height && i >= 0 && i < in.width) out.at(r, c) += in.at(j, i) / 4;
    return out;
}

double mean_squared(const Image& a, const Image& b) {
    check(a, b);
    const auto x = a.values<float>(), y = b.values<float>();
    double sum = 0;
    for (size_t i = 0; i < x.size(); ++i)
        sum += (double(x[i]) - double(y[i])) * (double(x[i]) - double(y[i]));
    return sum / double(x.size());
}

}  // namespace

double rmse(const Image& a, const Image& b) { return std::sqrt(mean_squared(a, b)); }

double psnr(const Image& a, const Image& b, double peak) {
    check_peak(peak);
    const double mse = mean_squared(a, b);
    return mse == 0 ? 100 : 10 * std::log10(peak * peak / mse);
}

double ssim(const Image& a, const Image& b, double peak, SsimBorder border) {
    check(a, b);
    check_peak(peak);
    if (std::min(a.height_px, a.width_px) < kWindow)
        throw Error(ErrorKind::BadData, "too small for SSIM's window")
            .got(size_of(a))
            .expected("sides >= 11");
    double sum = 0;
    for (int c = 0; c < a.channels; ++c)
        sum += similarity(channel_of(a, c), channel_of(b, c), peak, border).ssim;
    return sum / a.channels;
}

std::optional<double> ssim_where(const Image& a, const Image& b, const Image& counts, double peak) {
    check(a, b);
    check_peak(peak);
    if (counts.height_px != a.height_px || counts.width_px != a.width_px || counts.channels != 1)
        throw Error(ErrorKind::BadData, "what counts is of another size than the pictures")
            .got(size_of(counts))
            .expected(size_of(a));
    if (std::min(a.height_px, a.width_px) < kWindow) return std::nullopt;
    const std::vector<double> counted = counted_windows(channel_of(counts, 0));
    double sum = 0;
    for (int c = 0; c < a.channels; ++c) {
        const Similarity here =
            similarity(channel_of(a, c), channel_of(b, c), peak, SsimBorder::Valid, counted);
        if (here.windows == 0) return std::nullopt;
        sum += here.ssim;
    }
    return sum / a.channels;
}

double ms_ssim(const Image& a, const Image& b, double peak) {
    check(a, b);
    check_peak(peak);
    if (std::min(a.height_px, a.width_px) < kMsSsimLeastSide)
        throw Error(ErrorKind::BadData, "too small for the five scales of MS-SSIM")
            .got(size_of(a))
            .expected("sides >= " + std::to_string(kMsSsimLeastSide));
    double sum = 0;
    for (int channel = 0; channel < a.channels; ++channel) {
        Plane x = channel_of(a, channel), y = channel_of(b, channel);
        double all = 1;
        for (size_t scale = 0; scale < kScaleWeights.size(); ++scale) {
            const Similarity here = similarity(x, y, peak, SsimBorder::Valid);
            const bool last = scale + 1 == kScaleWeights.size();
            all *= std::pow(std::max(0.0, last ? here.ssim : here.contrast), kScaleWeights[scale]);
            if (last) break;
            x = halved(x);
            y = halved(y);
        }
        sum += all;
    }
    return sum / a.channels;
}

double dssim(const Image& a, const Image& b, double peak) { return (1 - ssim(a, b, peak)) / 2; }

}  // namespace radforge::metrics
