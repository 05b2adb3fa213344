// SPDX-License-Identifier: Apache-2.0
#include "tests/synth/colorize/visible_human_files.h"

#include "synth/base/error.h"
#include "synth/volume/phantom_shape.h"

#include <archive.h>
#include <archive_entry.h>

#include <cmath>
#include <cstring>
#include <fstream>

namespace radforge::colorize::testing {
namespace {

class Writer {
public:
    Writer(Bytes& bytes, bool little) : bytes_(bytes), little_(little) {}
    void number(size_t at, uint64_t value, size_t count) {
        for (size_t i = 0; i < count; ++i)
            bytes_[at + (little_ ? i : count - 1 - i)] = std::byte(value >> (8 * i) & 0xff);
    }
    void f32(size_t at, float value) {
        uint32_t bits = 0;
        std::memcpy(&bits, &value, 4);
        number(at, bits, 4);
    }

private:
    Bytes& bytes_;
    bool little_;
};

enum class Stuff { Gelatin, Fat, Muscle, Bone, Gas };

Stuff stuff_at(double z_mm, Vec2d p) {
    const auto ellipse = [&](double x, double y, double a, double b) {
        return (p.x - x) * (p.x - x) / (a * a) + (p.y - y) * (p.y - y) / (b * b);
    };
    const double wobble = 0.02 * z_mm;
    if (ellipse(0, 0, 62 + wobble, 44) > 1 && ellipse(-48, 14, 20, 22) > 1) return Stuff::Gelatin;
    if (ellipse(4, 24, 11, 9) < 1) return Stuff::Bone;
    if (ellipse(-34, -8, 6, 5) < 1) return Stuff::Bone;
    if (ellipse(22, -14 + wobble, 9, 5) < 1) return Stuff::Gas;
    if (ellipse(0, 2, 52, 34) > 1) return Stuff::Fat;
    if (ellipse(-14, -4, 9, 20) < 1 || ellipse(32, 10, 10, 7) < 1) return Stuff::Fat;
    return Stuff::Muscle;
}

}  // namespace

Bytes section_bytes(const Image& photo, bool planar) {
    const auto v = photo.view<uint8_t>();
    const size_t plane = size_t(photo.height_px) * size_t(photo.width_px);
    Bytes bytes(plane * 3);
    for (int r = 0; r < photo.height_px; ++r)
        for (int c = 0; c < photo.width_px; ++c)
            for (int k = 0; k < 3; ++k) {
                const size_t at = size_t(photo.height_px - 1 - r) * size_t(photo.width_px) + size_t(c);
                bytes[planar ? size_t(k) * plane + at : 3 * at + size_t(k)] = std::byte(v(r, c, k));
            }
    return bytes;
}

Bytes genesis_bytes(const Image& stored, const GenesisOptions& o) {
    const size_t pixels = stored.value_count(), offset = o.magic ? 3416 : 0;
    Bytes bytes(offset + pixels * 2);
    Writer w(bytes, o.little_endian);
    if (o.magic) {
        w.number(0, 0x494D4746, 4);
        w.number(4, offset, 4);
        w.number(8, uint64_t(stored.width_px), 4);
        w.number(12, uint64_t(stored.height_px), 4);
        w.number(16, o.depth, 4);
        w.number(20, o.compression, 4);
        w.number(52, uint64_t(o.version), 2);
        const size_t image = o.version == 2 ? 2308 : 2100, late = o.version == 2 ? 2 : 0;
        if (o.version != 2) w.number(148, image, 4);
        w.f32(image + 26 + late, o.thickness_mm);
        w.f32(image + 50 + late, o.pixel_mm);
        w.f32(image + 54 + late, o.pixel_mm);
    }
    for (size_t i = 0; i < pixels; ++i) w.number(offset + 2 * i, uint16_t(stored.values<int16_t>()[i]), 2);
    return bytes;
}

Bytes compressed(const Bytes& bytes) {
    Bytes out(bytes.size() * 2 + 4096);
    size_t used = 0;
    archive* a = archive_write_new();
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, "data");
    archive_entry_set_filetype(entry, AE_IFREG);
    const bool done = archive_write_add_filter_compress(a) == ARCHIVE_OK &&
                      archive_write_set_format_raw(a) == ARCHIVE_OK &&
                      archive_write_set_bytes_in_last_block(a, 1) == ARCHIVE_OK &&
                      archive_write_open_memory(a, out.data(), out.size(), &used) == ARCHIVE_OK &&
                      archive_write_header(a, entry) == ARCHIVE_OK &&
                      archive_write_data(a, bytes.data(), bytes.size()) == la_ssize_t(bytes.size()) &&
                      archive_write_close(a) == ARCHIVE_OK;
    archive_entry_free(entry);
    archive_write_free(a);
    RADFORGE_ASSERT(done);
    out.resize(used);
    return out;
}

