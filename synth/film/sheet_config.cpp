// SPDX-License-Identifier: Apache-2.0
#include "synth/film/sheet_config.h"

#include "synth/base/error.h"
#include "synth/film/annotation.h"
#include "synth/film/film_grain.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace radforge::film {
namespace {

Window draw_window(const WindowsConfig& config, const std::string& name, Rng& rng) {
    Window window = window_preset(name);
    window.width_hu = std::max(1.0, std::round(window.width_hu * config.width_factor.draw(rng)));
    window.center_hu = std::round(window.center_hu + config.center_jitter_hu.draw(rng));
    return window;
}

/// First slice and step for `boxes` images; the slack is shared at random between the ends.
void choose_slices(SheetRecipe& recipe, const SheetConfig& config, int slices, int boxes, Rng& rng) {
    int step = config.slice_step.draw(rng);
    if (step == 0) step = std::max(1, slices / boxes);
    const int shown = std::min(boxes, (slices + step - 1) / step);
    const int slack = slices - 1 - (shown - 1) * step;
    recipe.slice_first = int(rng.below(uint64_t(slack) + 1));
    recipe.slice_step = step;
    if (rng.uniform() < config.descending_probability) {
        recipe.slice_first += (shown - 1) * step;
        recipe.slice_step = -step;
    }
}

/// Whether the printer can blur the widest spot on a film of that height.
void check_spot(const SheetConfig& config, double height_mm) {
    const double widest_um = config.spot_sigma_um.range().hi,
                 texel_um = 1e3 * height_mm / config.texture_height_px;
    if (widest_um <= kMostSpot_px * texel_um) return;
    throw Error(ErrorKind::Usage, "film.spot_sigma_um spans too many of film.texture_height_px")
        .got(std::to_string(widest_um) + " um on texels of " + std::to_string(texel_um))
        .expected("at most " + std::to_string(kMostSpot_px) + " texels");
}

}  // namespace

void check_sheet_config(const SheetConfig& config) try {
    if (config.layouts.empty())
        throw Error(ErrorKind::Usage, "film.layouts is empty").expected("at least one image display format");
    const auto possible = [](const Weights& weights, const std::string& name) {
        const auto entry = weights.of.find(name);
        return entry != weights.of.end() && entry->second > 0;
    };
    if (config.density_min.range().hi >= config.density_max.range().lo)
        throw Error(ErrorKind::Usage, "film.density_min reaches film.density_max")
            .got(std::to_string(config.density_min.range().hi) + " and " +
                 std::to_string(config.density_max.range().lo))
            .expected("the least black above the densest clear film");
    for (const std::string& text : config.layouts) {
        const DisplayFormat format = parse_display_format(text);
        for (const auto& [name, weight] : config.sizes.of) {
            if (weight <= 0) continue;
            const FilmSize size = film_size(name);
            const double margin = config.margin_mm.range().hi, gap = config.gap_mm.range().hi;
            if (possible(config.orientations, "portrait")) {
                image_boxes(format, size, margin, gap);
                check_spot(config, size.height_mm);
            }
            if (possible(config.orientations, "landscape")) {
                image_boxes(format.turned(), {size.height_mm, size.width_mm}, margin, gap);
                check_spot(config, size.width_mm);
            }
        }
    }
} catch (const Error& error) {
    throw Error(ErrorKind::Usage, error.what());  // whatever is wrong here, the config says it
}

SheetFormat draw_format(const SheetConfig& config, Rng& rng) {
    SheetFormat format;
    format.size = config.sizes.draw(rng);
    format.orientation = config.orientations.draw(rng);
    return format;
}

SheetRecipe draw_sheet(const SheetConfig& config, const Volume& volume, Rng& rng) {
    Rng copy = rng;
    return draw_sheet(config, volume, draw_format(config, copy), rng);
}

