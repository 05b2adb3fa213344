// SPDX-License-Identifier: Apache-2.0
#include "synth/base/mesh.h"

#include "synth/base/error.h"

namespace radforge {

void Mesh::validate(const std::string& name) const {
    if (!uv.empty() && uv.size() != positions_m.size())
        throw Error(ErrorKind::BadData, "mesh has a different number of texture coordinates")
            .where(name)
            .got(std::to_string(uv.size()))
            .expected(std::to_string(positions_m.size()));
    for (const Vec3f& p : positions_m)
        if (!std::isfinite(p.x) || !std::isfinite(p.y) || !std::isfinite(p.z))
            throw Error(ErrorKind::BadData, "mesh position is not finite").where(name);
    for (const Vec2f& t : uv)
        if (!std::isfinite(t.x) || !std::isfinite(t.y))
            throw Error(ErrorKind::BadData, "mesh texture coordinate is not finite").where(name);
    for (const Tri& f : faces)
        for (const uint32_t i : f)
            if (i >= positions_m.size())
                throw Error(ErrorKind::BadData, "mesh index out of range")
                    .where(name)
                    .got(std::to_string(i))
                    .expected("below " + std::to_string(positions_m.size()));
}

Mesh grid_mesh(int columns, int rows, std::vector<Vec3f> positions_m) {
    RADFORGE_ASSERT(columns >= 2 && rows >= 2 && positions_m.size() == size_t(columns) * size_t(rows));
    Mesh mesh;
    mesh.positions_m = std::move(positions_m);
    mesh.uv.reserve(mesh.positions_m.size());
    for (int j = 0; j < rows; ++j)
        for (int i = 0; i < columns; ++i)
            mesh.uv.push_back({float(i) / float(columns - 1), float(j) / float(rows - 1)});
    mesh.faces.reserve(2 * size_t(columns - 1) * size_t(rows - 1));
    for (int j = 0; j + 1 < rows; ++j)
        for (int i = 0; i + 1 < columns; ++i) {
            const auto a = uint32_t(j * columns + i), b = a + 1, c = a + uint32_t(columns), d = c + 1;
            mesh.faces.push_back({a, b, d});
            mesh.faces.push_back({a, d, c});
        }
    return mesh;
}

}  // namespace radforge
