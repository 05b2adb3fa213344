// SPDX-License-Identifier: Apache-2.0
#include "synth/film/procedural.h"

#include "synth/base/vec.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace radforge::film {
namespace {

constexpr double kPi = 3.14159265358979323846;

/// A rectangle on one wall, in wall coordinates of [0,1]^2, with a radiance or an albedo of its own.
struct Patch {
    int wall = 0;
    double left = 0, right = 0, top = 0, bottom = 0;
    Vec3f value;
    bool emits = false;
    int bars_across = 0, bars_down = 0;
};

struct Room {
    Vec3d size_m, eye_m;
    Vec3f wall_albedo[6];
    std::vector<Patch> patches;
    float ambient = 1;
    Vec3f ambient_tint{1, 1, 1};
};

Vec3f tinted(Rng& rng, double lo, double hi, double chroma) {
    const double grey = rng.uniform(lo, hi);
    const auto channel = [&] {
        return float(std::clamp(grey * (1 + chroma * rng.uniform(-1, 1)), 0.02, 0.9));
    };
    const float r = channel(), g = channel(), b = channel();
    return {r, g, b};
}

Vec3f light_colour(Rng& rng, double kelvin_lo, double kelvin_hi, double luminance_lo, double luminance_hi) {
    float rgb[3];
    black_body_rgb(rng.uniform(kelvin_lo, kelvin_hi), rgb);
    const auto level = float(std::exp(rng.uniform(std::log(luminance_lo), std::log(luminance_hi))));
    return {rgb[0] * level, rgb[1] * level, rgb[2] * level};
}

// Walls: 0 -x, 1 +x, 2 floor, 3 ceiling, 4 -z, 5 +z.
Room draw_room(Rng& rng) {
    Room room;
    room.size_m = {rng.uniform(3.5, 8), rng.uniform(2.5, 3.2), rng.uniform(3.5, 8)};
    room.eye_m = {room.size_m.x * rng.uniform(0.3, 0.7), rng.uniform(0.9, 1.5),
                  room.size_m.z * rng.uniform(0.3, 0.7)};
    const Vec3f paint = tinted(rng, 0.45, 0.85, 0.08);
    for (const int wall : {0, 1, 4, 5}) room.wall_albedo[wall] = paint;
    room.wall_albedo[2] = tinted(rng, 0.1, 0.4, 0.2);
    room.wall_albedo[3] = tinted(rng, 0.7, 0.88, 0.03);
    room.ambient = float(rng.uniform(0.3, 1.2));
    float tint[3];
    black_body_rgb(rng.uniform(3800, 6500), tint);
    room.ambient_tint = {tint[0], tint[1], tint[2]};

    const int side_walls[4] = {0, 1, 4, 5};
    const auto first = size_t(rng.below(4));
    const int walls_with_windows = 1 + int(rng.below(2));
    for (int w = 0; w < walls_with_windows; ++w) {
        const int count = 1 + int(rng.below(3));
        const Vec3f sky = light_colour(rng, 5500, 8000, 15, 60);
        for (int k = 0; k < count; ++k) {
            const double pitch = 1.0 / count, half = pitch * rng.uniform(0.25, 0.42),
                         centre = pitch * (k + 0.5);
            Patch p{side_walls[(first + size_t(w)) % 4],
                    centre - half,
                    centre + half,
                    rng.uniform(0.1, 0.25),
                    rng.uniform(0.55, 0.72),
                    sky,
                    true,
                    0,
                    0};
            p.bars_across = int(rng.below(3));
            p.bars_down = int(rng.below(3));
            room.patches.push_back(p);
        }
    }
    const int lamps = int(rng.below(5));
    for (int k = 0; k < lamps; ++k) {
        const double x = rng.uniform(0.15, 0.85), y = rng.uniform(0.15, 0.85), w = rng.uniform(0.04, 0.18),
                     h = rng.uniform(0.02, 0.06);
        room.patches.push_back(
            {3, x - w, x + w, y - h, y + h, light_colour(rng, 2900, 5000, 20, 90), true, 0, 0});
    }
    const int furniture = 4 + int(rng.below(7));
    for (int k = 0; k < furniture; ++k) {
        const double x = rng.uniform(0, 0.9), w = rng.uniform(0.05, 0.3), top = rng.uniform(0.3, 0.85);
        const bool on_floor = rng.uniform() < 0.7;
        room.patches.push_back({side_walls[rng.below(4)], x, x + w, top,
                                on_floor ? 1.0 : top + rng.uniform(0.05, 0.3), tinted(rng, 0.04, 0.7, 0.5),
                                false, 0, 0});
    }
    return room;
}

Vec3f room_radiance(const Room& room, Vec3d direction) {
    double nearest = 1e30;
    int wall = 0;
    for (int axis = 0; axis < 3; ++axis) {
        if (direction[axis] == 0) continue;
        const double far_side = direction[axis] > 0 ? room.size_m[axis] : 0.0;
        const double t = (far_side - room.eye_m[axis]) / direction[axis];
        if (t < nearest) {
            nearest = t;
            wall = 2 * axis + (direction[axis] > 0 ? 1 : 0);
        }
    }
    const Vec3d hit = room.eye_m + direction * nearest;
    const double fx = hit.x / room.size_m.x, fy = 1 - hit.y / room.size_m.y, fz = hit.z / room.size_m.z;
    const double a = wall / 2 == 0 ? fz : fx, b = wall / 2 == 1 ? fz : fy;
    Vec3f albedo = room.wall_albedo[wall];
    for (const Patch& p : room.patches) {
        if (p.wall != wall || a < p.left || a > p.right || b < p.top || b > p.bottom) continue;
        if (!p.emits) {
            albedo = p.value;
            continue;
        }
        const double u = (a - p.left) / (p.right - p.left), v = (b - p.top) / (p.bottom - p.top);
        const auto on_bar = [](double t, int bars) {
            const double s = t * (bars + 1), d = std::abs(s - std::round(s)) / (bars + 1);
            return d < 0.02;
        };
        if (wall != 3 && (on_bar(u, p.bars_across) || on_bar(v, p.bars_down))) return albedo * room.ambient;
        const auto gradient = float(wall == 3 ? 1.0 : 1.15 - 0.5 * v);  // sky above, houses and trees below
        const auto skyline = float(wall != 3 && v > 0.72 + 0.06 * std::sin(23 * u) ? 0.35 : 1.0);
        return p.value * (gradient * skyline);
    }
    // Light that reaches this point of the wall from every window and lamp, each taken as a point with a
    // cosine.
    Vec3f light = room.ambient_tint * room.ambient;
    for (const Patch& p : room.patches) {
        if (!p.emits) continue;
        const double pa = 0.5 * (p.left + p.right), pb = 0.5 * (p.top + p.bottom);
        Vec3d centre;
        if (p.wall / 2 == 0)
            centre = {p.wall == 0 ? 0.0 : room.size_m.x, (1 - pb) * room.size_m.y, pa * room.size_m.z};
        else if (p.wall / 2 == 1)
            centre = {pa * room.size_m.x, p.wall == 2 ? 0.0 : room.size_m.y, pb * room.size_m.z};
        else
            centre = {pa * room.size_m.x, (1 - pb) * room.size_m.y, p.wall == 4 ? 0.0 : room.size_m.z};
        const Vec3d to = centre - hit;
        const double r2 = dot(to, to) + 0.2;
        const auto facing = [&](int w) {
            const double c = std::abs(to[w / 2]) / std::sqrt(r2);
            return w == p.wall && w == wall ? 0.0 : c;
        };
        const double area = (p.right - p.left) * (p.bottom - p.top) * 8;
        light += p.value * float(area * facing(wall) * facing(p.wall) / (kPi * r2) * 0.35);
    }
    return albedo * light;
}

struct Sky {
    Vec3f zenith, ground;
    Vec3d sun;
    float sun_radiance = 0;
    double clouds[6] = {};
};

Sky draw_sky(Rng& rng) {
    Sky sky;
    sky.zenith = light_colour(rng, 6000, 9500, 8, 30);
    sky.ground = tinted(rng, 0.1, 0.3, 0.25) * (0.4f * luminance(sky.zenith.x, sky.zenith.y, sky.zenith.z));
    const double azimuth = rng.uniform(0, 2 * kPi), elevation = rng.uniform(0.15, 1.1);
    sky.sun = {std::cos(elevation) * std::cos(azimuth), std::sin(elevation),
               std::cos(elevation) * std::sin(azimuth)};
    if (rng.uniform() < 0.4) sky.sun_radiance = float(rng.uniform(500, 4000));
    for (double& c : sky.clouds) c = rng.uniform(0, 2 * kPi);
    return sky;
}

// CIE overcast gradation L = Lz (1 + 2 sin(elevation)) / 3, a blotchy cover, and a 2 degree sun where it is
// clear.
Vec3f sky_radiance(const Sky& sky, Vec3d d) {
    const double skyline = 0.02 + 0.03 * std::sin(5 * std::atan2(d.z, d.x) + sky.clouds[0]) +
                           0.015 * std::sin(17 * std::atan2(d.z, d.x) + sky.clouds[1]);
    if (d.y < skyline) return sky.ground * float(1 + 0.3 * d.y);
    const double u = d.x / (0.3 + d.y), v = d.z / (0.3 + d.y);
    const double blotch = 1 + 0.15 * std::sin(2.1 * u + sky.clouds[2]) * std::sin(1.7 * v + sky.clouds[3]) +
                          0.1 * std::sin(5.3 * u + 4.1 * v + sky.clouds[4]);
    Vec3f radiance = sky.zenith * float(blotch * (1 + 2 * d.y) / 3);
    const double toward_sun = dot(d, sky.sun);
    if (sky.sun_radiance > 0) {
        radiance += Vec3f{1, 0.9f, 0.75f} * float(4 * std::exp(12 * (toward_sun - 1)));
        if (toward_sun > 0.9994) radiance += Vec3f{1, 0.92f, 0.8f} * sky.sun_radiance;
    }
    return radiance;
}

}  // namespace

