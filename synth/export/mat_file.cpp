// SPDX-License-Identifier: Apache-2.0
// HDF5 file format specification, version 1.1 (superblock 0); MATLAB "MAT-File Versions": a 7.3 file is HDF5
// behind a user block of 512 bytes that begins with 116 bytes of text and ends, at byte 124, with version and
// "IM".
#include "synth/base/error.h"
#include "synth/export/files.h"

#include <hdf5.h>

#include <algorithm>
#include <mutex>
#include <utility>

namespace radforge::exporter {
namespace {

constexpr size_t kHeaderBytes = 512;

/// Closes what it holds. A negative id is the library's way to fail.
class Handle {
public:
    Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {
        if (id < 0) throw Error(ErrorKind::Failed, "HDF5 refused to make a .mat file");
    }
    ~Handle() { close_(id_); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    operator hid_t() const { return id_; }

private:
    hid_t id_;
    herr_t (*close_)(hid_t);
};

void check(herr_t status) {
    if (status < 0) throw Error(ErrorKind::Failed, "HDF5 failed to write a .mat file");
}

std::string header() {
    std::string text = "MATLAB 7.3 MAT-file, Platform: radforge, HDF5 schema 1.00 .";
    text.resize(116, ' ');
    text.resize(124, '\0');  // no subsystem data
    text += std::string("\x00\x02IM", 4);
    text.resize(kHeaderBytes, '\0');
    return text;
}

/// [H,W,C] to (C, W, H).
std::vector<double> reversed(const Image& values) {
    const auto in = values.view<float>();
    std::vector<double> out;
    out.reserve(values.value_count());
    for (int k = 0; k < values.channels; ++k)
        for (int c = 0; c < values.width_px; ++c)
            for (int r = 0; r < values.height_px; ++r) out.push_back(double(in(r, c, k)));
    return out;
}

void write_dataset(hid_t file, const std::string& name, const Image& values) {
    std::vector<hsize_t> shape = {hsize_t(values.width_px), hsize_t(values.height_px)};
    if (values.channels > 1) shape.insert(shape.begin(), hsize_t(values.channels));
    const Handle space(H5Screate_simple(int(shape.size()), shape.data(), nullptr), H5Sclose);
    const Handle settings(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    check(H5Pset_obj_track_times(settings, false));
    const Handle dataset(
        H5Dcreate2(file, name.c_str(), H5T_IEEE_F64LE, space, H5P_DEFAULT, settings, H5P_DEFAULT), H5Dclose);
    const std::vector<double> data = reversed(values);
    check(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data.data()));
    const char kind[] = "double";
    const Handle type(H5Tcopy(H5T_C_S1), H5Tclose), scalar(H5Screate(H5S_SCALAR), H5Sclose);
    check(H5Tset_size(type, sizeof(kind) - 1));
    const Handle attribute(H5Acreate2(dataset, "MATLAB_class", type, scalar, H5P_DEFAULT, H5P_DEFAULT),
                           H5Aclose);
    check(H5Awrite(attribute, type, kind));
}

}  // namespace

std::string encode_mat(const std::string& name, const Image& values) {
    static std::mutex one_at_a_time;  // Debian's HDF5 is not thread-safe
    const std::lock_guard<std::mutex> lock(one_at_a_time);
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose), creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
    check(H5Pset_fapl_core(access, size_t(1) << 20, false));
    check(H5Pset_userblock(creation, kHeaderBytes));
    const Handle file(H5Fcreate("in-memory.mat", H5F_ACC_TRUNC, creation, access), H5Fclose);
    write_dataset(file, name, values);
    check(H5Fflush(file, H5F_SCOPE_GLOBAL));
    const ssize_t size = H5Fget_file_image(file, nullptr, 0);  // without the user block
    if (size <= 0) throw Error(ErrorKind::Failed, "HDF5 kept no image of a .mat file");
    std::string bytes = header();
    bytes.resize(kHeaderBytes + size_t(size));
    if (H5Fget_file_image(file, bytes.data() + kHeaderBytes, size_t(size)) != size)
        throw Error(ErrorKind::Failed, "HDF5 failed to hand over a .mat file");
    return bytes;
}

}  // namespace radforge::exporter
