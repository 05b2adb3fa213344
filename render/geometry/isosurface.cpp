// SPDX-License-Identifier: Apache-2.0
// A ray is sampled every half voxel; the first value that reaches the iso value is refined by four
// bisections. With the normal n = -gradient (central differences over +-1 voxel of the trilinear field), l =
// normalise(-0.4, 0.6, 0.7) in axes x right, y up, z towards the observer, h between l and the observer:
//   grey = A (0.35 + 0.65 (0.5 + 0.5 n_y)) 0.55 + 0.35 max(0, n.l) + 0.10 max(0, n.h)^32,
// A the share of 16 rays of 16 voxels that meet nothing, directions distributed as the cosine: u = (i + 0.5)
// / 16, angle i * 2.399963 (H. Vogel, "A better way to construct the sunflower head", Math. Biosci. 44,
// 1979), turned into the frame of n (T. Duff et al., "Building an orthonormal basis, revisited", JCGT 6(1),
// 2017), sampled every voxel from half a voxel above the surface.
#include "render/geometry/isosurface.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

namespace radforge::geometry {
namespace {

constexpr int kBlock = 8;
constexpr int kAmbientRays = 16, kAmbientVoxels = 16, kBisections = 4;
constexpr float kStep = 0.5f;  // voxels
constexpr float kFar = 1e30f;

/// The field in voxels; knows which blocks of cells stay below the iso value.
class Sampled {
public:
    Sampled(FieldView field, float iso) : field_(field), size_{field.nx, field.ny, field.nz} {
        for (int a = 0; a < 3; ++a) blocks_[a] = size_[a] / kBlock + 1;
        filled_.assign(size_t(blocks_[0]) * size_t(blocks_[1]) * size_t(blocks_[2]), 0);
        parallel_for(blocks_[2], 1, [&](int64_t begin, int64_t end) {
            for (int bz = int(begin); bz < int(end); ++bz)
                for (int by = 0; by < blocks_[1]; ++by)
                    for (int bx = 0; bx < blocks_[0]; ++bx)
                        filled_[block(bx, by, bz)] = reaches(bx, by, bz, iso);
        });
    }

    float size(int axis) const { return float(size_[axis]); }

    /// Trilinear; voxel i has its centre at i + 0.5.
    float at(Vec3f p) const {
        const Cell x = cell(p.x), y = cell(p.y), z = cell(p.z);
        if (x.low >= 0 && y.low >= 0 && z.low >= 0 && x.low + 1 < size_[0] && y.low + 1 < size_[1] &&
            z.low + 1 < size_[2]) {
            const ptrdiff_t row = size_[0], plane = row * size_[1];
            const float* v = field_.data + z.low * plane + y.low * row + x.low;
            return blend(x, y, z, v[0], v[1], v[row], v[row + 1], v[plane], v[plane + 1], v[plane + row],
                         v[plane + row + 1]);
        }
        const auto voxel = [&](int i, int j, int k) { return value(x.low + i, y.low + j, z.low + k); };
        return blend(x, y, z, voxel(0, 0, 0), voxel(1, 0, 0), voxel(0, 1, 0), voxel(1, 1, 0), voxel(0, 0, 1),
                     voxel(1, 0, 1), voxel(0, 1, 1), voxel(1, 1, 1));
    }

    Vec3f gradient(Vec3f p) const {
        return {at({p.x + 1, p.y, p.z}) - at({p.x - 1, p.y, p.z}),
                at({p.x, p.y + 1, p.z}) - at({p.x, p.y - 1, p.z}),
                at({p.x, p.y, p.z + 1}) - at({p.x, p.y, p.z - 1})};
    }

