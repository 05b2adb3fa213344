// SPDX-License-Identifier: Apache-2.0
#include "models/metrics/flow.h"

#include "synth/base/error.h"

#include <array>
#include <cmath>
#include <optional>

namespace radforge::metrics {
namespace {

void expect(const Image& image, int height, int width, int channels, const char* what) {
    if (image.height_px != height || image.width_px != width || image.channels != channels)
        throw Error(ErrorKind::BadData, std::string(what) + " has another shape")
            .got(std::to_string(image.height_px) + "x" + std::to_string(image.width_px) + "x" +
                 std::to_string(image.channels))
            .expected(std::to_string(height) + "x" + std::to_string(width) + "x" + std::to_string(channels));
}

class Mean {
public:
    void add(double x_px, double y_px) {
        sum_ += std::hypot(x_px, y_px);
        ++count_;
    }
    MeanLength length() const { return {count_ == 0 ? 0 : sum_ / double(count_), count_}; }

private:
    double sum_ = 0;
    int64_t count_ = 0;
};

/// Bilinear between the four pixel centres around a position, where all four are film.
std::optional<std::array<double, 2>> sampled(const ImageView<const float>& uv,
                                             const ImageView<const uint8_t>& film, double x_px, double y_px) {
    const double x = x_px - 0.5, y = y_px - 0.5;
    const int c = int(std::floor(x)), r = int(std::floor(y));
    if (c < 0 || r < 0 || c + 1 >= uv.width_px || r + 1 >= uv.height_px) return std::nullopt;
    for (int j = 0; j < 2; ++j)
        for (int i = 0; i < 2; ++i)
            if (film(r + j, c + i) == 0) return std::nullopt;
    const double fx = x - c, fy = y - r;
    std::array<double, 2> out{};
    for (int k = 0; k < 2; ++k)
        out[size_t(k)] = (double(uv(r, c, k)) * (1 - fx) + double(uv(r, c + 1, k)) * fx) * (1 - fy) +
                         (double(uv(r + 1, c, k)) * (1 - fx) + double(uv(r + 1, c + 1, k)) * fx) * fy;
    return out;
}

}  // namespace

MeanLength uv_error(const Image& predicted, const Image& truth, const Image& film, int texels_h,
                    int texels_w) {
    expect(predicted, truth.height_px, truth.width_px, 2, "the predicted uv map");
    expect(truth, truth.height_px, truth.width_px, 2, "the true uv map");
    expect(film, truth.height_px, truth.width_px, 1, "the film mask");
    const auto p = predicted.view<float>(), t = truth.view<float>();
    const auto on = film.view<uint8_t>();
    Mean mean;
    for (int r = 0; r < truth.height_px; ++r)
        for (int c = 0; c < truth.width_px; ++c)
            if (on(r, c) != 0)
                mean.add((double(p(r, c, 0)) - double(t(r, c, 0))) * texels_w,
                         (double(p(r, c, 1)) - double(t(r, c, 1))) * texels_h);
    return mean.length();
}

MeanLength bm_error(const Image& predicted, const Image& truth, int photo_h, int photo_w) {
    expect(predicted, truth.height_px, truth.width_px, 2, "the predicted backward map");
    expect(truth, truth.height_px, truth.width_px, 2, "the true backward map");
    const auto p = predicted.view<float>(), t = truth.view<float>();
    Mean mean;
    for (int r = 0; r < truth.height_px; ++r)
        for (int c = 0; c < truth.width_px; ++c) {
            const double x = (double(p(r, c, 0)) - double(t(r, c, 0))) / 2 * photo_w,
                         y = (double(p(r, c, 1)) - double(t(r, c, 1))) / 2 * photo_h;
            if (std::isfinite(x) && std::isfinite(y)) mean.add(x, y);
        }
    return mean.length();
}

MeanLength local_distortion(const Image& predicted_bm, const Image& true_uv, const Image& film) {
    expect(predicted_bm, predicted_bm.height_px, predicted_bm.width_px, 2, "the predicted backward map");
    expect(true_uv, true_uv.height_px, true_uv.width_px, 2, "the true uv map");
    expect(film, true_uv.height_px, true_uv.width_px, 1, "the film mask");
    const auto bm = predicted_bm.view<float>(), uv = true_uv.view<float>();
    const auto on = film.view<uint8_t>();
    Mean mean;
    for (int r = 0; r < bm.height_px; ++r)
        for (int c = 0; c < bm.width_px; ++c) {
            const double x = (double(bm(r, c, 0)) + 1) / 2 * uv.width_px,
                         y = (double(bm(r, c, 1)) + 1) / 2 * uv.height_px;
            if (!std::isfinite(x) || !std::isfinite(y)) continue;
            if (const auto shown = sampled(uv, on, x, y))
                mean.add((*shown)[0] * bm.width_px - (c + 0.5), (*shown)[1] * bm.height_px - (r + 0.5));
        }
    return mean.length();
}

}  // namespace radforge::metrics
