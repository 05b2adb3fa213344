// SPDX-License-Identifier: Apache-2.0
#include "synth/dicom/jpeg2000.h"

#include "synth/base/error.h"

#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

namespace radforge::dicom {
namespace {

struct Source {
    Span<const std::byte> bytes;
    size_t at = 0;
};

OPJ_SIZE_T read_some(void* buffer, OPJ_SIZE_T wanted, void* user) {
    auto& source = *static_cast<Source*>(user);
    const size_t count = std::min<size_t>(wanted, source.bytes.size() - source.at);
    if (count == 0) return OPJ_SIZE_T(-1);
    std::memcpy(buffer, source.bytes.data() + source.at, count);
    source.at += count;
    return count;
}

OPJ_OFF_T skip_some(OPJ_OFF_T wanted, void* user) {
    auto& source = *static_cast<Source*>(user);
    if (wanted < 0 || size_t(wanted) > source.bytes.size() - source.at) return -1;
    source.at += size_t(wanted);
    return wanted;
}

OPJ_BOOL seek_to(OPJ_OFF_T position, void* user) {
    auto& source = *static_cast<Source*>(user);
    if (position < 0 || size_t(position) > source.bytes.size()) return OPJ_FALSE;
    source.at = size_t(position);
    return OPJ_TRUE;
}

void keep_first(const char* message, void* user) {
    std::string& log = *static_cast<std::string*>(user);
    if (log.empty()) log = message;
    while (!log.empty() && log.back() == '\n') log.pop_back();
}

struct Free {
    void operator()(opj_codec_t* codec) const { opj_destroy_codec(codec); }
    void operator()(opj_image_t* image) const { opj_image_destroy(image); }
};
struct CloseStream {
    void operator()(opj_stream_t* stream) const { opj_stream_destroy(stream); }
};

bool is_jp2_file(Span<const std::byte> bytes) {
    const unsigned char box[8] = {0, 0, 0, 12, 'j', 'P', ' ', ' '};
    return bytes.size() > 8 && std::memcmp(bytes.data(), box, sizeof box) == 0;
}

}  // namespace

GreyImage decode_jpeg2000(Span<const std::byte> codestream) {
    std::string log;
    const auto bad = [&](const std::string& what) {
        Error error(ErrorKind::BadData, "JPEG 2000: " + what);
        if (!log.empty()) error.hint(log);
        return error;
    };
    Source source{codestream};
    const std::unique_ptr<opj_stream_t, CloseStream> stream(opj_stream_create(1 << 16, OPJ_TRUE));
    const std::unique_ptr<opj_codec_t, Free> codec(
        opj_create_decompress(is_jp2_file(codestream) ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K));
    if (!stream || !codec) throw Error(ErrorKind::Failed, "JPEG 2000: out of memory");
    opj_stream_set_user_data(stream.get(), &source, nullptr);
    opj_stream_set_user_data_length(stream.get(), codestream.size());
    opj_stream_set_read_function(stream.get(), read_some);
    opj_stream_set_skip_function(stream.get(), skip_some);
    opj_stream_set_seek_function(stream.get(), seek_to);
    opj_set_error_handler(codec.get(), keep_first, &log);
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    opj_image_t* raw = nullptr;
    // Strict mode: a truncated code stream is an error, not a grey smear.
    if (!opj_setup_decoder(codec.get(), &parameters) || !opj_decoder_set_strict_mode(codec.get(), OPJ_TRUE))
        throw bad("the decoder does not start");
    const bool header = opj_read_header(stream.get(), codec.get(), &raw);
    const std::unique_ptr<opj_image_t, Free> image(raw);
    if (!header || !opj_decode(codec.get(), stream.get(), image.get()) ||
        !opj_end_decompress(codec.get(), stream.get()))
        throw bad("the code stream is broken");
    if (image->numcomps != 1) throw bad("one component is wanted").got(std::to_string(image->numcomps));
    const opj_image_comp_t& grey = image->comps[0];
    if (!grey.data || grey.w == 0 || grey.h == 0) throw bad("the image is empty");
    GreyImage out;
    out.rows = int(grey.h);
    out.columns = int(grey.w);
    out.precision_bits = int(grey.prec);
    out.is_signed = grey.sgnd != 0;
    out.values.assign(grey.data, grey.data + size_t(grey.w) * grey.h);
    return out;
}

}  // namespace radforge::dicom
