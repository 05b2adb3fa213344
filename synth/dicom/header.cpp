// SPDX-License-Identifier: Apache-2.0
#include "synth/dicom/header.h"

#include "synth/base/error.h"
#include "synth/dicom/body_part.h"
#include "synth/dicom/split_key.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <array>
#include <cmath>
#include <optional>

namespace radforge::dicom {
namespace {

Error bad(const std::string& what) { return Error(ErrorKind::BadData, what); }

std::string text(DcmDataset& data, const DcmTagKey& tag, unsigned long position = 0) {
    OFString value;
    if (data.findAndGetOFString(tag, value, position).bad()) return {};
    const size_t first = value.find_first_not_of(' '), last = value.find_last_not_of(" \0");
    return first == OFString_npos ? std::string()
                                  : std::string(value.substr(first, last - first + 1).c_str());
}

bool number(DcmDataset& data, const DcmTagKey& tag, double& value, unsigned long position = 0) {
    return data.findAndGetFloat64(tag, value, position).good() && std::isfinite(value);
}

/// The first value of an integer string (IS); DCMTK gives those as no floating-point number.
std::optional<int> integer(DcmDataset& data, const DcmTagKey& tag) {
    Sint32 value = 0;
    if (data.findAndGetSint32(tag, value).bad()) return std::nullopt;
    return int(value);
}

double needed(DcmDataset& data, const DcmTagKey& tag, const char* name, unsigned long position = 0) {
    double value = 0;
    if (!number(data, tag, value, position)) throw bad(std::string(name) + " is missing");
    return value;
}

int whole(DcmDataset& data, const DcmTagKey& tag, const char* name) {
    Uint16 value = 0;
    if (data.findAndGetUint16(tag, value).bad()) throw bad(std::string(name) + " is missing");
    return value;
}

Vec3d vector3(DcmDataset& data, const DcmTagKey& tag, const char* name, unsigned long from = 0) {
    return {needed(data, tag, name, from), needed(data, tag, name, from + 1),
            needed(data, tag, name, from + 2)};
}

void read_orientation(DcmDataset& data, Header& h) {
    h.origin_mm = vector3(data, DCM_ImagePositionPatient, "ImagePositionPatient");
    const Vec3d row = vector3(data, DCM_ImageOrientationPatient, "ImageOrientationPatient");
    const Vec3d column = vector3(data, DCM_ImageOrientationPatient, "ImageOrientationPatient", 3);
    if (!(std::abs(length(row) - 1) < 1e-2 && std::abs(length(column) - 1) < 1e-2 &&
          std::abs(dot(row, column)) < 1e-2))
        throw bad("ImageOrientationPatient is no pair of orthogonal unit vectors");
    h.row_direction = normalized(row);
    h.column_direction = normalized(column - dot(column, h.row_direction) * h.row_direction);
    h.row_spacing_mm = needed(data, DCM_PixelSpacing, "PixelSpacing", 0);
    h.column_spacing_mm = needed(data, DCM_PixelSpacing, "PixelSpacing", 1);
    for (const double spacing : {h.row_spacing_mm, h.column_spacing_mm})
        if (!(spacing > 1e-4 && spacing < 100))
            throw bad("impossible PixelSpacing").got(std::to_string(spacing) + " mm");
}

int unused_low_bits(const Header& h) { return h.high_bit + 1 - h.bits_stored; }

int32_t whole_word(const Header& h, uint16_t word) { return signed_or_not(word, 16, h.is_signed); }

/// Whether the stored bits alone say the word: with zeros or copies of the sign above them.
bool fits(const Header& h, uint16_t word) {
    const int32_t stored = stored_value(h, word);
    return unused_low_bits(h) > 0 || stored == whole_word(h, word) ||
           signed_or_not(word, h.bits_stored, false) == word;
}

std::optional<uint16_t> padding_word(DcmDataset& data, const DcmTagKey& tag) {
    Uint16 word = 0;
    Sint16 negative = 0;
    if (data.findAndGetUint16(tag, word).good()) return word;
    if (data.findAndGetSint16(tag, negative).good()) return uint16_t(negative);
    return std::nullopt;
}

void read_padding(DcmDataset& data, Header& h) {
    const std::optional<uint16_t> lo = padding_word(data, DCM_PixelPaddingValue);
    h.has_padding = lo.has_value();
    if (!lo) return;
    const uint16_t hi = padding_word(data, DCM_PixelPaddingRangeLimit).value_or(*lo);
    const bool by_word = !fits(h, *lo) || !fits(h, hi);
    h.padding_lo = by_word ? whole_word(h, *lo) : stored_value(h, *lo);
    h.padding_hi = by_word ? whole_word(h, hi) : stored_value(h, hi);
    h.padding_is_word = by_word;
    if (h.padding_hi < h.padding_lo) std::swap(h.padding_lo, h.padding_hi);
}

void read_pixel_format(DcmDataset& data, Header& h) {
    h.rows = whole(data, DCM_Rows, "Rows");
    h.columns = whole(data, DCM_Columns, "Columns");
    if (h.rows < 2 || h.columns < 2)
        throw bad("the image is empty").got(std::to_string(h.rows) + " x " + std::to_string(h.columns));
    Uint16 samples = 1;
    if (data.findAndGetUint16(DCM_SamplesPerPixel, samples).good() && samples != 1)
        throw bad("a CT image has one sample per pixel").got(std::to_string(samples));
    if (const int frames = integer(data, DCM_NumberOfFrames).value_or(1); frames != 1)
        throw bad("multi-frame CT is not read")
            .got(std::to_string(frames) + " frames")
            .hint("convert it to one file per slice");
    const std::string photometric = text(data, DCM_PhotometricInterpretation);
    if (photometric != "MONOCHROME2" && photometric != "MONOCHROME1")
        throw bad("not a grey image").got("'" + photometric + "'").expected("MONOCHROME1 or MONOCHROME2");
    h.bits_allocated = whole(data, DCM_BitsAllocated, "BitsAllocated");
    h.bits_stored = whole(data, DCM_BitsStored, "BitsStored");
    h.high_bit = whole(data, DCM_HighBit, "HighBit");
    h.is_signed = whole(data, DCM_PixelRepresentation, "PixelRepresentation") == 1;
    if ((h.bits_allocated != 8 && h.bits_allocated != 16) || h.bits_stored < 1 ||
        h.bits_stored > h.bits_allocated || h.high_bit < h.bits_stored - 1 || h.high_bit >= h.bits_allocated)
        throw bad("unsupported pixel format")
            .got(std::to_string(h.bits_stored) + " bits stored, high bit " + std::to_string(h.high_bit) +
                 ", " + std::to_string(h.bits_allocated) + " allocated")
            .expected("8 or 16 allocated");
}

void read_rescale(DcmDataset& data, Header& h) {
    if (data.tagExistsWithValue(DCM_ModalityLUTSequence)) throw bad("a modality lookup table is not read");
    h.slope = needed(data, DCM_RescaleSlope, "RescaleSlope");
    h.intercept = needed(data, DCM_RescaleIntercept, "RescaleIntercept");
    if (h.slope == 0) throw bad("RescaleSlope is zero");
    const std::string type = text(data, DCM_RescaleType);
    if (!type.empty() && type != "HU" && type != "HU_MOD")
        throw bad("stored values do not rescale to HU").got("RescaleType '" + type + "'");
}

}  // namespace

bool Header::stacks_with(const Header& other) const {
    const auto near = [](Vec3d a, Vec3d b) { return length(a - b) < 1e-3; };
    const auto alike = [](double a, double b) { return std::abs(a - b) < 1e-3 * a; };
    return series == other.series && rows == other.rows && columns == other.columns &&
           near(row_direction, other.row_direction) && near(column_direction, other.column_direction) &&
           alike(row_spacing_mm, other.row_spacing_mm) && alike(column_spacing_mm, other.column_spacing_mm);
}

int32_t signed_or_not(uint32_t pattern, int bits, bool is_signed) {
    pattern &= (uint32_t(1) << bits) - 1;
    const bool negative = is_signed && (pattern >> (bits - 1) & 1) != 0;
    return int32_t(pattern) - (negative ? int32_t(1) << bits : 0);
}

int32_t stored_value(const Header& h, uint16_t word) {
    if (const int32_t whole = whole_word(h, word);
        h.padding_is_word && whole >= h.padding_lo && whole <= h.padding_hi)
        return whole;
    return signed_or_not(uint32_t(word) >> unused_low_bits(h), h.bits_stored, h.is_signed);
}

bool is_ct_image(DcmDataset& data) {
    return text(data, DCM_Modality) == "CT" && data.tagExistsWithValue(DCM_Rows);
}

Header read_header(DcmDataset& data) {
    Header h;
    h.series = text(data, DCM_SeriesInstanceUID);
    h.instance = text(data, DCM_SOPInstanceUID);
    if (h.series.empty() || h.instance.empty()) throw bad("SeriesInstanceUID or SOPInstanceUID is missing");
    h.modality = text(data, DCM_Modality);
    h.localiser = text(data, DCM_ImageType, 2) == "LOCALIZER";
    if (h.localiser) return h;
    h.split_key = split_key({text(data, DCM_PatientID), text(data, DCM_IssuerOfPatientID),
                             text(data, DCM_StudyInstanceUID), h.series});
    read_pixel_format(data, h);
    read_orientation(data, h);
    read_rescale(data, h);
    read_padding(data, h);
    // Descriptions are free text about a patient: they go no further.
    const std::array<std::string, 2> free = {text(data, DCM_SeriesDescription), text(data, DCM_ProtocolName)};
    h.body_part = body_region(text(data, DCM_BodyPartExamined), free);
    number(data, DCM_SliceThickness, h.slice_thickness_mm);
    number(data, DCM_KVP, h.kvp);
    h.acquisition = integer(data, DCM_AcquisitionNumber).value_or(0);
    h.number = integer(data, DCM_InstanceNumber).value_or(0);
    return h;
}

}  // namespace radforge::dicom
