// SPDX-License-Identifier: Apache-2.0
/// Meshes prepared for shading: normals, sides, texture density, orange peel.
#include "render/path/elementary.h"
#include "render/path/scene_data.h"
#include "synth/base/error.h"
#include "synth/base/rng.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace radforge::path {

namespace {

Vec3f interpolate(const std::vector<Vec3f>& values, const Tri& f, const Hit& hit) {
    return values[f[0]] * (1 - hit.b1 - hit.b2) + values[f[1]] * hit.b1 + values[f[2]] * hit.b2;
}

std::vector<Vec3f> smooth_normals(const Mesh& mesh) {
    std::vector<Vec3f> normals(mesh.positions_m.size());
    for (const Tri& f : mesh.faces) {
        const Vec3f p = mesh.positions_m[f[0]];
        const Vec3f n = cross(mesh.positions_m[f[1]] - p, mesh.positions_m[f[2]] - p);
        for (const uint32_t i : f) normals[i] += n;
    }
    for (Vec3f& n : normals) {
        const float l = length(n);
        n = l > 0 ? n * (1 / l) : Vec3f{0, 1, 0};  // a vertex without a face of its own is never shaded
    }
    return normals;
}

struct Areas {
    double world_m2 = 0, uv = 0, uv_signed = 0;
};
Areas areas(const Mesh& mesh) {
    Areas sum;
    for (const Tri& f : mesh.faces) {
        const Vec3d a = to_double(mesh.positions_m[f[0]]), b = to_double(mesh.positions_m[f[1]]),
                    c = to_double(mesh.positions_m[f[2]]);
        sum.world_m2 += 0.5 * length(cross(b - a, c - a));
        if (mesh.uv.empty()) continue;
        const double area = 0.5 * double(cross(mesh.uv[f[1]] - mesh.uv[f[0]], mesh.uv[f[2]] - mesh.uv[f[0]]));
        sum.uv += std::fabs(area);
        sum.uv_signed += area;
    }
    return sum;
}

/// dP/du and dP/dv of a face.
struct Tangents {
    Vec3f u, v;
};
Tangents tangents(const Mesh& mesh, uint32_t face) {
    const Tri& f = mesh.faces[face];
    const Vec3f e1 = mesh.positions_m[f[1]] - mesh.positions_m[f[0]],
                e2 = mesh.positions_m[f[2]] - mesh.positions_m[f[0]];
    const Vec2f d1 = mesh.uv[f[1]] - mesh.uv[f[0]], d2 = mesh.uv[f[2]] - mesh.uv[f[0]];
    const float det = cross(d1, d2), inverse = det != 0 ? 1 / det : 0;
    return {(e1 * d2.y - e2 * d1.y) * inverse, (e2 * d1.x - e1 * d2.x) * inverse};
}

/// The shading normal, or the geometric one where interpolation would turn it away from the viewer.
Vec3f facing(Vec3f shading, Vec3f geometric, Vec3f direction) {
    return dot(shading, direction) < -1e-3f ? shading : geometric;
}

void check_mesh(const Mesh& mesh, const std::string& name) {
    mesh.validate(name);
    if (mesh.faces.empty()) throw Error(ErrorKind::BadData, "mesh has no faces").where(name);
}

}  // namespace

Vec3f offset_origin(Vec3f position, Vec3f normal) {
    const float farthest = std::max(std::max(std::fabs(position.x), std::fabs(position.y)),
                                    std::max(std::fabs(position.z), 0.05f));
    const float scale = farthest * 0x1p-17f;
    return position + normal * scale;
}

Vec3f MeshData::position(const Hit& hit) const {
    return interpolate(mesh.positions_m, mesh.faces[hit.face], hit) + displacement(hit);
}

Vec3f MeshData::displacement(const Hit& hit) const {
    if (velocities_m_per_s.empty()) return {};
    return interpolate(velocities_m_per_s, mesh.faces[hit.face], hit) * hit.time_s;
}

