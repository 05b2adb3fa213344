// SPDX-License-Identifier: Apache-2.0
#include "synth/base/error.h"
#include "synth/export/files.h"

#include <OpenEXR/ImfChannelList.h>
#include <OpenEXR/ImfFrameBuffer.h>
#include <OpenEXR/ImfHeader.h>
#include <OpenEXR/ImfIO.h>
#include <OpenEXR/ImfMultiPartOutputFile.h>
#include <OpenEXR/ImfOutputPart.h>
#include <OpenEXR/ImfPartType.h>

#include <algorithm>
#include <cstring>

namespace radforge::exporter {
namespace {

class Memory final : public Imf::OStream {
public:
    Memory() : Imf::OStream("memory") {}
    void write(const char bytes[], int count) override {
        content_.resize(std::max(content_.size(), at_ + size_t(count)));
        std::memcpy(content_.data() + at_, bytes, size_t(count));
        at_ += size_t(count);
    }
    uint64_t tellp() override { return at_; }
    void seekp(uint64_t position) override { at_ = position; }
    std::string take() { return std::move(content_); }

private:
    std::string content_;
    size_t at_ = 0;
};

Imath::Box2i window_of(const Image& raster) { return {{0, 0}, {raster.width_px - 1, raster.height_px - 1}}; }

/// @param display  one display window for all parts, says the format
Imf::Header header_of(const ExrPart& part, const Image& display) {
    Imf::Header header(window_of(display), window_of(part.values));
    header.compression() = Imf::ZIP_COMPRESSION;
    header.setType(Imf::SCANLINEIMAGE);
    if (!part.name.empty()) header.setName(part.name);
    for (const std::string& channel : part.channels)
        header.channels().insert(channel, Imf::Channel(Imf::FLOAT));
    return header;
}

}  // namespace

std::string encode_exr(const std::vector<ExrPart>& parts) {
    std::vector<Imf::Header> headers;
    for (const ExrPart& part : parts) {
        RADFORGE_ASSERT(part.channels.size() == size_t(part.values.channels));
        headers.push_back(header_of(part, parts.front().values));
    }
    Memory memory;
    try {
        Imf::MultiPartOutputFile file(memory, headers.data(), int(headers.size()), false, 0);
        for (size_t i = 0; i < parts.size(); ++i) {
            const Image& values = parts[i].values;
            const size_t pixel = size_t(values.channels) * sizeof(float);
            Imf::FrameBuffer pixels;
            for (size_t k = 0; k < parts[i].channels.size(); ++k)
                pixels.insert(parts[i].channels[k],
                              Imf::Slice::Make(Imf::FLOAT, values.bytes.data() + k * sizeof(float),
                                               window_of(values), pixel, size_t(values.width_px) * pixel));
            Imf::OutputPart part(file, int(i));
            part.setFrameBuffer(pixels);
            part.writePixels(values.height_px);
        }
    } catch (const std::exception& error) {
        throw Error(ErrorKind::Failed, "the OpenEXR encoder failed").got(error.what());
    }
    return memory.take();
}

std::string encode_exr_rgb(const Image& values) { return encode_exr({{"", {"R", "G", "B"}, values}}); }

}  // namespace radforge::exporter
