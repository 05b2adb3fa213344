// SPDX-License-Identifier: Apache-2.0
#include "render/path/scene.h"

#include "render/path/elementary.h"
#include "render/path/scene_data.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <embree3/rtcore.h>

#include <algorithm>
#include <array>
#include <cmath>

#if defined(__SSE__)
#include <immintrin.h>
#endif

namespace radforge::path {

#if defined(__SSE__)
namespace {
constexpr unsigned kFlushAndDenormalsAreZero = 0x8040;
}
FlushToZero::FlushToZero() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | kFlushAndDenormalsAreZero); }
FlushToZero::~FlushToZero() { _mm_setcsr(saved_); }
#else
FlushToZero::FlushToZero() : saved_(0) {}
FlushToZero::~FlushToZero() = default;
#endif

struct Device::Handle {
    RTCDevice device = nullptr;
    ~Handle() {
        if (device != nullptr) rtcReleaseDevice(device);
    }
};

Device::Device(const std::string& isa) : handle_(std::make_shared<Handle>()) {
    const std::array<const char*, 5> known{"sse2", "sse4.2", "avx", "avx2", "avx512"};
    if (std::none_of(known.begin(), known.end(), [&](const char* k) { return isa == k; }))
        throw Error(ErrorKind::BadData, "unknown instruction set of the ray tracer")
            .got(isa)
            .expected("sse2, sse4.2, avx, avx2 or avx512");
    // No "threads=1" here: Embree would hold the whole process to one TBB thread.
    handle_->device = rtcNewDevice(("isa=" + isa).c_str());
    if (handle_->device != nullptr) return;
    const RTCError error = rtcGetDeviceError(nullptr);
    if (error == RTC_ERROR_OUT_OF_MEMORY)
        throw Error(ErrorKind::TryAgain, "no memory for the ray tracer").hint("use fewer threads");
    throw Error(ErrorKind::Failed, "cannot make the ray tracer").got("code " + std::to_string(error));
}
Device::~Device() = default;

struct TraversalScene {
    std::shared_ptr<void> device;  // keeps the device alive
    RTCScene scene = nullptr;
    ~TraversalScene() {
        if (scene != nullptr) rtcReleaseScene(scene);
    }
};

SceneData::SceneData(SceneDescription description)
    : panel_model(Coat{1.0, 0.2}), time_span_s(float(description.time_span_s)) {
    if (!(description.time_span_s >= 0 && description.time_span_s < 1e3))
        throw Error(ErrorKind::BadData, "number out of range")
            .where("scene.time_span_s")
            .got(std::to_string(description.time_span_s))
            .expected("0..1000 s");
    for (FilmObject& f : description.films) films.emplace_back(std::move(f));
    for (OpaqueObject& o : description.objects) objects.emplace_back(std::move(o));
    std::vector<AreaLight> area_lights;
    bool emits = false;
    for (const PanelLight& p : description.panels) {
        p.validate();
        area_lights.emplace_back(p);
        emits = emits || area_lights.back().luminance_at_centre() > 0;
        MeshData m;
        m.mesh.positions_m = {to_float(p.corner_m), to_float(p.corner_m + p.edge_u_m),
                              to_float(p.corner_m + p.edge_u_m + p.edge_v_m),
                              to_float(p.corner_m + p.edge_v_m)};
        m.mesh.faces = {{0, 1, 2}, {0, 2, 3}};
        panel_meshes.push_back(std::move(m));
    }
    if (description.environment) {
        const Environment& e = *description.environment;
        if (!e.map) throw Error(ErrorKind::BadData, "environment without a map").where("scene.environment");
        if (!(e.scale > 0 && e.scale < 1e9) || !(std::fabs(e.heading_rad) < 1e4))
            throw Error(ErrorKind::BadData, "number out of range")
                .where("scene.environment")
                .expected("scale > 0, |heading_rad| < 1e4");
        emits = true;
    }
    if (!emits)
        throw Error(ErrorKind::BadData, "nothing emits light")
            .where("scene")
            .hint("add an environment or a panel");
    Vec3d sum;
    size_t count = 0;
    const auto add = [&](const MeshData& m) {
        for (const Vec3f p : m.mesh.positions_m) sum += to_double(p), ++count;
    };
    if (!films.empty())
        for (const FilmData& f : films) add(f.surface);
    else
        for (const ObjectData& o : objects) add(o.surface);
    const Vec3f centre = count > 0 ? to_float(sum / double(count)) : Vec3f{};
    lights = LightSet(description.environment, std::move(area_lights), centre);
}
SceneData::~SceneData() = default;

