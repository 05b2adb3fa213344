// SPDX-License-Identifier: Apache-2.0
#include "synth/film/canvas.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>

namespace radforge::film {
namespace {

constexpr double kSmallestGlyphPx = 14;

int enlargement_for(double em_px) {
    if (!(em_px > 0))
        throw Error(ErrorKind::BadData, "impossible text size").got(std::to_string(em_px) + " px");
    return std::max(1, int(std::ceil(kSmallestGlyphPx / em_px)));
}

double overlap(double lo, double hi, int cell) {
    return std::max(0.0, std::min(hi, cell + 1.0) - std::max(lo, double(cell)));
}

struct Cells {
    int top, bottom, left, right;
};

Cells cells_under(const Image& image, const RectPx& r) {
    return {std::max(0, int(std::floor(r.top))), std::min(image.height_px, int(std::ceil(r.bottom))),
            std::max(0, int(std::floor(r.left))), std::min(image.width_px, int(std::ceil(r.right)))};
}

}  // namespace

Lettering::Lettering(picture::Typeface typeface, double em_px)
    : enlargement_(enlargement_for(em_px)),
      font_(typeface, std::max(4, int(std::lround(em_px * enlargement_)))) {}

double Lettering::line_height_px() const { return double(font_.line_height_px()) / enlargement_; }

double Lettering::width_px(const std::string& text) const {
    return double(font_.advance_px(text)) / enlargement_;
}

RectPx Lettering::draw(Image& coverage, const std::string& text, double left_px, double top_px) const {
    const RectPx box{left_px, top_px, left_px + width_px(text), top_px + line_height_px()};
    if (text.empty()) return box;
    const int n = enlargement_, left = int(std::floor(left_px)), top = int(std::floor(top_px));
    const int width = int(std::ceil(box.width())) + 2, height = int(std::ceil(box.height())) + 2;
    Image large(height * n, width * n, 1, PixelType::F32, ColorSpace::Data);
    font_.draw(large, text, int(std::lround((left_px - left) * n)),
               int(std::lround((top_px - top) * n)) + font_.ascent_px());
    const auto from = large.view<float>();
    const auto to = coverage.view<float>();
    for (int r = std::max(0, -top); r < std::min(height, coverage.height_px - top); ++r)
        for (int c = std::max(0, -left); c < std::min(width, coverage.width_px - left); ++c) {
            float sum = 0;
            for (int j = 0; j < n; ++j)
                for (int i = 0; i < n; ++i) sum += from(r * n + j, c * n + i);
            float& value = to(top + r, left + c);
            value = std::max(value, sum / float(n * n));
        }
    return box;
}

void fill(Image& coverage, const RectPx& rectangle) {
    const Cells cells = cells_under(coverage, rectangle);
    const auto to = coverage.view<float>();
    for (int r = cells.top; r < cells.bottom; ++r) {
        const double share = overlap(rectangle.top, rectangle.bottom, r);
        for (int c = cells.left; c < cells.right; ++c)
            to(r, c) = std::max(to(r, c), float(share * overlap(rectangle.left, rectangle.right, c)));
    }
}

void frame(Image& coverage, const RectPx& r, double line_width_px) {
    fill(coverage, {r.left, r.top, r.right, r.top + line_width_px});
    fill(coverage, {r.left, r.bottom - line_width_px, r.right, r.bottom});
    fill(coverage, {r.left, r.top, r.left + line_width_px, r.bottom});
    fill(coverage, {r.right - line_width_px, r.top, r.right, r.bottom});
}

void line(Image& coverage, double x0, double y0, double x1, double y1, double line_width_px,
          const RectPx& clip) {
    const double dx = x1 - x0, dy = y1 - y0, length2 = dx * dx + dy * dy, reach = 0.5 * line_width_px + 1;
    RectPx box{std::min(x0, x1) - reach, std::min(y0, y1) - reach, std::max(x0, x1) + reach,
               std::max(y0, y1) + reach};
    box = {std::max(box.left, clip.left), std::max(box.top, clip.top), std::min(box.right, clip.right),
           std::min(box.bottom, clip.bottom)};
    // A line thinner than a texel keeps its width on average by its strength.
    const double strength = std::min(1.0, line_width_px), half = 0.5 * std::max(1.0, line_width_px);
    const Cells cells = cells_under(coverage, box);
    const auto to = coverage.view<float>();
    for (int r = cells.top; r < cells.bottom; ++r) {
        // What the row has within reach of the endless line.
        int first = cells.left, end = cells.right;
        if (std::abs(dy) > 1e-6 * std::abs(dx)) {
            const double middle = x0 + (r + 0.5 - y0) * dx / dy,
                         way = (reach + 0.5) * std::sqrt(length2) / std::abs(dy);
            first = int(std::max<double>(first, std::floor(middle - way)));
            end = int(std::min<double>(end, std::ceil(middle + way)));
        }
        for (int c = first; c < end; ++c) {
            const double x = c + 0.5 - x0, y = r + 0.5 - y0;
            const double t = length2 > 0 ? std::clamp((x * dx + y * dy) / length2, 0.0, 1.0) : 0.0;
            const double distance = std::hypot(x - t * dx, y - t * dy);
            const double share = strength * std::clamp(half + 0.5 - distance, 0.0, 1.0);
            to(r, c) = std::max(to(r, c), float(share));
        }
    }
}

}  // namespace radforge::film