void black_body_rgb(double kelvin, float rgb[3]) {
    const double t = 1e3 / std::clamp(kelvin, 2000.0, 12000.0);
    const double x = kelvin < 4000 ? -0.2661239 * t * t * t - 0.2343589 * t * t + 0.8776956 * t + 0.179910
                                   : -3.0258469 * t * t * t + 2.1070379 * t * t + 0.2226347 * t + 0.240390;
    const double y = kelvin < 2222 ? -1.1063814 * x * x * x - 1.34811020 * x * x + 2.18555832 * x - 0.20219683
                     : kelvin < 4000
                         ? -0.9549476 * x * x * x - 1.37418593 * x * x + 2.09137015 * x - 0.16748867
                         : 3.0817580 * x * x * x - 5.87338670 * x * x + 3.75112997 * x - 0.37001483;
    const double X = x / y, Z = (1 - x - y) / y;
    rgb[0] = float(std::max(0.0, 3.2404542 * X - 1.5371385 - 0.4985314 * Z));
    rgb[1] = float(std::max(0.0, -0.9692660 * X + 1.8760108 + 0.0415560 * Z));
    rgb[2] = float(std::max(0.0, 0.0556434 * X - 0.2040259 + 1.0572252 * Z));
}

Image procedural_environment(Rng& rng, int height_px) {
    const bool indoors = rng.uniform() < 0.8;
    const Room room = draw_room(rng);
    const Sky sky = draw_sky(rng);
    Image image(height_px, 2 * height_px, 3, PixelType::F32, ColorSpace::Linear);
    const auto out = image.view<float>();
    for (int r = 0; r < height_px; ++r)
        for (int c = 0; c < 2 * height_px; ++c) {
            Vec3f sum;
            for (int k = 0; k < 4; ++k) {  // 2 x 2 samples a texel
                const double theta = kPi * (r + 0.25 + 0.5 * (k / 2)) / height_px;
                const double phi = 2 * kPi * (c + 0.25 + 0.5 * (k % 2)) / (2 * height_px);
                const Vec3d d{std::sin(theta) * std::cos(phi), std::cos(theta),
                              std::sin(theta) * std::sin(phi)};
                sum += indoors ? room_radiance(room, d) : sky_radiance(sky, d);
            }
            for (int i = 0; i < 3; ++i) out(r, c, i) = 0.25f * sum[i];
        }
    return image;
}

