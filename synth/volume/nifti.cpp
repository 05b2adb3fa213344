// SPDX-License-Identifier: Apache-2.0
// Conventions: nifti1.h, methods 2 and 3 of voxel placement; units by xyz_units.
#include "synth/volume/nifti.h"

#include "synth/base/error.h"
#include "synth/base/system_error.h"
#include "synth/volume/lattice.h"

#include <nifti/nifti2_io.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <memory>
#include <vector>

namespace radforge::volume {
namespace {

struct Free {
    void operator()(nifti_image* image) const { nifti_image_free(image); }
};

double mm_per_unit(int units, const std::string& path) {
    switch (units) {
        case NIFTI_UNITS_UNKNOWN:  // most writers of CT leave it open and mean mm
        case NIFTI_UNITS_MM:
            return 1;
        case NIFTI_UNITS_METER:
            return 1000;
        case NIFTI_UNITS_MICRON:
            return 1e-3;
        default:
            throw Error(ErrorKind::BadData, "unknown unit of length")
                .where(path)
                .got(std::to_string(units))
                .hint("set xyz_units in the header");
    }
}

struct CloseFile {
    void operator()(znzptr* file) const { Xznzclose(&file); }
};

/// The library's own loader turns NaN into 0 without a word, so the voxels are read here.
std::vector<std::byte> read_voxels(const nifti_image& image, const std::string& path) {
    const auto fail = [&] {
        throw_if_passing(path);
        throw Error(ErrorKind::BadData, "the voxels are truncated or broken")
            .where(path)
            .hint("copy or export the file again");
    };
    errno = 0;
    std::vector<std::byte> voxels(size_t(image.nvox) * size_t(image.nbyper));
    const std::unique_ptr<znzptr, CloseFile> file(znzopen(image.iname, "rb", nifti_is_gzfile(image.iname)));
    if (!file || image.iname_offset < 0 || znzseek(file.get(), long(image.iname_offset), SEEK_SET) < 0)
        fail();
    constexpr size_t kBlock = size_t(1) << 26;  // the gzip reader takes no more than 2^32 bytes at once
    for (size_t at = 0; at < voxels.size(); at += kBlock) {
        const size_t count = std::min(kBlock, voxels.size() - at);
        if (znzread(voxels.data() + at, 1, count, file.get()) != count) fail();
    }
    if (image.swapsize > 1 && image.byteorder != nifti_short_order())
        nifti_swap_Nbytes(image.nvox * image.nbyper / image.swapsize, image.swapsize, voxels.data());
    return voxels;
}

template <class T>
void convert(const nifti_image& image, const void* voxels, Lattice& out, VoxelReport& report) {
    const T* values = static_cast<const T*>(voxels);
    const bool scaled = image.scl_slope != 0 && std::isfinite(image.scl_slope);
    const double slope = scaled ? image.scl_slope : 1, intercept = scaled ? image.scl_inter : 0;
    out.hu.resize(size_t(image.nvox));
    for (size_t i = 0; i < out.hu.size(); ++i) {
        const double hu = std::round(double(values[i]) * slope + intercept);
        if (std::isnan(hu)) {
            out.hu[i] = Volume::kHuPadding;
            ++report.padding_voxels;
            continue;
        }
        if (hu < -32767 || hu > 32767) ++report.clamped_voxels;
        out.hu[i] = int16_t(std::clamp(hu, -32767.0, 32767.0));
    }
}

void convert_any(const nifti_image& image, const void* voxels, Lattice& out, const std::string& path,
                 VoxelReport& report) {
    switch (image.datatype) {
        case DT_INT8:
            return convert<int8_t>(image, voxels, out, report);
        case DT_UINT8:
            return convert<uint8_t>(image, voxels, out, report);
        case DT_INT16:
            return convert<int16_t>(image, voxels, out, report);
        case DT_UINT16:
            return convert<uint16_t>(image, voxels, out, report);
        case DT_INT32:
            return convert<int32_t>(image, voxels, out, report);
        case DT_UINT32:
            return convert<uint32_t>(image, voxels, out, report);
        case DT_INT64:
            return convert<int64_t>(image, voxels, out, report);
        case DT_FLOAT32:
            return convert<float>(image, voxels, out, report);
        case DT_FLOAT64:
            return convert<double>(image, voxels, out, report);
        default:
            throw Error(ErrorKind::BadData, "unsupported voxel type")
                .where(path)
                .got(nifti_datatype_string(image.datatype))
                .expected("integers or real numbers")
                .hint("convert it to 16-bit HU");
    }
}

bool ends_in_mixed_case(const std::string& path) {
    const size_t length = path.size() > 3 && (path.back() == 'z' || path.back() == 'Z') ? 7 : 4;
    const std::string suffix = path.substr(path.size() - std::min(length, path.size()));
    const auto has = [&](char from, char to) {
        return std::any_of(suffix.begin(), suffix.end(), [&](char c) { return c >= from && c <= to; });
    };
    return has('a', 'z') && has('A', 'Z');
}

}  // namespace

Volume read_nifti(const std::string& path, VoxelReport& report, double memory_gb) {
    const auto bad = [&](const std::string& what) { return Error(ErrorKind::BadData, what).where(path); };
    if (ends_in_mixed_case(path))
        throw bad("the NIfTI library reads no suffix of capital and small letters")
            .hint("rename it to end in .nii or .nii.gz");
    nifti_set_debug_level(0);  // otherwise the library writes to standard error
    errno = 0;
    const std::unique_ptr<nifti_image, Free> image(nifti_image_read(path.c_str(), 0));
    if (!image) {
        throw_if_passing(path);
        throw bad("no readable NIfTI file").hint("copy or export the file again");
    }
    for (const int64_t n : {image->nt, image->nu, image->nv, image->nw})
        if (n > 1)
            throw bad("a volume has three dimensions")
                .got(std::to_string(image->ndim))
                .hint("split the series");
    for (const int64_t n : {image->nx, image->ny, image->nz})
        if (n < 1 || n > 8192)
            throw bad("impossible size")
                .got(std::to_string(n))
                .expected("1 to 8192")
                .hint("correct the header or resample");
    if (image->nvox > int64_t(1) << 31)
        throw bad("too many voxels")
            .got(std::to_string(image->nvox))
            .expected("at most 2^31")
            .hint("crop or resample it");
    // As stored, as HU, and turned to stand as slices.
    require_memory(path, double(image->nvox) * (image->nbyper + 2. * sizeof(int16_t)), memory_gb);
    const bool has_sform = image->sform_code > 0;
    if (!has_sform && image->qform_code <= 0)
        throw bad("neither sform nor qform says where the voxels are").hint("set one in the header");
    const std::vector<std::byte> voxels = read_voxels(*image, path);
    const nifti_dmat44& affine = has_sform ? image->sto_xyz : image->qto_xyz;
    const double mm = mm_per_unit(image->xyz_units, path);
    const auto lps_column = [&](int j) {
        return Vec3d{-affine.m[0][j], -affine.m[1][j], affine.m[2][j]} * mm;
    };
    Lattice lattice;
    lattice.size = {int(image->nx), int(image->ny), int(image->nz)};
    lattice.step_mm = {lps_column(0), lps_column(1), lps_column(2)};
    lattice.origin_mm = lps_column(3);
    convert_any(*image, voxels.data(), lattice, path, report);
    Volume volume = from_lattice(lattice, path);
    volume.origin = "nifti";
    volume.validate(path);
    volume.identify();
    return volume;
}

}  // namespace radforge::volume
