// SPDX-License-Identifier: Apache-2.0
#include "render/geometry/backward_map.h"

#include "render/geometry/uv_raster.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace radforge::geometry {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

Image unseen(int h, int w) {
    Image map(h, w, 2, PixelType::F32, ColorSpace::Data);
    std::fill(map.values<float>().begin(), map.values<float>().end(), kNaN);
    return map;
}

void store(float* texel, Vec2d px, int photo_height_px, int photo_width_px) {
    texel[0] = float(2 * px.x / photo_width_px - 1);
    texel[1] = float(2 * px.y / photo_height_px - 1);
}

bool inside(Vec2d px, int photo_height_px, int photo_width_px) {
    return px.x >= 0 && px.y >= 0 && px.x <= photo_width_px && px.y <= photo_height_px;
}

Vec3d blend(const Mesh& mesh, const TexelHit& hit) {
    const Tri& face = mesh.faces[size_t(hit.face)];
    const auto at = [&](size_t k) { return to_double(mesh.positions_m[face[k]]); };
    return (1 - hit.b1 - hit.b2) * at(0) + hit.b1 * at(1) + hit.b2 * at(2);
}

/// The triangles between neighbouring pixel centres that are all under the mask.
std::vector<Tri> pixel_triangles(const Image& mask) {
    std::vector<Tri> faces;
    const auto set = mask.values<uint8_t>();
    const int width = mask.width_px;
    for (int r = 0; r + 1 < mask.height_px; ++r)
        for (int c = 0; c + 1 < width; ++c) {
            const uint32_t a = uint32_t(r) * uint32_t(width) + uint32_t(c), b = a + 1,
                           d = a + uint32_t(width), e = d + 1;
            const int count = (set[a] > 0) + (set[b] > 0) + (set[d] > 0) + (set[e] > 0);
            if (count < 3) continue;
            if (count == 4) {
                faces.push_back({a, b, e});
                faces.push_back({a, e, d});
            } else if (set[a] == 0) {
                faces.push_back({b, e, d});
            } else if (set[b] == 0) {
                faces.push_back({a, e, d});
            } else if (set[d] == 0) {
                faces.push_back({a, b, e});
            } else {
                faces.push_back({a, b, d});
            }
        }
    return faces;
}

void drop_bridges(std::vector<Tri>& faces, Span<const Vec2f> uv, int h, int w, double max_stretch) {
    if (faces.empty()) return;
    std::vector<float> longest;
    longest.reserve(faces.size());
    for (const Tri& f : faces) {
        float most = 0;
        for (size_t k = 0; k < 3; ++k) {
            const Vec2f side = uv[f[(k + 1) % 3]] - uv[f[k]];
            most = std::max(most, length(Vec2f{side.x * float(w), side.y * float(h)}));
        }
        longest.push_back(most);
    }
    std::vector<float> sorted = longest;
    std::nth_element(sorted.begin(), sorted.begin() + ptrdiff_t(sorted.size() / 2), sorted.end());
    const double limit = max_stretch * double(sorted[sorted.size() / 2]);
    size_t kept = 0;
    for (size_t i = 0; i < faces.size(); ++i)
        if (double(longest[i]) <= limit) faces[kept++] = faces[i];
    faces.resize(kept);
}

/// Photo values as linear floats.
struct Photo {
    int height_px, width_px, channels;
    std::vector<float> values;

