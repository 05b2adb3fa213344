// SPDX-License-Identifier: Apache-2.0
/// Traversal picks the face in single precision; position and uv come from intersecting the double-precision
/// pixel ray with that face's plane, so that a pixel centre projects back onto itself.
#include "render/path/maps.h"

#include "render/path/scene_data.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

namespace radforge::path {

namespace {

constexpr int kTile = 16, kRimRays = 8;

/// A face in double precision with the inverse of its texture parametrisation.
struct Face {
    Vec3d a, e1, e2, normal;  // normal not normalised, along the winding
    Vec2d uv0, d1, d2;
    double normal2;
    Vec3d velocity, dv1, dv2;  // of the first vertex, and how the others' differ

    Face(const MeshData& surface, uint32_t index, double time_s) {
        const Mesh& mesh = surface.mesh;
        const Tri& f = mesh.faces[index];
        a = to_double(mesh.positions_m[f[0]]);
        e1 = to_double(mesh.positions_m[f[1]]) - a;
        e2 = to_double(mesh.positions_m[f[2]]) - a;
        if (!surface.velocities_m_per_s.empty()) {
            const Vec3f* v = surface.velocities_m_per_s.data();
            velocity = to_double(v[f[0]]);
            dv1 = to_double(v[f[1]]) - velocity;
            dv2 = to_double(v[f[2]]) - velocity;
            a += velocity * time_s;
            e1 += dv1 * time_s;
            e2 += dv2 * time_s;
        }
        normal = cross(e1, e2);
        normal2 = dot(normal, normal);
        const auto uv = [&](int k) {
            const Vec2f t = mesh.uv[f[size_t(k)]];
            return Vec2d{double(t.x), double(t.y)};
        };
        uv0 = uv(0);
        d1 = uv(1) - uv0;
        d2 = uv(2) - uv0;
    }
    /// Weights of the second and third vertex for a vector in the plane.
    Vec2d weights(Vec3d v) const {
        return {dot(cross(v, e2), normal) / normal2, dot(cross(e1, v), normal) / normal2};
    }
    Vec3d velocity_at(Vec2d weights) const { return velocity + dv1 * weights.x + dv2 * weights.y; }
    Vec2d uv_change(Vec3d v) const {
        const Vec2d w = weights(v);
        return d1 * w.x + d2 * w.y;
    }
};

class MapMaker {
public:
    MapMaker(const SceneData& scene, const optics::Camera& camera, const MapRequest& request,
             GroundTruth& out)
        : scene_(scene), camera_(camera), request_(request), out_(out) {}

