// SPDX-License-Identifier: Apache-2.0
#include "render/picture/image_io.h"

#include "synth/base/error.h"

#include <OpenImageIO/imageio.h>

#include <cmath>
#include <memory>

namespace radforge::picture {
namespace {

Error failure(const std::string& path, const std::string& what, const std::string& detail) {
    Error error(ErrorKind::BadData, what);
    error.where(path);
    if (!detail.empty()) error.got(detail);
    return error;
}

PixelType pixel_type_of_file(const OIIO::TypeDesc& format, const std::string& path) {
    switch (format.basetype) {
        case OIIO::TypeDesc::UINT8:
            return PixelType::U8;
        case OIIO::TypeDesc::INT16:
            return PixelType::I16;
        case OIIO::TypeDesc::UINT16:
            return PixelType::U16;
        case OIIO::TypeDesc::HALF:
            return PixelType::F16;
        case OIIO::TypeDesc::FLOAT:
            return PixelType::F32;
        default:
            break;
    }
    throw failure(path, "this depth of pixel cannot be read", format.c_str())
        .expected("8 or 16 bit integers, half or float");
}

OIIO::TypeDesc file_type_of(PixelType type) {
    switch (type) {
        case PixelType::U8:
            return OIIO::TypeDesc::UINT8;
        case PixelType::I16:
            return OIIO::TypeDesc::INT16;
        case PixelType::U16:
            return OIIO::TypeDesc::UINT16;
        case PixelType::F16:
            return OIIO::TypeDesc::HALF;
        case PixelType::F32:
            break;
    }
    return OIIO::TypeDesc::FLOAT;
}

}  // namespace

Image read_image(const std::string& path) {
    OIIO::ImageSpec wanted;
    wanted["oiio:UnassociatedAlpha"] = 1;
    const auto input = OIIO::ImageInput::open(path, &wanted);
    if (!input) throw failure(path, "cannot read the image", OIIO::geterror());
    input->threads(1);
    const OIIO::ImageSpec& spec = input->spec();
    if (spec.depth > 1 || spec.deep)
        throw failure(path, "cannot read a volume or deep image as a picture", "");
    const PixelType type = pixel_type_of_file(spec.format, path);
    const bool real = type == PixelType::F16 || type == PixelType::F32;
    Image image(spec.height, spec.width, spec.nchannels, type, real ? ColorSpace::Linear : ColorSpace::Srgb);
    if (!input->read_image(0, 0, 0, spec.nchannels, file_type_of(type), image.bytes.data()) ||
        input->has_error())
        throw failure(path, "the image is damaged or cut short", input->geterror());
    return image;
}

Image read_hdr(const std::string& path) {
    const auto input = OIIO::ImageInput::open(path);
    if (!input) throw failure(path, "cannot read the environment map", OIIO::geterror());
    input->threads(1);
    const OIIO::ImageSpec& spec = input->spec();
    const std::string size = std::to_string(spec.width) + " x " + std::to_string(spec.height) + " pixels";
    if (spec.height < 2)
        throw failure(path, "the environment map is too small", size).expected("at least 4 x 2 pixels");
    if (spec.width != 2 * spec.height)
        throw failure(path, "the environment map is not lat-long", size).expected("twice as wide as high");
    if (!spec.format.is_floating_point())
        throw failure(path, "the environment map has no dynamic range", spec.format.c_str())
            .expected("floating point")
            .hint("use the .hdr or .exr file");
    if (spec.nchannels < 3)
        throw failure(path, "the environment map has no colour", std::to_string(spec.nchannels) + " channels")
            .expected("3 channels");
    Image image(spec.height, spec.width, 3, PixelType::F32, ColorSpace::Linear);
    if (!input->read_image(0, 0, 0, 3, OIIO::TypeDesc::FLOAT, image.bytes.data()) || input->has_error())
        throw failure(path, "the environment map is damaged or cut short", input->geterror());
    float brightest = 0;
    const auto view = image.view<float>();
    for (int r = 0; r < image.height_px; ++r)
        for (int c = 0; c < image.width_px; ++c)
            for (int k = 0; k < 3; ++k) {
                const float value = view(r, c, k);
                if (!(std::isfinite(value) && value >= 0))
                    throw failure(path, "the environment map holds an impossible radiance",
                                  std::to_string(value) + " at row " + std::to_string(r) + ", column " +
                                      std::to_string(c) + ", channel " + std::to_string(k))
                        .expected("finite values, 0 or more");
                brightest = std::max(brightest, value);
            }
    if (brightest == 0)
        throw failure(path, "the environment map is black everywhere", "").expected("some light");
    return image;
}

void write_png(const std::string& path, const Image& image) {
    if (image.type != PixelType::U8 && image.type != PixelType::U16)
        throw Error(ErrorKind::BadData, "a PNG holds 8 or 16 bit unsigned integers").where(path);
    const auto output = OIIO::ImageOutput::create("png");
    if (!output) throw Error(ErrorKind::Failed, "cannot write PNG").where(path).got(OIIO::geterror());
    output->threads(1);
    OIIO::ImageSpec spec(image.width_px, image.height_px, image.channels, file_type_of(image.type));
    spec["oiio:UnassociatedAlpha"] = 1;
    if (image.space == ColorSpace::Srgb) spec["oiio:ColorSpace"] = "sRGB";
    if (!output->open(path, spec) || !output->write_image(spec.format, image.bytes.data()) ||
        !output->close())
        throw Error(ErrorKind::TryAgain, "cannot write the image").where(path).got(output->geterror());
}

}  // namespace radforge::picture
