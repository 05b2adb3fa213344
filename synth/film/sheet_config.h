// SPDX-License-Identifier: Apache-2.0
/// What may be printed on the films of a dataset, as ranges (keys of the table `film`).
#pragma once
#include "synth/base/dist.h"
#include "synth/base/rng.h"
#include "synth/config/schema.h"
#include "synth/film/layout.h"
#include "synth/film/sheet_recipe.h"
#include "synth/film/window.h"
#include "synth/volume/volume.h"

#include <string>
#include <vector>

namespace radforge::film {

/// Table `film.windows`: which windows each body part is printed in.
struct WindowsConfig : WindowWeights {
    Dist<double> center_jitter_hu = Dist<double>::normal(0, 4, -12, 12);
    Dist<double> width_factor = Dist<double>::normal(1, 0.08, 0.75, 1.3);
    double second_probability = 0.2;

    template <class V>
    void visit(V& v) {
        WindowWeights::visit(v);
        v("center_jitter_hu", center_jitter_hu, "HU", Range{-500., 500.}, "added to the window's centre");
        v("width_factor", width_factor, "", Range{0.1, 10.}, "times the window's width");
        v("second_probability", second_probability, "", Range{0., 1.},
          "half of the boxes repeat the slices in another window");
    }
};

struct SheetConfig {
    Weights sizes{
        {{"14INX17IN", 6}, {"11INX14IN", 2}, {"14INX14IN", 0.5}, {"10INX12IN", 0.5}, {"8INX10IN", 0.5}}};
    Weights orientations{{{"portrait", 4}, {"landscape", 1}}};
    std::vector<std::string> layouts = {"STANDARD\\3,4", "STANDARD\\4,5", "STANDARD\\4,5", "STANDARD\\5,6",
                                        "STANDARD\\4,6", "STANDARD\\2,3", "ROW\\2,4,4,4"};
    Dist<double> margin_mm = Dist<double>::uniform(3, 8);
    Dist<double> gap_mm = Dist<double>::uniform(0.5, 3);
    Dist<double> clear_rim_mm = Dist<double>::uniform(0, 3);
    Dist<double> corner_radius_mm = Dist<double>::uniform(3, 6);
    Weights borders{{{"black", 8}, {"white", 0.5}, {"density", 0.5}}};
    Dist<double> border_density = Dist<double>::uniform(0.6, 2.5);
    double trim_probability = 0.15;
    Weights magnifications{{{"cubic", 5}, {"bilinear", 3}, {"replicate", 1}}};
    Dist<double> zoom = Dist<double>::normal(1.05, 0.1, 1, 1.4);
    Dist<int> slice_step = Dist<int>(0);
    double descending_probability = 0.15;
    double scout_probability = 0.3;
    WindowsConfig windows;
    Weights tone_models{{{"gsdf", 4}, {"logistic", 1}}};
    Weights p_value_bits{{{"8", 3}, {"12", 1}}};
    Dist<double> density_min = Dist<double>::uniform(0.17, 0.25);
    Dist<double> density_max = Dist<double>::uniform(2.6, 3.3);
    Dist<double> gamma = Dist<double>::uniform(2.2, 3.6);
    Weights bases{{{"blue", 4}, {"clear", 1}}};
    Dist<double> base_share = Dist<double>::uniform(0.8, 0.98);
    Dist<double> image_tone = Dist<double>::uniform(0, 1);
    Dist<double> spot_sigma_um = Dist<double>::uniform(25, 60);
    Dist<double> noise_sigma_density = Dist<double>::uniform(0.005, 0.02);
    Dist<double> banding_density = Dist<double>::uniform(0, 0.01);
    Dist<double> banding_period_mm = Dist<double>::log_uniform(8, 120);
    Dist<int> dust = Dist<int>::uniform(0, 12);
    Dist<int> scratches = Dist<int>::uniform(0, 2);
    Dist<int> annotation_lines = Dist<int>::uniform(2, 6);
    double annotation_probability = 0.95;
    Dist<double> text_height = Dist<double>::uniform(0.018, 0.028);
    Weights typefaces{{{"mono", 3}, {"sans", 2}, {"bold", 1}}};
    double scale_bar_probability = 0.8;
    double orientation_letters_probability = 0.7;
    int texture_height_px = 2048, flat_height_px = 1024;