void MeshData::set_in_motion(std::vector<Vec3f> velocities, const std::string& name) {
    velocities_m_per_s = std::move(velocities);
    if (velocities_m_per_s.empty()) return;
    if (velocities_m_per_s.size() != mesh.positions_m.size())
        throw Error(ErrorKind::BadData, "not one velocity for each vertex")
            .where(name)
            .got(std::to_string(velocities_m_per_s.size()))
            .expected(std::to_string(mesh.positions_m.size()));
    if (normals.empty()) return;
    constexpr float kAside_s = 0.01f;
    Mesh before = mesh, after = mesh;
    for (size_t k = 0; k < mesh.positions_m.size(); ++k) {
        before.positions_m[k] -= velocities_m_per_s[k] * kAside_s;
        after.positions_m[k] += velocities_m_per_s[k] * kAside_s;
    }
    normal_rates_per_s = smooth_normals(after);
    const std::vector<Vec3f> earlier = smooth_normals(before);
    for (size_t k = 0; k < earlier.size(); ++k)
        normal_rates_per_s[k] = (normal_rates_per_s[k] - earlier[k]) * (0.5f / kAside_s);
}

void MeshData::pack() {
    vertices.resize(mesh.positions_m.size());
    for (size_t k = 0; k < vertices.size(); ++k)
        vertices[k] = {mesh.positions_m[k], normals.empty() ? Vec3f{} : normals[k],
                       mesh.uv.empty() ? Vec2f{} : mesh.uv[k]};
}

Vec2f MeshData::uv(const Hit& hit) const {
    if (mesh.uv.empty()) return {};
    const Tri& f = mesh.faces[hit.face];
    return mesh.uv[f[0]] * (1 - hit.b1 - hit.b2) + mesh.uv[f[1]] * hit.b1 + mesh.uv[f[2]] * hit.b2;
}

Vec3f MeshData::geometric_normal(const Hit& hit) const {
    const Tri& f = mesh.faces[hit.face];
    const auto at = [&](uint32_t k) {
        return velocities_m_per_s.empty() ? mesh.positions_m[k]
                                          : mesh.positions_m[k] + velocities_m_per_s[k] * hit.time_s;
    };
    const Vec3f p = at(f[0]);
    return normalized(cross(at(f[1]) - p, at(f[2]) - p));
}

Vec3f MeshData::interpolated_normal(const Hit& hit) const {
    const Tri& f = mesh.faces[hit.face];
    const Vec3f normal = interpolate(normals, f, hit);
    return normal_rates_per_s.empty() ? normal
                                      : normal + interpolate(normal_rates_per_s, f, hit) * hit.time_s;
}

SlopeTile::SlopeTile(const OrangePeel& peel) {
    if (peel.slope_rms == 0) return;
    tiles_per_metre_ = float(1 / (kWaves * peel.wavelength_m));
    slopes_.resize(size_t(kSize) * kSize);
    // Plane waves that fit the tile, of about the wavelength, in all directions.
    const SampleKey key{{peel.seed >> 1}, peel.seed & 1};
    Rng rng(key, Stream::Material);
    for (int wave = 0; wave < 24;) {
        const int kx = int(rng.below(2 * 2 * kWaves + 1)) - 2 * kWaves,
                  ky = int(rng.below(2 * 2 * kWaves + 1)) - 2 * kWaves;
        const int k2 = kx * kx + ky * ky;
        if (4 * k2 < kWaves * kWaves || k2 > 4 * kWaves * kWaves) continue;
        const auto phase = float(rng.uniform());
        const float norm = 1 / std::sqrt(float(k2));
        for (int i = 0; i < kSize; ++i)
            for (int j = 0; j < kSize; ++j) {
                const float s = sincos_turns(float((kx * j + ky * i) % kSize) / kSize + phase).sin * norm;
                slopes_[size_t(i) * kSize + size_t(j)] =
                    slopes_[size_t(i) * kSize + size_t(j)] + Vec2f{s * float(kx), s * float(ky)};
            }
        ++wave;
    }
    double square = 0;
    for (const Vec2f s : slopes_) square += double(dot(s, s));
    // slope_rms is the deviation along one axis: half of the squared length
    const auto scale = float(peel.slope_rms / std::sqrt(0.5 * square / double(slopes_.size())));
    for (Vec2f& s : slopes_) s = s * scale;
}

Vec2f SlopeTile::operator()(Vec2f place_m) const {
    float x = place_m.x * tiles_per_metre_, y = place_m.y * tiles_per_metre_;
    x = (x - std::floor(x)) * kSize;
    y = (y - std::floor(y)) * kSize;
    const int x0 = int(x) % kSize, y0 = int(y) % kSize, x1 = (x0 + 1) % kSize, y1 = (y0 + 1) % kSize;
    const float fx = x - std::floor(x), fy = y - std::floor(y);
    const auto at = [this](int i, int j) { return slopes_[size_t(i) * kSize + size_t(j)]; };
    return (at(y0, x0) * (1 - fx) + at(y0, x1) * fx) * (1 - fy) +
           (at(y1, x0) * (1 - fx) + at(y1, x1) * fx) * fy;
}

