// SPDX-License-Identifier: Apache-2.0
#include "synth/film/sheet.h"

#include "render/picture/resize.h"
#include "synth/base/error.h"
#include "synth/film/annotation.h"
#include "synth/film/canvas.h"
#include "synth/film/film_base.h"
#include "synth/film/film_grain.h"
#include "synth/film/gsdf.h"
#include "synth/film/layout.h"
#include "synth/film/resample.h"
#include "synth/film/scout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace radforge::film {
namespace {

/// Where one picture (slice or scout) lies on the texture.
struct Placement {
    int top, bottom, left, right;  ///< texels it fills
    AxisMap down, across;          ///< texel -> source pixel
    double magnification;          ///< mm on film per mm in the patient
};

Placement place(const RectPx& box, int rows, int columns, double row_mm, double column_mm, double zoom,
                double px_per_mm, bool flip_rows, bool flip_columns) {
    const double fit = std::min(box.width() / (columns * column_mm), box.height() / (rows * row_mm)) * zoom;
    const double cx = 0.5 * (box.left + box.right), cy = 0.5 * (box.top + box.bottom);
    const double half_w = 0.5 * std::min(box.width(), fit * columns * column_mm);
    const double half_h = 0.5 * std::min(box.height(), fit * rows * row_mm);
    Placement p{int(std::lround(cy - half_h)),
                int(std::lround(cy + half_h)),
                int(std::lround(cx - half_w)),
                int(std::lround(cx + half_w)),
                {},
                {},
                fit / px_per_mm};
    const auto axis = [](double centre, int first, int last, int pixels, double step, bool flip) {
        const double signed_step = flip ? -step : step;
        return AxisMap{0.5 * pixels + (first - centre) * signed_step, signed_step, last - first};
    };
    p.down = axis(cy, p.top, p.bottom, rows, 1 / (fit * row_mm), flip_rows);
    p.across = axis(cx, p.left, p.right, columns, 1 / (fit * column_mm), flip_columns);
    return p;
}

int nearest_pixel(const AxisMap& map, double texel, int pixels) {
    return std::clamp(int(std::floor(map.origin + texel * map.step)), 0, pixels - 1);
}

Kernel kernel_named(const std::string& name) {
    if (name == "replicate") return Kernel::Replicate;
    if (name == "bilinear") return Kernel::Bilinear;
    if (name == "cubic") return Kernel::Cubic;
    throw Error(ErrorKind::BadData, "unknown magnification")
        .got(name)
        .expected("replicate, bilinear or cubic");
}

DensityCurve curve_of(const SheetRecipe& recipe) {
    FilmRange range;
    range.density_min = recipe.density_min;
    range.density_max = recipe.density_max;
    if (recipe.tone_model == "gsdf") return gsdf_curve(range, recipe.p_value_bits);
    if (recipe.tone_model == "logistic") return logistic_curve(range, recipe.gamma, recipe.p_value_bits);
    throw Error(ErrorKind::BadData, "unknown tone model").got(recipe.tone_model).expected("gsdf or logistic");
}

double density_of(double transmittance) { return -std::log10(transmittance); }

/// Where the slice's plane meets the scanner's axis, as scanners print it: under a tilted gantry the corner
/// of the slice lies some centimetres off.
double table_position_mm(const Volume& volume, int slice) {
    const Vec3d normal = volume.normal(), corner = volume.slice_origin_mm[size_t(slice)];
    return std::abs(normal.z) > 0.5 ? dot(normal, corner) / normal.z : corner.z;
}

/// What one image box shows.
struct Picture {
    int slice;  ///< -1: nothing
    bool second_window;
    int image_number;
};

std::vector<Picture> plan_pictures(const SheetRecipe& recipe, int slices, int boxes) {
    if (recipe.slice_first < 0 || recipe.slice_first >= slices || recipe.slice_step == 0)
        throw Error(ErrorKind::BadData, "film.slice_first and slice_step show no slice")
            .got(std::to_string(recipe.slice_first) + " and " + std::to_string(recipe.slice_step))
            .expected("one of the volume's " + std::to_string(slices) + " slices, and a step");
    std::vector<Picture> plan;
    const int split = recipe.second_window_from_box;
    int image_number = recipe.annotation.first_image_number;
    for (int i = 0; i < boxes; ++i) {
        const bool second = split > 0 && i >= split;
        const int slice = recipe.slice_first + (second ? i - split : i) * recipe.slice_step;
        const bool there = slice >= 0 && slice < slices;
        plan.push_back({there ? slice : -1, second, there ? image_number++ : 0});
    }
    return plan;
}

/// P-value of every 16-bit CT value.
std::vector<float> p_values(const Window& window, int largest_p) {
    std::vector<float> table(65536);
    for (int hu = -32768; hu < 32768; ++hu)
        table[size_t(hu + 32768)] = float(std::round(window(hu) * largest_p));
    return table;
}

/// Prints pictures, panel by panel, into a density texture and a coverage of clear ink.
class Printer {
public:
    Printer(const Volume& volume, const SheetRecipe& recipe)
        : volume_(volume),
          recipe_(recipe),
          curve_(curve_of(recipe)),
          kernel_(kernel_named(recipe.magnification)),
          px_per_mm_(recipe.texture_height_px / recipe.height_mm),
          flip_columns_(mirrored(volume.row_direction)),
          flip_rows_(mirrored(volume.column_direction)) {
        const int h = recipe.texture_height_px,
                  w = std::max(1, int(std::lround(recipe.width_mm * px_per_mm_)));
        sheet_.density = Image(h, w, 1, PixelType::F32, ColorSpace::Data);
        ink_ = Image(h, w, 1, PixelType::F32, ColorSpace::Data);
        flat_scale_ = double(recipe.flat_height_px) / h;
        const int flat_w = std::max(1, int(std::lround(w * flat_scale_)));
        flat_scale_x_ = double(flat_w) / w;
        sheet_.hu = Image(recipe.flat_height_px, flat_w, 1, PixelType::I16, ColorSpace::Data);
        sheet_.panels = Image(recipe.flat_height_px, flat_w, 1, PixelType::U8, ColorSpace::Data);
        const auto hu = sheet_.hu.values<int16_t>();
        std::fill(hu.begin(), hu.end(), Volume::kHuPadding);
        for (const float d : curve_.density) light_.push_back(float(std::pow(10.0, -double(d))));
        sheet_.width_m = recipe.width_mm / 1000;
        sheet_.height_m = recipe.height_mm / 1000;
    }

