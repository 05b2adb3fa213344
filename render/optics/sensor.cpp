// SPDX-License-Identifier: Apache-2.0
#include "render/optics/sensor.h"

#include "render/optics/finish.h"
#include "render/optics/mosaic.h"
#include "render/optics/poisson.h"
#include "render/optics/tone.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/base/vec.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace radforge::optics {
namespace {

constexpr double kMiddleGrey = 0.18;
/// Share of the frame's diagonal over which local tone looks around.
constexpr double kLocalToneRadius = 0.07;
/// How much of red, green and blue light passes each filter of a strongly overlapping array; rows sum to 1,
/// so that grey stays grey. A design choice between published phone sensors.
constexpr double kCrosstalk[3][3] = {{0.70, 0.25, 0.05}, {0.15, 0.70, 0.15}, {0.05, 0.35, 0.60}};
constexpr uint32_t kRowChannel = 0xffff;  // noise of a row: a place no pixel has

/// The radiance is a value from here on: 1 = full well.
struct Frame {
    Image light;  ///< f32 [H,W,3], or [H,W,1] behind a mosaic
    const SensorRecipe& recipe;
    SensorReport report;

    template <class Body>
    void each_row(const Body& body) {
        parallel_for(light.height_px, 16, [&](int64_t begin, int64_t end) {
            for (int64_t r = begin; r < end; ++r) body(int(r), light.view<float>().pixel(int(r), 0));
        });
    }
};

struct Rectangle {
    int top, bottom, left, right;
};

Rectangle metered_area(const Image& image, double fraction) {
    const int dy = int(0.5 * (1 - fraction) * image.height_px),
              dx = int(0.5 * (1 - fraction) * image.width_px);
    return {dy, image.height_px - dy, dx, image.width_px - dx};
}

template <class Body>
void each_metered(const Image& image, double fraction, const Body& body) {
    const Rectangle area = metered_area(image, fraction);
    const auto view = image.view<float>();
    for (int r = area.top; r < area.bottom; ++r)
        for (int c = area.left; c < area.right; ++c) body(view.pixel(r, c));
}

void check_radiance(const Image& radiance) {
    if (radiance.channels != 3 || radiance.type != PixelType::F32)
        throw Error(ErrorKind::BadData, "radiance is f32 [H,W,3]");
    const auto values = radiance.values<float>();
    for (size_t i = 0; i < values.size(); ++i)
        if (!(std::isfinite(values[i]) && values[i] >= 0))
            throw Error(ErrorKind::BadData, "a radiance is impossible")
                .got(std::to_string(values[i]) + " at value " + std::to_string(i))
                .expected("finite, 0 or more");
}

void vignette(Frame& frame) {
    const SensorRecipe& p = frame.recipe;
    if (p.vignetting_focal_px == 0 && p.vignetting_a2 == 0 && p.vignetting_a4 == 0) return;
    const double half_w = 0.5 * frame.light.width_px, half_h = 0.5 * frame.light.height_px;
    const double corner2 = half_w * half_w + half_h * half_h;
    frame.each_row([&](int r, float* row) {
        for (int c = 0; c < frame.light.width_px; ++c) {
            const double x = c + 0.5 - half_w, y = r + 0.5 - half_h, d2 = x * x + y * y, r2 = d2 / corner2;
            double factor = 1 + r2 * (p.vignetting_a2 + r2 * p.vignetting_a4);
            if (p.vignetting_focal_px > 0) {
                const double cos2 = 1 / (1 + d2 / (p.vignetting_focal_px * p.vignetting_focal_px));
                factor *= cos2 * cos2;
            }
            for (int k = 0; k < 3; ++k)
                row[3 * c + k] = float(double(row[3 * c + k]) * std::max(0.0, factor));
        }
    });
}

/// Gain that brings the log-average luminance of the metered area to middle grey, lowered so that no more
/// than highlight_share of its pixels exceed white.
double metered_gain(const Image& light, const SensorRecipe& p) {
    double sum = 0, count = 0;
    std::vector<float> luminances;
    each_metered(light, p.meter_fraction, [&](const float* px) {
        luminances.push_back(luminance(px[0], px[1], px[2]));
        sum += double(luminances.back());
        ++count;
    });
    if (!(sum > 0))
        throw Error(ErrorKind::BadData, "the metered area is black")
            .hint("light the scene, or set auto_exposure = false");
    const double floor = 1e-4 * sum / count;  // black pixels: a log needs a floor
    double log_sum = 0;
    for (const float y : luminances) log_sum += std::log(double(y) + floor);
    double gain = kMiddleGrey / std::exp(log_sum / count);
    if (p.highlight_share < 1) {
        const size_t rank = std::min(luminances.size() - 1, size_t((1 - p.highlight_share) * count));
        std::nth_element(luminances.begin(), luminances.begin() + ptrdiff_t(rank), luminances.end());
        if (luminances[rank] > 0) gain = std::min(gain, 1 / double(luminances[rank]));
    }
    return gain;
}

void expose_by(Frame& frame, double gain) {
    frame.report.gain *= gain;
    frame.each_row([&](int, float* row) {
        for (int i = 0; i < 3 * frame.light.width_px; ++i) row[i] *= float(gain);
    });
}

void apply_exposure(Frame& frame) {
    const SensorRecipe& p = frame.recipe;
    frame.report.gain = 1;
    expose_by(frame,
              (p.auto_exposure ? metered_gain(frame.light, p) : p.exposure_gain) * std::exp2(p.exposure_ev));
}

void choose_white_balance(Frame& frame) {
    const SensorRecipe& p = frame.recipe;
    double mean[3] = {0, 0, 0};
    each_metered(frame.light, p.meter_fraction, [&](const float* px) {
        for (int k = 0; k < 3; ++k) mean[k] += std::min(1.0, double(px[k]));
    });
    const double error[3] = {p.white_balance_red, 1, p.white_balance_blue};
    double(&gain)[3] = frame.report.white_balance;
    for (int k = 0; k < 3; ++k) {
        const bool known = mean[k] > 0 && mean[1] > 0;
        gain[k] = error[k] * (known ? std::pow(mean[1] / mean[k], p.white_balance_strength) : 1);
    }
    const double least = *std::min_element(gain, gain + 3);
    for (double& g : gain) g /= least;             // what is clipped in the raw file ends white
    if (p.auto_exposure) expose_by(frame, least);  // metered for the picture that this brightens
}

Mat3d filters(double crosstalk) {
    Mat3d m;
    for (int i = 0; i < 3; ++i) {
        const auto at = [&](int j) { return crosstalk * kCrosstalk[i][j] + (i == j ? 1 - crosstalk : 0); };
        m.rows[i] = {at(0), at(1), at(2)};
    }
    return m;
}

Mat3d inverse(const Mat3d& m) {
    const Vec3d a = m.rows[0], b = m.rows[1], c = m.rows[2];
    const Vec3d x = cross(b, c), y = cross(c, a), z = cross(a, b);
    const double det = dot(a, x);
    return {{{x.x / det, y.x / det, z.x / det},
             {x.y / det, y.y / det, z.y / det},
             {x.z / det, y.z / det, z.z / det}}};
}

void change_colours(Frame& frame, const Mat3d& matrix) {
    frame.each_row([&](int, float* row) {
        for (int c = 0; c < frame.light.width_px; ++c) {
            const Vec3d v = matrix * Vec3d{row[3 * c], row[3 * c + 1], row[3 * c + 2]};
            for (int k = 0; k < 3; ++k) row[3 * c + k] = float(std::max(0.0, v[k]));
        }
    });
}

/// Photons to levels: shot noise, read noise, full well, ADC.
void detect(Frame& frame, uint64_t key) {
    const SensorRecipe& p = frame.recipe;
    const double well = p.full_well_e, levels = p.adc_bits > 0 ? double((1 << p.adc_bits) - 1) : 0;
    frame.each_row([&](int r, float* row) {
        const double row_offset =
            p.row_noise_e > 0 ? p.row_noise_e * PlaceRandom(key, uint32_t(r), 0, kRowChannel).normal() : 0;
        const int channels = frame.light.channels;
        for (int i = 0; i < channels * frame.light.width_px; ++i) {
            PlaceRandom random(key, uint32_t(r), uint32_t(i / channels), uint32_t(i % channels));
            // Above a mean of 4 full wells the count is above the well for certain; no need to count further.
            double electrons = random.poisson(std::min(4.0, double(row[i])) * well);
            electrons = std::min(electrons, well);
            if (p.read_noise_e > 0) electrons += p.read_noise_e * random.normal();
            double value = std::clamp((electrons + row_offset) / well, 0.0, 1.0);
            if (levels > 0) value = std::round(value * levels) / levels;
            row[i] = float(value);
        }
    });
}

void saturate(Frame& frame) {
    for (float& v : frame.light.values<float>()) {
        if (v >= 1) ++frame.report.saturated_values;
        v = std::min(v, 1.0f);
    }
}

void balance(Frame& frame) {
    const int channels = frame.light.channels;
    frame.each_row([&](int r, float* row) {
        for (int i = 0; i < channels * frame.light.width_px; ++i) {
            const int k = channels == 3 ? i % 3 : mosaic_channel(r, i);
            row[i] = float(std::min(1.0, double(row[i]) * frame.report.white_balance[k]));
        }
    });
}

/// The raw file to an 8-bit picture. @param clean without what cameras do against noise
Image develop(Frame& frame, bool clean) {
    const SensorRecipe& p = frame.recipe;
    balance(frame);
    if (frame.light.channels == 1) frame.light = demosaic(frame.light);
    if (!clean && p.denoise_px > 0) {
        const double floor = p.noise ? p.read_noise_e / p.full_well_e : 0;
        denoise(frame.light, p.denoise_px, p.noise ? 1 / p.full_well_e : 0, std::max(floor * floor, 1e-8));
    }
    if (p.crosstalk > 0) change_colours(frame, inverse(filters(p.crosstalk)));
    local_tone(frame.light, p.local_tone,
               kLocalToneRadius * std::hypot(frame.light.width_px, frame.light.height_px));
    const ToneCurve tone(p.tone_contrast);
    frame.each_row([&](int, float* row) {
        for (int i = 0; i < 3 * frame.light.width_px; ++i)
            row[i] = float(tone(std::min(1.0, double(row[i]))));
    });
    unsharp(frame.light, p.sharpen, p.sharpen_px);
    Image photo(frame.light.height_px, frame.light.width_px, 3, PixelType::U8, ColorSpace::Srgb);
    frame.each_row([&](int r, const float* row) {
        uint8_t* out = photo.view<uint8_t>().pixel(r, 0);
        for (int i = 0; i < 3 * photo.width_px; ++i) out[i] = quantize_u8(srgb_from_linear(row[i]));
    });
    return photo;
}

Frame shoot(const Image& radiance, const SensorRecipe& recipe, std::optional<uint64_t> noise_key,
            bool with_mosaic) {
    recipe.validate();
    check_radiance(radiance);
    Frame frame{radiance, recipe, {}};
    vignette(frame);
    apply_exposure(frame);
    if (recipe.crosstalk > 0) change_colours(frame, filters(recipe.crosstalk));
    choose_white_balance(frame);
    if (with_mosaic && recipe.mosaic) frame.light = mosaic(frame.light);
    if (noise_key) detect(frame, *noise_key);
    saturate(frame);
    return frame;
}

std::optional<uint64_t> noise_key(const SensorRecipe& recipe, Rng& rng) {
    const uint64_t key = rng.next_u64();
    return recipe.noise ? std::optional(key) : std::nullopt;
}

void require(bool good, const char* key, double got, const char* expected) {
    if (!good)
        throw Error(ErrorKind::BadData, std::string("impossible ") + key)
            .got(std::to_string(got))
            .expected(expected);
}

}  // namespace

