// SPDX-License-Identifier: Apache-2.0
#include "models/train/tensors.h"

#include "synth/base/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>

namespace radforge::models {
namespace {

constexpr uint64_t kMostHeaderBytes = 100000000;

struct Dtype {
    torch::ScalarType type;
    const char* name;
};
constexpr Dtype kDtypes[] = {{torch::kFloat32, "F32"}, {torch::kFloat16, "F16"}, {torch::kBFloat16, "BF16"},
                             {torch::kFloat64, "F64"}, {torch::kInt64, "I64"},   {torch::kInt32, "I32"},
                             {torch::kUInt8, "U8"},    {torch::kBool, "BOOL"}};

const char* name_of(const std::string& tensor, torch::ScalarType type) {
    for (const Dtype& known : kDtypes)
        if (known.type == type) return known.name;
    throw Error(ErrorKind::BadData, "tensor of a type that safetensors does not have").where(tensor);
}

/// Refuses a key that comes twice, which the parser would let the last one win.
struct NoDoubles {
    std::vector<std::vector<std::string>> open;
    bool twice = false;
    bool operator()(int, nlohmann::json::parse_event_t event, nlohmann::json& value) {
        using E = nlohmann::json::parse_event_t;
        if (event == E::object_start) open.emplace_back();
        if (event == E::object_end) open.pop_back();
        if (event == E::key) {
            const std::string key = value.get<std::string>();
            auto& seen = open.back();
            twice = twice || std::find(seen.begin(), seen.end(), key) != seen.end();
            seen.push_back(key);
        }
        return true;
    }
};

}  // namespace

std::string encode_tensors(const TensorFile& file) {
    nlohmann::json header = nlohmann::json::object();
    if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
    uint64_t at = 0;
    std::vector<torch::Tensor> values;
    for (const auto& [name, tensor] : file.tensors) {
        values.push_back(tensor.detach().to(torch::kCPU).contiguous());
        const uint64_t size = uint64_t(values.back().nbytes());
        header[name] = {{"dtype", name_of(name, tensor.scalar_type())},
                        {"shape", tensor.sizes().vec()},
                        {"data_offsets", {at, at + size}}};
        at += size;
    }
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');
    const uint64_t length = text.size();
    std::string bytes(8, '\0');
    for (size_t i = 0; i < 8; ++i) bytes[i] = char(length >> (8 * i) & 255);
    bytes.reserve(8 + length + at);
    bytes += text;
    for (const torch::Tensor& value : values)
        bytes.append(static_cast<const char*>(value.data_ptr()), value.nbytes());
    return bytes;
}

TensorFile decode_tensors(const std::string& bytes, const std::string& place) {
    const auto damaged = [&](const std::string& what) {
        return Error(ErrorKind::BadData, "safetensors: " + what).where(place);
    };
    if (bytes.size() < 8) throw damaged("too short");
    uint64_t length = 0;
    for (size_t i = 0; i < 8; ++i) length |= uint64_t(uint8_t(bytes[i])) << (8 * i);
    if (length > kMostHeaderBytes || length > bytes.size() - 8) throw damaged("impossible header length");
    if (length == 0 || bytes[8] != '{') throw damaged("the header is no JSON object");
    NoDoubles doubles;
    nlohmann::json header;
    try {
        header =
            nlohmann::json::parse(bytes.begin() + 8, bytes.begin() + 8 + int64_t(length), std::ref(doubles));
    } catch (const nlohmann::json::exception& error) {
        throw damaged(error.what());
    }
    if (!header.is_object() || doubles.twice) throw damaged("a name comes twice");
    const uint64_t buffer = bytes.size() - 8 - length;
    TensorFile file;
    std::vector<std::pair<uint64_t, uint64_t>> ranges;
    try {
        for (const auto& [name, entry] : header.items()) {
            if (name == "__metadata__") {
                file.metadata = entry.get<std::map<std::string, std::string>>();
                continue;
            }
            const std::string dtype = entry.at("dtype");
            const auto* const known = std::find_if(std::begin(kDtypes), std::end(kDtypes),
                                                   [&](const Dtype& d) { return dtype == d.name; });
            if (known == std::end(kDtypes)) throw damaged("dtype " + dtype + " of " + name);
            // The parser would cut 1.5 to 1, and any number too large for 64 bits to whatever comes.
            for (const char* list : {"shape", "data_offsets"})
                for (const nlohmann::json& number : entry.at(list))
                    if (!number.is_number_integer()) throw damaged("no whole numbers in " + name);
            const auto shape = entry.at("shape").get<std::vector<int64_t>>();
            uint64_t count = torch::elementSize(known->type);
            for (const int64_t side : shape) {
                if (side < 0 || (side > 0 && count > (uint64_t(1) << 62) / uint64_t(side)))
                    throw damaged("impossible shape of " + name);
                count *= uint64_t(side);
            }
            const auto range = entry.at("data_offsets").get<std::vector<uint64_t>>();
            if (range.size() != 2 || range[0] > range[1] || range[1] > buffer || range[1] - range[0] != count)
                throw damaged("place and shape of " + name + " do not fit");
            torch::Tensor tensor = torch::empty(shape, known->type);
            if (count > 0) std::memcpy(tensor.data_ptr(), bytes.data() + 8 + length + range[0], count);
            file.tensors[name] = std::move(tensor);
            if (count > 0) ranges.emplace_back(range[0], range[1]);
        }
    } catch (const nlohmann::json::exception& error) {
        throw damaged(error.what());
    }
    std::sort(ranges.begin(), ranges.end());
    uint64_t end = 0;
    for (const auto& [from, to] : ranges) {
        if (from != end) throw damaged("values overlap or leave a gap");
        end = to;
    }
    if (end != buffer) throw damaged("bytes behind the last value");
    return file;
}

void assign_tensors(const NamedTensors& from, const std::string& prefix, const NamedTensors& into) {
    const torch::NoGradGuard no_grad;
    for (const auto& [name, tensor] : into) {
        const auto found = from.find(prefix + name);
        if (found == from.end())
            throw Error(ErrorKind::BadData, "the checkpoint has no tensor " + prefix + name);
        if (found->second.sizes() != tensor.sizes() || found->second.scalar_type() != tensor.scalar_type()) {
            std::ostringstream got, expected;
            got << found->second.sizes() << ' ' << found->second.dtype();
            expected << tensor.sizes() << ' ' << tensor.dtype();
            throw Error(ErrorKind::BadData, "tensor " + prefix + name + " of another shape")
                .got(got.str())
                .expected(expected.str())
                .hint("was the checkpoint made with another width?");
        }
    }
    for (const auto& [name, tensor] : from)
        if (name.compare(0, prefix.size(), prefix) == 0 && into.count(name.substr(prefix.size())) == 0)
            throw Error(ErrorKind::BadData, "the checkpoint has a tensor that the model has not: " + name);
    for (const auto& [name, tensor] : into) torch::Tensor(tensor).copy_(from.at(prefix + name));
}

NamedTensors tensors_of(const torch::nn::Module& module) {
    NamedTensors all;
    for (const auto& item : module.named_parameters()) all[item.key()] = item.value();
    for (const auto& item : module.named_buffers()) all[item.key()] = item.value();
    return all;
}

}  // namespace radforge::models
