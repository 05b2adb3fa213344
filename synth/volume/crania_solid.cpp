// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/crania_solid.h"

#include "synth/base/error.h"
#include "synth/volume/phantom_shape.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace radforge::volume {
namespace {

constexpr float kOutside = 1e3f;

float spline(float a, float b, float c, float d, float t) {
    return b + 0.5f * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}
Vec3f spline(Vec3f a, Vec3f b, Vec3f c, Vec3f d, float t) {
    return {spline(a.x, b.x, c.x, d.x, t), spline(a.y, b.y, c.y, d.y, t), spline(a.z, b.z, c.z, d.z, t)};
}

/// Stations at equal steps of y.
class LoftTable {
public:
    explicit LoftTable(Span<const Station> s) : low_(s[0].y), high_(s[s.size() - 1].y) {
        size_t cell = 0;
        for (int i = 0; i < kRows; ++i) {
            const float y = low_ + (high_ - low_) * float(i) / (kRows - 1);
            while (cell + 2 < s.size() && y > s[cell + 1].y) ++cell;
            const float t = std::clamp((y - s[cell].y) / (s[cell + 1].y - s[cell].y), 0.0f, 1.0f);
            const auto value = [&](float Station::*m) {
                const float b = s[cell].*m, c = s[cell + 1].*m;
                const float slope_in = slope(s, cell, m), slope_out = slope(s, cell + 1, m),
                            width = s[cell + 1].y - s[cell].y, t2 = t * t, t3 = t2 * t;
                return b * (2 * t3 - 3 * t2 + 1) + slope_in * width * (t3 - 2 * t2 + t) +
                       c * (3 * t2 - 2 * t3) + slope_out * width * (t3 - t2);
            };
            rows_[size_t(i)] = {y, value(&Station::z_low), value(&Station::z_high), value(&Station::half_low),
                                value(&Station::half_high)};
        }
    }
    float low() const { return low_; }
    float high() const { return high_; }
    const std::array<Station, 65>& rows() const { return rows_; }
    /// Rates along y.
    Station slopes_at(float y) const {
        const float x = std::clamp((y - low_) / (high_ - low_), 0.0f, 1.0f) * (kRows - 1);
        const int i = std::min(int(x), kRows - 2);
        const Station &a = rows_[size_t(i)], &b = rows_[size_t(i) + 1];
        const float rate = (kRows - 1) / (high_ - low_);
        return {y, (b.z_low - a.z_low) * rate, (b.z_high - a.z_high) * rate, (b.half_low - a.half_low) * rate,
                (b.half_high - a.half_high) * rate};
    }
    Station at(float y) const {
        const float x = std::clamp((y - low_) / (high_ - low_), 0.0f, 1.0f) * (kRows - 1);
        const int i = std::min(int(x), kRows - 2);
        const float t = x - float(i);
        const Station &a = rows_[size_t(i)], &b = rows_[size_t(i) + 1];
        const auto mix = [t](float u, float v) { return u + (v - u) * t; };
        return {y, mix(a.z_low, b.z_low), mix(a.z_high, b.z_high), mix(a.half_low, b.half_low),
                mix(a.half_high, b.half_high)};
    }

private:
    static constexpr int kRows = 65;
    /// Tangent of monotone cubic interpolation (F. N. Fritsch and J. Butland, SIAM J. Sci. Stat. Comput. 5,
    /// 1984).
    static float slope(Span<const Station> s, size_t i, float Station::*m) {
        if (i == 0 || i + 1 == s.size()) return 0;
        const float left = (s[i].*m - s[i - 1].*m) / (s[i].y - s[i - 1].y),
                    right = (s[i + 1].*m - s[i].*m) / (s[i + 1].y - s[i].y);
        return left * right <= 0 ? 0 : 2 * left * right / (left + right);
    }
    float low_, high_;
    std::array<Station, kRows> rows_;
};

float combine(float d, const SolidShape& s, Vec3f p) {
    return s.cut ? smooth_max(d, -s.distance(p), s.blend) : smooth_min(d, s.distance(p), s.blend);
}

float outline_distance(const std::vector<Corner>& outline, float y, float z) {
    float nearest = 1e9f;
    bool inside = false;
    for (size_t i = 0, j = outline.size() - 1; i < outline.size(); j = i++) {
        const Corner a = outline[j], b = outline[i];
        const float ey = b.y - a.y, ez = b.z - a.z, py = y - a.y, pz = z - a.z;
        const float t = std::clamp((py * ey + pz * ez) / (ey * ey + ez * ez), 0.0f, 1.0f);
        const float dy = py - ey * t, dz = pz - ez * t;
        nearest = std::min(nearest, dy * dy + dz * dz);
        if ((a.z > z) != (b.z > z) && py < ey * pz / ez) inside = !inside;
    }
    return inside ? -std::sqrt(nearest) : std::sqrt(nearest);
}

std::vector<Corner> smooth_outline(Span<const Corner> corners) {
    std::vector<Corner> out;
    const size_t n = corners.size();
    constexpr int kPieces = 3;
    for (size_t i = 0; i < n; ++i) {
        const Corner a = corners[(i + n - 1) % n], b = corners[i], c = corners[(i + 1) % n],
                     d = corners[(i + 2) % n];
        for (int k = 0; k < kPieces; ++k) {
            const float t = float(k) / kPieces;
            out.push_back({spline(a.y, b.y, c.y, d.y, t), spline(a.z, b.z, c.z, d.z, t)});
        }
    }
    return out;
}

}  // namespace

