// SPDX-License-Identifier: Apache-2.0
#include "render/picture/decode.h"
#include "synth/base/error.h"

#include <turbojpeg.h>

#include <memory>

namespace radforge::picture {
namespace {

struct Destroy {
    void operator()(void* handle) const { tjDestroy(handle); }
};

}  // namespace

Image decode_jpeg(Span<const std::byte> bytes) {
    const std::unique_ptr<void, Destroy> turbo(tjInitDecompress());
    RADFORGE_ASSERT(turbo);
    const auto failed = [&] {
        return Error(ErrorKind::BadData, std::string("JPEG: ") + tjGetErrorStr2(turbo.get()));
    };
    const auto* const data = reinterpret_cast<const unsigned char*>(bytes.data());
    int width = 0, height = 0, sampling = 0, space = 0;
    if (tjDecompressHeader3(turbo.get(), data, bytes.size(), &width, &height, &sampling, &space) != 0)
        throw failed();
    if (space == TJCS_CMYK || space == TJCS_YCCK)
        throw Error(ErrorKind::BadData, "JPEG: the colours are printing inks").hint("convert it to RGB");
    const int channels = space == TJCS_GRAY ? 1 : 3;
    Image image(height, width, channels, PixelType::U8, ColorSpace::Srgb);
    if (tjDecompress2(turbo.get(), data, bytes.size(), reinterpret_cast<unsigned char*>(image.bytes.data()),
                      width, 0, height, channels == 1 ? TJPF_GRAY : TJPF_RGB,
                      TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING) != 0)
        throw failed();
    return image;
}

}  // namespace radforge::picture