    Sheet print(uint64_t key) {
        expose_border();
        expose_boxes();
        lay_ink();
        const double px_um = 1000 / px_per_mm_;
        blur_spot(sheet_.density, recipe_.spot_sigma_um / px_um);
        add_grain(
            sheet_.density,
            {recipe_.noise_sigma_density, recipe_.banding_density, recipe_.banding_period_mm * px_per_mm_,
             px_um, recipe_.density_min, recipe_.density_max, recipe_.dust, recipe_.scratches},
            key);
        sheet_.transmittance = film_transmittance(film_base(recipe_), sheet_.density);
        sheet_.flat = picture::srgb_u8_from_linear(picture::resize(
            sheet_.transmittance, sheet_.hu.height_px, sheet_.hu.width_px, picture::Filter::Area));
        return std::move(sheet_);
    }

private:
    /// Axial slices hang with the patient's left on the right and the back at the bottom, however they are
    /// stored.
    static bool mirrored(Vec3d direction) {
        const double x = std::abs(direction.x), y = std::abs(direction.y), z = std::abs(direction.z);
        if (z > x && z > y) return direction.z > 0;  // towards the head: up
        return x >= y ? direction.x < 0 : direction.y < 0;
    }

    float white() const { return curve_.density.back(); }
    float black() const { return curve_.density.front(); }

    RectPx to_px(const RectMm& r) const {
        return {r.left_mm * px_per_mm_, r.top_mm * px_per_mm_, (r.left_mm + r.width_mm) * px_per_mm_,
                (r.top_mm + r.height_mm) * px_per_mm_};
    }

    void expose_border() {
        const auto density = sheet_.density.view<float>();
        const float border =
            recipe_.border == "black" ? black()
            : recipe_.border == "white"
                ? white()
                : float(std::clamp(recipe_.border_density, recipe_.density_min, recipe_.density_max));
        const double rim = recipe_.clear_rim_mm * px_per_mm_;
        const int h = sheet_.density.height_px, w = sheet_.density.width_px;
        std::fill(sheet_.density.values<float>().begin(), sheet_.density.values<float>().end(),
                  float(recipe_.density_min));
        for (int r = int(std::lround(rim)); r < h - int(std::lround(rim)); ++r)
            std::fill(density.pixel(r, int(std::lround(rim))), density.pixel(r, w - int(std::lround(rim))),
                      border);
    }

    void expose_boxes() {
        const auto boxes =
            image_boxes(parse_display_format(recipe_.layout), {recipe_.width_mm, recipe_.height_mm},
                        recipe_.margin_mm, recipe_.gap_mm);
        const int images = int(boxes.size()) - (recipe_.scout ? 1 : 0);
        const std::vector<Picture> plan = plan_pictures(recipe_, volume_.slices, images);
        for (size_t i = 0; i < boxes.size(); ++i) {
            const RectPx box = to_px(boxes[i]);
            blacken(box);
            if (recipe_.trim) frame(ink_, box, 0.25 * px_per_mm_);
            if (recipe_.scout && i == 0)
                print_scout(box, plan);
            else if (i - (recipe_.scout ? 1 : 0) < plan.size())
                print_slice(box, plan[i - (recipe_.scout ? 1 : 0)]);
        }
    }

