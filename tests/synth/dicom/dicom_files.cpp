// SPDX-License-Identifier: Apache-2.0
#include "tests/synth/dicom/dicom_files.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmdata/dcrlerp.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djencode.h>
#include <dcmtk/dcmjpeg/djrplol.h>
#include <dcmtk/dcmjpeg/djrploss.h>
#include <dcmtk/dcmjpls/djencode.h>
#include <dcmtk/dcmjpls/djrparam.h>
#include <openjpeg.h>

#include <cstring>
#include <stdexcept>

namespace radforge::dicom {
namespace {

void need(bool ok, const char* what) {
    if (!ok) throw std::runtime_error(what);
}

OPJ_SIZE_T append(void* bytes, OPJ_SIZE_T count, void* user) {
    auto& out = *static_cast<std::vector<Uint8>*>(user);
    const auto* from = static_cast<const Uint8*>(bytes);
    out.insert(out.end(), from, from + count);
    return count;
}

std::vector<Uint8> encode_jpeg2000(const TestSlice& slice) {
    opj_cparameters_t parameters;
    opj_set_default_encoder_parameters(&parameters);
    parameters.numresolution = 3;
    opj_image_cmptparm_t component{};
    component.dx = component.dy = 1;
    component.w = OPJ_UINT32(slice.columns);
    component.h = OPJ_UINT32(slice.rows);
    component.prec = 16;
    component.sgnd = slice.is_signed;
    opj_image_t* image = opj_image_create(1, &component, OPJ_CLRSPC_GRAY);
    need(image != nullptr, "opj_image_create");
    image->x1 = component.w;
    image->y1 = component.h;
    for (size_t i = 0; i < slice.stored.size(); ++i)
        image->comps[0].data[i] = slice.is_signed ? slice.stored[i] : uint16_t(slice.stored[i]);
    opj_codec_t* codec = opj_create_compress(OPJ_CODEC_J2K);
    std::vector<Uint8> out;
    opj_stream_t* stream = opj_stream_create(1 << 16, OPJ_FALSE);
    opj_stream_set_user_data(stream, &out, nullptr);
    opj_stream_set_write_function(stream, append);
    const bool done = opj_setup_encoder(codec, &parameters, image) &&
                      opj_start_compress(codec, image, stream) && opj_encode(codec, stream) &&
                      opj_end_compress(codec, stream);
    opj_stream_destroy(stream);
    opj_destroy_codec(codec);
    opj_image_destroy(image);
    need(done, "OpenJPEG does not encode");
    if (out.size() % 2 != 0) out.push_back(0);
    return out;
}

void put_jpeg2000(DcmDataset& data, const TestSlice& slice) {
    auto* sequence = new DcmPixelSequence(DCM_PixelSequenceTag);
    sequence->insert(new DcmPixelItem(DCM_PixelItemTag));
    std::vector<Uint8> stream = encode_jpeg2000(slice);
    const size_t half = stream.size() / 4 * 2;  // two fragments: the reader has to join them
    for (const auto& [from, count] : {std::pair(size_t(0), half), std::pair(half, stream.size() - half)}) {
        auto* item = new DcmPixelItem(DCM_PixelItemTag);
        need(item->putUint8Array(stream.data() + from, static_cast<unsigned long>(count)).good(), "fragment");
        sequence->insert(item);
    }
    auto* pixels = new DcmPixelData(DCM_PixelData);
    pixels->putOriginalRepresentation(EXS_JPEG2000LosslessOnly, nullptr, sequence);
    need(data.insert(pixels, true).good(), "insert");
}

struct Encoders {
    Encoders() {
        DcmRLEEncoderRegistration::registerCodecs();
        DJEncoderRegistration::registerCodecs();
        DJLSEncoderRegistration::registerCodecs();
    }
};

E_TransferSyntax dcmtk_name(Syntax syntax) {
    switch (syntax) {
        case Syntax::Implicit:
            return EXS_LittleEndianImplicit;
        case Syntax::Explicit:
            return EXS_LittleEndianExplicit;
        case Syntax::BigEndian:
            return EXS_BigEndianExplicit;
        case Syntax::Rle:
            return EXS_RLELossless;
        case Syntax::JpegBaseline:
            return EXS_JPEGProcess1;
        case Syntax::JpegLossless:
            return EXS_JPEGProcess14SV1;
        case Syntax::JpegLs:
            return EXS_JPEGLSLossless;
        case Syntax::Jpeg2000:
            return EXS_JPEG2000LosslessOnly;
    }
    throw std::runtime_error("syntax");
}

}  // namespace

std::vector<int16_t> test_pattern(int rows, int columns, int seed) {
    std::vector<int16_t> values(size_t(rows) * size_t(columns));
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = int16_t(int((i * 37 + size_t(seed) * 101) % 2001) - 300);
    return values;
}

void write_dicom(const std::string& path, const TestSlice& wanted) {
    static const Encoders encoders;
    TestSlice slice = wanted;
    if (slice.stored.empty()) slice.stored = test_pattern(slice.rows, slice.columns, 0);
    DcmFileFormat file;
    DcmDataset& data = *file.getDataset();
    const auto put = [&](const DcmTagKey& tag, const std::string& value) {
        need(data.putAndInsertString(tag, value.c_str()).good(), "putAndInsertString");
    };
    const auto put_number = [&](const DcmTagKey& tag, int value) {
        need(data.putAndInsertUint16(tag, Uint16(value)).good(), "putAndInsertUint16");
    };
    put(DCM_SOPClassUID, UID_CTImageStorage);
    put(DCM_SOPInstanceUID, slice.instance);
    put(DCM_SeriesInstanceUID, slice.series);
    put(DCM_StudyInstanceUID, "1.2");
    put(DCM_PatientName, "Sentinel^Patient");
    put(DCM_Modality, "CT");
    put(DCM_BodyPartExamined, "CHEST");
    put(DCM_KVP, "120");
    put(DCM_SliceThickness, "2.5");
    put(DCM_ImagePositionPatient, "-10\\20\\" + std::to_string(slice.z_mm));
    put(DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
    put(DCM_PixelSpacing, "0.75\\0.5");
    put(DCM_RescaleSlope, "1");
    put(DCM_RescaleIntercept, "-24");
    put(DCM_PhotometricInterpretation, "MONOCHROME2");
    put_number(DCM_SamplesPerPixel, 1);
    put_number(DCM_Rows, slice.rows);
    put_number(DCM_Columns, slice.columns);
    put_number(DCM_BitsAllocated, slice.bits);
    put_number(DCM_BitsStored, slice.bits);
    put_number(DCM_HighBit, slice.bits - 1);
    put_number(DCM_PixelRepresentation, slice.is_signed);
    const auto count = static_cast<unsigned long>(slice.stored.size());
    const std::vector<Uint8> octets(slice.stored.begin(), slice.stored.end());
    std::vector<Uint16> words(slice.stored.size());
    std::memcpy(words.data(), slice.stored.data(), words.size() * sizeof(Uint16));
    if (slice.syntax == Syntax::Jpeg2000)
        put_jpeg2000(data, slice);
    else if (slice.bits == 8)
        need(data.putAndInsertUint8Array(DCM_PixelData, octets.data(), count).good(), "pixels");
    else
        need(data.putAndInsertUint16Array(DCM_PixelData, words.data(), count).good(), "pixels");
    if (slice.change) slice.change(data);
    const E_TransferSyntax syntax = dcmtk_name(slice.syntax);
    DJ_RPLossless lossless;
    DJ_RPLossy baseline(95);
    DJLSRepresentationParameter jpeg_ls;
    DcmRLERepresentationParameter rle;
    const DcmRepresentationParameter* parameter = nullptr;
    if (slice.syntax == Syntax::JpegBaseline) parameter = &baseline;
    if (slice.syntax == Syntax::JpegLossless) parameter = &lossless;
    if (slice.syntax == Syntax::JpegLs) parameter = &jpeg_ls;
    if (slice.syntax == Syntax::Rle) parameter = &rle;
    if (slice.syntax != Syntax::Jpeg2000)
        need(data.chooseRepresentation(syntax, parameter).good() && data.canWriteXfer(syntax), "encoding");
    const OFCondition saved = file.saveFile(path.c_str(), syntax);
    need(saved.good(), saved.text());
}

}  // namespace radforge::dicom