namespace {
constexpr float kPrintLength_m = 0.011f, kPrintWidth_m = 0.0075f;  // half axes
constexpr float kRidge_m = 0.00046f;  // ridge to ridge: about 9 in 4 mm of an adult's finger

/// The film's texture; its material keeps numbers alone.
Texture take_print(FilmMaterial& material) {
    const std::shared_ptr<const Texture> print =
        material.print ? std::exchange(material.print, nullptr) : film_print(material.transmittance);
    material.transmittance = {};
    material.validate();
    return *print;
}

FilmMaterial greasy(const FilmMaterial& material) {
    FilmMaterial under = material;
    under.roughness_front = std::max(material.roughness_front, material.fingerprints.roughness);
    under.roughness_back = std::max(material.roughness_back, material.fingerprints.roughness);
    under.haze = std::min(0.2, material.haze + material.fingerprints.haze);
    return under;
}
}  // namespace

GreaseMap::GreaseMap(const Fingerprints& prints, Vec2f size_m) {
    const SampleKey key{{prints.seed >> 1}, prints.seed & 1};
    Rng rng(key, Stream::Material);
    for (int k = 0; k < prints.count; ++k) {
        // Distance from a side: exponential, 25 mm on average.
        const auto inwards = float(std::min(0.12, -0.025 * std::log(1 - rng.uniform())));
        const auto along = float(rng.uniform());
        const uint64_t side = rng.below(4);
        const auto turn = float(rng.uniform());
        Print print;
        if (side < 2)
            print.centre_m = {side == 0 ? inwards : size_m.x - inwards, along * size_m.y};
        else
            print.centre_m = {along * size_m.x, side == 2 ? inwards : size_m.y - inwards};
        const SinCos s = sincos_turns(turn);
        print.axis = {s.cos, s.sin};
        print.strength = float(rng.uniform(0.3, 1));
        print.phase = float(rng.uniform());
        prints_.push_back(print);
    }
}

float GreaseMap::operator()(Vec2f place) const {
    float left_clean = 1;
    for (const Print& p : prints_) {
        const Vec2f d = place - p.centre_m;
        if (dot(d, d) > kPrintLength_m * kPrintLength_m) continue;
        const float x = dot(d, p.axis) / kPrintLength_m, y = cross(p.axis, d) / kPrintWidth_m;
        const float r2 = x * x + y * y;
        if (r2 >= 1) continue;
        // Ridges run around a core a little off the centre.
        const float core = std::sqrt((x + 0.2f) * (x + 0.2f) * 1.6f + y * y);
        const float ridge = 0.5f + 0.5f * sincos_turns(core * kPrintWidth_m / kRidge_m + p.phase).sin;
        left_clean *= 1 - p.strength * (1 - r2 * r2) * ridge;
    }
    return 1 - left_clean;
}

FilmData::FilmData(FilmObject object)
    : texture(take_print(object.material)),
      model(object.material),
      greasy_model(object.material.fingerprints.count > 0 ? FilmModel(greasy(object.material)) : model),
      unblurred_model(model.unblurred()),
      unblurred_greasy_model(greasy_model.unblurred()),
      peel(object.material.orange_peel) {
    check_mesh(object.mesh, "film");
    if (object.mesh.uv.empty())
        throw Error(ErrorKind::BadData, "film mesh has no texture coordinates").where("film");
    const Areas a = areas(object.mesh);
    if (!(a.uv > 0) || std::fabs(a.uv_signed) < 0.999 * a.uv)
        throw Error(ErrorKind::BadData, "film mesh is folded over in its texture coordinates").where("film");
    // u right, v down as the viewer of side A sees it: dP/du x dP/dv points away from him.
    front_sign = a.uv_signed > 0 ? -1.0f : 1.0f;
    texels_per_metre = float(std::sqrt(double(texture.width_px()) * texture.height_px() * a.uv / a.world_m2));
    Vec2d size;
    for (uint32_t f = 0; f < object.mesh.faces.size(); ++f) {
        const Tangents t = tangents(object.mesh, f);
        size = size + Vec2d{double(length(t.u)), double(length(t.v))};
    }
    const double n = double(object.mesh.faces.size());
    size_m = {float(size.x / n), float(size.y / n)};
    grease_map = GreaseMap(object.material.fingerprints, size_m);
    surface.normals = smooth_normals(object.mesh);
    surface.mesh = std::move(object.mesh);
    surface.set_in_motion(std::move(object.velocities_m_per_s), "film");
    surface.pack();
}