    void row(int index) const {
        const Row row = exposed(index);
        for (int first = 0; first < camera_.width_px; first += RayPacket::kMost) {
            const int count = std::min(RayPacket::kMost, camera_.width_px - first);
            const auto local = directions_of(index, first);
            std::array<Vec3d, RayPacket::kMost> directions;
            RayPacket rays;
            for (int k = 0; k < count; ++k) {
                directions[size_t(k)] = normalized(row.pose.rotation * local[size_t(k)].centre);
                rays.add(to_float(row.pose.translation_m), to_float(directions[size_t(k)]),
                         float(row.time_s));
            }
            PacketHits hits;
            const unsigned met = scene_.intersect(rays, hits);
            for (size_t k = 0; k < size_t(count); ++k) {
                if ((met >> k & 1u) == 0) continue;
                const int column = first + int(k);
                out_.object_id.view<uint16_t>()(index, column) = uint16_t(hits[k].geometry + 1);
                if (is_subject(hits[k])) film(row, column, directions[k], local[k], hits[k]);
            }
        }
    }
    /// Share of the pixels on the film, for those whose neighbourhood is mixed.
    void coverage(int index) const {
        const Row row = exposed(index);
        for (int column = 0; column < camera_.width_px; ++column) {
            const uint8_t own = std::as_const(out_.mask).view<uint8_t>()(index, column);
            out_.coverage.view<uint8_t>()(index, column) = is_mixed(index, column) ? share(row, column) : own;
        }
    }

private:
    /// A row of pixels is exposed as one.
    struct Row {
        int index;
        double time_s;
        Pose pose;
    };
    Row exposed(int index) const {
        const double time_s = camera_.row_time_s(index + 0.5);
        return {index, time_s, camera_.moves() ? camera_.pose_at(time_s) : camera_.pose};
    }
    /// Of a packet's pixels from column `first` on; idle ones are as the row's last.
    std::array<optics::PixelDirection, RayPacket::kMost> directions_of(int row, int first) const {
        constexpr size_t kTogether = optics::Camera::kTogether;
        static_assert(RayPacket::kMost % kTogether == 0);
        std::array<optics::PixelDirection, RayPacket::kMost> all;
        for (size_t k = 0; k < all.size(); k += kTogether) {
            std::array<Vec2d, kTogether> px;
            for (size_t i = 0; i < kTogether; ++i)
                px[i] = {std::min(first + int(k + i), camera_.width_px - 1) + 0.5, row + 0.5};
            const auto some = camera_.pixel_directions(px);
            std::copy(some.begin(), some.end(), all.begin() + ptrdiff_t(k));
        }
        return all;
    }
    bool is_mixed(int row, int column) const {
        const auto mask = std::as_const(out_.mask).view<uint8_t>();
        bool mixed = false;
        for (int i = std::max(0, row - 1); i <= std::min(camera_.height_px - 1, row + 1); ++i)
            for (int j = std::max(0, column - 1); j <= std::min(camera_.width_px - 1, column + 1); ++j)
                mixed = mixed || mask(i, j) != mask(row, column);
        return mixed;
    }
    uint8_t share(const Row& row, int column) const {
        static_assert(kRimRays == RayPacket::kMost);
        // Within a pixel directions are linear to 1e-3 px.
        const optics::PixelDirection local = camera_.pixel_direction({column + 0.5, row.index + 0.5});
        const Vec3d centre = row.pose.rotation * local.centre, right = row.pose.rotation * local.right,
                    down = row.pose.rotation * local.down;
        int inside = 0;
        for (int i = 0; i < kRimRays; ++i) {
            RayPacket rays;
            for (int j = 0; j < kRimRays; ++j) {
                const Vec3d d =
                    centre + right * ((j + 0.5) / kRimRays - 0.5) + down * ((i + 0.5) / kRimRays - 0.5);
                rays.add(to_float(row.pose.translation_m), to_float(normalized(d)), float(row.time_s));
            }
            PacketHits hits;
            const unsigned met = scene_.intersect(rays, hits);
            for (size_t k = 0; k < hits.size(); ++k) inside += (met >> k & 1u) != 0 && is_subject(hits[k]);
        }
        return uint8_t((255 * inside + kRimRays * kRimRays / 2) / (kRimRays * kRimRays));
    }
    bool is_subject(const Hit& hit) const { return hit.geometry == 0 && scene_.is_film(0); }
    void film(const Row& exposed_row, int column, Vec3d d, const optics::PixelDirection& local,
              const Hit& hit) const {
        const int row = exposed_row.index;
        const FilmData& film = scene_.films[hit.geometry];
        const Face face(film.surface, hit.face, exposed_row.time_s);
        const Vec3d o = exposed_row.pose.translation_m;
        const double towards = dot(face.normal, d);
        const double t = dot(face.normal, face.a - o) / towards;
        Vec2d w = face.weights(o + d * t - face.a);
        // A ray on an edge may leave the face by a rounding error: back onto it.
        w = {std::max(0.0, w.x), std::max(0.0, w.y)};
        if (w.x + w.y > 1) w = w * (1 / (w.x + w.y));
        const Vec3d position = face.a + face.e1 * w.x + face.e2 * w.y;
        const Vec2d uv = face.uv0 + face.d1 * w.x + face.d2 * w.y;
        const Vec3d towards_viewer = face.normal * ((towards > 0 ? -1 : 1) / std::sqrt(face.normal2));
        const Mat3d local_from_world = exposed_row.pose.rotation.transposed();
        const bool back = (towards > 0) == (film.front_sign > 0);

        out_.mask.view<uint8_t>()(row, column) = 255;
        out_.side.view<uint8_t>()(row, column) = back ? 2 : 1;
        store(out_.uv, row, column, {uv.x, uv.y, 0});
        store(out_.wc_m, row, column, position);
        store(out_.normal, row, column, local_from_world * towards_viewer);
        store(out_.depth_m, row, column, {exposed_row.pose.to_local(position).z, 0, 0});
        uint16_t* id = out_.face.view<uint16_t>().pixel(row, column);
        id[0] = uint16_t(hit.face & 0xffffu);
        id[1] = uint16_t(hit.face >> 16);

        // The pixel's footprint on the tangent plane: change of the hit point per pixel step along x and y.
        const Mat3d& turned = exposed_row.pose.rotation;
        const double scale = length(local.centre);
        const auto footprint = [&](Vec3d dd) {  // of the direction's change
            return face.uv_change((dd - d * (dot(face.normal, dd) / towards)) * t);
        };
        const Vec2d along_x = footprint(turned * local.right / scale),
                    along_y = footprint(turned * local.down / scale);
        store(out_.albedo, row, column, to_double(film.texture.sample_parallelogram(uv, along_x, along_y)));
        if (request_.twin != nullptr)
            store(out_.twin, row, column,
                  to_double(request_.twin->sample_parallelogram(uv, along_x, along_y)));
        if (!request_.surface) return;
        store(out_.distance_m, row, column, {length(position - o), 0, 0});
        const Vec3d shading = to_double(film.point(hit, to_float(d)).shading);
        store(out_.shading_normal, row, column, local_from_world * shading);
        // From row to row time goes on, too, for camera and film.
        const optics::CameraMotion& motion = camera_.motion;
        const Vec3d drift = camera_.pose.rotation * motion.velocity_m_per_s - face.velocity_at(w),
                    turning = turned * cross(motion.turn_rad_per_s, local_from_world * d);
        const Vec2d to_next_row =
            along_y + footprint(turning + drift / t) * (motion.readout_s / camera_.height_px);
        float* step = out_.uv_step.view<float>().pixel(row, column);
        step[0] = float(along_x.x);
        step[1] = float(along_x.y);
        step[2] = float(to_next_row.x);
        step[3] = float(to_next_row.y);
    }
    static void store(Image& image, int row, int column, Vec3d value) {
        float* pixel = image.view<float>().pixel(row, column);
        for (int c = 0; c < image.channels; ++c) pixel[c] = float(value[c]);
    }

