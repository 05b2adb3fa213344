// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/registration.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/colorize/distance.h"
#include "synth/volume/phantom_artefact.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

namespace radforge::colorize {
namespace {

constexpr double kDegPerRad = 180 / 3.141592653589793;
constexpr int kBins = 24;
constexpr double kLowest_hu = -200, kHighest_hu = 300, kRim_mm = 20, kGrid_mm = 2;

/// Place of a pixel's centre in mm from the middle of its picture.
Vec2d place(double row, double column, int height, int width, double pixel_mm) {
    return {(column - 0.5 * (width - 1)) * pixel_mm, (row - 0.5 * (height - 1)) * pixel_mm};
}

/// Area, middle and spread of a mask in mm.
struct Moments {
    double area = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;
};

void add_mask(Moments& m, const Image& mask, double pixel_mm) {
    const ImageView<const uint8_t> view = mask.view<uint8_t>();
    const double area = pixel_mm * pixel_mm;
    for (int r = 0; r < view.height_px; ++r)
        for (int c = 0; c < view.width_px; ++c) {
            if (view(r, c) == 0) continue;
            const Vec2d p = place(r, c, view.height_px, view.width_px, pixel_mm);
            m.area += area, m.x += area * p.x, m.y += area * p.y;
            m.xx += area * p.x * p.x, m.xy += area * p.x * p.y, m.yy += area * p.y * p.y;
        }
}

void centre(Moments& m) {
    m.x /= m.area, m.y /= m.area;
    m.xx = m.xx / m.area - m.x * m.x, m.xy = m.xy / m.area - m.x * m.y, m.yy = m.yy / m.area - m.y * m.y;
}

/// Direction of the long axis in (-90, 90] degrees, and how much longer it is.
struct Axis {
    double angle_rad = 0, ratio = 1;
};
Axis long_axis(const Moments& m) {
    const double half = 0.5 * (m.xx - m.yy), radius = std::sqrt(half * half + m.xy * m.xy),
                 mean = 0.5 * (m.xx + m.yy);
    return {0.5 * std::atan2(m.xy, half), std::sqrt((mean + radius) / std::max(1e-9, mean - radius))};
}

/// Bilinear sample of one channel, or nothing outside.
class Sampler {
public:
    Sampler(const Image& image, double pixel_mm)
        : view_(image.view<uint8_t>()),
          per_mm_(1 / pixel_mm),
          middle_x_(0.5 * (image.width_px - 1)),
          middle_y_(0.5 * (image.height_px - 1)) {}

