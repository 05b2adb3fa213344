// SPDX-License-Identifier: Apache-2.0
// Modules by PS3.3 A.3 (CT Image), A.8.1 (Secondary Capture Image), C.12.1.1 (SOP Common), C.7 (the rest).
#include "synth/dicom/writer.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/dicom/toolkit.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>

namespace radforge::dicom {
namespace {

void check(const RestoredSeries& series) {
    const auto ascii = [](const std::string& what, const std::string& text, size_t most) {
        if (text.size() > most ||
            std::any_of(text.begin(), text.end(), [](char c) { return c < ' ' || c > '~' || c == '\\'; }))
            throw Error(ErrorKind::BadData, what + " cannot be stored")
                .got("'" + text + "'")
                .expected("at most " + std::to_string(most) + " printing ASCII characters without backslash");
    };
    ascii("the derivation", series.derivation, 1024);
    ascii("the description of the series", series.description, 64);
    if (series.slices.empty()) throw Error(ErrorKind::BadData, "a series without slices");
    for (const RestoredSlice& s : series.slices)
        if (s.rows < 1 || s.columns < 1 || s.rows > 65535 || s.columns > 65535 ||
            s.hu.size() != size_t(s.rows) * size_t(s.columns) || !(s.window_width_hu >= 1))
            throw Error(ErrorKind::BadData, "a slice that cannot be stored")
                .got(std::to_string(s.rows) + " x " + std::to_string(s.columns) + ", " +
                     std::to_string(s.hu.size()) + " values, window of " + std::to_string(s.window_width_hu));
    if (series.place && !(series.place->pixel_mm > 0 && series.place->slice_mm > 0))
        throw Error(ErrorKind::Usage, "sizes of pixels and steps are more than 0 mm");
}

/// DS holds 16 characters.
std::string decimal(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.10g", value);
    return text;
}

class DataSet {
public:
    explicit DataSet(DcmItem& item) : item_(item) {}
    void put(const DcmTagKey& tag, const std::string& value) {
        need(item_.putAndInsertString(tag, value.c_str()), tag);
    }
    void put(const DcmTagKey& tag, int value) { need(item_.putAndInsertUint16(tag, Uint16(value)), tag); }
    /// Type 2: known to be unknown.
    void leave_empty(std::initializer_list<DcmTagKey> tags) {
        for (const DcmTagKey& tag : tags) need(item_.insertEmptyElement(tag), tag);
    }
    void put_pixels(const std::vector<int16_t>& values) {
        // Signed values of 16 bits are OW as well.
        need(item_.putAndInsertUint16Array(DCM_PixelData, reinterpret_cast<const Uint16*>(values.data()),
                                           static_cast<unsigned long>(values.size())),
             DCM_PixelData);
    }

private:
    static void need(const OFCondition& done, const DcmTagKey& tag) {
        if (done.bad())
            throw Error(ErrorKind::Failed, std::string("DCMTK: ") + done.text())
                .where(DcmTag(tag).getTagName());
    }
    DcmItem& item_;
};

/// Tells series apart by all that is in them.
std::string series_digest(const RestoredSeries& series) {
    std::string text = series.study + "\n" + series.derivation + "\n" + series.description + "\n";
    if (series.place) text += decimal(series.place->pixel_mm) + " " + decimal(series.place->slice_mm);
    for (const RestoredSlice& slice : series.slices) {
        text += "\n" + std::to_string(slice.rows) + " " + std::to_string(slice.columns) + " " +
                decimal(slice.window_center_hu) + " " + decimal(slice.window_width_hu) + " ";
        text.append(reinterpret_cast<const char*>(slice.hu.data()), slice.hu.size() * sizeof(int16_t));
    }
    return sha256_hex(text);
}

void put_patient_and_study(DataSet& d, const RestoredSeries& series, const std::string& digest) {
    d.leave_empty({DCM_PatientName, DCM_PatientID, DCM_PatientBirthDate, DCM_PatientSex});
    d.leave_empty(
        {DCM_StudyDate, DCM_StudyTime, DCM_ReferringPhysicianName, DCM_StudyID, DCM_AccessionNumber});
    d.put(DCM_StudyInstanceUID, uid_of("study " + series.study));
    d.put(DCM_SeriesInstanceUID, uid_of("series " + digest));
    d.put(DCM_SeriesNumber, "1");
    d.put(DCM_Modality, "CT");
    d.put(DCM_SeriesDescription, series.description);
    d.put(DCM_PatientIdentityRemoved, "YES");
    d.put(DCM_DeidentificationMethod, "Made by a neural network without any patient attribute");
    // Neither the part of the body nor its side is known.
    d.leave_empty({DCM_Laterality});
}

void put_place(DataSet& d, const RestoredSeries& series, const std::string& digest, size_t index) {
    const SlicePlace& p = *series.place;
    d.put(DCM_FrameOfReferenceUID, uid_of("frame " + digest));
    d.leave_empty({DCM_PositionReferenceIndicator});
    d.put(DCM_PixelSpacing, decimal(p.pixel_mm) + "\\" + decimal(p.pixel_mm));
    d.put(DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
    d.put(DCM_ImagePositionPatient, "0\\0\\" + decimal(double(index) * p.slice_mm));
    d.put(DCM_SliceThickness, decimal(p.slice_mm));
    d.leave_empty({DCM_KVP, DCM_AcquisitionNumber, DCM_PatientPosition});
}

void put_image(DataSet& d, const RestoredSeries& series, size_t index) {
    const RestoredSlice& slice = series.slices[index];
    d.put(DCM_InstanceNumber, std::to_string(index + 1));
    d.leave_empty({DCM_ContentDate, DCM_ContentTime, DCM_PatientOrientation});
    d.put(DCM_ImageType, series.place ? "DERIVED\\SECONDARY\\AXIAL" : "DERIVED\\SECONDARY");
    d.put(DCM_DerivationDescription, series.derivation);
    d.put(DCM_ImageComments, "NOT FOR DIAGNOSIS: estimated by a neural network from a photo of a film");
    d.put(DCM_BurnedInAnnotation, "YES");  // what was printed on the film may still show
    d.put(DCM_SamplesPerPixel, 1);
    d.put(DCM_PhotometricInterpretation, "MONOCHROME2");
    d.put(DCM_Rows, slice.rows);
    d.put(DCM_Columns, slice.columns);
    d.put(DCM_BitsAllocated, 16);
    d.put(DCM_BitsStored, 16);
    d.put(DCM_HighBit, 15);
    d.put(DCM_PixelRepresentation, 1);
    d.put(DCM_RescaleIntercept, "0");
    d.put(DCM_RescaleSlope, "1");
    d.put(DCM_RescaleType, "HU");
    d.put(DCM_WindowCenter, decimal(slice.window_center_hu));
    d.put(DCM_WindowWidth, decimal(slice.window_width_hu));
    d.put_pixels(slice.hu);
}

void write_file(const std::string& path, DcmFileFormat& file) {
    const OFCondition done = file.saveFile(path.c_str(), EXS_LittleEndianExplicit, EET_ExplicitLength,
                                           EGL_recalcGL, EPD_withoutPadding);
    if (done.bad())
        throw Error(ErrorKind::TryAgain, std::string("cannot write the image: ") + done.text()).where(path);
}

}  // namespace

std::string uid_of(const std::string& text) {
    // The decimal digits of the number, by long division of its 16 bytes.
    const std::string hex = sha256_hex(text);
    std::array<uint32_t, 16> bytes{};
    for (size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = uint32_t(std::stoul(hex.substr(2 * i, 2), nullptr, 16));
    std::string digits;
    while (std::any_of(bytes.begin(), bytes.end(), [](uint32_t b) { return b != 0; })) {
        uint32_t rest = 0;
        for (uint32_t& b : bytes) {
            rest = rest << 8 | b;
            b = rest / 10;
            rest %= 10;
        }
        digits += char('0' + rest);
    }
    return "2.25." + std::string(digits.rbegin(), digits.rend());
}

std::vector<std::string> write_restored(const std::string& directory, const RestoredSeries& series) {
    check(series);
    prepare_toolkit();
    std::error_code problem;
    std::filesystem::create_directories(directory, problem);
    const std::string digest = series_digest(series);
    std::vector<std::string> names;
    for (size_t i = 0; i < series.slices.size(); ++i) {
        char name[32];
        std::snprintf(name, sizeof name, "slice-%03zu.dcm", i + 1);
        DcmFileFormat file;
        DataSet d(*file.getDataset());
        d.put(DCM_SOPClassUID, series.place ? UID_CTImageStorage : UID_SecondaryCaptureImageStorage);
        d.put(DCM_SOPInstanceUID, uid_of("slice " + std::to_string(i + 1) + " " + digest));
        put_patient_and_study(d, series, digest);
        d.put(DCM_Manufacturer, "radforge");
        if (series.place)
            put_place(d, series, digest, i);
        else
            d.put(DCM_ConversionType, "DF");  // digitised film
        put_image(d, series, i);
        write_file(directory + "/" + name, file);
        names.emplace_back(name);
    }
    return names;
}

}  // namespace radforge::dicom