    const SceneData& scene_;
    const optics::Camera& camera_;
    const MapRequest& request_;
    GroundTruth& out_;
};

}  // namespace

GroundTruth render_maps(const Scene& scene, const optics::Camera& camera, const MapRequest& request) {
    camera.validate();
    const int h = camera.height_px, w = camera.width_px;
    const auto image = [&](int channels, PixelType type, ColorSpace space) {
        return Image(h, w, channels, type, space);
    };
    GroundTruth out{image(1, PixelType::U8, ColorSpace::Data),
                    {},
                    image(2, PixelType::F32, ColorSpace::Data),
                    image(3, PixelType::F32, ColorSpace::Data),
                    image(1, PixelType::F32, ColorSpace::Data),
                    image(3, PixelType::F32, ColorSpace::Data),
                    image(3, PixelType::F32, ColorSpace::Linear),
                    image(1, PixelType::U8, ColorSpace::Data),
                    image(1, PixelType::U16, ColorSpace::Data),
                    image(2, PixelType::U16, ColorSpace::Data),
                    {},
                    {},
                    {},
                    {}};
    if (request.surface) {
        out.distance_m = image(1, PixelType::F32, ColorSpace::Data);
        out.shading_normal = image(3, PixelType::F32, ColorSpace::Data);
        out.uv_step = image(4, PixelType::F32, ColorSpace::Data);
    }
    if (request.twin != nullptr) out.twin = image(3, PixelType::F32, ColorSpace::Linear);
    const MapMaker maker(scene.data(), camera, request, out);
    parallel_for(h, kTile, [&](int64_t begin, int64_t end) {
        const FlushToZero mode;
        for (int row = int(begin); row < int(end); ++row) maker.row(row);
    });
    if (!request.coverage) return out;
    out.coverage = image(1, PixelType::U8, ColorSpace::Data);
    parallel_for(h, kTile, [&](int64_t begin, int64_t end) {
        const FlushToZero mode;
        for (int row = int(begin); row < int(end); ++row) maker.coverage(row);
    });
    return out;
}

namespace {

const FilmData& film_of(const Scene& scene, int index, uint32_t face) {
    const std::vector<FilmData>& films = scene.data().films;
    if (index < 0 || size_t(index) >= films.size())
        throw Error(ErrorKind::BadData, "no such film")
            .got(std::to_string(index))
            .expected("below " + std::to_string(films.size()));
    RADFORGE_ASSERT(face < films[size_t(index)].surface.mesh.faces.size());
    return films[size_t(index)];
}

Vec3d velocity_on(const FilmData& film, uint32_t face, Vec3d world_m) {
    if (film.surface.velocities_m_per_s.empty()) return {};
    const Face at_rest(film.surface, face, 0);
    return at_rest.velocity_at(at_rest.weights(world_m - at_rest.a));
}

}  // namespace

Vec3d film_velocity(const Scene& scene, Vec3d world_m, int film_index, uint32_t face) {
    return velocity_on(film_of(scene, film_index, face), face, world_m);
}

namespace {

/// The way from the pinhole to a point of a film that is inside the frame.
struct Sight {
    Vec3d origin, direction;
    double distance, time_s;
    double cosine;  ///< between direction and the face's normal along its winding

