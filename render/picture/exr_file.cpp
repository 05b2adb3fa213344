// SPDX-License-Identifier: Apache-2.0
#include "render/picture/decode.h"
#include "synth/base/error.h"

#include <OpenEXR/ImfChannelList.h>
#include <OpenEXR/ImfFrameBuffer.h>
#include <OpenEXR/ImfHeader.h>
#include <OpenEXR/ImfIO.h>
#include <OpenEXR/ImfInputFile.h>

#include <cstring>
#include <set>
#include <string>

namespace radforge::picture {
namespace {

class Memory final : public Imf::IStream {
public:
    explicit Memory(Span<const std::byte> bytes) : Imf::IStream("memory"), bytes_(bytes) {}
    bool read(char out[], int count) override {
        if (size_t(count) > bytes_.size() - at_) throw std::runtime_error("cut short");
        std::memcpy(out, bytes_.data() + at_, size_t(count));
        at_ += size_t(count);
        return at_ < bytes_.size();
    }
    uint64_t tellg() override { return at_; }
    void seekg(uint64_t position) override {
        if (position > bytes_.size()) throw std::runtime_error("cut short");
        at_ = position;
    }

private:
    Span<const std::byte> bytes_;
    size_t at_ = 0;
};

bool has_colour(const Imf::ChannelList& channels, const std::string& layer) {
    for (const char* const name : {"R", "G", "B"}) {
        const Imf::Channel* const channel = channels.findChannel(layer + name);
        if (channel == nullptr || channel->xSampling != 1 || channel->ySampling != 1) return false;
    }
    return true;
}

/// "" or "layer.", whichever has colours first. @throws Error when none has
std::string coloured_layer(const Imf::ChannelList& channels) {
    if (has_colour(channels, "")) return "";
    std::set<std::string> layers;
    channels.layers(layers);
    for (const std::string& layer : layers)
        if (has_colour(channels, layer + ".")) return layer + ".";
    throw Error(ErrorKind::BadData, "OpenEXR: the picture has no colour").expected("channels R, G and B");
}

}  // namespace

Image decode_exr_rgb(Span<const std::byte> bytes) try {
    Memory memory(bytes);
    Imf::InputFile file(memory, 0);
    const Imath::Box2i window = file.header().dataWindow();
    const int width = window.max.x - window.min.x + 1, height = window.max.y - window.min.y + 1;
    constexpr int kMostPixelsAcross = 1 << 16;
    if (width > kMostPixelsAcross || height > kMostPixelsAcross)
        throw Error(ErrorKind::BadData, "OpenEXR: an impossible size")
            .got(std::to_string(width) + " x " + std::to_string(height));
    const std::string layer = coloured_layer(file.header().channels());
    Image image(height, width, 3, PixelType::F32, ColorSpace::Linear);
    Imf::FrameBuffer pixels;
    for (size_t k = 0; k < 3; ++k)
        pixels.insert(layer + "RGB"[k],
                      Imf::Slice::Make(Imf::FLOAT, image.bytes.data() + k * sizeof(float), window,
                                       3 * sizeof(float), size_t(width) * 3 * sizeof(float)));
    file.setFrameBuffer(pixels);
    file.readPixels(window.min.y, window.max.y);
    return image;
} catch (const Error&) {
    throw;
} catch (const std::exception& error) {
    throw Error(ErrorKind::BadData, "OpenEXR: damaged or of an unknown sort").got(error.what());
}

}  // namespace radforge::picture