void SensorRecipe::validate() const {
    const auto within = [](double x, double lo, double hi) { return x >= lo && x <= hi; };
    require(within(exposure_gain, 1e-12, 1e12), "exposure_gain", exposure_gain, "1e-12..1e12");
    require(within(exposure_ev, -20, 20), "exposure_ev", exposure_ev, "-20..20 EV");
    require(within(meter_fraction, 0.05, 1), "meter_fraction", meter_fraction, "0.05..1");
    require(within(highlight_share, 0, 1), "highlight_share", highlight_share, "0..1");
    require(within(vignetting_focal_px, 0, 1e6), "vignetting_focal_px", vignetting_focal_px, "0..1e6 px");
    require(within(vignetting_a2, -1, 1), "vignetting_a2", vignetting_a2, "-1..1");
    require(within(vignetting_a4, -1, 1), "vignetting_a4", vignetting_a4, "-1..1");
    require(kFullWell_e.contains(full_well_e), "full_well_e", full_well_e, "10..1e7 electrons");
    require(within(read_noise_e, 0, 1000), "read_noise_e", read_noise_e, "0..1000 electrons");
    require(within(row_noise_e, 0, 1000), "row_noise_e", row_noise_e, "0..1000 electrons");
    require(adc_bits == 0 || within(adc_bits, 8, 16), "adc_bits", adc_bits, "0 or 8..16");
    require(within(white_balance_strength, 0, 1), "white_balance_strength", white_balance_strength, "0..1");
    require(within(white_balance_red, 0.1, 10), "white_balance_red", white_balance_red, "0.1..10");
    require(within(white_balance_blue, 0.1, 10), "white_balance_blue", white_balance_blue, "0.1..10");
    require(within(crosstalk, 0, 1), "crosstalk", crosstalk, "0..1");
    require(within(denoise_px, 0, 5), "denoise_px", denoise_px, "0..5 px");
    require(within(local_tone, 0, 1), "local_tone", local_tone, "0..1");
    require(within(sharpen, 0, 5), "sharpen", sharpen, "0..5");
    require(within(sharpen_px, 0.1, 10), "sharpen_px", sharpen_px, "0.1..10 px");
}

Image expose(const Image& radiance, const SensorRecipe& recipe, Rng& rng, SensorReport* report) {
    Frame frame = shoot(radiance, recipe, noise_key(recipe, rng), true);
    if (report) *report = frame.report;
    return develop(frame, false);
}

Image expose_clean(const Image& radiance, const SensorRecipe& recipe, SensorReport* report) {
    Frame frame = shoot(radiance, recipe, std::nullopt, false);
    if (report) *report = frame.report;
    return develop(frame, true);
}

Image expose_raw(const Image& radiance, const SensorRecipe& recipe, Rng& rng, SensorReport* report) {
    Frame frame = shoot(radiance, recipe, noise_key(recipe, rng), true);
    if (report) *report = frame.report;
    return std::move(frame.light);
}

}  // namespace radforge::optics