    Sight(const FilmData& film, const optics::Camera& camera, const FilmPoint& point, Vec3d velocity)
        : time_s(camera.row_time_s(point.px.y)), film_(&film) {
        origin = camera.position_at(time_s);
        const Vec3d to = point.world_m + velocity * time_s - origin;
        distance = length(to);
        direction = to * (1 / distance);
        cosine = cosine_of(point.face);
    }
    /// Whether nothing lies before the point.
    bool reaches(uint32_t film, uint32_t face, const Hit& first) const {
        if (first.geometry == film && first.face == face) return true;
        const double before = distance - double(first.distance_m);
        if (before <= 0) return true;
        // Beyond its horizon a film hides itself, however near.
        if (first.geometry == film && cosine * cosine_of(first.face) < 0) return false;
        // Single precision moves the ray sideways by some units in the last place of the largest coordinate;
        // on a slanted face that is 1 / cosine as much along the ray. A neighbour across an edge is met
        // within that distance.
        const double largest =
            std::max({std::fabs(origin.x), std::fabs(origin.y), std::fabs(origin.z), distance});
        const double slack = 16 * 0x1p-23 * largest / std::max(std::fabs(cosine), 1e-3);
        return before <= slack;
    }

private:
    double cosine_of(uint32_t face) const {
        const Face plane(film_->surface, face, time_s);
        return dot(plane.normal, direction) / std::sqrt(plane.normal2);
    }
    const FilmData* film_;
};

bool in_frame(const optics::Camera& camera, Vec2d px) {
    return px.x >= 0 && px.x <= camera.width_px && px.y >= 0 && px.y <= camera.height_px;
}

}  // namespace

Visibility visibility(const Scene& scene, const optics::Camera& camera, Vec3d world_m, int film,
                      uint32_t face) {
    FilmPoint point;
    point.world_m = world_m;
    point.face = face;
    look(scene, camera, film, {&point, 1});
    return point.seen;
}

void look(const Scene& scene, const optics::Camera& camera, int film_index, Span<FilmPoint> points) {
    constexpr size_t kTogether = optics::Camera::kTogether;
    static_assert(RayPacket::kMost % kTogether == 0);
    const FlushToZero mode;
    const SceneData& data = scene.data();
    std::array<Vec3d, kTogether> places, velocities;
    std::array<FilmPoint*, RayPacket::kMost> of_ray;
    std::vector<Sight> sights;
    sights.reserve(RayPacket::kMost);
    RayPacket rays;
    for (size_t first = 0; first < points.size(); first += kTogether) {
        const size_t count = std::min(kTogether, points.size() - first);
        for (size_t k = 0; k < kTogether; ++k) {  // idle lanes hold a point, too
            const FilmPoint& point = points[first + std::min(k, count - 1)];
            places[k] = point.world_m;
            velocities[k] = velocity_on(film_of(scene, film_index, point.face), point.face, point.world_m);
        }
        const std::array<Vec2d, kTogether> px = camera.project(places, velocities);
        for (size_t k = 0; k < count; ++k) {
            FilmPoint& point = points[first + k];
            point.px = px[k];
            point.seen = Visibility::OutOfFrame;
            if (!in_frame(camera, px[k])) continue;
            sights.emplace_back(data.films[size_t(film_index)], camera, point, velocities[k]);
            const Sight& sight = sights.back();
            of_ray[size_t(rays.count)] = &point;
            rays.add(to_float(sight.origin), to_float(sight.direction), float(sight.time_s));
        }
        if (size_t(rays.count) + kTogether <= RayPacket::kMost && first + count < points.size()) continue;
        PacketHits hits;
        const unsigned met = rays.count > 0 ? data.intersect(rays, hits) : 0;
        for (size_t k = 0; k < sights.size(); ++k) {
            FilmPoint& point = *of_ray[k];
            // A ray that slips through an edge of the silhouette still ends at the point: nothing lies before
            // it.
            const bool seen =
                (met >> k & 1u) == 0 || sights[k].reaches(uint32_t(film_index), point.face, hits[k]);
            const bool back = (sights[k].cosine > 0) == (data.films[size_t(film_index)].front_sign > 0);
            point.seen = !seen ? Visibility::Occluded : back ? Visibility::BackFacing : Visibility::Visible;
        }
        sights.clear();
        rays.count = 0;
    }
}

}  // namespace radforge::path
