// SPDX-License-Identifier: Apache-2.0
#include "synth/film/annotation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace radforge::film {
namespace {

// Place and family names are made up for this project.
constexpr std::array kPlaces = {"NORTHFELL", "ELMGATE",      "KESTREL BAY", "LINDHAVEN", "OSTERMOOR",
                                "VALMERE",   "SANTA ORVILA", "BRIXHOLT",    "QUENNLAND", "MONT ARVEL"};
constexpr std::array kHouses = {"GENERAL HOSPITAL", "MEDICAL CENTRE", "UNIV. CLINIC", "IMAGING INSTITUTE",
                                "RADIOLOGY"};
constexpr std::array kFamilies = {"ARDENQUIST", "BELLOWICK", "CORVANE",  "DUNMARIS", "ESTEVALL",
                                  "FARRENDOW",  "GRELLING",  "HOLMVARD", "ILLERSON", "JASPERIN",
                                  "KORVENTH",   "LUMASKA",   "MIRELLO",  "NORDQUAY"};
constexpr std::array kGiven = {"A", "B", "C", "D", "E", "F", "G", "H", "J",
                               "K", "L", "M", "N", "P", "R", "S", "T"};
constexpr std::array kScanners = {"TOMARIS 16", "VELOCT 64",    "AXIOSCAN PRO",
                                  "HELIX Q4",   "CT-9000 PLUS", "SPIRALIS 6"};

template <size_t N>
std::string pick(const std::array<const char*, N>& list, Rng& rng) {
    return list[size_t(rng.below(N))];
}

template <class... A>
std::string format(const char* pattern, A... values) {
    std::array<char, 96> buffer{};
    std::snprintf(buffer.data(), buffer.size(), pattern, values...);
    return buffer.data();
}

const char* direction_letter(Vec3d d) {
    const double x = std::abs(d.x), y = std::abs(d.y), z = std::abs(d.z);
    if (x >= y && x >= z) return d.x > 0 ? "L" : "R";
    if (y >= z) return d.y > 0 ? "P" : "A";
    return d.z > 0 ? "H" : "F";
}

void keep_lines(std::vector<std::string>& block, int lines) {
    block.erase(std::remove(block.begin(), block.end(), ""), block.end());
    if (int(block.size()) > lines) block.resize(size_t(lines));
}

/// Length of the scale bar: the longest of these that takes no more than that.
double scale_length_mm(double most_px, double px_per_patient_mm) {
    for (const double length : {100.0, 50.0, 20.0, 10.0, 5.0})
        if (length * px_per_patient_mm <= most_px) return length;
    return 0;
}

/// @return what the bar takes, nothing where none fits
RectPx scale_bar(Image& coverage, const RectPx& image, double most_px, double px_per_patient_mm,
                 double px_per_mm) {
    const double length = scale_length_mm(std::min(0.6 * image.height(), most_px), px_per_patient_mm);
    if (length == 0) return {};
    const double thick = 0.2 * px_per_mm, tick = std::min(1.6 * px_per_mm, 0.03 * image.width());
    const double right = image.right - 0.02 * image.width(), middle = 0.5 * (image.top + image.bottom);
    const double top = middle - 0.5 * length * px_per_patient_mm, bottom = top + length * px_per_patient_mm;
    fill(coverage, {right - thick, top, right, bottom + thick});
    const double division_mm = length < 10 ? 1 : 10;
    const int ticks = int(length / division_mm);
    for (int i = 0; i <= ticks; ++i) {
        const double y = top + i * division_mm * px_per_patient_mm, reach = i % 5 == 0 ? 1.6 * tick : tick;
        fill(coverage, {right - reach, y, right, y + thick});
    }
    return {right - 1.6 * tick, top, right, bottom + thick};
}

}  // namespace

AnnotationRecipe draw_annotation(const Volume& volume, Rng& rng) {
    // One draw a statement: the order of evaluation inside an expression is the compiler's choice.
    const auto number = [&](uint64_t from, uint64_t count) { return int(from + rng.below(count)); };
    AnnotationRecipe a;
    a.hospital = pick(kPlaces, rng);
    a.hospital += " " + pick(kHouses, rng);
    a.patient_name = pick(kFamilies, rng);
    a.patient_name += " " + pick(kGiven, rng);
    const int letter = number('A', 26), digits = number(0, 1000000);
    a.patient_id = format("%c%06d", letter, digits);
    const int age = number(18, 72);
    a.age_sex = format("%dY %c", age, number(0, 2) ? 'M' : 'F');
    const int year = number(1998, 26), month = number(1, 12), day = number(1, 28);
    a.study_date = format("%04d-%02d-%02d", year, month, day);
    const int hour = number(7, 13), minute = number(0, 60), second = number(0, 60);
    a.study_time = format("%02d:%02d:%02d", hour, minute, second);
    a.scanner = pick(kScanners, rng);
    a.exam_number = 100 + int(rng.below(9900));
    a.series_number = 2 + int(rng.below(6));
    constexpr std::array<double, 3> kKv = {100, 120, 140};
    a.kv = volume.kvp > 0 ? volume.kvp : kKv[size_t(rng.below(3))];
    a.ma = 10 * double(8 + rng.below(32));
    a.thickness_mm = volume.slice_thickness_mm;
    a.tilt_deg = volume.gantry_tilt_deg();
    return a;
}