void SolidBox::include(Vec3f p, float margin) {
    for (int a = 0; a < 3; ++a)
        lo[a] = std::min(lo[a], p[a] - margin), hi[a] = std::max(hi[a], p[a] + margin);
}
void SolidBox::include(const SolidBox& other) {
    include(other.lo, 0);
    include(other.hi, 0);
}
bool SolidBox::touches(const SolidBox& other, float margin) const {
    for (int a = 0; a < 3; ++a)
        if (lo[a] > other.hi[a] + margin || hi[a] < other.lo[a] - margin) return false;
    return true;
}

Solid& Solid::join(SolidShape shape, float blend) {
    shape.blend = blend;
    shape.cut = false;
    shapes_.push_back(std::move(shape));
    return *this;
}
Solid& Solid::cut(SolidShape shape, float blend) {
    shape.blend = blend;
    shape.cut = true;
    shapes_.push_back(std::move(shape));
    return *this;
}
SolidBox Solid::bounds() const {
    SolidBox box;
    for (const SolidShape& s : shapes_)
        if (!s.cut) box.include(s.bounds);
    return box;
}
float Solid::distance(Vec3f p) const {
    float d = kOutside;
    for (const SolidShape& s : shapes_) d = combine(d, s, p);
    return d;
}

NearbySolid::NearbySolid(const Solid& solid, const SolidBox& box, float margin) {
    bool joined = false;
    for (const SolidShape& s : solid.shapes())
        if (s.bounds.touches(box, margin + s.blend)) {
            shapes_.push_back(&s);
            joined |= !s.cut;
        }
    if (!joined) shapes_.clear();
}
float NearbySolid::distance(Vec3f p) const {
    float d = kOutside;
    for (const SolidShape* s : shapes_) d = combine(d, *s, p);
    return d;
}

std::vector<Bead> smooth_path(Span<const Bead> beads, int pieces) {
    RADFORGE_ASSERT(beads.size() >= 2 && pieces >= 1);
    std::vector<Bead> out;
    const auto bead = [&](ptrdiff_t i) {
        return beads[size_t(std::clamp<ptrdiff_t>(i, 0, ptrdiff_t(beads.size()) - 1))];
    };
    for (ptrdiff_t i = 0; i + 1 < ptrdiff_t(beads.size()); ++i)
        for (int k = 0; k < pieces; ++k) {
            const float t = float(k) / float(pieces);
            const Bead a = bead(i - 1), b = bead(i), c = bead(i + 1), d = bead(i + 2);
            out.push_back({spline(a.at, b.at, c.at, d.at, t),
                           std::max(spline(a.radius, b.radius, c.radius, d.radius, t), 1e-4f)});
        }
    out.push_back(beads[beads.size() - 1]);
    return out;
}

SolidShape make_ellipsoid(Vec3f centre, Vec3f radii, float pitch_rad) {
    SolidShape shape;
    const float c = std::cos(pitch_rad), s = std::sin(pitch_rad);
    const float reach_y = std::hypot(c * radii.y, s * radii.z),
                reach_z = std::hypot(s * radii.y, c * radii.z);
    shape.bounds = {centre - Vec3f{radii.x, reach_y, reach_z}, centre + Vec3f{radii.x, reach_y, reach_z}};
    shape.distance = [=](Vec3f p) {
        const Vec3f q = p - centre;
        return ellipsoid_distance({q.x, c * q.y + s * q.z, c * q.z - s * q.y}, {0, 0, 0}, radii);
    };
    return shape;
}

