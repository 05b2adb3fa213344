// SPDX-License-Identifier: Apache-2.0
#include "synth/base/error.h"
#include "synth/shard/codec.h"

#include <libdeflate.h>

#include <cctype>
#include <cstring>
#include <memory>

namespace radforge::shard {
namespace {

constexpr char kMagic[] = "\x93NUMPY\x01\x00";
constexpr size_t kPrefix = 10;  // magic, version, length of the header

struct Descriptor {
    PixelType type;
    const char* text;
};
constexpr Descriptor kDescriptors[] = {{PixelType::U8, "|u1"},
                                       {PixelType::I16, "<i2"},
                                       {PixelType::U16, "<u2"},
                                       {PixelType::F16, "<f2"},
                                       {PixelType::F32, "<f4"}};

/// Bytes of an array, checked against overflow.
size_t byte_count(PixelType type, const std::vector<int64_t>& shape) {
    size_t count = bytes_per_value(type);
    for (const int64_t side : shape) {
        if (side < 0 || (side > 0 && count > SIZE_MAX / 2 / size_t(side)))
            throw Error(ErrorKind::BadData, "NPY: impossible shape");
        count *= size_t(side);
    }
    return count;
}

/// Reads the dictionary that numpy writes, keys in any order.
class HeaderParser {
public:
    explicit HeaderParser(const std::string& text) : text_(text) {}

    NdArray parse() {
        NdArray array;
        bool descr = false, order = false, shape = false;
        expect('{');
        while (!accept('}')) {
            const std::string key = quoted();
            expect(':');
            if (key == "descr") {
                array.type = type_of(quoted());
                descr = true;
            } else if (key == "fortran_order") {
                order = word("False");
                if (!order) fail("Fortran order");
            } else if (key == "shape") {
                array.shape = tuple();
                shape = true;
            } else {
                fail("unknown key '" + key + "'");
            }
            accept(',');
        }
        skip();
        if (!descr || !order || !shape || at_ != text_.size()) fail("incomplete dictionary");
        return array;
    }

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw Error(ErrorKind::BadData, "NPY header: " + what).got(text_);
    }
    void skip() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    }
    bool accept(char c) {
        skip();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void expect(char c) {
        if (!accept(c)) fail(std::string("'") + c + "' missing");
    }
    bool word(const std::string& wanted) {
        skip();
        if (text_.compare(at_, wanted.size(), wanted) != 0) return false;
        at_ += wanted.size();
        return true;
    }
    std::string quoted() {
        expect('\'');
        const size_t end = text_.find('\'', at_);
        if (end == std::string::npos) fail("open quote");
        const std::string inner = text_.substr(at_, end - at_);
        at_ = end + 1;
        return inner;
    }
    std::vector<int64_t> tuple() {
        std::vector<int64_t> sides;
        expect('(');
        while (!accept(')')) {
            skip();
            int64_t side = 0;
            const size_t start = at_;
            while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && at_ - start < 18)
                side = side * 10 + (text_[at_++] - '0');
            if (at_ == start) fail("shape");
            sides.push_back(side);
            accept(',');
        }
        return sides;
    }
    PixelType type_of(const std::string& descriptor) const {
        for (const Descriptor& known : kDescriptors)
            if (descriptor == known.text) return known.type;
        fail("dtype '" + descriptor + "'");
    }

    const std::string& text_;
    size_t at_ = 0;
};

struct FreeCompressor {
    void operator()(libdeflate_compressor* c) const { libdeflate_free_compressor(c); }
};
struct FreeDecompressor {
    void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
};

}  // namespace

std::string npy_header(const NdArray& array) {
    if (byte_count(array.type, array.shape) != array.bytes.size())
        throw Error(ErrorKind::BadData, "array whose bytes do not fit its shape")
            .got(std::to_string(array.bytes.size()) + " bytes");
    std::string header = "{'descr': '";
    for (const Descriptor& known : kDescriptors)
        if (known.type == array.type) header += known.text;
    header += "', 'fortran_order': False, 'shape': (";
    for (size_t i = 0; i < array.shape.size(); ++i) {
        if (i > 0) header += ", ";
        header += std::to_string(array.shape[i]);
    }
    header += array.shape.size() == 1 ? ",), }" : "), }";
    header.append((64 - (kPrefix + header.size() + 1) % 64) % 64, ' ');
    header += '\n';
    const char size[] = {char(header.size() & 255), char(header.size() >> 8 & 255)};
    return std::string(kMagic, 8).append(size, 2) + header;
}

std::string encode_npy(const NdArray& array) {
    return npy_header(array).append(reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size());
}

NpyView view_npy(Span<const std::byte> bytes) {
    if (bytes.size() < kPrefix || std::memcmp(bytes.data(), kMagic, 6) != 0)
        throw Error(ErrorKind::BadData, "not an NPY file");
    if (std::memcmp(bytes.data(), kMagic, 8) != 0)
        throw Error(ErrorKind::BadData, "NPY version")
            .got(std::to_string(int(bytes[6])) + "." + std::to_string(int(bytes[7])))
            .expected("1.0");
    const size_t length = size_t(bytes[8]) | size_t(bytes[9]) << 8;
    if (bytes.size() < kPrefix + length) throw Error(ErrorKind::BadData, "NPY: the header is cut");
    const std::string header(reinterpret_cast<const char*>(bytes.data()) + kPrefix, length);
    NdArray array = HeaderParser(header).parse();
    const Span<const std::byte> content = bytes.from(kPrefix + length);
    const size_t wanted = byte_count(array.type, array.shape);
    if (content.size() != wanted)
        throw Error(ErrorKind::BadData, "NPY: wrong size")
            .got(std::to_string(content.size()) + " bytes")
            .expected(std::to_string(wanted));
    return {array.type, std::move(array.shape), content};
}

NdArray decode_npy(Span<const std::byte> bytes) {
    NpyView view = view_npy(bytes);
    return {view.type, std::move(view.shape), std::vector<std::byte>(view.values.begin(), view.values.end())};
}

std::string compress_gzip(Span<const std::byte> bytes) {
    const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor(libdeflate_alloc_compressor(6));
    RADFORGE_ASSERT(compressor);
    std::string out(libdeflate_gzip_compress_bound(compressor.get(), bytes.size()), '\0');
    const size_t size =
        libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(), out.data(), out.size());
    RADFORGE_ASSERT(size > 0);
    out.resize(size);
    return out;
}

std::string decompress_gzip(Span<const std::byte> bytes) {
    if (bytes.size() < 18) throw Error(ErrorKind::BadData, "gzip: cut");
    // RFC 1952: the last four bytes hold the size before compression; deflate never reaches 1032 : 1.
    size_t size = 0;
    for (size_t i = 0; i < 4; ++i) size |= size_t(bytes[bytes.size() - 4 + i]) << (8 * i);
    if (size / 1032 > bytes.size()) throw Error(ErrorKind::BadData, "gzip: impossible size");
    const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor(
        libdeflate_alloc_decompressor());
    RADFORGE_ASSERT(decompressor);
    std::string out(size, '\0');
    size_t used = 0;
    if (libdeflate_gzip_decompress_ex(decompressor.get(), bytes.data(), bytes.size(), out.data(), out.size(),
                                      &used, nullptr) != LIBDEFLATE_SUCCESS ||
        used != bytes.size())
        throw Error(ErrorKind::BadData, "gzip: damaged");
    return out;
}

}  // namespace radforge::shard
