// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/body_mask.h"

#include "synth/base/error.h"
#include "synth/colorize/distance.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace radforge::colorize {
namespace {

constexpr double kShell_mm = 3;

}  // namespace

int otsu_bin(int16_t hu) {
    const int above = std::clamp(int(hu), kOtsuLow_hu, kOtsuHigh_hu) - kOtsuLow_hu;
    return std::min(kOtsuBins - 1, above * kOtsuBins / (kOtsuHigh_hu - kOtsuLow_hu));
}

Histogram hu_histogram(ImageView<const int16_t> hu) {
    Histogram histogram{};
    for (int r = 0; r < hu.height_px; ++r)
        for (int c = 0; c < hu.width_px; ++c) ++histogram[size_t(otsu_bin(hu(r, c)))];
    return histogram;
}

int otsu_split(const Histogram& histogram) {
    double total = 0, total_sum = 0;
    for (int i = 0; i < kOtsuBins; ++i)
        total += double(histogram[size_t(i)]), total_sum += double(histogram[size_t(i)]) * i;
    double low = 0, low_sum = 0, best = 0;
    int split = 0;
    for (int bins = 1; bins < kOtsuBins; ++bins) {
        low += double(histogram[size_t(bins - 1)]);
        low_sum += double(histogram[size_t(bins - 1)]) * (bins - 1);
        const double high = total - low;
        if (low == 0 || high == 0) continue;
        const double difference = low_sum / low - (total_sum - low_sum) / high;
        const double between = low * high * difference * difference;
        if (between > best) best = between, split = bins;
    }
    return split;
}

int scan_opening_px(double pixel_mm) { return std::max(kOpening_px, int(std::lround(kShell_mm / pixel_mm))); }

Image body_mask(ImageView<const int16_t> hu, int opening_px, const Image* patient) {
    const int split = otsu_split(hu_histogram(hu));
    Image mask(hu.height_px, hu.width_px, 1, PixelType::U8, ColorSpace::Data);
    const ImageView<uint8_t> out = mask.view<uint8_t>();
    if (split > 0)
        for (int r = 0; r < hu.height_px; ++r)
            for (int c = 0; c < hu.width_px; ++c) out(r, c) = otsu_bin(hu(r, c)) >= split ? 255 : 0;
    keep_largest(mask, patient);
    fill_holes(mask);
    open_by_disc(mask, opening_px);
    if (keep_largest(mask, patient) == 0)
        throw Error(ErrorKind::BadData, "the slice shows no body")
            .hint(
                "Otsu's threshold found nothing of the patient wider than the opening by a disc of radius " +
                std::to_string(opening_px) + " px");
    return mask;
}

}  // namespace radforge::colorize