    void blacken(const RectPx& box) {
        const auto density = sheet_.density.view<float>();
        const int left = int(std::lround(box.left)), right = int(std::lround(box.right));
        for (int r = int(std::lround(box.top)); r < int(std::lround(box.bottom)); ++r)
            std::fill(density.pixel(r, left), density.pixel(r, right), black());
    }

    /// Magnifies P-values as a printer does; reduces by the mean transmittance under the texel, which is what
    /// a coarser scan of the printed film sees.
    void expose_picture(ImageView<const float> p, const Placement& at) {
        const bool reduce = std::abs(at.down.step) > 1 || std::abs(at.across.step) > 1;
        const auto out = sheet_.density.view<float>();
        const float largest = float(curve_.largest_p());
        std::vector<float> values;
        if (reduce) {
            std::vector<float> transmitted(size_t(p.height_px) * size_t(p.width_px));
            for (size_t i = 0; i < transmitted.size(); ++i) transmitted[i] = light_[size_t(p.data[i])];
            values = resample({transmitted.data(), p.height_px, p.width_px, 1, p.width_px}, at.down,
                              at.across, Kernel::Area);
            for (float& v : values) v = float(density_of(double(v)));
        } else {
            values = resample(p, at.down, at.across, kernel_);
            // Cubic overshoot leaves the range of P-values; the printer saturates there.
            for (float& v : values) {
                const float p_value = std::clamp(v, 0.0f, largest);
                auto code = size_t(p_value);
                code += p_value - float(code) >= 0.5f;  // the nearest
                v = curve_.density[code];
            }
        }
        for (int r = at.top; r < at.bottom; ++r)
            std::copy_n(values.data() + size_t(r - at.top) * size_t(at.across.count), at.across.count,
                        out.pixel(r, at.left));
    }

    void print_slice(const RectPx& box, const Picture& picture) {
        const int slice = picture.slice;
        if (slice < 0) return;
        const bool second = picture.second_window;
        const Window window = second ? Window{recipe_.second_window_center_hu, recipe_.second_window_width_hu}
                                     : Window{recipe_.window_center_hu, recipe_.window_width_hu};
        std::vector<float>& table = second ? second_table_ : first_table_;
        if (table.empty()) table = p_values(window, curve_.largest_p());
        const auto hu = volume_.slice(slice);
        std::vector<float> p(size_t(volume_.rows) * size_t(volume_.columns));
        for (size_t i = 0; i < p.size(); ++i) p[i] = table[size_t(hu.data[i] + 32768)];
        const Placement at =
            place(box, volume_.rows, volume_.columns, volume_.row_spacing_mm, volume_.column_spacing_mm,
                  recipe_.zoom, px_per_mm_, flip_rows_, flip_columns_);
        expose_picture({p.data(), volume_.rows, volume_.columns, 1, volume_.columns}, at);
        record(at, false, slice, window);
        record_hu(at, hu);

        PanelFacts facts;
        facts.image_number = picture.image_number;
        facts.position_mm = table_position_mm(volume_, slice);
        facts.window_center_hu = window.center_hu;
        facts.window_width_hu = window.width_hu;
        facts.magnification = at.magnification;
        const Vec3d right = flip_columns_ ? -volume_.row_direction : volume_.row_direction;
        const Vec3d bottom = flip_rows_ ? -volume_.column_direction : volume_.column_direction;
        orientation_letters(right, bottom, facts);
        record_text(annotate(ink_, box, picture_rect(at), recipe_.annotation, facts, px_per_mm_));
    }

