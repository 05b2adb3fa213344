// SPDX-License-Identifier: Apache-2.0
// APPNOTE.TXT, .ZIP file format specification 6.3, sections 4.3.7, 4.3.12 and 4.3.16: one stored entry.
#include "synth/base/error.h"
#include "synth/export/files.h"
#include "synth/shard/codec.h"

#include <zlib.h>

#include <cstdint>

namespace radforge::exporter {
namespace {

void put(std::string& out, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out.push_back(char(value >> (8 * i) & 255));
}

/// The fields that local header and central directory share, from "version needed" to the length of the extra
/// field.
std::string common(uint32_t checksum, size_t size, size_t name_length) {
    std::string out;
    put(out, 20, 2);    // version 2.0
    put(out, 0, 2);     // flags
    put(out, 0, 2);     // stored
    put(out, 0, 2);     // time
    put(out, 0x21, 2);  // 1980-01-01
    put(out, checksum, 4);
    put(out, size, 4);
    put(out, size, 4);
    put(out, name_length, 2);
    put(out, 0, 2);
    return out;
}

}  // namespace

std::string encode_npz(const std::string& name, const Image& values) {
    NdArray array;
    array.type = PixelType::F32;
    array.shape = {values.height_px, values.width_px, values.channels};
    array.bytes = values.bytes;
    const std::string data = shard::encode_npy(array), member = name + ".npy";
    RADFORGE_ASSERT(values.type == PixelType::F32 && data.size() < 0x7fffffff);
    const auto checksum = uint32_t(crc32(0, reinterpret_cast<const Bytef*>(data.data()), uInt(data.size())));
    const std::string fields = common(checksum, data.size(), member.size());
    std::string out;
    put(out, 0x04034b50, 4);
    out += fields + member + data;
    const size_t directory = out.size();
    put(out, 0x02014b50, 4);
    put(out, 20, 2);
    out += fields;
    put(out, 0, 2);  // comment
    put(out, 0, 2);  // disk
    put(out, 0, 2);  // internal attributes
    put(out, 0, 4);  // external attributes
    put(out, 0, 4);  // offset of the local header
    out += member;
    const size_t directory_size = out.size() - directory;
    put(out, 0x06054b50, 4);
    put(out, 0, 2);
    put(out, 0, 2);
    put(out, 1, 2);
    put(out, 1, 2);
    put(out, directory_size, 4);
    put(out, directory, 4);
    put(out, 0, 2);
    return out;
}

}  // namespace radforge::exporter
