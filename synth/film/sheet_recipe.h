// SPDX-License-Identifier: Apache-2.0
/// Every number and word of one printed sheet; compose() turns it into pixels.
#pragma once
#include "synth/film/window.h"

#include <string>

namespace radforge::film {

/// Words in the corners of the panels. All invented.
struct AnnotationRecipe {
    std::string hospital, patient_name, patient_id, age_sex, study_date, study_time, scanner;
    int exam_number = 0, series_number = 0, first_image_number = 1;
    double kv = 120, ma = 200, thickness_mm = 5, tilt_deg = 0;
    int lines = 4;                  ///< at most this many lines a corner, 0..6
    double text_height = 0.022;     ///< em square over box height
    std::string typeface = "mono";  ///< mono, sans or bold
    bool scale_bar = true, orientation_letters = true;

    template <class V>
    void visit(V& v) {
        v("hospital", hospital);
        v("patient_name", patient_name);
        v("patient_id", patient_id);
        v("age_sex", age_sex);
        v("study_date", study_date);
        v("study_time", study_time);
        v("scanner", scanner);
        v("exam_number", exam_number);
        v("series_number", series_number);
        v("first_image_number", first_image_number);
        v("kv", kv);
        v("ma", ma);
        v("thickness_mm", thickness_mm);
        v("tilt_deg", tilt_deg);
        v("lines", lines);
        v("text_height", text_height);
        v("typeface", typeface);
        v("scale_bar", scale_bar);
        v("orientation_letters", orientation_letters);
    }
};

struct SheetRecipe {
    std::string size = "14INX17IN", orientation = "portrait",
                layout = "STANDARD\\4,5";  ///< layout of the sheet as it hangs
    double width_mm = 355.6, height_mm = 431.8;
    double margin_mm = 5, gap_mm = 1, clear_rim_mm = 1,
           corner_radius_mm = 4;          // corners: geometry::with_rounded_corners
    std::string border = "black";         ///< black, white or density
    double border_density = 1.5;          ///< when border is "density"
    bool trim = false;                    ///< a clear frame around each box
    std::string magnification = "cubic";  ///< replicate, bilinear or cubic, where the print enlarges
    double zoom = 1;                      ///< 1: the whole slice fits its box

    int slice_first = 0,
        slice_step = 1;  ///< box i shows slice first + i * step; boxes beyond the volume stay empty
    bool scout = false;  ///< the first box shows a scout view with the slice lines
    double window_center_hu = 40, window_width_hu = 80;
    int second_window_from_box =
        0;  ///< from this image box on the slices start again in the second window; 0: never
    double second_window_center_hu = 500, second_window_width_hu = 2000;

    std::string tone_model = "gsdf";  ///< gsdf or logistic
    int p_value_bits = 8;
    double density_min = 0.2, density_max = 3.0, gamma = 3;
    double base_share = 0.9;    ///< visual density of the base over density_min
    std::string base = "blue";  ///< blue or clear
    double image_tone = 0;      ///< 0: neutral silver; 1: warm, density (0.97, 1, 1.05) per channel

    double spot_sigma_um = 40, noise_sigma_density = 0.01, banding_density = 0.003, banding_period_mm = 40;
    int dust = 0, scratches = 0;  ///< how many

    AnnotationRecipe annotation;
    int texture_height_px = 2048, flat_height_px = 1024;

    template <class V>
    void visit(V& v) {
        v("size", size);
        v("orientation", orientation);
        v("layout", layout);
        v("width_mm", width_mm);
        v("height_mm", height_mm);
        v("margin_mm", margin_mm);
        v("gap_mm", gap_mm);
        v("clear_rim_mm", clear_rim_mm);
        v("corner_radius_mm", corner_radius_mm);
        v("border", border);
        v("border_density", border_density);
        v("trim", trim);
        v("magnification", magnification);
        v("zoom", zoom);
        v("slice_first", slice_first);
        v("slice_step", slice_step);
        v("scout", scout);
        v("window_center_hu", window_center_hu);
        v("window_width_hu", window_width_hu);
        v("second_window_from_box", second_window_from_box);
        v("second_window_center_hu", second_window_center_hu);
        v("second_window_width_hu", second_window_width_hu);
        v("tone_model", tone_model);
        v("p_value_bits", p_value_bits);
        v("density_min", density_min);
        v("density_max", density_max);
        v("gamma", gamma);
        v("base_share", base_share);
        v("base", base);
        v("image_tone", image_tone);
        v("spot_sigma_um", spot_sigma_um);
        v("noise_sigma_density", noise_sigma_density);
        v("banding_density", banding_density);
        v("banding_period_mm", banding_period_mm);
        v("dust", dust);
        v("scratches", scratches);
        v("annotation", annotation);
        v("texture_height_px", texture_height_px);
        v("flat_height_px", flat_height_px);
    }
};

}  // namespace radforge::film