    void print_scout(const RectPx& box, const std::vector<Picture>& plan) {
        const Scout scout = make_scout(volume_, std::max(volume_.row_spacing_mm, volume_.column_spacing_mm));
        const Window window{scout.window_center_hu, scout.window_width_hu};
        const auto hu = scout.hu.values<float>();
        std::vector<float> p(hu.size());
        for (size_t i = 0; i < p.size(); ++i)
            p[i] = float(std::round(window(double(hu[i])) * curve_.largest_p()));
        const int rows = scout.hu.height_px, columns = scout.hu.width_px;
        const Placement at =
            place(box, rows, columns, scout.pixel_mm, scout.pixel_mm, 1, px_per_mm_, false, false);
        expose_picture({p.data(), rows, columns, 1, columns}, at);
        record(at, true, -1, window);
        const RectPx picture = picture_rect(at);
        for (const Picture& shown : plan) {
            if (shown.slice < 0) continue;
            const Scout::Line& cut = scout.lines[size_t(shown.slice)];
            const auto x = [&](double px) { return at.left + (px - at.across.origin) / at.across.step; };
            const auto y = [&](double px) { return at.top + (px - at.down.origin) / at.down.step; };
            line(ink_, x(cut.from_px.x), y(cut.from_px.y), x(cut.to_px.x), y(cut.to_px.y), 0.15 * px_per_mm_,
                 picture);
        }
        PanelFacts facts;
        facts.scout = true;
        facts.window_center_hu = window.center_hu;
        facts.window_width_hu = window.width_hu;
        facts.magnification = at.magnification;
        orientation_letters(scout.lateral ? Vec3d{0, 1, 0} : Vec3d{1, 0, 0}, {0, 0, -1}, facts);
        record_text(annotate(ink_, box, picture, recipe_.annotation, facts, px_per_mm_));
    }

    static RectPx picture_rect(const Placement& at) {
        return {double(at.left), double(at.top), double(at.right), double(at.bottom)};
    }

    void record_text(const std::vector<TextLine>& lines) {
        for (TextLine line : lines) {
            line.left *= flat_scale_x_;
            line.right *= flat_scale_x_;
            line.top *= flat_scale_;
            line.bottom *= flat_scale_;
            sheet_.text.push_back(line);
        }
    }

    void record(const Placement& at, bool scout, int slice, const Window& window) {
        Panel panel;
        panel.left_px = at.left * flat_scale_x_;
        panel.top_px = at.top * flat_scale_;
        panel.width_px = (at.right - at.left) * flat_scale_x_;
        panel.height_px = (at.bottom - at.top) * flat_scale_;
        panel.scout = scout;
        panel.slice = slice;
        panel.window_center_hu = window.center_hu;
        panel.window_width_hu = window.width_hu;
        panel.magnification = at.magnification;
        sheet_.panels_info.push_back(panel);
        const auto panels = sheet_.panels.view<uint8_t>();
        const FlatRect rect = flat_rect(at);
        for (int r = rect.top; r < rect.bottom; ++r)
            std::fill(panels.pixel(r, rect.left), panels.pixel(r, rect.right),
                      uint8_t(sheet_.panels_info.size()));
    }

    void record_hu(const Placement& at, ImageView<const int16_t> hu) {
        const auto out = sheet_.hu.view<int16_t>();
        const FlatRect rect = flat_rect(at);
        std::vector<int> columns;
        for (int c = rect.left; c < rect.right; ++c)
            columns.push_back(nearest_pixel(at.across, (c + 0.5) / flat_scale_x_ - at.left, hu.width_px));
        for (int r = rect.top; r < rect.bottom; ++r) {
            const int16_t* row =
                hu.pixel(nearest_pixel(at.down, (r + 0.5) / flat_scale_ - at.top, hu.height_px), 0);
            for (int c = rect.left; c < rect.right; ++c) out(r, c) = row[columns[size_t(c - rect.left)]];
        }
    }

    /// Texels of flat whose centre lies in the picture.
    struct FlatRect {
        int top, bottom, left, right;
    };
    FlatRect flat_rect(const Placement& at) const {
        return {int(std::ceil(at.top * flat_scale_ - 0.5)), int(std::ceil(at.bottom * flat_scale_ - 0.5)),
                int(std::ceil(at.left * flat_scale_x_ - 0.5)),
                int(std::ceil(at.right * flat_scale_x_ - 0.5))};
    }

    /// Clear ink replaces the share of the light that the image under it let through.
    void lay_ink() {
        const double clear = std::pow(10.0, -double(white()));
        const auto ink = ink_.values<float>();
        const auto density = sheet_.density.values<float>();
        for (size_t i = 0; i < ink.size(); ++i) {
            if (ink[i] == 0) continue;
            const double under = std::pow(10.0, -double(density[i]));
            density[i] = float(density_of(under + double(ink[i]) * (clear - under)));
        }
    }

    const Volume& volume_;
    const SheetRecipe& recipe_;
    DensityCurve curve_;
    Kernel kernel_;
    double px_per_mm_, flat_scale_ = 1, flat_scale_x_ = 1;
    bool flip_columns_, flip_rows_;
    Sheet sheet_;
    Image ink_;
    std::vector<float> light_;  ///< transmittance of every P-value
    std::vector<float> first_table_, second_table_;
};

}  // namespace

Sheet compose(const Volume& volume, const SheetRecipe& recipe, Rng& rng) {
    return Printer(volume, recipe).print(rng.next_u64());
}

}  // namespace radforge::film
