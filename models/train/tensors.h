// SPDX-License-Identifier: Apache-2.0
/// Named tensors on disk: safetensors (github.com/huggingface/safetensors, format of revision 24b0b28): a
/// little-endian u64 header length, a JSON header, then the values, row-major and without gaps.
#pragma once
#include <torch/torch.h>

#include <map>
#include <string>

namespace radforge::models {

using NamedTensors = std::map<std::string, torch::Tensor>;

struct TensorFile {
    NamedTensors tensors;
    std::map<std::string, std::string> metadata;
};

/// Equal contents give equal bytes. @throws Error on a dtype that the format does not have
std::string encode_tensors(const TensorFile& file);
/// @param place  for messages
/// @throws Error on a damaged header, ranges that overlap or leave gaps, impossible shapes, unknown dtypes
TensorFile decode_tensors(const std::string& bytes, const std::string& place);

/// Copies the tensors of `from` named "<prefix><name>" into those of `into`.
/// @throws Error naming the first that is missing, has no counterpart, or is of another shape or type
void assign_tensors(const NamedTensors& from, const std::string& prefix, const NamedTensors& into);

/// Parameters and buffers of a module by name; they share memory with it.
NamedTensors tensors_of(const torch::nn::Module& module);

}  // namespace radforge::models
