// SPDX-License-Identifier: Apache-2.0
#include "synth/export/aligned_maps.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <vector>

namespace radforge::exporter {
namespace {

constexpr double kLongSideUnits = 2.13;
constexpr float kBackgroundDepth = 1e10f;

/// A map of three channels from a function of the pixel, `background` outside the mask.
Image under_mask(const FilmSample& film, float background, const std::function<Vec3d(int, int)>& value) {
    Image image(film.mask.height_px, film.mask.width_px, 3, PixelType::F32, ColorSpace::Data);
    const auto mask = film.mask.view<uint8_t>();
    const auto out = image.view<float>();
    for (int r = 0; r < image.height_px; ++r)
        for (int c = 0; c < image.width_px; ++c) {
            const Vec3d v = mask(r, c) ? value(r, c) : Vec3d{background, background, background};
            for (int k = 0; k < 3; ++k) out(r, c, k) = float(v[k]);
        }
    return image;
}

Vec3d vector_at(const Image& map, int r, int c) {
    const auto m = map.view<float>();
    return {m(r, c, 0), m(r, c, 1), m(r, c, 2)};
}

}  // namespace

Aligned align(const FilmSample& film) {
    const Image seen = wc_on_film(film);
    std::optional<Image> nodes = film.grid3d_m;
    if (nodes)
        for (int r = 0; r < nodes->height_px; ++r)
            for (int c = 0; c < nodes->width_px; ++c) {
                const Vec3d world = film.camera_from_world.transposed() *
                                    (vector_at(*nodes, r, c) - film.camera_from_world_t);
                for (int k = 0; k < 3; ++k) nodes->view<float>()(r, c, k) = float(world[k]);
            }
    return {film_frame(film, seen), fill_holes(seen, nodes)};
}

Doc3dFrame::Doc3dFrame(const FilmSample& film, const Aligned& aligned)
    : frame_(aligned.frame), scale_(kLongSideUnits / std::max(film.width_m, film.height_m)) {}

Vec3d Doc3dFrame::direction(Vec3d world) const {
    const Vec3d p = frame_.direction(world);
    return {p.y, -p.x, p.z};
}

Vec3d Doc3dFrame::point(Vec3d world_m) const { return direction(world_m - frame_.origin_m) * scale_; }

Image doc3d_wc(const FilmSample& film, const Doc3dFrame& frame) {
    return under_mask(film, 0, [&](int r, int c) {
        Vec3d p = frame.point(vector_at(film.wc_m, r, c));
        for (int k = 0; k < 3; ++k)
            if (std::abs(p[k]) < 1e-6) p[k] = p[k] < 0 ? -1e-6 : 1e-6;
        return p;
    });
}

Image doc3d_normal(const FilmSample& film, const Doc3dFrame& frame) {
    std::vector<Mat3d> world_from_camera;
    for (int r = 0; r < film.normal.height_px; ++r) world_from_camera.push_back(world_from_row(film, r));
    return under_mask(film, 0, [&](int r, int c) {
        return frame.direction(world_from_camera[size_t(r)] * vector_at(film.normal, r, c));
    });
}

Image doc3d_depth(const FilmSample& film, const Doc3dFrame& frame) {
    const auto depth = film.depth_m.view<float>();
    return under_mask(film, kBackgroundDepth, [&](int r, int c) {
        const double z = double(depth(r, c)) * frame.units_per_m();
        return Vec3d{z, z, z};
    });
}

Image uv_up(const FilmSample& film) {
    const auto uv = film.uv.view<float>();
    return under_mask(film, 0, [&](int r, int c) { return Vec3d{uv(r, c, 0), 1 - double(uv(r, c, 1)), 1}; });
}

Image reversed_channels(const Image& image) {
    Image result = image;
    const auto in = image.view<float>();
    const auto out = result.view<float>();
    for (int r = 0; r < image.height_px; ++r)
        for (int c = 0; c < image.width_px; ++c)
            for (int k = 0; k < image.channels; ++k) out(r, c, k) = in(r, c, image.channels - 1 - k);
    return result;
}

Bounds bounds_of(const Image& map, const Image& mask) {
    const auto values = map.view<float>();
    const auto set = mask.view<uint8_t>();
    Bounds bounds;
    bool any = false;
    for (int r = 0; r < map.height_px; ++r)
        for (int c = 0; c < map.width_px; ++c) {
            if (!set(r, c)) continue;
            for (int k = 0; k < map.channels; ++k) {
                const double value = double(values(r, c, k));
                bounds.least[k] = any ? std::min(bounds.least[k], value) : value;
                bounds.most[k] = any ? std::max(bounds.most[k], value) : value;
            }
            any = true;
        }
    if (!any) throw Error(ErrorKind::BadData, "no pixel shows the film");
    return bounds;
}

void expect_margin(const FilmSample& film) {
    const auto mask = film.mask.view<uint8_t>();
    const int h = film.mask.height_px, w = film.mask.width_px;
    bool touched = false;
    for (int c = 0; c < w; ++c) touched = touched || mask(0, c) || mask(h - 1, c);
    for (int r = 0; r < h; ++r) touched = touched || mask(r, 0) || mask(r, w - 1);
    if (touched)
        throw Error(ErrorKind::BadData,
                    "the film reaches the frame's edge, where loaders crop around the mask");
}

}  // namespace radforge::exporter