    /// Length of the ray from p on which no value reaches the iso value, as far as blocks tell; 0 in a filled
    /// block.
    float empty_length(Vec3f p, Vec3f direction) const {
        int b[3];
        float length = kFar;
        for (int a = 0; a < 3; ++a) {
            b[a] = int(std::floor((p[a] + 0.5f) / kBlock));
            if (b[a] < 0 || b[a] >= blocks_[a]) return 0;
            const float low = float(b[a] * kBlock) - 0.5f, high = low + kBlock;
            if (direction[a] > 1e-9f) length = std::min(length, (high - p[a]) / direction[a]);
            if (direction[a] < -1e-9f) length = std::min(length, (low - p[a]) / direction[a]);
        }
        return filled_[block(b[0], b[1], b[2])] ? 0 : length;
    }

private:
    struct Cell {
        int low;
        float weight;
    };
    static Cell cell(float x) {
        const float low = std::floor(x - 0.5f);
        return {int(low), x - 0.5f - low};
    }
    static float mix(float a, float b, float t) { return a + (b - a) * t; }
    static float blend(Cell x, Cell y, Cell z, float v000, float v100, float v010, float v110, float v001,
                       float v101, float v011, float v111) {
        const float low = mix(mix(v000, v100, x.weight), mix(v010, v110, x.weight), y.weight);
        const float high = mix(mix(v001, v101, x.weight), mix(v011, v111, x.weight), y.weight);
        return mix(low, high, z.weight);
    }
    float value(int x, int y, int z) const {
        if (x < 0 || y < 0 || z < 0 || x >= size_[0] || y >= size_[1] || z >= size_[2]) return 0;
        return field_.data[(ptrdiff_t(z) * size_[1] + y) * size_[0] + x];
    }
    size_t block(int x, int y, int z) const {
        return (size_t(z) * size_t(blocks_[1]) + size_t(y)) * size_t(blocks_[0]) + size_t(x);
    }
    /// Whether a voxel that samples of the block may use reaches the iso value.
    bool reaches(int bx, int by, int bz, float iso) const {
        const auto low = [](int b) { return std::max(b * kBlock - 1, 0); };
        const auto end = [&](int b, int axis) { return std::min(b * kBlock + kBlock, size_[axis]); };
        for (int z = low(bz); z < end(bz, 2); ++z)
            for (int y = low(by); y < end(by, 1); ++y)
                for (int x = low(bx); x < end(bx, 0); ++x)
                    if (!(value(x, y, z) < iso)) return true;
        return false;
    }

    FieldView field_;
    int size_[3], blocks_[3];
    std::vector<uint8_t> filled_;
};

struct Hit {
    Vec3f place;   // voxels
    Vec3f normal;  // axes of the volume
    bool section = false;
};

struct Basis {
    Vec3f u, v;
};
Basis basis_around(Vec3f n) {
    const float sign = std::copysign(1.0f, n.z), a = -1 / (sign + n.z), b = n.x * n.y * a;
    return {{1 + sign * n.x * n.x * a, sign * b, -sign * n.x}, {b, sign + n.y * n.y * a, -n.y}};
}

std::array<Vec3f, kAmbientRays> ambient_directions() {
    std::array<Vec3f, kAmbientRays> directions;
    constexpr double kGoldenAngle = 2.39996322972865332;
    for (int i = 0; i < kAmbientRays; ++i) {
        const double u = (i + 0.5) / kAmbientRays, r = std::sqrt(u);
        directions[size_t(i)] = {float(r * std::cos(i * kGoldenAngle)), float(r * std::sin(i * kGoldenAngle)),
                                 float(std::sqrt(1 - u))};
    }
    return directions;
}

/// Const after construction: threads share it.
class Scene {
public:
    Scene(FieldView field, const IsosurfaceOptions& options)
        : iso_(float(options.iso)),
          field_(field, iso_),
          options_(options),
          ambient_(ambient_directions()),
          edge_(float(std::max(field.nx, std::max(field.ny, field.nz)))) {
        const Mat3d volume_from_view = options.view_from_volume.transposed();
        right_ = to_float(volume_from_view.column(0));
        down_ = to_float(volume_from_view.column(1));
        away_ = to_float(volume_from_view.column(2));
        if (!options.cut) return;
        cut_normal_ = to_float(normalized(options.cut->normal));
        cut_offset_ = float(options.cut->offset) * edge_ + dot(cut_normal_, middle());
    }

    /// @param x, y  in the picture, in cube edges from its middle
    Vec3d colour(double x, double y) const {
        const Vec3f origin = middle() + right_ * (float(x) * edge_) + down_ * (float(y) * edge_);
        Hit hit;
        if (!trace(origin, hit)) return options_.background;
        if (hit.section) return section_tint(hit.place);
        const float escaped = ambient(hit);
        // Axes of the shading: x right, y up, z towards the observer.
        const Vec3f n{dot(hit.normal, right_), -dot(hit.normal, down_), -dot(hit.normal, away_)};
        const Vec3f light = normalized(Vec3f{-0.4f, 0.6f, 0.7f}), half = normalized(light + Vec3f{0, 0, 1});
        const double diffuse = double(escaped * (0.35f + 0.65f * (0.5f + 0.5f * n.y)) * 0.55f +
                                      0.35f * std::max(0.0f, dot(n, light)));
        const double gloss = double(0.10f * std::pow(std::max(0.0f, dot(n, half)), 32.0f));
        return diffuse * options_.colour + Vec3d{gloss, gloss, gloss};
    }

private:
    Vec3f middle() const { return Vec3f{field_.size(0), field_.size(1), field_.size(2)} * 0.5f; }
    bool kept(Vec3f p) const { return !options_.cut || dot(cut_normal_, p) <= cut_offset_; }