SolidShape make_path(std::vector<Bead> beads, Vec3f stretch) {
    RADFORGE_ASSERT(beads.size() >= 2);
    SolidShape shape;
    const Vec3f shrink{1 / stretch.x, 1 / stretch.y, 1 / stretch.z};
    for (Bead& b : beads) {
        shape.bounds.include(b.at - stretch * b.radius, 0);
        shape.bounds.include(b.at + stretch * b.radius, 0);
        b.at = b.at * shrink;
    }
    shape.distance = [beads = std::move(beads), shrink](Vec3f p) {
        const Vec3f q = p * shrink;
        float nearest = 1e9f;
        Vec3f away;
        for (size_t i = 0; i + 1 < beads.size(); ++i) {
            const Vec3f pa = q - beads[i].at, ba = beads[i + 1].at - beads[i].at;
            const float t = std::clamp(dot(pa, ba) / std::max(dot(ba, ba), 1e-12f), 0.0f, 1.0f);
            const Vec3f d = pa - ba * t;
            const float distance =
                std::sqrt(dot(d, d)) - beads[i].radius - (beads[i + 1].radius - beads[i].radius) * t;
            if (distance < nearest) nearest = distance, away = d;
        }
        const float reach = std::sqrt(dot(away, away));
        if (reach < 1e-6f) return nearest;
        return nearest / length(away * shrink * (1 / reach));
    };
    return shape;
}

SolidShape make_loft(Span<const Station> stations, float roundness) {
    RADFORGE_ASSERT(stations.size() >= 2);
    SolidShape shape;
    const LoftTable table(stations);
    for (const Station& s : table.rows()) {
        const float half = std::max(s.half_low, s.half_high);
        shape.bounds.include({-half, s.y, s.z_low}, 0);
        shape.bounds.include({half, s.y, s.z_high}, 0);
    }
    shape.distance = [table, roundness](Vec3f p) {
        const Station s = table.at(p.y);
        const float half_z = std::max(0.5f * (s.z_high - s.z_low), 1e-3f),
                    z = p.z - 0.5f * (s.z_high + s.z_low);
        const float t = std::clamp(0.5f + 0.5f * z / half_z, 0.0f, 1.0f);
        const float half_x = std::max(s.half_low + (s.half_high - s.half_low) * t, 1e-3f);
        const float rounding = roundness * std::min(half_x, half_z);
        const float qx = p.x - half_x + rounding, qz = std::abs(z) - half_z + rounding;
        const float across =
            std::hypot(std::max(qx, 0.0f), std::max(qz, 0.0f)) + std::min(std::max(qx, qz), 0.0f) - rounding;
        // Walls that are oblique to y are nearer than the section tells.
        const Station slope = table.slopes_at(p.y);
        const float wall = qz > qx ? (z > 0 ? slope.z_high : slope.z_low)
                                   : slope.half_low + (slope.half_high - slope.half_low) * t;
        const float section = across / std::sqrt(1 + wall * wall);
        const float beyond = std::max(table.low() - p.y, p.y - table.high());
        if (beyond <= 0) return std::max(section, beyond);
        return section <= 0 ? beyond : std::hypot(section, beyond);
    };
    return shape;
}

SolidShape make_plate(Span<const Corner> outline, const PlateForm& form) {
    RADFORGE_ASSERT(outline.size() >= 3);
    SolidShape shape;
    std::vector<Corner> smooth = smooth_outline(outline);
    for (const Corner& c : smooth)
        shape.bounds.include({form.x0 + form.slope_y * c.y + form.slope_z * c.z, c.y, c.z},
                             std::max(form.thickness, form.thickness_high));
    const float tilt = 1 / std::sqrt(1 + form.slope_y * form.slope_y + form.slope_z * form.slope_z);
    shape.distance = [smooth = std::move(smooth), form, tilt](Vec3f p) {
        const float across = (p.x - form.x0 - form.slope_y * p.y - form.slope_z * p.z) * tilt;
        const float half = form.thickness +
                           (form.thickness_high - form.thickness) * smooth_step(form.z_low, form.z_high, p.z);
        const float rounding = std::min(form.rounding, 0.9f * half);
        const float u = outline_distance(smooth, p.y, p.z) + rounding, v = std::abs(across) - half + rounding;
        return std::hypot(std::max(u, 0.0f), std::max(v, 0.0f)) + std::min(std::max(u, v), 0.0f) - rounding;
    };
    return shape;
}

SolidShape grown(SolidShape shape, float by) {
    shape.bounds.lo -= Vec3f{by, by, by};
    shape.bounds.hi += Vec3f{by, by, by};
    shape.distance = [inner = std::move(shape.distance), by](Vec3f p) { return inner(p) - by; };
    return shape;
}

}  // namespace radforge::volume
