// SPDX-License-Identifier: Apache-2.0
/// From linear radiance to an 8-bit photograph: exposure, vignetting, sensor noise, white balance, tone,
/// sRGB. Stages in order: natural and optical vignetting; exposure; the camera's own colours; colour filter
/// array; electrons with shot, read and row noise, full well and quantisation; white balance; demosaicing;
/// denoising; colours back to sRGB's; local tone and tone curve; sharpening; sRGB transfer. Without a mosaic,
/// noise is per pixel and channel. Sources: Reinhard et al., "Photographic tone reproduction", SIGGRAPH 2002,
/// eq. 1 (log-average luminance); Janesick, "Photon Transfer", SPIE 2007, ch. 5 (noise model).
#pragma once
#include "synth/base/dist.h"
#include "synth/base/image.h"
#include "synth/base/rng.h"

#include <cstdint>

namespace radforge::optics {

/// Every number of one exposure. A stage is off at the value named "off".
struct SensorRecipe {
    bool auto_exposure = true;  ///< meter; false: exposure_gain as given
    double exposure_gain = 1;   ///< radiance times gain = 1 at full well; used when auto_exposure is false
    double exposure_ev = 0;     ///< added to either, in stops
    double meter_fraction =
        0.8;  ///< metered rectangle in the middle of the frame, share of each side, 0.05..1
    double highlight_share = 1;      ///< largest share of metered pixels let above white by the meter; off: 1
    double vignetting_focal_px = 0;  ///< cos^4 falloff for this focal length; off: 0
    double vignetting_a2 = 0;        ///< optical vignetting 1 + a2 r^2 + a4 r^4, r = 1 in the corner; off: 0
    double vignetting_a4 = 0;
    bool noise = true;
    static constexpr Range kFullWell_e{10.0, 1e7};
    double full_well_e = 6000;          ///< electrons at white
    double read_noise_e = 2.5;          ///< standard deviation, electrons
    double row_noise_e = 0;             ///< one offset a row, electrons; off: 0
    int adc_bits = 12;                  ///< 8..16 levels over the full well; off: 0
    double white_balance_strength = 0;  ///< 0: none, 1: the metered mean becomes grey
    double white_balance_red = 1;       ///< error of the balance: factor on red and blue over green
    double white_balance_blue = 1;
    double tone_contrast = 1;  ///< slope of ToneCurve at grey; off: 1
    double crosstalk = 0;      ///< how far the filters overlap, 1: as kCrosstalk in sensor.cpp; off: 0
    bool mosaic = false;       ///< one colour a pixel, the others interpolated
    double denoise_px = 0;     ///< width of the denoiser; off: 0
    double local_tone = 0;     ///< exponent that evens out the surroundings of 7 % of the frame; off: 0
    double sharpen = 0;        ///< amount of the unsharp mask; off: 0
    double sharpen_px = 1;     ///< its width

    /// @throws Error naming the number that is impossible
    void validate() const;
    template <class V>
    void visit(V& v) {
        v("auto_exposure", auto_exposure);
        v("exposure_gain", exposure_gain);
        v("exposure_ev", exposure_ev);
        v("meter_fraction", meter_fraction);
        v("highlight_share", highlight_share);
        v("vignetting_focal_px", vignetting_focal_px);
        v("vignetting_a2", vignetting_a2);
        v("vignetting_a4", vignetting_a4);
        v("noise", noise);
        v("full_well_e", full_well_e);
        v("read_noise_e", read_noise_e);
        v("row_noise_e", row_noise_e);
        v("adc_bits", adc_bits);
        v("white_balance_strength", white_balance_strength);
        v("white_balance_red", white_balance_red);
        v("white_balance_blue", white_balance_blue);
        v("tone_contrast", tone_contrast);
        v("crosstalk", crosstalk);
        v("mosaic", mosaic);
        v("denoise_px", denoise_px);
        v("local_tone", local_tone);
        v("sharpen", sharpen);
        v("sharpen_px", sharpen_px);
    }
};

/// What the camera decided and what it lost.
struct SensorReport {
    double gain = 0;                      ///< radiance times gain = share of full well
    double white_balance[3] = {1, 1, 1};  ///< gains, the least of them 1
    int64_t saturated_values = 0;  ///< values (of H * W * 3) that reached full well before the tone curve
};

/// Exposes a photograph.
/// @param radiance  f32 [H,W,3], linear, finite, 0 or more
/// @param rng       one draw keys the noise of every pixel; the noise of a pixel does not depend on the
/// others
/// @return          u8 [H,W,3], sRGB
/// @throws Error    when the recipe or a radiance is impossible, or the metered area is black under auto
/// exposure
Image expose(const Image& radiance, const SensorRecipe& recipe, Rng& rng, SensorReport* report = nullptr);

/// The same photograph without noise, quantisation and what cameras do against noise: same gain and balance,
/// no mosaic, no denoiser.
Image expose_clean(const Image& radiance, const SensorRecipe& recipe, SensorReport* report = nullptr);

/// Share of full well at each value, [0,1], before white balance and tone: the raw file, for measurements.
/// @return  f32 [H,W,3], linear; [H,W,1] of a mosaic
Image expose_raw(const Image& radiance, const SensorRecipe& recipe, Rng& rng, SensorReport* report = nullptr);

}  // namespace radforge::optics
