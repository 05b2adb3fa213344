// SPDX-License-Identifier: Apache-2.0
/// CPU seconds for a procedural skull, its density cube and its canonical render, and a contact sheet of
/// species.
///   build/release/tools/bench/crania_bench [picture.png] [seed, default 7] [species, default 24]
/// The picture shows the first species, six in a row, seen obliquely from the front and the left, 128^3
/// voxels each.
#include "render/geometry/isosurface.h"
#include "render/picture/image_io.h"
#include "synth/base/cpu_clock.h"
#include "synth/base/error.h"
#include "synth/volume/crania.h"
#include "synth/volume/density.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace radforge {
namespace {

constexpr int kVoxels = 128, kTilePx = 220, kColumns = 6;

void paste(const Image& tile, Image& sheet, int index) {
    const auto from = tile.view<float>();
    const auto to = sheet.view<uint8_t>();
    for (int r = 0; r < kTilePx; ++r)
        for (int c = 0; c < kTilePx; ++c)
            to((index / kColumns) * kTilePx + r, (index % kColumns) * kTilePx + c) = quantize_u8(from(r, c));
}

struct Seconds {
    double skull = 0, cube = 0, render = 0;
};

void run(const std::string& path, Seed seed, int count) {
    volume::CraniumSpec spec;
    spec.size_voxels = kVoxels;
    geometry::IsosurfaceOptions view;
    view.size_px = kTilePx;
    view.supersampling = 2;
    view.width = 1.12;  // horns reach into the corners of the cube
    view.view_from_volume = geometry::look_along({-0.75, 0.6, -0.35}, {0, 0, 1});
    Image sheet((count + kColumns - 1) / kColumns * kTilePx, kColumns * kTilePx, 1, PixelType::U8,
                ColorSpace::Srgb);
    std::fill(sheet.bytes.begin(), sheet.bytes.end(), std::byte{255});
    Seconds cpu;
    for (int i = 0; i < count; ++i) {
        const double start = process_cpu_s();
        const Volume skull = volume::make_cranium(spec, seed, uint64_t(i), 0);
        const double made = process_cpu_s();
        const volume::DensityCube cube = volume::density_cube(skull, kVoxels);
        const double cubed = process_cpu_s();
        const geometry::FieldView field{cube.values.data(), kVoxels, kVoxels, kVoxels};
        geometry::canonical_render(field);
        cpu.render += process_cpu_s() - cubed;
        cpu.skull += made - start;
        cpu.cube += cubed - made;
        if (!path.empty()) paste(geometry::render_isosurface(field, view), sheet, i);
    }
    std::printf(
        "CPU seconds each, %d species at %d^3: skull %.3f, density cube %.3f, canonical render 256 x 256 "
        "%.3f\n",
        count, kVoxels, cpu.skull / count, cpu.cube / count, cpu.render / count);
    if (!path.empty()) picture::write_png(path, sheet);
}

}  // namespace
}  // namespace radforge

int main(int argc, char** argv) {
    try {
        const int count = argc > 3 ? std::clamp(std::atoi(argv[3]), 1, 1000) : 24;
        radforge::run(argc > 1 ? argv[1] : "", {argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 7}, count);
        return 0;
    } catch (const radforge::Error& problem) {
        std::fprintf(stderr, "crania_bench: %s\n", problem.what());
        return problem.exit_code();
    }
}
