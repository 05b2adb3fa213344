// SPDX-License-Identifier: Apache-2.0
/// A scene to render: films, opaque objects, luminous panels and an environment. World frame: metres, y up.
#pragma once
#include "render/path/environment.h"
#include "render/path/material.h"
#include "synth/base/mesh.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace radforge::path {

struct SceneData;

/// Instruction set of the traversal kernels: part of the maths class, never chosen by timing.
constexpr const char* kIsa = "avx2";

/// The ray-tracing library's state; one serves any number of scenes on any thread.
class Device {
public:
    /// @param isa one of sse2, sse4.2, avx, avx2, avx512
    /// @throws Error when the device cannot be made
    explicit Device(const std::string& isa = kIsa);
    ~Device();
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

private:
    friend class Scene;
    struct Handle;
    std::shared_ptr<Handle> handle_;
};

struct FilmObject {
    Mesh mesh;  ///< with uv; consistently oriented
    FilmMaterial material;
    std::vector<Vec3f> velocities_m_per_s{};  ///< of the vertices, constant; empty: at rest
};

struct OpaqueObject {
    std::string name;  ///< for messages
    Mesh mesh;         ///< uv needed only with a texture
    LambertMaterial material;
    bool smooth = false;                      ///< shade with normals interpolated between vertices
    std::vector<Vec3f> velocities_m_per_s{};  ///< as a film's
};

struct SceneDescription {
    std::vector<FilmObject> films;
    std::vector<OpaqueObject> objects;
    std::vector<PanelLight> panels;
    std::optional<Environment> environment;
    /// Positions are those of time 0; what moves does so for this long, half of it before time 0.
    double time_span_s = 0;
};

/// Immutable after construction; const use is thread-safe. Object ids: 0 nothing, then films, objects, panels
/// in order.
class Scene {
public:
    /// @throws Error when a mesh, material or light is not valid, or nothing emits light
    Scene(const Device& device, SceneDescription description);
    ~Scene();
    Scene(Scene&&) noexcept;
    Scene& operator=(Scene&&) noexcept;

    const SceneData& data() const { return *data_; }  ///< for the integrator and the maps

private:
    std::unique_ptr<const SceneData> data_;
};

}  // namespace radforge::path