    /// @return false outside
    bool at(Vec2d mm, int channel, double& value) const {
        const double x = mm.x * per_mm_ + middle_x_, y = mm.y * per_mm_ + middle_y_;
        if (!(x >= 0 && y >= 0 && x <= view_.width_px - 1 && y <= view_.height_px - 1)) return false;
        const int c = std::min(int(x), view_.width_px - 2), r = std::min(int(y), view_.height_px - 2);
        const double u = x - c, v = y - r;
        value = (view_(r, c, channel) * (1 - u) + view_(r, c + 1, channel) * u) * (1 - v) +
                (view_(r + 1, c, channel) * (1 - u) + view_(r + 1, c + 1, channel) * u) * v;
        return true;
    }

private:
    ImageView<const uint8_t> view_;
    double per_mm_, middle_x_, middle_y_;
};

double entropy(const double* counts, size_t n, double total) {
    double bits = 0;
    for (size_t i = 0; i < n; ++i)
        if (counts[i] > 0) bits -= counts[i] / total * std::log2(counts[i] / total);
    return bits;
}

/// The places of one CT slice that are compared, with their HU bin.
struct Probe {
    Vec2d ct_mm;
    int bin;
};
std::vector<Probe> probes_of(const RegistrationPair& pair) {
    const ImageView<const int16_t> ct = pair.ct.view<int16_t>();
    const std::vector<int32_t> squared = squared_distance(pair.ct_mask.view<uint8_t>());
    const int step = std::max(1, int(std::lround(kGrid_mm / pair.ct_pixel_mm)));
    const double rim_px = kRim_mm / pair.ct_pixel_mm;
    std::vector<Probe> probes;
    for (int r = 0; r < ct.height_px; r += step)
        for (int c = 0; c < ct.width_px; c += step) {
            if (squared[size_t(r) * size_t(ct.width_px) + size_t(c)] > rim_px * rim_px) continue;
            const double t = (std::clamp(double(ct(r, c)), kLowest_hu, kHighest_hu) - kLowest_hu) /
                             (kHighest_hu - kLowest_hu);
            probes.push_back({place(r, c, ct.height_px, ct.width_px, pair.ct_pixel_mm),
                              std::min(kBins - 1, int(t * kBins))});
        }
    return probes;
}

double information(const std::vector<RegistrationPair>& pairs, const std::vector<std::vector<Probe>>& probes,
                   const Similarity& transform) {
    std::array<double, size_t(kBins) * kBins> joint{};
    std::array<double, kBins> a{}, b{};
    double total = 0;
    for (size_t i = 0; i < pairs.size(); ++i) {
        const Sampler photo(pairs[i].photo, pairs[i].photo_pixel_mm);
        for (const Probe& probe : probes[i]) {
            double red = 0;
            if (!photo.at(transform(probe.ct_mm), 0, red)) continue;
            // Shared between two bins, so that the measure is smooth in the transform.
            const double t = std::clamp(red / 256 * kBins - 0.5, 0.0, kBins - 1.001);
            const int low = int(t);
            const double share = t - low;
            const size_t row = size_t(probe.bin) * kBins;
            joint[row + size_t(low)] += 1 - share, joint[row + size_t(low) + 1] += share;
            total += 1;
        }
    }
    if (total < 100) return 0;
    for (size_t i = 0; i < kBins; ++i)
        for (size_t j = 0; j < kBins; ++j) a[i] += joint[i * kBins + j], b[j] += joint[i * kBins + j];
    return entropy(a.data(), kBins, total) + entropy(b.data(), kBins, total) -
           entropy(joint.data(), joint.size(), total);
}

std::vector<std::vector<Probe>> all_probes(const std::vector<RegistrationPair>& pairs) {
    std::vector<std::vector<Probe>> probes;
    for (const RegistrationPair& pair : pairs) probes.push_back(probes_of(pair));
    return probes;
}

}  // namespace

Vec2d Similarity::operator()(Vec2d ct_mm) const {
    const double s = scale * std::sin(angle_rad), c = scale * std::cos(angle_rad);
    return {c * ct_mm.x - s * ct_mm.y + shift_mm.x, s * ct_mm.x + c * ct_mm.y + shift_mm.y};
}

Image shrink_photo(const Image& photo, int factor) {
    RADFORGE_ASSERT(factor >= 1 && photo.height_px >= factor && photo.width_px >= factor);
    const ImageView<const uint8_t> from = photo.view<uint8_t>();
    Image out(photo.height_px / factor, photo.width_px / factor, photo.channels, PixelType::U8, photo.space);
    const ImageView<uint8_t> to = out.view<uint8_t>();
    // In half pixels, of which the remainder leaves a whole number on either side.
    const int top = photo.height_px % factor, left = photo.width_px % factor, side = 2 * factor;
    for (int r = 0; r < to.height_px; ++r)
        for (int c = 0; c < to.width_px; ++c)
            for (int k = 0; k < to.channels; ++k) {
                int sum = 0;
                for (int y = 0; y < side; ++y)
                    for (int x = 0; x < side; ++x)
                        sum += from((top + r * side + y) / 2, (left + c * side + x) / 2, k);
                to(r, c, k) = uint8_t((sum + side * side / 2) / (side * side));
            }
    return out;
}

Image photo_body_mask(const Image& photo) {
    const int h = photo.height_px, w = photo.width_px;
    const size_t pixels = size_t(h) * size_t(w);
    std::vector<float> plane[3];
    for (size_t k = 0; k < 3; ++k) {
        plane[k].resize(pixels);
        for (size_t i = 0; i < pixels; ++i) plane[k][i] = photo.values<uint8_t>()[3 * i + k];
        volume::gaussian_blur({plane[k].data(), h, w, 1, w}, 1);
    }
    Image mask(h, w, 1, PixelType::U8, ColorSpace::Data);
    const Span<uint8_t> out = mask.values<uint8_t>();
    for (size_t i = 0; i < pixels; ++i)
        out[i] = plane[2][i] > 1.15f * std::max(plane[0][i], plane[1][i]) ? 0 : 255;
    if (keep_largest(mask) == 0) throw Error(ErrorKind::BadData, "the photograph shows nothing but gelatin");
    fill_holes(mask);
    return mask;
}

Similarity match_moments(const std::vector<RegistrationPair>& pairs) {
    RADFORGE_ASSERT(!pairs.empty());
    Moments ct, photo;
    for (const RegistrationPair& pair : pairs) {
        add_mask(ct, pair.ct_mask, pair.ct_pixel_mm);
        add_mask(photo, pair.photo_mask, pair.photo_pixel_mm);
    }
    centre(ct), centre(photo);
    const Axis a = long_axis(ct), b = long_axis(photo);
    Similarity s;
    s.scale = std::sqrt(photo.area / ct.area);
    // Of a nearly round body the axis says nothing.
    if (std::min(a.ratio, b.ratio) > 1.08) {
        s.angle_rad = b.angle_rad - a.angle_rad;
        const double half_turn = 180 / kDegPerRad;
        if (s.angle_rad > half_turn / 2) s.angle_rad -= half_turn;
        if (s.angle_rad <= -half_turn / 2) s.angle_rad += half_turn;
    }
    const Vec2d moved = s({ct.x, ct.y});
    s.shift_mm = {photo.x - moved.x, photo.y - moved.y};
    return s;
}

double mutual_information(const std::vector<RegistrationPair>& pairs, const Similarity& transform) {
    return information(pairs, all_probes(pairs), transform);
}

Similarity refine(const std::vector<RegistrationPair>& pairs, const Similarity& start) {
    const std::vector<std::vector<Probe>> probes = all_probes(pairs);
    // Turn and grow about the body's middle, so that the parameters do not pull at each other.
    double n = 0;
    Vec2d middle{};
    for (const auto& list : probes)
        for (const Probe& p : list) middle = middle + p.ct_mm, n += 1;
    if (n > 0) middle = middle * (1 / n);
    const auto about_middle = [&](Similarity s, double shift_x, double shift_y, double turn, double grow) {
        const Vec2d fixed = s(middle);
        s.angle_rad += turn, s.scale *= 1 + grow;
        const Vec2d now = s(middle);
        s.shift_mm = s.shift_mm + (fixed - now) + Vec2d{shift_x, shift_y};
        return s;
    };
    Similarity best = start;
    double most = information(pairs, probes, best);
    constexpr int kHalvings = 6;
    for (int level = 0; level < kHalvings; ++level) {
        const double part = 1.0 / (1 << level);
        const double step_mm = 8 * part, step_rad = 3 / kDegPerRad * part, step_scale = 0.04 * part;
        for (int round = 0; round < 12; ++round) {
            const double before = most;
            for (int axis = 0; axis < 4; ++axis)
                for (const double sign : {-1.0, 1.0}) {
                    const Similarity tried =
                        about_middle(best, axis == 0 ? sign * step_mm : 0, axis == 1 ? sign * step_mm : 0,
                                     axis == 2 ? sign * step_rad : 0, axis == 3 ? sign * step_scale : 0);
                    const double found = information(pairs, probes, tried);
                    if (found > most) most = found, best = tried;
                }
            if (most <= before) break;
        }
    }
    return best;
}

std::string transform_line(const TransformRow& row) {
    std::ostringstream text;
    text.precision(10);
    text << row.first << " " << row.last << " " << row.transform.scale << " "
         << row.transform.angle_rad * kDegPerRad << " " << row.transform.shift_mm.x << " "
         << row.transform.shift_mm.y;
    return text.str();
}

std::vector<TransformRow> parse_transforms(const std::string& text, const std::string& name) {
    std::vector<TransformRow> rows;
    std::istringstream lines(text);
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        line = line.substr(0, line.find('#'));
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        std::istringstream words(line);
        TransformRow row;
        double angle_deg = 0;
        std::string rest;
        const bool read = bool(words >> row.first >> row.last >> row.transform.scale >> angle_deg >>
                               row.transform.shift_mm.x >> row.transform.shift_mm.y) &&
                          !(words >> rest);
        if (!read || row.last < row.first || !(row.transform.scale > 0.1 && row.transform.scale < 10))
            throw Error(ErrorKind::Usage, "not a transform")
                .where(name + ":" + std::to_string(number))
                .got("'" + line + "'")
                .expected("FIRST LAST SCALE ANGLE_DEG X_MM Y_MM");
        row.transform.angle_rad = angle_deg / kDegPerRad;
        rows.push_back(row);
    }
    if (rows.empty()) throw Error(ErrorKind::Usage, "no transforms").where(name);
    return rows;
}

Image resample_photo(const Image& photo, double photo_pixel_mm, const Similarity& transform, int rows,
                     int columns, double ct_pixel_mm, const std::vector<uint8_t>& background) {
    constexpr int kN = 3;
    RADFORGE_ASSERT(background.size() == size_t(photo.channels));
    const Sampler sampler(photo, photo_pixel_mm);
    Image out(rows, columns, photo.channels, PixelType::U8, photo.space);
    const ImageView<uint8_t> to = out.view<uint8_t>();
    parallel_for(rows, 8, [&](int64_t begin, int64_t end) {
        for (int r = int(begin); r < int(end); ++r)
            for (int c = 0; c < columns; ++c)
                for (int k = 0; k < photo.channels; ++k) {
                    double sum = 0;
                    for (int i = 0; i < kN * kN; ++i) {
                        const Vec2d ct_mm = place(r + (i / kN - 1) / double(kN),
                                                  c + (i % kN - 1) / double(kN), rows, columns, ct_pixel_mm);
                        double value = background[size_t(k)];
                        sampler.at(transform(ct_mm), k, value);
                        sum += value;
                    }
                    to(r, c, k) = uint8_t(std::lround(sum / (kN * kN)));
                }
    });
    return out;
}

}  // namespace radforge::colorize