    Vec3d section_tint(Vec3f p) const {
        const float share = std::clamp((field_.at(p) - iso_) / std::max(1 - iso_, 1e-3f), 0.0f, 1.0f);
        return options_.section_colour * double(0.5f + 0.5f * share);
    }

    /// Part of the line in which the field may differ from zero and the plane leaves it.
    /// @return whether the plane bounds its beginning
    bool clip(Vec3f origin, float& begin, float& end) const {
        for (int a = 0; a < 3; ++a) {
            const float low = -0.5f - origin[a], high = field_.size(a) + 0.5f - origin[a];
            if (std::abs(away_[a]) < 1e-9f) {
                if (low > 0 || high < 0) end = -kFar;
                continue;
            }
            const float t0 = low / away_[a], t1 = high / away_[a];
            begin = std::max(begin, std::min(t0, t1));
            end = std::min(end, std::max(t0, t1));
        }
        if (!options_.cut) return false;
        const float slope = dot(cut_normal_, away_), excess = dot(cut_normal_, origin) - cut_offset_;
        if (std::abs(slope) < 1e-9f) {
            if (excess > 0) end = -kFar;
            return false;
        }
        const float crossing = -excess / slope;
        if (slope > 0) {
            end = std::min(end, crossing);
            return false;
        }
        if (crossing <= begin) return false;
        begin = crossing;
        return true;
    }

    bool trace(Vec3f origin, Hit& hit) const {
        float begin = -kFar, end = kFar;
        const bool at_cut = clip(origin, begin, end);
        if (!(begin <= end)) return false;
        const Vec3f start = origin + away_ * begin;
        if (at_cut && field_.at(start) >= iso_) {
            hit = {start, cut_normal_, true};
            return true;
        }
        const int steps = int((end - begin) / kStep);
        for (int i = 0; i <= steps;) {
            const Vec3f p = start + away_ * (float(i) * kStep);
            const float skip = field_.empty_length(p, away_);
            if (skip > 0) {
                i = std::max(i + 1, i + int(skip / kStep));
                continue;
            }
            if (field_.at(p) >= iso_) {
                hit = refine(start, float(i) * kStep);
                return true;
            }
            ++i;
        }
        return false;
    }

    Hit refine(Vec3f start, float inside) const {
        float outside = std::max(0.0f, inside - kStep);
        for (int i = 0; i < kBisections; ++i) {
            const float half = 0.5f * (outside + inside);
            (field_.at(start + away_ * half) >= iso_ ? inside : outside) = half;
        }
        const Vec3f p = start + away_ * inside;
        const Vec3f slope = field_.gradient(p);
        const float steep = length(slope);
        return {p, steep > 0 ? slope * (-1 / steep) : -away_, false};
    }

    float ambient(const Hit& hit) const {
        const Basis basis = basis_around(hit.normal);
        const Vec3f start = hit.place + hit.normal * 0.5f;
        int escaped = 0;
        for (const Vec3f& d : ambient_) {
            const Vec3f direction = basis.u * d.x + basis.v * d.y + hit.normal * d.z;
            bool free = true;
            for (int k = 1; k <= kAmbientVoxels && free; ++k) {
                const Vec3f p = start + direction * float(k);
                free = !kept(p) || field_.at(p) < iso_;
            }
            escaped += free;
        }
        return float(escaped) / kAmbientRays;
    }

