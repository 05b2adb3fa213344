// SPDX-License-Identifier: Apache-2.0
#include "render/xray/sparse_grid.h"

#include "render/xray/sparse_tree.h"
#include "synth/base/error.h"

#include <nanovdb/util/NanoToOpenVDB.h>
#include <nanovdb/util/OpenToNanoVDB.h>
#include <openvdb/io/File.h>
#include <openvdb/io/Stream.h>
#include <openvdb/openvdb.h>

#include <cmath>
#include <fstream>

namespace radforge::xray {
namespace {

Error bad(const std::string& where, const std::string& what) {
    return Error(ErrorKind::BadData, what).where(where);
}

// A stream of our own that throws at the end of the file: io::File would read a truncated file as garbage.
openvdb::GridPtrVec read_grids(const std::string& path) {
    try {
        std::ifstream stream(path, std::ios::binary);
        if (!stream) throw bad(path, "cannot be opened");
        stream.exceptions(std::ios::badbit | std::ios::failbit | std::ios::eofbit);
        return *openvdb::io::Stream(stream, false).getGrids();
    } catch (const std::ios::failure&) {
        throw bad(path, "OpenVDB file is truncated").hint("copy it again");
    } catch (const openvdb::Exception& error) {
        throw bad(path, std::string("cannot be read as OpenVDB: ") + error.what());
    }
}

openvdb::FloatGrid::Ptr only_float_grid(const std::string& path, const std::string& wanted) {
    std::string names;
    openvdb::FloatGrid::Ptr found;
    int matches = 0;
    for (const openvdb::GridBase::Ptr& base : read_grids(path)) {
        names += (names.empty() ? "" : ", ") + base->getName();
        if (!wanted.empty() && base->getName() != wanted) continue;
        if (const auto grid = openvdb::gridPtrCast<openvdb::FloatGrid>(base)) {
            found = grid;
            ++matches;
        }
    }
    if (matches != 1)
        throw bad(path, wanted.empty() ? "not exactly one float grid" : "no float grid '" + wanted + "'")
            .got("grids: " + (names.empty() ? "none" : names))
            .hint("name one");
    return found;
}

void check_values(const openvdb::FloatGrid& grid, const std::string& path) {
    if (grid.background() != 0.f)
        throw bad(path, "background of the grid").got(std::to_string(grid.background())).expected("0");
    if (grid.activeVoxelCount() == 0) throw bad(path, "empty volume").expected("active voxels");
    for (auto voxel = grid.cbeginValueOn(); voxel; ++voxel)
        if (!std::isfinite(*voxel)) throw bad(path, "NaN or infinite voxels");
}

// Column k of the linear part of the index-to-world transform.
Mat3d steps_of(const openvdb::math::Transform& transform, const std::string& path) {
    if (!transform.isLinear()) throw bad(path, "grid has a non-linear transform").expected("an affine one");
    const openvdb::Vec3d zero = transform.indexToWorld(openvdb::Vec3d(0));
    Mat3d steps;
    for (int k = 0; k < 3; ++k) {
        openvdb::Vec3d unit(0);
        unit[k] = 1;
        const openvdb::Vec3d step = transform.indexToWorld(unit) - zero;
        for (int row = 0; row < 3; ++row) steps.rows[row][k] = step[row];
    }
    return steps;
}

}  // namespace

SparseGrid SparseGrid::from_grid(const Grid& grid, float tolerance) {
    grid.validate("x-ray volume");
    const openvdb::FloatGrid::Ptr tree = openvdb::FloatGrid::create(0.f);
    auto access = tree->getAccessor();
    for (int z = 0; z < grid.nz; ++z)
        for (int y = 0; y < grid.ny; ++y)
            for (int x = 0; x < grid.nx; ++x)
                if (const float value = grid.at(x, y, z); std::fabs(value) > tolerance)
                    access.setValue(openvdb::Coord(x, y, z), value);
    auto state = std::make_unique<Tree>();
    state->handle = nanovdb::openToNanoVDB(*tree);
    state->box.nx = grid.nx, state->box.ny = grid.ny, state->box.nz = grid.nz;
    state->box.step_mm = grid.step_mm;
    state->box.origin_mm = grid.origin_mm;
    for (int& first : state->first) first = 0;
    return SparseGrid(std::move(state));
}

SparseGrid SparseGrid::read_vdb(const std::string& path, const std::string& grid_name, double mm_per_unit) {
    if (!(mm_per_unit > 0) || !std::isfinite(mm_per_unit))
        throw bad(path, "mm_per_unit").expected("a positive number");
    openvdb::initialize();
    const openvdb::FloatGrid::Ptr tree = only_float_grid(path, grid_name);
    check_values(*tree, path);
    const openvdb::CoordBBox active = tree->evalActiveVoxelBoundingBox();
    auto state = std::make_unique<Tree>();
    Grid& box = state->box;
    box.nx = active.dim().x(), box.ny = active.dim().y(), box.nz = active.dim().z();
    box.step_mm = steps_of(tree->transform(), path);
    for (Vec3d& row : box.step_mm.rows) row *= mm_per_unit;
    const openvdb::Vec3d origin = tree->transform().indexToWorld(active.min());
    box.origin_mm = mm_per_unit * Vec3d{origin[0], origin[1], origin[2]};
    for (int k = 0; k < 3; ++k) state->first[k] = active.min()[k];
    state->handle = nanovdb::openToNanoVDB(*tree);
    return SparseGrid(std::move(state));
}

void SparseGrid::write_vdb(const std::string& path, const std::string& grid_name) const {
    openvdb::initialize();
    const openvdb::GridBase::Ptr base = nanovdb::nanoToOpenVDB(tree_->handle);
    const Mat3d& m = tree_->box.step_mm;
    // OpenVDB multiplies row vectors: row k is the step along index axis k, the last row the place of index
    // 0.
    const Vec3d first{double(tree_->first[0]), double(tree_->first[1]), double(tree_->first[2])};
    const Vec3d zero = tree_->box.origin_mm - m * first;
    const Vec3d x = m.column(0), y = m.column(1), z = m.column(2);
    const openvdb::Mat4R affine(x.x, x.y, x.z, 0., y.x, y.y, y.z, 0., z.x, z.y, z.z, 0., zero.x, zero.y,
                                zero.z, 1.);
    base->setTransform(openvdb::math::Transform::createLinearTransform(affine));
    base->setName(grid_name);
    try {
        openvdb::io::File file(path);
        file.write({base});
        file.close();
    } catch (const std::exception& error) {
        throw Error(ErrorKind::Failed, std::string("cannot be written: ") + error.what()).where(path);
    }
}

SparseGrid::SparseGrid(std::unique_ptr<Tree> tree) : tree_(std::move(tree)) {}
SparseGrid::~SparseGrid() = default;
SparseGrid::SparseGrid(SparseGrid&&) noexcept = default;
SparseGrid& SparseGrid::operator=(SparseGrid&&) noexcept = default;

const Grid& SparseGrid::box() const { return tree_->box; }
int64_t SparseGrid::active_voxels() const { return int64_t(tree_->grid()->activeVoxelCount()); }
size_t SparseGrid::bytes() const { return size_t(tree_->handle.size()); }

}  // namespace radforge::xray
