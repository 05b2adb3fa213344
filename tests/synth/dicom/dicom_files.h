// SPDX-License-Identifier: Apache-2.0
/// DICOM files for tests, written in every transfer syntax that the reader knows.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

class DcmDataset;

namespace radforge::dicom {

enum class Syntax { Implicit, Explicit, BigEndian, Rle, JpegBaseline, JpegLossless, JpegLs, Jpeg2000 };

struct TestSlice {
    int rows = 12, columns = 16;
    double z_mm = 0;
    std::string series = "1.2.3", instance = "1.2.3.1";
    std::vector<int16_t> stored;  ///< [rows, columns]; empty: test_pattern()
    Syntax syntax = Syntax::Explicit;
    bool is_signed = true;
    int bits = 16;                            ///< 8: stored as octets, is_signed = false
    std::function<void(DcmDataset&)> change;  ///< applied last, before encoding
};

/// Stored values -300..1700 that differ in every pixel and with the seed.
std::vector<int16_t> test_pattern(int rows, int columns, int seed);

/// Writes a CT image with RescaleIntercept -24 and RescaleSlope 1; throws std::runtime_error when DCMTK
/// refuses.
void write_dicom(const std::string& path, const TestSlice& slice);

}  // namespace radforge::dicom