SurfacePoint FilmData::point(const Hit& hit, Vec3f direction) const {
    const Tri& f = surface.mesh.faces[hit.face];
    const MeshData::Vertex &a = surface.vertices[f[0]], &b = surface.vertices[f[1]],
                           &c = surface.vertices[f[2]];
    const float w0 = 1 - hit.b1 - hit.b2, w1 = hit.b1, w2 = hit.b2;
    SurfacePoint p;
    p.position = a.position * w0 + b.position * w1 + c.position * w2;
    p.uv = a.uv * w0 + b.uv * w1 + c.uv * w2;
    Vec3f e1 = b.position - a.position, e2 = c.position - a.position;
    if (!surface.velocities_m_per_s.empty()) {
        const Vec3f *v = surface.velocities_m_per_s.data(), first = v[f[0]];
        p.position += surface.displacement(hit);
        e1 += (v[f[1]] - first) * hit.time_s;
        e2 += (v[f[2]] - first) * hit.time_s;
    }
    const Vec3f front = normalized(cross(e1, e2)) * front_sign;
    p.back = dot(front, direction) > 0;
    const float sign = p.back ? -1.0f : 1.0f;
    p.geometric = front * sign;
    Vec3f normal = a.normal * w0 + b.normal * w1 + c.normal * w2;
    if (!surface.normal_rates_per_s.empty())
        normal += interpolate(surface.normal_rates_per_s, f, hit) * hit.time_s;
    normal = normal * front_sign;
    if (!peel.flat()) {
        const Vec2f slope = peel({p.uv.x * size_m.x, p.uv.y * size_m.y});
        const Vec2f d1 = b.uv - a.uv, d2 = c.uv - a.uv;
        const float inverse = 1 / cross(d1, d2);
        const float su = slope.x * inverse / size_m.x, sv = slope.y * inverse / size_m.y;
        normal = normal - (e1 * d2.y - e2 * d1.y) * su - (e2 * d1.x - e1 * d2.x) * sv;
    }
    p.shading = facing(normalized(normal) * sign, p.geometric, direction);
    return p;
}

ObjectData::ObjectData(OpaqueObject object)
    : material((object.material.validate(), object.material)), model(material.coat) {
    check_mesh(object.mesh, object.name);
    if (material.texture) {
        if (object.mesh.uv.empty())
            throw Error(ErrorKind::BadData, "mesh with a texture has no texture coordinates")
                .where(object.name);
        const Areas a = areas(object.mesh);
        const double scaled = a.uv * std::fabs(material.uv_scale.x * material.uv_scale.y);
        texels_per_metre = float(std::sqrt(double(material.texture->width_px()) *
                                           material.texture->height_px() * scaled / a.world_m2));
    }
    const SinCos s = sincos_turns(float(material.uv_rotation_rad / 6.283185307179586));
    rotation_sin = s.sin;
    rotation_cos = s.cos;
    if (object.smooth) surface.normals = smooth_normals(object.mesh);
    surface.mesh = std::move(object.mesh);
    surface.set_in_motion(std::move(object.velocities_m_per_s), object.name);
}

SurfacePoint ObjectData::point(const Hit& hit, Vec3f direction) const {
    SurfacePoint p;
    p.position = surface.position(hit);
    p.uv = surface.uv(hit);
    const Vec3f normal = surface.geometric_normal(hit);
    const float sign = dot(normal, direction) > 0 ? -1.0f : 1.0f;
    p.geometric = normal * sign;
    p.shading = p.geometric;
    if (!surface.normals.empty())
        p.shading = facing(normalized(surface.interpolated_normal(hit)) * sign, p.geometric, direction);
    return p;
}

Vec3f ObjectData::albedo(Vec2f uv, float width_m) const {
    if (!material.texture) return material.albedo;
    const Vec2f s{float(uv.x * material.uv_scale.x), float(uv.y * material.uv_scale.y)};
    const Vec2f r{rotation_cos * s.x - rotation_sin * s.y + float(material.uv_offset.x),
                  rotation_sin * s.x + rotation_cos * s.y + float(material.uv_offset.y)};
    return material.albedo * material.texture->sample(r, width_m * texels_per_metre);
}

}  // namespace radforge::path
