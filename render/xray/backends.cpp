// SPDX-License-Identifier: Apache-2.0
#include "render/xray/backends.h"

#include "render/xray/lattice_view.h"
#include "synth/base/error.h"

#include <cmath>
#include <string>

namespace radforge::xray {
namespace {

bool runs_here(Isa isa) {
#if defined(__x86_64__)
    if (isa == Isa::Avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && runs_here(Isa::Avx2);
    if (isa == Isa::Avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("bmi2");
    return true;
#else
    return isa == Isa::Auto || isa == Isa::Generic;
#endif
}

}  // namespace

void ProjectorOptions::validate() const {
    const auto bad = [](const char* what) {
        return Error(ErrorKind::BadData, what).where("x-ray projector");
    };
    if (march_steps < 1 || march_steps > 1 << 16)
        throw bad("march_steps").got(std::to_string(march_steps)).expected("1..65536");
    if (!std::isfinite(march_length_mm) || march_length_mm < 0)
        throw bad("march_length_mm").got(std::to_string(march_length_mm)).expected("0 or a positive length");
    if (!runs_here(isa))
        throw bad("this processor lacks the instruction set asked for").hint("use Isa::Auto");
    if (cuda_texture && (device != Device::Cuda || method != Method::March))
        throw bad("texture filtering is for method march on CUDA");
}

Isa best_isa() {
    return runs_here(Isa::Avx512) ? Isa::Avx512 : runs_here(Isa::Avx2) ? Isa::Avx2 : Isa::Generic;
}

Grid placement_of(const Grid& grid) {
    Grid place;
    place.nx = grid.nx, place.ny = grid.ny, place.nz = grid.nz;
    place.step_mm = grid.step_mm;
    place.origin_mm = grid.origin_mm;
    return place;
}

std::vector<kernel::LatticeView> lattice_views(Span<const View> views, const Grid& place) {
    std::vector<kernel::LatticeView> out;
    out.reserve(views.size());
    for (const View& view : views) out.push_back(lattice_view(view, place));
    return out;
}

std::vector<Image> blank_images(Span<const View> views) {
    std::vector<Image> images;
    images.reserve(views.size());
    for (const View& view : views)
        images.emplace_back(view.height_px, view.width_px, 1, PixelType::F32, ColorSpace::Data);
    return images;
}

void check_images(Span<const View> views, Span<const Image> images) {
    const auto bad = [](const std::string& what) {
        return Error(ErrorKind::BadData, what).where("back-projection");
    };
    if (views.size() != images.size())
        throw bad("one image per view")
            .got(std::to_string(images.size()))
            .expected(std::to_string(views.size()));
    for (size_t i = 0; i < views.size(); ++i) {
        const Image& image = images[i];
        if (image.type != PixelType::F32 || image.channels != 1 || image.height_px != views[i].height_px ||
            image.width_px != views[i].width_px)
            throw bad("image " + std::to_string(i) + " does not fit its view")
                .expected("f32 [H,W,1] of the view's size");
        for (const float value : image.values<float>())
            if (!std::isfinite(value)) throw bad("image " + std::to_string(i) + " holds NaN or infinity");
    }
}

}  // namespace radforge::xray