CornerText corner_text(const AnnotationRecipe& a, const PanelFacts& facts) {
    CornerText text;
    text.top_left = {
        a.scanner, format("Ex: %d", a.exam_number), format("Se: %d", a.series_number),
        facts.scout ? "SCOUT" : format("Im: %d", facts.image_number),
        facts.scout ? "" : format("%c%.1f", facts.position_mm < 0 ? 'I' : 'S', std::abs(facts.position_mm))};
    text.top_right = {a.hospital, a.patient_name, a.age_sex + " " + a.patient_id, a.study_date, a.study_time};
    text.bottom_left = {format("kV %.0f", a.kv), format("mA %.0f", a.ma),
                        facts.scout ? "" : format(a.thickness_mm < 1 ? "%.2f mm" : "%.1f mm", a.thickness_mm),
                        format("Tilt %.1f", a.tilt_deg), format("Mag %.2f", facts.magnification)};
    text.bottom_right = {format("W %.0f", facts.window_width_hu), format("L %.0f", facts.window_center_hu)};
    for (auto* block : {&text.top_left, &text.top_right, &text.bottom_left, &text.bottom_right})
        keep_lines(*block, a.lines);
    return text;
}

void orientation_letters(Vec3d toward_right, Vec3d toward_bottom, PanelFacts& facts) {
    facts.right = direction_letter(toward_right);
    facts.left = direction_letter(-toward_right);
    facts.bottom = direction_letter(toward_bottom);
    facts.top = direction_letter(-toward_bottom);
}

std::vector<TextLine> annotate(Image& coverage, const RectPx& box, const RectPx& image,
                               const AnnotationRecipe& recipe, const PanelFacts& facts, double px_per_mm) {
    std::vector<TextLine> lines;
    const picture::Typeface face = recipe.typeface == "mono"   ? picture::Typeface::Mono
                                   : recipe.typeface == "bold" ? picture::Typeface::SansBold
                                                               : picture::Typeface::Sans;
    const double em = recipe.text_height * box.height();
    const Lettering letters(face, em), large(face, 1.3 * em);
    const double pad = 0.4 * em, step = letters.line_height_px(), half = 0.5 * large.line_height_px();
    // Letters stand in the middle of the sides: no line reaches them.
    const double free_width = (recipe.orientation_letters ? 0.5 : 1) * box.width() - pad - half,
                 free_height = 0.5 * box.height() - pad - half;
    double beside_bar = 0;
    // A line may take what its side of the box leaves free; longer ones are shortened as scanners do.
    const auto fitted = [&](std::string text, double room) {
        while (!text.empty() && (letters.width_px(text) > room || text.back() == ' ')) text.pop_back();
        return text;
    };
    const auto put = [&](std::vector<std::string> block, bool right, bool bottom) {
        keep_lines(block, int(free_height / step));
        const double room = std::min((right ? 0.58 : 0.38) * box.width(), free_width);
        const double height = pad + step * double(block.size());
        if (right) beside_bar = std::max(beside_bar, height);
        double y = bottom ? box.bottom - height : box.top + pad;
        for (const std::string& whole : block) {
            const std::string text = fitted(whole, room);
            const double x = right ? box.right - pad - letters.width_px(text) : box.left + pad;
            if (!text.empty()) lines.push_back({letters.draw(coverage, text, x, y), text});
            y += step;
        }
    };
    if (recipe.lines > 0) {
        const CornerText text = corner_text(recipe, facts);
        put(text.top_left, false, false);
        put(text.top_right, true, false);
        put(text.bottom_left, false, true);
        put(text.bottom_right, true, true);
    }
    RectPx bar;
    if (recipe.scale_bar)
        bar = scale_bar(coverage, image, box.height() - 2 * beside_bar, facts.magnification * px_per_mm,
                        px_per_mm);
    if (recipe.orientation_letters) {
        const double middle_x = 0.5 * (box.left + box.right), middle_y = 0.5 * (box.top + box.bottom);
        double right_x = box.right - pad - half;
        if (right_x + half > bar.left && right_x - half < bar.right) right_x = bar.left - half;
        const auto letter = [&](const std::string& text, double x, double y) {
            if (!text.empty())
                lines.push_back({large.draw(coverage, text, x - 0.5 * large.width_px(text), y), text});
        };
        letter(facts.left, box.left + pad + half, middle_y - half);
        letter(facts.right, right_x, middle_y - half);
        letter(facts.top, middle_x, box.top + pad);
        letter(facts.bottom, middle_x, box.bottom - pad - 2 * half);
    }
    return lines;
}

}  // namespace radforge::film
