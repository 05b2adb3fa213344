// SPDX-License-Identifier: Apache-2.0
/// What a built scene holds, for the integrator and the maps. The ray-tracing library stays behind scene.cpp.
#pragma once
#include "render/path/bsdf.h"
#include "render/path/light.h"
#include "render/path/scene.h"

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

namespace radforge::path {

/// Flushes denormals to zero while alive, as the traversal kernels expect, and so that bits do not depend on
/// the caller's mode.
class FlushToZero {
public:
    FlushToZero();
    ~FlushToZero();
    FlushToZero(const FlushToZero&) = delete;
    FlushToZero& operator=(const FlushToZero&) = delete;

private:
    unsigned saved_;
};

struct Hit {
    float distance_m = std::numeric_limits<float>::infinity();
    uint32_t geometry = 0, face = 0;
    float b1 = 0, b2 = 0;  ///< barycentric weights of the second and third vertex
    float time_s = 0;
};

/// Rays close together, traced at once.
struct RayPacket {
    static constexpr int kMost = 8;
    int count = 0;
    std::array<Vec3f, kMost> origins, directions;
    std::array<float, kMost> times_s{};

    void add(Vec3f origin, Vec3f direction, float time_s) {
        origins[size_t(count)] = origin;
        directions[size_t(count)] = direction;
        times_s[size_t(count++)] = time_s;
    }
};
using PacketHits = std::array<Hit, RayPacket::kMost>;

/// Vertices, with interpolated normals where the surface is to look smooth (else empty).
struct MeshData {
    Mesh mesh;
    std::vector<Vec3f> normals;
    std::vector<Vec3f> velocities_m_per_s;  ///< of the vertices; empty: at rest
    std::vector<Vec3f> normal_rates_per_s;  ///< how the interpolated normals turn; empty: they do not
    /// What shading reads of a vertex, together in half a cache line.
    struct Vertex {
        Vec3f position, normal;
        Vec2f uv;
    };
    std::vector<Vertex> vertices;

    /// Fills `vertices` from the rest.
    void pack();
    /// Takes the velocities of the vertices. @throws Error when there are any, but not one for each
    void set_in_motion(std::vector<Vec3f> velocities_m_per_s, const std::string& name);
    Vec3f displacement(const Hit& hit) const;  ///< since time 0
    Vec3f position(const Hit& hit) const;
    Vec2f uv(const Hit& hit) const;  ///< (0,0) without texture coordinates
    Vec3f geometric_normal(const Hit& hit) const;
    Vec3f interpolated_normal(const Hit& hit) const;  ///< not of unit length
};

/// Slopes of the orange peel on a periodic tile.
class SlopeTile {
public:
    SlopeTile() = default;
    explicit SlopeTile(const OrangePeel& peel);
    bool flat() const { return slopes_.empty(); }
    Vec2f operator()(Vec2f place_m) const;

private:
    static constexpr int kSize = 128, kWaves = 8;  // texels and wavelengths per tile side
    float tiles_per_metre_ = 0;
    std::vector<Vec2f> slopes_;
};

/// Where the grease of fingers lies.
class GreaseMap {
public:
    GreaseMap() = default;
    GreaseMap(const Fingerprints& prints, Vec2f size_m);
    bool clean() const { return prints_.empty(); }
    /// Share of the surface under grease, [0,1].
    float operator()(Vec2f place_m) const;

private:
    struct Print {
        Vec2f centre_m, axis;  // unit, along the longer side
        float strength, phase;
    };
    std::vector<Print> prints_;
};

/// A surface point as seen along a ray.
struct SurfacePoint {
    Vec3f position;
    Vec3f geometric, shading;  ///< unit normals, both on the side of the viewer
    Vec2f uv;
    bool back = false;  ///< film: seen from side B
};

struct FilmData {
    FilmData(FilmObject object);
    SurfacePoint point(const Hit& hit, Vec3f direction) const;
    Vec3f transmittance(Vec2f uv, float width_m) const {
        return texture.sample(uv, width_m * texels_per_metre);
    }

    /// Share of grease at a place of the film.
    float grease(Vec2f uv) const {
        return grease_map.clean() ? 0 : grease_map({uv.x * size_m.x, uv.y * size_m.y});
    }

    MeshData surface;
    /// A point under grease is of another model, in the grease's share of rays. What opaque surfaces receive
    /// through rough film is not blurred (path_tracer.cpp).
    const FilmModel& model_of(bool greasy, bool unblurred) const {
        return greasy ? (unblurred ? unblurred_greasy_model : greasy_model)
                      : (unblurred ? unblurred_model : model);
    }
    Texture texture;
    FilmModel model, greasy_model, unblurred_model, unblurred_greasy_model;
    SlopeTile peel;
    GreaseMap grease_map;
    float front_sign = 1;  ///< +1: the winding's normal points to side A
    float texels_per_metre = 0;
    Vec2f size_m;  ///< mean length of the u and v axes
};

struct ObjectData {
    ObjectData(OpaqueObject object);
    SurfacePoint point(const Hit& hit, Vec3f direction) const;
    Vec3f albedo(Vec2f uv, float width_m) const;

    MeshData surface;
    LambertMaterial material;
    LambertModel model;
    float rotation_sin = 0, rotation_cos = 1, texels_per_metre = 0;
};

struct TraversalScene;  // the library's handle

/// Geometry ids: films, then objects, then panels.
struct SceneData {
    SceneData(SceneDescription description);
    ~SceneData();
    /// First surface along the ray at a time of the scene.
    bool intersect(Vec3f origin, Vec3f direction, Hit& hit, bool coherent = false, float time_s = 0) const;
    /// The same for each ray of a packet. @return bit k is set when ray k meets a surface, which is then
    /// hits[k]
    unsigned intersect(const RayPacket& rays, PacketHits& hits) const;
    /// Straight-through transmittance of the films up to the distance; zero behind anything opaque.
    /// @param width_m,spread_rad width of the ray's cone at its origin and its growth per metre
    /// @param unblurred pass rough film too, by FilmModel::unblurred()
    Vec3f visibility(Vec3f origin, Vec3f direction, float distance_m, float width_m, float spread_rad,
                     float time_s = 0, bool unblurred = false) const;

    bool is_film(uint32_t geometry) const { return geometry < films.size(); }
    bool is_object(uint32_t geometry) const {
        return !is_film(geometry) && geometry < films.size() + objects.size();
    }
    const ObjectData& object(uint32_t geometry) const { return objects[geometry - films.size()]; }
    size_t panel(uint32_t geometry) const { return geometry - films.size() - objects.size(); }

    std::vector<FilmData> films;
    std::vector<ObjectData> objects;
    std::vector<MeshData> panel_meshes;
    LambertModel panel_model;
    LightSet lights;
    float time_span_s = 0;
    std::unique_ptr<TraversalScene> traversal;
};

/// Origin for a ray that leaves `position` to the side of `normal`: far enough not to meet its own surface.
/// Traversal errs by a few units in the last place of the largest coordinate; this is 2^7 of them, 8 um at 1
/// m.
Vec3f offset_origin(Vec3f position, Vec3f normal);

}  // namespace radforge::path