SheetRecipe draw_sheet(const SheetConfig& config, const Volume& volume, const SheetFormat& given, Rng& rng) {
    const auto chance = [&](double probability) { return rng.uniform() < probability; };
    draw_format(config, rng);  // keeps the place in the stream
    SheetRecipe r;
    r.size = given.size;
    r.orientation = given.orientation;
    const FilmSize size = film_size(r.size);
    const bool landscape = r.orientation == "landscape";
    r.width_mm = landscape ? size.height_mm : size.width_mm;
    r.height_mm = landscape ? size.width_mm : size.height_mm;
    if (config.layouts.empty())
        throw Error(ErrorKind::BadData, "film.layouts is empty")
            .expected("at least one image display format");
    const DisplayFormat format =
        parse_display_format(config.layouts[size_t(rng.below(config.layouts.size()))]);
    const DisplayFormat hung = landscape ? format.turned() : format;
    r.layout = hung.text();
    r.margin_mm = config.margin_mm.draw(rng);
    r.gap_mm = config.gap_mm.draw(rng);
    r.clear_rim_mm = std::min(config.clear_rim_mm.draw(rng), r.margin_mm);
    r.corner_radius_mm = config.corner_radius_mm.draw(rng);
    r.border = config.borders.draw(rng);
    r.border_density = config.border_density.draw(rng);
    r.trim = chance(config.trim_probability);
    r.magnification = config.magnifications.draw(rng);
    r.zoom = config.zoom.draw(rng);
    r.scout = chance(config.scout_probability) && volume.slices >= 8;

    int boxes = int(image_boxes(hung, {r.width_mm, r.height_mm}, r.margin_mm, r.gap_mm).size());
    if (r.scout && boxes > 1)
        --boxes;
    else
        r.scout = false;
    const Weights& windows = config.windows.of(volume.body_part);
    const std::string first = windows.draw(rng);
    const Window window = draw_window(config.windows, first, rng);
    r.window_center_hu = window.center_hu;
    r.window_width_hu = window.width_hu;
    Weights others = windows;
    others.of.erase(first);
    const bool has_other =
        std::any_of(others.of.begin(), others.of.end(), [](const auto& w) { return w.second > 0; });
    if (chance(config.windows.second_probability) && boxes >= 4 && has_other) {
        const Window second = draw_window(config.windows, others.draw(rng), rng);
        r.second_window_from_box = (boxes + 1) / 2;
        r.second_window_center_hu = second.center_hu;
        r.second_window_width_hu = second.width_hu;
    }
    choose_slices(r, config, volume.slices, r.second_window_from_box > 0 ? r.second_window_from_box : boxes,
                  rng);

    r.tone_model = config.tone_models.draw(rng);
    r.p_value_bits = std::stoi(config.p_value_bits.draw(rng));
    r.density_min = config.density_min.draw(rng);
    r.density_max = config.density_max.draw(rng);
    r.gamma = config.gamma.draw(rng);
    r.base = config.bases.draw(rng);
    r.base_share = config.base_share.draw(rng);
    r.image_tone = config.image_tone.draw(rng);
    r.spot_sigma_um = config.spot_sigma_um.draw(rng);
    r.noise_sigma_density = config.noise_sigma_density.draw(rng);
    r.banding_density = config.banding_density.draw(rng);
    r.banding_period_mm = config.banding_period_mm.draw(rng);
    r.dust = config.dust.draw(rng);
    r.scratches = config.scratches.draw(rng);

    r.annotation = draw_annotation(volume, rng);
    const int lines = config.annotation_lines.draw(rng);
    r.annotation.lines = chance(config.annotation_probability) ? lines : 0;
    r.annotation.text_height = config.text_height.draw(rng);
    r.annotation.typeface = config.typefaces.draw(rng);
    r.annotation.scale_bar = chance(config.scale_bar_probability);
    r.annotation.orientation_letters = chance(config.orientation_letters_probability);
    r.texture_height_px = config.texture_height_px;
    r.flat_height_px = config.flat_height_px;
    return r;
}

}  // namespace radforge::film