    explicit Photo(const Image& image)
        : height_px(image.height_px),
          width_px(image.width_px),
          channels(image.channels),
          values(image.value_count()) {
        if (image.type == PixelType::F32) {
            std::copy(image.values<float>().begin(), image.values<float>().end(), values.begin());
            return;
        }
        std::array<float, 256> table{};
        for (size_t i = 0; i < 256; ++i)
            table[i] = image.space == ColorSpace::Srgb ? linear_from_srgb(float(i) / 255) : float(i) / 255;
        const auto codes = image.values<uint8_t>();
        std::transform(codes.begin(), codes.end(), values.begin(), [&](uint8_t v) { return table[v]; });
    }
    const float* pixel(int r, int c) const {
        const size_t row = size_t(std::clamp(r, 0, height_px - 1)),
                     column = size_t(std::clamp(c, 0, width_px - 1));
        return values.data() + (row * size_t(width_px) + column) * size_t(channels);
    }
    /// Adds the bilinear value at px, edge based, times weight.
    void add(Vec2d px, float weight, float* sum) const {
        const double x = px.x - 0.5, y = px.y - 0.5;
        const int c = int(std::floor(x)), r = int(std::floor(y));
        const float fx = float(x - c), fy = float(y - r);
        const float *p00 = pixel(r, c), *p01 = pixel(r, c + 1), *p10 = pixel(r + 1, c),
                    *p11 = pixel(r + 1, c + 1);
        for (int k = 0; k < channels; ++k)
            sum[k] += weight *
                      ((1 - fy) * ((1 - fx) * p00[k] + fx * p01[k]) + fy * ((1 - fx) * p10[k] + fx * p11[k]));
    }
};

/// Change of the photo position per texel along one axis, from the neighbours that are visible.
Vec2d difference(const Image& bm, int r, int c, int dr, int dc, const Photo& photo) {
    const auto view = bm.view<float>();
    const auto at = [&](int row, int column) -> const float* {
        if (row < 0 || column < 0 || row >= bm.height_px || column >= bm.width_px) return nullptr;
        const float* p = view.pixel(row, column);
        return std::isnan(p[0]) ? nullptr : p;
    };
    const float *here = at(r, c), *next = at(r + dr, c + dc), *last = at(r - dr, c - dc);
    const float *to = next ? next : here, *from = last ? last : here;
    const double steps = (next ? 1 : 0) + (last ? 1 : 0);
    if (steps == 0) return {0, 0};
    return {0.5 * photo.width_px * double(to[0] - from[0]) / steps,
            0.5 * photo.height_px * double(to[1] - from[1]) / steps};
}

}  // namespace

Image backward_map(const Mesh& mesh, int h, int w, const LookAtTexels& look, int photo_height_px,
                   int photo_width_px) {
    Image map = unseen(h, w);
    std::vector<TexelHit> hits(size_t(h) * size_t(w));
    raster(mesh.uv, mesh.faces, h, w, [&](int row, int column, const TexelHit& hit) {
        TexelHit& slot = hits[size_t(row) * size_t(w) + size_t(column)];
        if (slot.face < 0) slot = hit;
    });
    const auto view = map.view<float>();
    parallel_for(h, 8, [&](int64_t begin, int64_t end) {
        std::vector<TexelPoint> texels;
        texels.reserve(size_t(w));
        for (int row = int(begin); row < int(end); ++row) {
            texels.clear();
            for (int column = 0; column < w; ++column) {
                const TexelHit& hit = hits[size_t(row) * size_t(w) + size_t(column)];
                if (hit.face >= 0) texels.push_back({row, column, hit.face, blend(mesh, hit), {}, false});
            }
            look(texels);
            for (const TexelPoint& texel : texels)
                if (texel.visible && inside(texel.px, photo_height_px, photo_width_px))
                    store(view.pixel(row, texel.column), texel.px, photo_height_px, photo_width_px);
        }
    });
    return map;
}

Image backward_map(const Mesh& mesh, int h, int w, const ProjectToPhoto& project, const TexelVisible& visible,
                   int photo_height_px, int photo_width_px) {
    const LookAtTexels one_by_one = [&](Span<TexelPoint> texels) {
        for (TexelPoint& t : texels) {
            t.px = project(t.world_m, t.face);
            t.visible = inside(t.px, photo_height_px, photo_width_px) &&
                        visible(t.row, t.column, t.world_m, t.face, t.px);
        }
    };
    return backward_map(mesh, h, w, one_by_one, photo_height_px, photo_width_px);
}

