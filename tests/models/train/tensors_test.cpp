// SPDX-License-Identifier: Apache-2.0
#include "models/train/tensors.h"

#include "synth/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace radforge::models {
namespace {

std::string with_header(const std::string& header, const std::string& buffer) {
    std::string bytes(8, '\0');
    for (size_t i = 0; i < 8; ++i) bytes[i] = char(header.size() >> (8 * i) & 255);
    return bytes + header + buffer;
}

TEST(Tensors, ComeBackWithTheirTypesAndShapes) {
    NamedTensors in = {{"a", torch::arange(6, torch::kFloat32).reshape({2, 3})},
                       {"b", torch::tensor({int64_t(1) << 40})},
                       {"c", torch::ones({2, 1, 2}, torch::kBFloat16)},
                       {"empty", torch::zeros({0, 3})},
                       {"scalar", torch::tensor(2.5, torch::kFloat64)},
                       {"u8", torch::tensor({7, 8}, torch::kUInt8)}};
    const std::string bytes = encode_tensors({in, {{"task", "x"}}});
    EXPECT_EQ(bytes, encode_tensors({in, {{"task", "x"}}}));
    const TensorFile out = decode_tensors(bytes, "here");
    EXPECT_EQ(out.metadata.at("task"), "x");
    ASSERT_EQ(out.tensors.size(), in.size());
    for (const auto& [name, tensor] : in) {
        EXPECT_EQ(out.tensors.at(name).sizes(), tensor.sizes()) << name;
        EXPECT_TRUE(out.tensors.at(name).equal(tensor)) << name;
    }
}

TEST(Tensors, LayoutIsTheOneOfTheFormat) {
    const std::string bytes = encode_tensors({{{"x", torch::tensor({1.0f})}}, {}});
    EXPECT_EQ(bytes, with_header(R"({"x":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}}  )",
                                 std::string("\0\0\x80\x3f", 4)));
}

TEST(Tensors, DamageIsRefused) {
    const std::string four(4, '\0');
    for (
        const auto& [header, buffer] : std::vector<std::pair<std::string, std::string>>{
            {R"({"x":{"data_offsets":[0,4],"dtype":"F32","shape":[2]}})", four},
            {R"({"x":{"data_offsets":[0,8],"dtype":"F32","shape":[2]}})", four},
            {R"({"x":{"data_offsets":[4,0],"dtype":"F32","shape":[1]}})", four},
            {R"({"x":{"data_offsets":[0,4],"dtype":"F31","shape":[1]}})", four},
            {R"({"x":{"data_offsets":[0,4],"dtype":"F32","shape":[-1]}})", four},
            {R"({"x":{"data_offsets":[0,4],"dtype":"F32","shape":[4611686018427387904,4]}})", four},
            {R"({"x":{"data_offsets":[0,4],"dtype":"F32","shape":[1.5]}})", four},
            {R"({"x":{"data_offsets":[0,0],"dtype":"F32","shape":[0,46116860184273879040000]}})", ""},
            {R"({"x":{"data_offsets":[0,4],"dtype":"F32","shape":[1]},"x":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}})",
             four},
            {R"({"x":{"data_offsets":[0,4],"dtype":"F32","shape":[1]},"y":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}})",
             four},
            {R"({"x":{"data_offsets":[4,8],"dtype":"F32","shape":[1]}})", four + four},
            {R"({"x":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}})", four + "z"},
            {R"({"x":{"dtype":"F32","shape":[1]}})", four},
            {R"([1])", four},
            {R"({"x":)", four}})
        EXPECT_THROW(decode_tensors(with_header(header, buffer), "here"), Error) << header;
    EXPECT_THROW(decode_tensors(std::string("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10), "here"), Error);
    EXPECT_THROW(decode_tensors("abc", "here"), Error);
}

TEST(Tensors, OfAnotherWidthAreRefusedByName) {
    const NamedTensors have = {{"m.w", torch::zeros({2, 2})}}, want = {{"w", torch::zeros({2, 3})}};
    try {
        assign_tensors(have, "m.", want);
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("m.w"));
        EXPECT_THAT(error.what(), testing::HasSubstr("width"));
    }
    EXPECT_THROW(assign_tensors({}, "m.", want), Error);
    EXPECT_THROW(assign_tensors({{"m.w", torch::zeros({2, 3})}, {"m.z", torch::zeros({1})}}, "m.", want),
                 Error);
}

}  // namespace
}  // namespace radforge::models
