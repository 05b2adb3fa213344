// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/tar_writer.h"

#include "synth/base/error.h"

namespace radforge::shard {
namespace {

/// Digits in octal with leading zeros, then NUL.
void put_octal(std::string& header, size_t offset, size_t digits, uint64_t value) {
    for (size_t i = digits; i-- > 0; value >>= 3) header[offset + i] = char('0' + (value & 7));
}

}  // namespace

std::string tar_header(const std::string& name, uint64_t size) {
    if (name.empty() || name.size() > 99)
        throw Error(ErrorKind::BadData, "member name of wrong length")
            .where(name)
            .expected("1 to 99 characters");
    if (size >= (uint64_t(1) << 33))
        throw Error(ErrorKind::BadData, "member too large")
            .where(name)
            .got(std::to_string(size) + " bytes")
            .expected("less than 8 GiB");
    std::string header(kTarBlock, '\0');
    header.replace(0, name.size(), name);
    put_octal(header, 100, 7, 0444);
    put_octal(header, 108, 7, 0);
    put_octal(header, 116, 7, 0);
    put_octal(header, 124, 11, size);
    put_octal(header, 136, 11, 0);
    header.replace(148, 8, 8, ' ');  // the checksum counts its own field as spaces
    header[156] = '0';
    header.replace(257, 5, "ustar");
    header.replace(263, 2, "00");
    put_octal(header, 329, 7, 0);
    put_octal(header, 337, 7, 0);
    uint64_t sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    put_octal(header, 148, 6, sum);
    header[154] = '\0';
    return header;
}

void append_tar_member(std::string& tar, const std::string& name, Span<const std::byte> content) {
    tar += tar_header(name, content.size());
    tar.append(reinterpret_cast<const char*>(content.data()), content.size());
    tar.append(tar_padding(content.size()), '\0');
}

}  // namespace radforge::shard