    template <class V>
    void visit(V& v) {
        v("sizes", sizes, film_size_names(), "film sizes");
        v("orientations", orientations, Options{"portrait", "landscape"}, "how the film hangs");
        v("layouts", layouts,
          "image display formats for the portrait film, drawn evenly; rows and columns change places on "
          "landscape film");
        v("margin_mm", margin_mm, "mm", Range{0., 40.}, "from the film's edge to the first box");
        v("gap_mm", gap_mm, "mm", Range{0., 20.}, "between boxes");
        v("clear_rim_mm", clear_rim_mm, "mm", Range{0., 20.}, "unexposed rim of the film");
        v("corner_radius_mm", corner_radius_mm, "mm", Range{0., 30.}, "rounded corners of the film");
        v("borders", borders, Options{"black", "white", "density"}, "what surrounds the boxes");
        v("border_density", border_density, "OD", Range{0., 5.}, "density of a border of kind density");
        v("trim_probability", trim_probability, "", Range{0., 1.}, "a clear frame around each box");
        v("magnifications", magnifications, Options{"replicate", "bilinear", "cubic"},
          "how the printer enlarges");
        v("zoom", zoom, "", Range{0.2, 10.}, "1: the whole slice fits its box; larger is cropped");
        v("slice_step", slice_step, "", Range{0, 1000}, "every n-th slice; 0: spread over the volume");
        v("descending_probability", descending_probability, "", Range{0., 1.}, "slices from head to feet");
        v("scout_probability", scout_probability, "", Range{0., 1.}, "a scout view in the first box");
        v("windows", windows, "windows of each body part");
        v("tone_models", tone_models, Options{"gsdf", "logistic"}, "from P-value to density");
        v("p_value_bits", p_value_bits, Options{"8", "10", "12"}, "depth of the printed values");
        v("density_min", density_min, "OD", Range{0.05, 1.}, "base plus fog");
        v("density_max", density_max, "OD", Range{1., 5.}, "black");
        v("gamma", gamma, "", Range{1., 5.}, "slope of the logistic tone model");
        v("bases", bases, Options{"blue", "clear"}, "tint of the polyester");
        v("base_share", base_share, "", Range{0., 1.}, "visual density of the base over density_min");
        v("image_tone", image_tone, "", Range{0., 1.}, "0: neutral silver, 1: warm thermal film");
        v("spot_sigma_um", spot_sigma_um, "um", Range{0., 1000.},
          "blur of the printer's spot, standard deviation");
        v("noise_sigma_density", noise_sigma_density, "OD", Range{0., 0.05},
          "grain at density 1, per 84 um square");
        v("banding_density", banding_density, "OD", Range{0., 0.1}, "slow bands of the printer, amplitude");
        v("banding_period_mm", banding_period_mm, "mm", Range{1., 1000.}, "length of those bands");
        v("dust", dust, "", Range{0, 1000}, "grains of dust");
        v("scratches", scratches, "", Range{0, 100}, "scratches");
        v("annotation_lines", annotation_lines, "", Range{0, 6}, "most lines of text in a corner of a box");
        v("annotation_probability", annotation_probability, "", Range{0., 1.}, "films with text");
        v("text_height", text_height, "", Range{0.005, 0.1}, "em square of the text over the box's height");
        v("typefaces", typefaces, Options{"mono", "sans", "bold"}, "typeface of the text");
        v("scale_bar_probability", scale_bar_probability, "", Range{0., 1.},
          "a centimetre scale in each box");
        v("orientation_letters_probability", orientation_letters_probability, "", Range{0., 1.},
          "R L A P at the sides");
        v("texture_height_px", texture_height_px, "px", Range{64, 16384},
          "rows of the texture rendered from");
        v("flat_height_px", flat_height_px, "px", Range{32, 8192}, "rows of flat.png and hu.npy");
    }
};

/// Checks what no single number shows: every layout on every film size that can be drawn, at the widest
/// margins and gaps; the widest spot on its texels; clear film and black apart.
/// @throws Error naming the key
void check_sheet_config(const SheetConfig& config);

struct SheetFormat {
    std::string size, orientation;
};

SheetFormat draw_format(const SheetConfig& config, Rng& rng);

/// Draws one sheet for a volume; its format is its first draw.
/// @throws Error  when no window is given for the body part, or a layout is malformed or impossible on the
/// drawn film,
///                naming the key
SheetRecipe draw_sheet(const SheetConfig& config, const Volume& volume, Rng& rng);
/// The same in a given format; the other numbers stay.
SheetRecipe draw_sheet(const SheetConfig& config, const Volume& volume, const SheetFormat& format, Rng& rng);

}  // namespace radforge::film
