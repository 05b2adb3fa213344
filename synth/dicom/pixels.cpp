// SPDX-License-Identifier: Apache-2.0
#include "synth/dicom/pixels.h"

#include "synth/base/error.h"
#include "synth/base/system_error.h"
#include "synth/dicom/jpeg2000.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dctk.h>

#include <cerrno>
#include <new>
#include <string>

namespace radforge::dicom {
namespace {

Error bad(const std::string& what) { return Error(ErrorKind::BadData, what); }

std::vector<int32_t> decode_fragments(DcmDataset& data, E_TransferSyntax syntax, const Header& h) {
    DcmElement* element = nullptr;
    DcmPixelSequence* fragments = nullptr;
    if (data.findAndGetElement(DCM_PixelData, element).bad()) throw bad("PixelData is missing");
    auto* pixels = dynamic_cast<DcmPixelData*>(element);
    if (!pixels || pixels->getEncapsulatedRepresentation(syntax, nullptr, fragments).bad() || !fragments)
        throw bad("PixelData holds no fragments");
    std::vector<std::byte> stream;
    for (unsigned long i = 1; i < fragments->card(); ++i) {  // 0 is the offset table
        DcmPixelItem* item = nullptr;
        Uint8* bytes = nullptr;
        if (fragments->getItem(item, i).bad() || item->getUint8Array(bytes).bad())
            throw bad("a fragment of PixelData is broken");
        const auto* begin = reinterpret_cast<const std::byte*>(bytes);
        stream.insert(stream.end(), begin, begin + item->getLength());
    }
    GreyImage image = decode_jpeg2000(stream);
    if (image.rows != h.rows || image.columns != h.columns)
        throw bad("the code stream differs in size")
            .got(std::to_string(image.rows) + " x " + std::to_string(image.columns))
            .expected(std::to_string(h.rows) + " x " + std::to_string(h.columns));
    if (image.precision_bits < 1 || image.precision_bits > 16)
        throw bad("unsupported depth of the code stream").got(std::to_string(image.precision_bits) + " bits");
    // Some writers declare the wrong sign in the code stream; the bit pattern is right, and DICOM says how to
    // read it.
    for (int32_t& value : image.values)
        value = signed_or_not(uint32_t(value), image.precision_bits, h.is_signed);
    return std::move(image.values);
}

template <class T>
std::vector<int32_t> unpack(const T* words, const Header& h) {
    std::vector<int32_t> values(size_t(h.rows) * size_t(h.columns));
    for (size_t i = 0; i < values.size(); ++i) values[i] = stored_value(h, words[i]);
    return values;
}

/// DCMTK guesses the encoding of files whose transfer syntax it does not know, and may read noise.
void refuse_unknown_syntax(DcmFileFormat& file) {
    OFString uid;
    if (file.getMetaInfo()->findAndGetOFString(DCM_TransferSyntaxUID, uid).bad() || uid.empty()) return;
    if (DcmXfer(uid.c_str()).getXfer() == EXS_Unknown)
        throw bad("unknown transfer syntax")
            .got(uid.c_str())
            .hint("convert the file, for example with dcmconv or gdcmconv");
}

}  // namespace

std::vector<int32_t> stored_pixels(DcmFileFormat& file, const Header& h) {
    refuse_unknown_syntax(file);
    DcmDataset& data = *file.getDataset();
    const E_TransferSyntax syntax = data.getOriginalXfer();
    if (syntax == EXS_JPEG2000LosslessOnly || syntax == EXS_JPEG2000)
        return decode_fragments(data, syntax, h);
    if (data.chooseRepresentation(EXS_LittleEndianExplicit, nullptr).bad())
        throw bad("the pixel data cannot be decoded")
            .got(std::string("transfer syntax ") + DcmXfer(syntax).getXferName());
    const size_t wanted = size_t(h.rows) * size_t(h.columns);
    unsigned long count = 0;
    const Uint16* words = nullptr;
    const Uint8* octets = nullptr;
    const OFCondition found = h.bits_allocated == 16
                                  ? data.findAndGetUint16Array(DCM_PixelData, words, &count)
                                  : data.findAndGetUint8Array(DCM_PixelData, octets, &count);
    DcmElement* element = nullptr;
    // Not of a length that is damaged.
    if (found == EC_MemoryExhausted && data.findAndGetElement(DCM_PixelData, element).good() &&
        element->getLength() <= wanted * size_t(h.bits_allocated) / 8 + 1)
        throw std::bad_alloc();
    if (found.bad()) throw bad(std::string("PixelData: ") + found.text());
    if (count < wanted)
        throw bad("the pixel data is truncated")
            .got(std::to_string(count) + " values")
            .expected(std::to_string(wanted));
    return words ? unpack(words, h) : unpack(octets, h);
}

StoredSlice read_stored(const std::string& file) try {
    errno = 0;
    DcmFileFormat format;
    const OFCondition loaded = format.loadFile(file.c_str());
    if (loaded.bad()) throw Error(ErrorKind::BadData, std::string("unreadable: ") + loaded.text());
    StoredSlice slice;
    slice.header = read_header(*format.getDataset());
    if (slice.header.localiser) throw Error(ErrorKind::BadData, "a localiser is no slice");
    slice.pixels = stored_pixels(format, slice.header);
    return slice;
} catch (const Error&) {
    throw_if_passing(file);
    throw;
}

}  // namespace radforge::dicom