void write(const std::string& path, const Bytes& bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
    RADFORGE_ASSERT(file.good());
}

double Scene::hu(Vec2d mm) const {
    switch (stuff_at(z_mm, mm)) {
        case Stuff::Gelatin:
            return -1000;
        case Stuff::Gas:
            return -950;
        case Stuff::Fat:
            return -100;
        case Stuff::Muscle:
            return 50;
        default:
            return 700;
    }
}

Vec3d Scene::rgb(Vec2d mm) const {
    switch (stuff_at(z_mm, mm)) {
        case Stuff::Gelatin:
            return {60, 90, 150};
        case Stuff::Gas:
            return {80, 60, 45};
        case Stuff::Fat:
            return {225, 190, 125};
        case Stuff::Muscle:
            return {125, 55, 50};
        default:
            return {225, 212, 185};
    }
}

Image scene_ct(const Scene& scene, int side_px, double pixel_mm, int stored_of_water) {
    Image image(side_px, side_px, 1, PixelType::I16, ColorSpace::Data);
    for (int r = 0; r < side_px; ++r)
        for (int c = 0; c < side_px; ++c) {
            double sum = 0;
            for (int i = 0; i < 9; ++i)
                sum += scene.hu({(c + (i % 3 - 1) / 3.0 - 0.5 * (side_px - 1)) * pixel_mm,
                                 (r + (i / 3 - 1) / 3.0 - 0.5 * (side_px - 1)) * pixel_mm});
            // A little noise, the same every time; beyond the circle the scanner writes what it likes.
            const double noise =
                double(volume::mix_bits(uint32_t(r * 7919 + c) + uint32_t(scene.z_mm * 31)) % 13) - 6;
            const bool inside = std::hypot(r - 0.5 * (side_px - 1), c - 0.5 * (side_px - 1)) <= 0.5 * side_px;
            image.view<int16_t>()(r, c) =
                int16_t(inside ? std::lround(sum / 9 + noise) + stored_of_water : -2000);
        }
    return image;
}

Image scene_photo(const Scene& scene, int height_px, int width_px, double pixel_mm, const Similarity& t) {
    Image image(height_px, width_px, 3, PixelType::U8, ColorSpace::Srgb);
    const double c0 = std::cos(t.angle_rad) / t.scale, s0 = std::sin(t.angle_rad) / t.scale;
    for (int r = 0; r < height_px; ++r)
        for (int c = 0; c < width_px; ++c) {
            const Vec2d q{(c - 0.5 * (width_px - 1)) * pixel_mm - t.shift_mm.x,
                          (r - 0.5 * (height_px - 1)) * pixel_mm - t.shift_mm.y};
            const Vec3d rgb = scene.rgb({c0 * q.x + s0 * q.y, -s0 * q.x + c0 * q.y});
            for (int k = 0; k < 3; ++k) image.view<uint8_t>()(r, c, k) = uint8_t(rgb[k]);
        }
    return image;
}

}  // namespace radforge::colorize::testing
