// SPDX-License-Identifier: Apache-2.0
/// TensorBoard event files: TFRecords (length, CRC-32C, bytes, CRC-32C) of tensorflow.Event messages, the few
/// fields we use written by hand. Field numbers: tensorflow/core/util/event.proto and
/// framework/summary.proto.
#pragma once
#include "synth/base/image.h"

#include <cstdint>
#include <fstream>
#include <string>

namespace radforge::models {

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4).
uint32_t crc32c(const std::string& bytes);
/// One TFRecord with its two masked checksums.
std::string tf_record(const std::string& bytes);

/// Appends to events.out.tfevents.<time>.radforge in a folder of its own run; every call reaches the disk at
/// once.
class EventFile {
public:
    /// @throws Error when the file cannot be made
    explicit EventFile(const std::string& directory);
    void scalar(const std::string& tag, int64_t step, double value);
    /// @param image  u8 [H,W,1|3]
    void image(const std::string& tag, int64_t step, const Image& image);
    void text(const std::string& tag, int64_t step, const std::string& markdown);
    const std::string& path() const { return path_; }

private:
    void event(int64_t step, const std::string& value);
    std::string path_;
    std::ofstream file_;
};

}  // namespace radforge::models