namespace {

constexpr int kMaxCrossings = 16;

/// State of one shadow ray, reached from the filter below.
struct ShadowContext {
    RTCIntersectContext context;  // first: the library hands back its address
    Vec3f direction, transmittance{1, 1, 1};
    float width_m, spread_rad;
    float time_s = 0;
    bool unblurred = false;
    int count = 0;
    std::array<std::pair<const FilmData*, uint32_t>, kMaxCrossings> seen;
};

/// Called for each film face on a shadow ray: takes the straight-through part and lets the ray go on. Spatial
/// splits may report a face twice.
void film_filter(const RTCFilterFunctionNArguments* args) {
    const auto& film = *static_cast<const FilmData*>(args->geometryUserPtr);
    auto& ray = *reinterpret_cast<ShadowContext*>(args->context);
    const FilmModel &clean = film.model_of(false, ray.unblurred),
                    &greasy = film.model_of(true, ray.unblurred);
    if ((clean.transmission_alpha > 0 && greasy.transmission_alpha > 0) || ray.count == kMaxCrossings)
        return;  // the hit stands: blocked
    Hit hit;
    hit.face = RTCHitN_primID(args->hit, args->N, 0);
    for (int k = 0; k < ray.count; ++k)
        if (ray.seen[size_t(k)] == std::pair(&film, hit.face)) {
            args->valid[0] = 0;
            return;
        }
    hit.b1 = RTCHitN_u(args->hit, args->N, 0);
    hit.b2 = RTCHitN_v(args->hit, args->N, 0);
    hit.distance_m = RTCRayN_tfar(args->ray, args->N, 0);
    hit.time_s = ray.time_s;
    const SurfacePoint p = film.point(hit, ray.direction);
    const Vec3f tau = film.transmittance(p.uv, ray.width_m + ray.spread_rad * hit.distance_m);
    const float cosine = -dot(p.shading, ray.direction), grease = film.grease(p.uv);
    Vec3f straight = film_straight_transmittance(clean, tau, cosine);
    if (grease > 0)
        straight = straight * (1 - grease) + film_straight_transmittance(greasy, tau, cosine) * grease;
    ray.transmittance = ray.transmittance * straight;
    ray.seen[size_t(ray.count++)] = {&film, hit.face};
    const Vec3f t = ray.transmittance;
    if (std::max({t.x, t.y, t.z}) < 1e-6f) return;
    args->valid[0] = 0;
}

void attach(RTCDevice device, RTCScene scene, const MeshData& surface, float time_span_s,
            const FilmData* film) {
    const Mesh& mesh = surface.mesh;
    RTCGeometry g = rtcNewGeometry(device, RTC_GEOMETRY_TYPE_TRIANGLE);
    const bool moves = time_span_s > 0 && !surface.velocities_m_per_s.empty();
    rtcSetGeometryTimeStepCount(g, moves ? 2 : 1);
    // The library may read 16 bytes at the last vertex: its own buffers are padded, ours are not.
    const auto vertices = [&](unsigned step) {
        return static_cast<Vec3f*>(rtcSetNewGeometryBuffer(g, RTC_BUFFER_TYPE_VERTEX, step, RTC_FORMAT_FLOAT3,
                                                           sizeof(Vec3f), mesh.positions_m.size()));
    };
    Vec3f* v = vertices(0);
    Vec3f* end = moves ? vertices(1) : v;
    auto* f = static_cast<Tri*>(rtcSetNewGeometryBuffer(g, RTC_BUFFER_TYPE_INDEX, 0, RTC_FORMAT_UINT3,
                                                        sizeof(Tri), mesh.faces.size()));
    if (v == nullptr || end == nullptr || f == nullptr) {
        rtcReleaseGeometry(g);
        throw Error(ErrorKind::TryAgain, "no memory for a mesh in the ray tracer");
    }
    std::copy(mesh.positions_m.begin(), mesh.positions_m.end(), v);
    if (moves)
        for (size_t k = 0; k < mesh.positions_m.size(); ++k) {
            const Vec3f half_way = surface.velocities_m_per_s[k] * (0.5f * time_span_s);
            v[k] = mesh.positions_m[k] - half_way;
            end[k] = mesh.positions_m[k] + half_way;
        }
    std::copy(mesh.faces.begin(), mesh.faces.end(), f);
    if (film != nullptr) {
        rtcSetGeometryUserData(g, const_cast<FilmData*>(film));
        rtcSetGeometryOccludedFilterFunction(g, film_filter);
    }
    rtcCommitGeometry(g);
    rtcAttachGeometry(scene, g);
    rtcReleaseGeometry(g);
}

/// @param time of the library, 0..1 over the scene's span
void set_ray(RTCRay& ray, Vec3f origin, Vec3f direction, float distance_m, float time) {
    ray.org_x = origin.x;
    ray.org_y = origin.y;
    ray.org_z = origin.z;
    ray.dir_x = direction.x;
    ray.dir_y = direction.y;
    ray.dir_z = direction.z;
    ray.tnear = 0;
    ray.tfar = distance_m;
    ray.time = time;
    ray.mask = ~0u;
    ray.id = 0;
    ray.flags = 0;
}

float fraction_of(float span_s, float time_s) {
    return span_s > 0 ? std::clamp(time_s / span_s + 0.5f, 0.0f, 1.0f) : 0;
}

}  // namespace

