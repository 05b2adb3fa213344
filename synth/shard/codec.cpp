// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/codec.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"

#include <nlohmann/json.hpp>

namespace radforge::shard {
namespace {

void check_json(const std::string& text) {
    if (!nlohmann::json::accept(text)) throw Error(ErrorKind::BadData, "not valid JSON");
}

[[noreturn]] void reject(const Field& field) {
    throw Error(ErrorKind::BadData, "value and extension do not fit")
        .where(field.name + "." + field.extension)
        .expected("an image as png or jpg, an array as npy or npy.gz, text as json");
}

std::string encode_image(const Field& field, const Image& image) {
    if (field.extension == "png") return encode_png(image);
    if (field.extension == "jpg") return encode_jpg(image);
    reject(field);
}

std::string encode_array(const Field& field, const NdArray& array) {
    if (field.extension == "npy") return encode_npy(array);
    if (field.extension == "npy.gz") return compress_gzip(bytes_of(encode_npy(array)));
    reject(field);
}

std::string encode_text(const Field& field, const std::string& text) {
    if (field.extension == "json")
        check_json(text);
    else if (field.extension == "jpg")
        decode_jpg(bytes_of(text));  // a stream that cannot be read back must not reach a shard
    else
        reject(field);
    return text;
}

std::string encode_value(const Field& field) {
    if (const auto* image = std::get_if<Image>(&field.value)) return encode_image(field, *image);
    if (const auto* array = std::get_if<NdArray>(&field.value)) return encode_array(field, *array);
    return encode_text(field, std::get<std::string>(field.value));
}

std::variant<Image, NdArray, std::string> decode_value(const std::string& extension,
                                                       Span<const std::byte> bytes) {
    if (extension == "png") return decode_png(bytes);
    if (extension == "jpg") return decode_jpg(bytes);
    if (extension == "npy") return decode_npy(bytes);
    if (extension == "npy.gz") return decode_npy(bytes_of(decompress_gzip(bytes)));
    if (extension == "json") {
        std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        check_json(text);
        return text;
    }
    throw Error(ErrorKind::BadData, "unknown extension").expected("png, jpg, npy, npy.gz or json");
}

}  // namespace

std::string encode(const Field& field) {
    try {
        return encode_value(field);
    } catch (Error& error) {
        throw error.where(field.name + "." + field.extension);
    }
}

Field decode(const std::string& name, const std::string& extension, Span<const std::byte> bytes) {
    try {
        return {name, extension, decode_value(extension, bytes)};
    } catch (Error& error) {
        throw error.where(name + "." + extension);
    }
}

}  // namespace radforge::shard
