// SPDX-License-Identifier: Apache-2.0
#include "render/path/bsdf.h"
#include "render/path/path_tracer.h"

#include <algorithm>
#include <cmath>

namespace radforge::path {

Guides PathTracer::straight_guides(const CameraRay& ray, Traced& traced) const {
    Guides guides;
    Vec3f origin = ray.origin, left{1, 1, 1};
    float width = 0;
    for (int crossings = 0; crossings <= max_crossings_; ++crossings) {
        Hit hit;
        ++traced.rays;
        if (!scene_.intersect(origin, ray.direction, hit, true, ray.time_s)) {
            if (scene_.lights.has_environment())
                guides.straight += left * scene_.lights.environment(ray.direction).radiance;
            return guides;
        }
        width += ray.spread_rad * hit.distance_m;
        const auto first_surface = [&](Vec3f normal) {
            if (crossings == 0) guides.normal = normal;
        };
        if (scene_.is_film(hit.geometry)) {
            const FilmData& film = scene_.films[hit.geometry];
            const SurfacePoint p = film.point(hit, ray.direction);
            const Vec3f transmittance = film.transmittance(p.uv, width);
            first_surface(p.shading);
            if (crossings == 0) guides.film = transmittance, guides.share = 1;
            left = left * film_straight_transmittance(film.model_of(false, false), transmittance,
                                                      std::abs(dot(p.shading, ray.direction)));
            if (!(std::max({left.x, left.y, left.z}) > 0)) return guides;
            origin = offset_origin(p.position, -p.geometric);
        } else if (scene_.is_object(hit.geometry)) {
            const ObjectData& object = scene_.object(hit.geometry);
            const SurfacePoint p = object.point(hit, ray.direction);
            first_surface(p.shading);
            guides.albedo += left * object.albedo(p.uv, width);
            return guides;
        } else {
            const size_t k = scene_.panel(hit.geometry);
            const AreaLight& panel = scene_.lights.panel(k);
            if (dot(panel.normal(), ray.direction) >= 0) return guides;
            const Vec3f place = scene_.panel_meshes[k].position(hit);
            first_surface(panel.normal());
            guides.straight += left * panel.radiance(place) * panel.flicker(ray.time_s);
            guides.albedo += left * panel.albedo();
            return guides;
        }
    }
    return guides;
}

}  // namespace radforge::path