namespace {

/// Smooth value noise over the unit square that wraps at its borders, at the middles of a picture's pixels.
class Noise {
public:
    Noise(uint64_t seed, int columns, int rows, int size_px)
        : columns_(size_t(columns)), rows_(rows), lattice_(size_t(columns) * size_t(rows)) {
        for (size_t k = 0; k < lattice_.size(); k += 4) {
            const auto block = philox(seed, {uint32_t(k), uint32_t(columns), uint32_t(rows), 0});
            for (size_t i = 0; i < 4 && k + i < lattice_.size(); ++i) lattice_[k + i] = block[i] * 0x1p-32;
        }
        for (int c = 0; c < size_px; ++c) across_.push_back(step_at((c + 0.5) / size_px, columns));
    }
    /// Goes to the row of pixels at v.
    void go_to(double v) {
        down_ = step_at(v, rows_);
        above_ = lattice_.data() + down_.first * columns_;
        below_ = lattice_.data() + down_.next * columns_;
    }
    double operator()(int column_px) const {
        const Step& s = across_[size_t(column_px)];
        return (above_[s.first] * (1 - s.share) + above_[s.next] * s.share) * (1 - down_.share) +
               (below_[s.first] * (1 - s.share) + below_[s.next] * s.share) * down_.share;
    }

private:
    /// Between two neighbours of the lattice.
    struct Step {
        size_t first, next;
        double share;  ///< of `next`
    };
    static Step step_at(double place, int count) {
        const double x = place * count;
        const int i = int(x);
        const double f = x - i;
        return {size_t(i), size_t((i + 1) % count), f * f * (3 - 2 * f)};
    }
    size_t columns_;
    int rows_;
    std::vector<double> lattice_;
    std::vector<Step> across_;
    Step down_{};
    const double *above_ = nullptr, *below_ = nullptr;
};

}  // namespace

