// SPDX-License-Identifier: Apache-2.0
#include "render/xray/grid.h"

#include "synth/base/error.h"

#include <cmath>
#include <cstdint>

namespace radforge::xray {
namespace {

// One zero voxel pads every side, and offsets into the padded lattice are 32-bit so that 16 lanes gather at
// once.
constexpr int64_t kMaxPadded = INT32_MAX - 64;

void check_sides(int nx, int ny, int nz, const std::string& name) {
    const std::string size = std::to_string(nx) + " x " + std::to_string(ny) + " x " + std::to_string(nz);
    if (nx < 1 || ny < 1 || nz < 1)
        throw Error(ErrorKind::BadData, "empty volume")
            .where(name)
            .got(size)
            .expected("sides of at least 1 voxel");
    const double padded = (double(nx) + 2) * (double(ny) + 2) * (double(nz) + 2);
    if (padded > double(kMaxPadded))
        throw Error(ErrorKind::BadData, "volume too large")
            .where(name)
            .got(size)
            .expected("fewer than 2^31 voxels")
            .hint("resample it, or keep it sparse (.vdb)");
}

double determinant(const Mat3d& m) { return dot(m.rows[0], cross(m.rows[1], m.rows[2])); }

}  // namespace

void Grid::validate(const std::string& name) const {
    check_sides(nx, ny, nz, name);
    if (values.size() != count())
        throw Error(ErrorKind::BadData, "wrong number of voxels")
            .where(name)
            .got(std::to_string(values.size()))
            .expected(std::to_string(count()));
    const double volume_mm3 = determinant(step_mm);
    if (!std::isfinite(volume_mm3) || std::fabs(volume_mm3) < 1e-12 || !std::isfinite(length(origin_mm)))
        throw Error(ErrorKind::BadData, "impossible voxel spacing or placement")
            .where(name)
            .got("voxel volume " + std::to_string(volume_mm3) + " mm3")
            .expected("a positive volume")
            .hint("check the affine of the file");
    size_t bad = 0;
    for (const float v : values) bad += !std::isfinite(v);
    if (bad)
        throw Error(ErrorKind::BadData, "NaN or infinite voxels")
            .where(name)
            .got(std::to_string(bad) + " of " + std::to_string(values.size()))
            .expected("finite values");
}

Grid zero_grid(int nx, int ny, int nz, Vec3d spacing_mm) {
    check_sides(nx, ny, nz, "zero_grid");
    if (!(spacing_mm.x > 0 && spacing_mm.y > 0 && spacing_mm.z > 0))
        throw Error(ErrorKind::BadData, "voxel spacing").where("zero_grid").expected("positive millimetres");
    Grid grid;
    grid.nx = nx, grid.ny = ny, grid.nz = nz;
    grid.values.assign(grid.count(), 0.f);
    grid.step_mm.rows[0] = {spacing_mm.x, 0, 0};
    grid.step_mm.rows[1] = {0, spacing_mm.y, 0};
    grid.step_mm.rows[2] = {0, 0, spacing_mm.z};
    grid.origin_mm = -1.0 * (grid.step_mm * Vec3d{(nx - 1) * .5, (ny - 1) * .5, (nz - 1) * .5});
    return grid;
}

Mat3d inverse(const Mat3d& m) {
    const double det = determinant(m);
    if (!std::isfinite(det) || det == 0) throw Error(ErrorKind::BadData, "singular matrix");
    const Vec3d a = cross(m.rows[1], m.rows[2]), b = cross(m.rows[2], m.rows[0]),
                c = cross(m.rows[0], m.rows[1]);
    const double k = 1 / det;
    return {{{a.x * k, b.x * k, c.x * k}, {a.y * k, b.y * k, c.y * k}, {a.z * k, b.z * k, c.z * k}}};
}

}  // namespace radforge::xray
