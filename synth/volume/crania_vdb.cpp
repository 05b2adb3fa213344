// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/crania_vdb.h"

#include "synth/base/error.h"
#include "synth/volume/density.h"
#include "synth/volume/phantom_tissue.h"

#include <openvdb/io/File.h>
#include <openvdb/openvdb.h>

#include <cmath>
#include <cstdlib>
#include <utility>

namespace radforge::volume {
namespace {

namespace vdb = openvdb::OPENVDB_VERSION_NAME;

constexpr const char* kSizeKey = "radforge_sparse_size";
constexpr const char* kBodyPartKey = "radforge_body_part";
constexpr float kAirHu = -1000;

Vec3d from_vdb(const vdb::Vec3d& v) { return {v.x(), v.y(), v.z()}; }

/// Index (column, row, slice) to LPS mm. @throws Error when slices are not evenly spaced
vdb::math::Transform::Ptr placement(const Volume& v, const std::string& path) {
    const Vec3d column = v.column_spacing_mm * v.row_direction, row = v.row_spacing_mm * v.column_direction;
    const Vec3d first = v.slice_origin_mm.front();
    const Vec3d slice = v.slices > 1 ? (v.slice_origin_mm.back() - first) / double(v.slices - 1)
                                     : v.slice_thickness_mm * v.normal();
    for (int s = 0; s < v.slices; ++s)
        if (length(v.slice_origin_mm[size_t(s)] - first - double(s) * slice) > 1e-3 * length(slice))
            throw Error(ErrorKind::BadData, "a sparse file cannot hold unevenly spaced slices")
                .where(path)
                .got("slice " + std::to_string(s) + " off the grid")
                .hint("resample the volume to a regular grid first");
    const double m[16] = {column.x, column.y, column.z, 0, row.x,   row.y,   row.z,   0,
                          slice.x,  slice.y,  slice.z,  0, first.x, first.y, first.z, 1};
    return vdb::math::Transform::createLinearTransform(vdb::Mat4d(m));
}

template <class Grid>
typename Grid::Ptr make_grid(const char* name, typename Grid::ValueType background, const Volume& v,
                             const vdb::math::Transform::Ptr& transform) {
    auto grid = Grid::create(background);
    grid->setName(name);
    grid->setTransform(transform->copy());
    grid->insertMeta(kSizeKey, vdb::Vec3IMetadata({v.columns, v.rows, v.slices}));
    grid->insertMeta(kBodyPartKey, vdb::Int32Metadata(int32_t(v.body_part)));
    return grid;
}

template <class Grid>
typename Grid::Ptr read_grid(vdb::io::File& file, const char* name, const std::string& path) {
    auto grid = file.hasGrid(name) ? vdb::gridPtrCast<Grid>(file.readGrid(name)) : nullptr;
    if (!grid || !(*grid)[kSizeKey])
        throw Error(ErrorKind::BadData, std::string("no grid '") + name + "' of a sparse volume")
            .where(path)
            .hint("write it with write_sparse_vdb(), or read other files with read_vdb()");
    return grid;
}

void place(const vdb::FloatGrid& grid, const std::string& path, Volume& v) {
    const vdb::Vec3i size = grid.metaValue<vdb::Vec3i>(kSizeKey);
    for (int a = 0; a < 3; ++a)
        if (size[a] < 1 || size[a] > 2048) throw Error(ErrorKind::BadData, "impossible size").where(path);
    v.columns = size.x(), v.rows = size.y(), v.slices = size.z();
    const int part = grid.metaValue<int32_t>(kBodyPartKey);
    if (part < 0 || part > int(BodyPart::Extremity))
        throw Error(ErrorKind::BadData, "unknown body part").where(path);
    v.body_part = BodyPart(part);
    const auto& map = grid.transform();
    if (!map.isLinear()) throw Error(ErrorKind::BadData, "the grid's transform is not affine").where(path);
    const Vec3d first = from_vdb(map.indexToWorld(vdb::Vec3d(0)));
    const Vec3d column = from_vdb(map.indexToWorld(vdb::Vec3d(1, 0, 0))) - first,
                row = from_vdb(map.indexToWorld(vdb::Vec3d(0, 1, 0))) - first,
                slice = from_vdb(map.indexToWorld(vdb::Vec3d(0, 0, 1))) - first;
    v.column_spacing_mm = length(column), v.row_spacing_mm = length(row),
    v.slice_thickness_mm = length(slice);
    v.row_direction = column / v.column_spacing_mm, v.column_direction = row / v.row_spacing_mm;
    for (int s = 0; s < v.slices; ++s) v.slice_origin_mm.push_back(first + double(s) * slice);
}

}  // namespace

int64_t write_sparse_vdb(const Volume& volume, const std::string& path) {
    volume.validate(path);
    vdb::initialize();
    const auto transform = placement(volume, path);
    const auto density = make_grid<vdb::FloatGrid>("density", 0, volume, transform);
    const auto hu = make_grid<vdb::FloatGrid>("hu", kAirHu, volume, transform);
    const auto label = make_grid<vdb::Int32Grid>("label", 0, volume, transform);
    density->setGridClass(vdb::GRID_FOG_VOLUME);
    auto to_density = density->getAccessor();
    auto to_hu = hu->getAccessor();
    auto to_label = label->getAccessor();
    size_t i = 0;
    for (int s = 0; s < volume.slices; ++s)
        for (int r = 0; r < volume.rows; ++r)
            for (int c = 0; c < volume.columns; ++c, ++i) {
                const uint8_t tissue = volume.labels.empty() ? uint8_t(Tissue::Air) : volume.labels[i];
                const float density_here = density_from_hu(volume.hu[i]);
                if (tissue == uint8_t(Tissue::Air) && density_here <= 0) continue;
                const vdb::Coord at(c, r, s);
                to_hu.setValue(at, volume.hu[i]);
                if (density_here > 0) to_density.setValue(at, density_here);
                if (tissue != uint8_t(Tissue::Air)) to_label.setValue(at, tissue);
            }
    vdb::GridPtrVec grids{density, hu};
    if (!volume.labels.empty()) grids.push_back(label);
    try {
        vdb::io::File(path).write(grids);
    } catch (const vdb::Exception& problem) {
        throw Error(ErrorKind::Failed, problem.what()).where(path);
    }
    return int64_t(hu->activeVoxelCount());
}

Volume read_sparse_vdb(const std::string& path) {
    vdb::initialize();
    try {
        vdb::io::File file(path);
        file.open();
        const auto hu = read_grid<vdb::FloatGrid>(file, "hu", path);
        const bool labelled = file.hasGrid("label");
        const auto label =
            labelled ? read_grid<vdb::Int32Grid>(file, "label", path) : vdb::Int32Grid::create(0);
        Volume v;
        place(*hu, path, v);
        const size_t voxels = size_t(v.columns) * size_t(v.rows) * size_t(v.slices);
        v.hu.reserve(voxels);
        const auto from_hu = hu->getConstAccessor();
        const auto from_label = label->getConstAccessor();
        for (int s = 0; s < v.slices; ++s)
            for (int r = 0; r < v.rows; ++r)
                for (int c = 0; c < v.columns; ++c) {
                    const float value = from_hu.getValue({c, r, s});
                    if (!(value >= -32768 && value <= 32767))
                        throw Error(ErrorKind::BadData, "a voxel is no CT number")
                            .where(path)
                            .got(std::to_string(value));
                    v.hu.push_back(int16_t(std::lround(value)));
                    if (!labelled) continue;
                    const int tissue = from_label.getValue({c, r, s});
                    if (tissue < 0 || tissue >= int(kTissueCount))
                        throw Error(ErrorKind::BadData, "unknown label")
                            .where(path)
                            .got(std::to_string(tissue));
                    v.labels.push_back(uint8_t(tissue));
                }
        v.origin = "vdb";
        v.validate(path);
        v.identify();
        return v;
    } catch (const vdb::Exception& problem) {
        throw Error(ErrorKind::BadData, problem.what()).where(path);
    }
}

}  // namespace radforge::volume