Image backward_map_from_uv(const Image& uv, const Image& mask, int h, int w, double max_stretch) {
    if (uv.channels != 2 || mask.channels != 1 || uv.height_px != mask.height_px ||
        uv.width_px != mask.width_px)
        throw Error(ErrorKind::BadData, "texture coordinates and mask do not fit")
            .expected("uv [H,W,2] and mask [H,W,1] of one size");
    if (!(max_stretch > 1))
        throw Error(ErrorKind::BadData, "impossible max_stretch")
            .got(std::to_string(max_stretch))
            .expected("> 1");
    const auto coordinates = uv.values<float>();
    const auto set = mask.values<uint8_t>();
    std::vector<Vec2f> points(set.size());
    int64_t pixels = 0;
    for (size_t i = 0; i < set.size(); ++i) {
        if (set[i] == 0) continue;
        points[i] = {coordinates[2 * i], coordinates[2 * i + 1]};
        ++pixels;
    }
    if (pixels < 3)
        throw Error(ErrorKind::BadData, "the mask is empty").expected("at least 3 pixels of film");
    std::vector<Tri> faces = pixel_triangles(mask);
    drop_bridges(faces, points, h, w, max_stretch);
    const auto uv_area = [&](size_t face) {
        const Tri& f = faces[face];
        return std::abs(cross(points[f[1]] - points[f[0]], points[f[2]] - points[f[0]]));
    };
    Image map = unseen(h, w);
    std::vector<float> smallest(size_t(h) * size_t(w), std::numeric_limits<float>::infinity());
    const auto view = map.view<float>();
    const auto centre = [&](uint32_t i) {
        return Vec2d{double(i % uint32_t(uv.width_px)) + 0.5, double(i / uint32_t(uv.width_px)) + 0.5};
    };
    raster(points, faces, h, w, [&](int row, int column, const TexelHit& hit) {
        float& best = smallest[size_t(row) * size_t(w) + size_t(column)];
        const float area = uv_area(size_t(hit.face));
        if (area >= best) return;
        best = area;
        const Tri& f = faces[size_t(hit.face)];
        const Vec2d px = (1 - hit.b1 - hit.b2) * centre(f[0]) + hit.b1 * centre(f[1]) + hit.b2 * centre(f[2]);
        store(view.pixel(row, column), px, uv.height_px, uv.width_px);
    });
    return map;
}

Image dewarp(const Image& photo, const Image& bm, Sampling sampling) {
    if (bm.channels != 2 || bm.type != PixelType::F32)
        throw Error(ErrorKind::BadData, "a backward map has two float channels");
    if (photo.type != PixelType::U8 && photo.type != PixelType::F32)
        throw Error(ErrorKind::BadData, "a photo to flatten is 8 bit or float");
    const Photo source(photo);
    Image flat(bm.height_px, bm.width_px, photo.channels, photo.type, photo.space);
    constexpr int kMostSamples = 16;
    const auto view = bm.view<float>();
    parallel_for(bm.height_px, 8, [&](int64_t begin, int64_t end) {
        std::vector<float> sum(size_t(photo.channels));
        for (int r = int(begin); r < int(end); ++r)
            for (int c = 0; c < bm.width_px; ++c) {
                const float* at = view.pixel(r, c);
                if (std::isnan(at[0]) || std::isnan(at[1])) continue;
                const Vec2d px{0.5 * (double(at[0]) + 1) * photo.width_px,
                               0.5 * (double(at[1]) + 1) * photo.height_px};
                std::fill(sum.begin(), sum.end(), 0.0f);
                Vec2d across{0, 0}, down{0, 0};
                if (sampling == Sampling::Footprint) {
                    across = difference(bm, r, c, 0, 1, source);
                    down = difference(bm, r, c, 1, 0, source);
                }
                const int nx = std::clamp(int(std::ceil(length(across))), 1, kMostSamples);
                const int ny = std::clamp(int(std::ceil(length(down))), 1, kMostSamples);
                for (int j = 0; j < ny; ++j)
                    for (int i = 0; i < nx; ++i)
                        source.add(px + ((i + 0.5) / nx - 0.5) * across + ((j + 0.5) / ny - 0.5) * down,
                                   1.0f / float(nx * ny), sum.data());
                for (int k = 0; k < photo.channels; ++k) {
                    const float value = sum[size_t(k)];
                    if (photo.type == PixelType::F32)
                        flat.view<float>()(r, c, k) = value;
                    else
                        flat.view<uint8_t>()(r, c, k) =
                            quantize_u8(photo.space == ColorSpace::Srgb ? srgb_from_linear(value) : value);
                }
            }
    });
    return flat;
}

}  // namespace radforge::geometry