    float iso_;
    Sampled field_;
    const IsosurfaceOptions& options_;
    std::array<Vec3f, kAmbientRays> ambient_;
    float edge_;
    Vec3f right_, down_, away_, cut_normal_;
    float cut_offset_ = 0;
};

void check_field(FieldView field) {
    if (!field.data || field.nx < 1 || field.ny < 1 || field.nz < 1)
        throw Error(ErrorKind::BadData, "no volume to render")
            .got(std::to_string(field.nz) + " x " + std::to_string(field.ny) + " x " +
                 std::to_string(field.nx));
}

}  // namespace

void IsosurfaceOptions::validate() const {
    const auto check = [](const char* name, double value, double lo, double hi) {
        if (!(value >= lo && value <= hi))
            throw Error(ErrorKind::BadData, "iso-surface option out of range")
                .where(name)
                .got(std::to_string(value))
                .expected(std::to_string(lo) + ".." + std::to_string(hi));
    };
    check("size_px", size_px, 8, 8192);
    check("supersampling", supersampling, 1, 8);
    check("iso", iso, 1e-6, 1e6);
    check("width", width, 1e-3, 1e3);
    const Mat3d unit = view_from_volume * view_from_volume.transposed();
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j)
            check("view_from_volume (a rotation)", unit.rows[i][j] - (i == j), -1e-6, 1e-6);
    check("view_from_volume (determinant of a rotation)",
          dot(view_from_volume.rows[0], cross(view_from_volume.rows[1], view_from_volume.rows[2])), 1 - 1e-6,
          1 + 1e-6);
    if (!cut) return;
    check("cut.normal (length)", length(cut->normal), 1e-9, 1e9);
    check("cut.offset", cut->offset, -2, 2);
}

Image render_isosurface(FieldView field, const IsosurfaceOptions& options) {
    options.validate();
    check_field(field);
    Image picture(options.size_px, options.size_px, 3, PixelType::F32, ColorSpace::Data);
    const ImageView<float> out = picture.view<float>();
    const Scene scene(field, options);
    const int fine = options.supersampling;
    const double pitch = options.width / (double(options.size_px) * fine);
    const double first = 0.5 * (pitch - options.width);
    parallel_for(options.size_px, 4, [&](int64_t begin, int64_t end) {
        for (int r = int(begin); r < int(end); ++r)
            for (int c = 0; c < options.size_px; ++c) {
                Vec3d sum;
                for (int s = 0; s < fine * fine; ++s)
                    sum += scene.colour(first + (c * fine + s % fine) * pitch,
                                        first + (r * fine + s / fine) * pitch);
                for (int k = 0; k < 3; ++k)
                    out(r, c, k) = float(std::clamp(sum[k] / (fine * fine), 0.0, 1.0));
            }
    });
    return picture;
}

Image canonical_render(FieldView field) {
    const Image colour = render_isosurface(field, {});
    Image grey(colour.height_px, colour.width_px, 1, PixelType::F32, ColorSpace::Data);
    const Span<const float> from = colour.values<float>();
    const Span<float> to = grey.values<float>();
    for (size_t i = 0; i < to.size(); ++i) to[i] = from[3 * i];
    return grey;
}

Image render_anaglyph(FieldView field, const IsosurfaceOptions& options, double eyes_deg) {
    if (!(eyes_deg >= 0 && eyes_deg <= 45))
        throw Error(ErrorKind::BadData, "angle between the eyes out of range")
            .got(std::to_string(eyes_deg) + " deg")
            .expected("0..45");
    // y points down: turning the scene by +angle about it moves what is near to the left, as the right eye
    // sees it.
    const auto eye = [&](double angle_deg) {
        IsosurfaceOptions turned = options;
        turned.view_from_volume =
            rotation_about({0, 1, 0}, angle_deg * 3.141592653589793 / 180) * options.view_from_volume;
        return render_isosurface(field, turned);
    };
    const Image left = eye(-0.5 * eyes_deg), right = eye(0.5 * eyes_deg);
    Image out(left.height_px, left.width_px, 3, PixelType::F32, ColorSpace::Data);
    const Span<const float> l = left.values<float>(), r = right.values<float>();
    const Span<float> to = out.values<float>();
    for (size_t i = 0; i < to.size(); i += 3) {
        to[i] = luminance(l[i], l[i + 1], l[i + 2]);
        to[i + 1] = to[i + 2] = luminance(r[i], r[i + 1], r[i + 2]);
    }
    return out;
}

Mat3d look_along(Vec3d direction, Vec3d up) {
    const Vec3d sideways = cross(direction, up);
    if (!(length(sideways) > 1e-9 * length(direction) * length(up)))
        throw Error(ErrorKind::BadData, "the observer's `up` is parallel to the direction of sight, or zero");
    const Vec3d away = normalized(direction), right = normalized(sideways);
    return {{right, cross(away, right), away}};
}

}  // namespace radforge::geometry