Image procedural_tabletop(Rng& rng, int size_px) {
    const uint64_t seed = rng.next_u64();
    const auto family = rng.below(3);
    const Vec3f base = family == 0 ? Vec3f{float(rng.uniform(0.12, 0.4)), float(rng.uniform(0.06, 0.22)),
                                           float(rng.uniform(0.02, 0.1))}
                                   : tinted(rng, family == 1 ? 0.3 : 0.08, family == 1 ? 0.75 : 0.5,
                                            family == 1 ? 0.04 : 0.3);
    const double rings = std::floor(rng.uniform(5, 15)), wobble = rng.uniform(0.5, 2),
                 contrast = rng.uniform(0.15, 0.45);
    const double threads = std::floor(rng.uniform(60, 140));
    Noise fine_noise(seed + 1, 256, 256, size_px), broad_noise(seed + 2, 6, 6, size_px),
        warp_noise(seed + 3, 3, 8, size_px), line_noise(seed + 4, 8, 64, size_px),
        pore_noise(seed + 5, 24, 384, size_px);
    const auto thread = [&](int px) { return std::sin(2 * kPi * threads * ((px + 0.5) / size_px)); };
    std::vector<double> warps;
    for (int c = 0; c < size_px; ++c) warps.push_back(thread(c));
    Image image(size_px, size_px, 3, PixelType::F32, ColorSpace::Linear);
    const auto out = image.view<float>();
    for (int r = 0; r < size_px; ++r) {
        const double v = (r + 0.5) / size_px, weft = thread(r);
        for (Noise* noise : {&fine_noise, &broad_noise, &warp_noise, &line_noise, &pore_noise})
            noise->go_to(v);
        for (int c = 0; c < size_px; ++c) {
            double shade = 1;
            if (family == 0) {  // veneer: warped bands along u with fine pores
                const double band = v * rings + wobble * warp_noise(c) + 0.3 * line_noise(c);
                const double pores = pore_noise(c);
                shade = 1 - contrast * (0.5 + 0.5 * std::sin(2 * kPi * band)) -
                        0.25 * (pores > 0.72 ? pores - 0.72 : 0.0) * 2;
            } else if (family == 1) {  // laminate: fine speckle
                shade = 0.94 + 0.08 * fine_noise(c) + 0.05 * broad_noise(c);
            } else {  // cloth: plain weave
                shade = 0.8 + 0.12 * warps[size_t(c)] * weft + 0.1 * fine_noise(c) + 0.1 * broad_noise(c);
            }
            for (int i = 0; i < 3; ++i) out(r, c, i) = std::clamp(base[i] * float(shade), 0.004f, 0.9f);
        }
    }
    return image;
}

}  // namespace radforge::film