bool SceneData::intersect(Vec3f origin, Vec3f direction, Hit& hit, bool coherent, float time_s) const {
    RTCIntersectContext context;
    rtcInitIntersectContext(&context);
    if (coherent) context.flags = RTC_INTERSECT_CONTEXT_FLAG_COHERENT;
    RTCRayHit query;
    set_ray(query.ray, origin, direction, std::numeric_limits<float>::infinity(),
            fraction_of(time_span_s, time_s));
    query.hit.geomID = RTC_INVALID_GEOMETRY_ID;
    query.hit.instID[0] = RTC_INVALID_GEOMETRY_ID;
    rtcIntersect1(traversal->scene, &context, &query);
    if (query.hit.geomID == RTC_INVALID_GEOMETRY_ID) return false;
    hit = {query.ray.tfar, query.hit.geomID, query.hit.primID, query.hit.u, query.hit.v, time_s};
    return true;
}

unsigned SceneData::intersect(const RayPacket& rays, PacketHits& hits) const {
    static_assert(RayPacket::kMost == 8, "the width of the traversal kernels of kIsa");
    RTCIntersectContext context;
    rtcInitIntersectContext(&context);
    context.flags = RTC_INTERSECT_CONTEXT_FLAG_COHERENT;
    alignas(32) std::array<int, RayPacket::kMost> valid;
    RTCRayHit8 query;
    for (size_t k = 0; k < RayPacket::kMost; ++k) {
        valid[k] = int(k) < rays.count ? -1 : 0;
        const size_t from = valid[k] != 0 ? k : 0;  // idle lanes hold numbers, too
        query.ray.org_x[k] = rays.origins[from].x;
        query.ray.org_y[k] = rays.origins[from].y;
        query.ray.org_z[k] = rays.origins[from].z;
        query.ray.dir_x[k] = rays.directions[from].x;
        query.ray.dir_y[k] = rays.directions[from].y;
        query.ray.dir_z[k] = rays.directions[from].z;
        query.ray.tnear[k] = 0;
        query.ray.tfar[k] = std::numeric_limits<float>::infinity();
        query.ray.time[k] = fraction_of(time_span_s, rays.times_s[from]);
        query.ray.mask[k] = ~0u;
        query.ray.id[k] = query.ray.flags[k] = 0;
        query.hit.geomID[k] = query.hit.instID[0][k] = RTC_INVALID_GEOMETRY_ID;
    }
    rtcIntersect8(valid.data(), traversal->scene, &context, &query);
    unsigned met = 0;
    for (size_t k = 0; k < size_t(rays.count); ++k) {
        if (query.hit.geomID[k] == RTC_INVALID_GEOMETRY_ID) continue;
        met |= 1u << k;
        hits[k] = {query.ray.tfar[k], query.hit.geomID[k], query.hit.primID[k],
                   query.hit.u[k],    query.hit.v[k],      rays.times_s[k]};
    }
    return met;
}

Vec3f SceneData::visibility(Vec3f origin, Vec3f direction, float distance_m, float width_m, float spread_rad,
                            float time_s, bool unblurred) const {
    ShadowContext context;
    rtcInitIntersectContext(&context.context);
    context.direction = direction;
    context.width_m = width_m;
    context.spread_rad = spread_rad;
    context.time_s = time_s;
    context.unblurred = unblurred;
    RTCRay ray;
    set_ray(ray, origin, direction, distance_m, fraction_of(time_span_s, time_s));
    rtcOccluded1(traversal->scene, &context.context, &ray);
    return ray.tfar < 0 ? Vec3f{} : context.transmittance;
}

Scene::Scene(const Device& device, SceneDescription description) {
    const FlushToZero mode;
    auto data = std::make_unique<SceneData>(std::move(description));
    data->traversal = std::make_unique<TraversalScene>();
    TraversalScene& t = *data->traversal;
    t.device = device.handle_;
    t.scene = rtcNewScene(device.handle_->device);
    rtcSetSceneBuildQuality(t.scene, RTC_BUILD_QUALITY_HIGH);
    // Without it 14 of 1e8 primary rays slip between neighbouring faces: a hole in every thirtieth ground
    // truth.
    rtcSetSceneFlags(t.scene, RTC_SCENE_FLAG_ROBUST);
    const float span_s = data->time_span_s;
    for (const FilmData& f : data->films) attach(device.handle_->device, t.scene, f.surface, span_s, &f);
    for (const ObjectData& o : data->objects)
        attach(device.handle_->device, t.scene, o.surface, span_s, nullptr);
    for (const MeshData& m : data->panel_meshes) attach(device.handle_->device, t.scene, m, span_s, nullptr);
    // Samples run in parallel above: one thread a build keeps it deterministic.
    run_alone([&] { rtcCommitScene(t.scene); });
    const RTCError error = rtcGetDeviceError(device.handle_->device);
    if (error != RTC_ERROR_NONE)
        throw Error(ErrorKind::Failed, "cannot build the scene").got("code " + std::to_string(int(error)));
    data_ = std::move(data);
}
Scene::~Scene() = default;
Scene::Scene(Scene&&) noexcept = default;
Scene& Scene::operator=(Scene&&) noexcept = default;

}  // namespace radforge::path
