// SPDX-License-Identifier: Apache-2.0
/// Sampling of a bilinear image: a row by the inverse of the cumulative over rows, a texel by that of its
/// row, then a tent-distributed offset from the texel's centre. The density of the sum is the bilinear
/// interpolant of the texel probabilities, so lookup and density agree. Each coordinate is used to its last
/// bit, so that stratified points stay stratified on the map; an alias table would scatter them. Cumulatives
/// are a tree with nodes of one cache line, whose upper levels are small enough to stay near the processor.
/// Density per steradian:
/// p(u, v) / (2 pi^2 sin theta) with p per unit square of the map.
#include "render/path/elementary.h"
#include "render/path/environment.h"
#include "synth/base/error.h"

#include <algorithm>
#include <cmath>

namespace radforge::path {

namespace {

/// Keeps 1 / sin finite at the poles, where the lat-long density diverges.
constexpr float kMinSine = 1e-6f;

float luminance_of(Rgbx c) { return luminance(c[0], c[1], c[2]); }

float tent(float u) { return u < 0.5f ? std::sqrt(2 * u) - 1 : 1 - std::sqrt(2 * (1 - u)); }

/// Last of n rising numbers, the first of which is at most u, that is at most u.
size_t last_below(const uint32_t* numbers, size_t n, uint32_t u) {
    uint32_t count = 0;
    for (size_t k = 0; k < n; ++k) count += numbers[k] <= u;
    return count - 1;
}

}  // namespace

void Cumulatives::resize(size_t rows, size_t columns) {
    columns_ = columns;
    blocks_ = (columns + kBlock - 1) / kBlock;
    groups_ = (blocks_ + kBlock - 1) / kBlock;
    below_.assign(rows * blocks_ * kBlock, ~0u);
    block_below_.assign(rows * groups_ * kBlock, ~0u);
    group_below_.assign(rows * groups_, 0);
}

void Cumulatives::fill(size_t row, const double* weight) {
    uint32_t* below = below_.data() + row * blocks_ * kBlock;
    double total = 0, sum = 0;
    for (size_t k = 0; k < columns_; ++k) total += weight[k];
    for (size_t k = 0; k < columns_; ++k) {
        below[k] = uint32_t(std::min(sum / total * 0x1p32, 0x1.fffffffep31));
        sum += weight[k];
    }
    uint32_t* block_below = block_below_.data() + row * groups_ * kBlock;
    for (size_t b = 0; b < blocks_; ++b) block_below[b] = below[b * kBlock];
    for (size_t g = 0; g < groups_; ++g) group_below_[row * groups_ + g] = block_below[g * kBlock];
}

size_t Cumulatives::touch(size_t row, uint32_t u) const {
    const size_t group = last_below(group_below_.data() + row * groups_, groups_, u);
    const uint32_t* block_below = block_below_.data() + (row * groups_ + group) * kBlock;
    const size_t block = std::min(group * kBlock + last_below(block_below, kBlock, u), blocks_ - 1);
    __builtin_prefetch(&below_[(row * blocks_ + block) * kBlock]);
    return block;
}

Cumulatives::Found Cumulatives::find(size_t row, size_t block, uint32_t u) const {
    const size_t used = std::min(kBlock, columns_ - block * kBlock);
    const uint32_t* below = below_.data() + (row * blocks_ + block) * kBlock;
    // u may be as large as what stands behind the last column.
    const size_t k = std::min(last_below(below, kBlock, u), used - 1);
    uint64_t end = uint64_t(1) << 32;
    if (k + 1 < used)
        end = below[k + 1];
    else if (block + 1 < blocks_)
        end = block_below_[row * groups_ * kBlock + block + 1];
    return {block * kBlock + k,
            std::min((float(u - below[k]) + 0.5f) / float(end - below[k]), 0x1.fffffep-1f)};
}

EnvironmentMap::EnvironmentMap(const Image& image) : width_(image.width_px), height_(image.height_px) {
    if (image.type != PixelType::F32 || image.channels != 3)
        throw Error(ErrorKind::BadData, "environment has another form").expected("f32 [H,W,3]");
    if (width_ > 0x10000 || height_ > 0x10000)
        throw Error(ErrorKind::BadData, "environment is too large")
            .got(std::to_string(width_) + " x " + std::to_string(height_))
            .expected("at most 65536 x 65536");
    if (width_ < 2 || height_ < 2)
        throw Error(ErrorKind::BadData, "environment is too small")
            .got(std::to_string(width_) + " x " + std::to_string(height_))
            .expected("at least 2 x 2");
    const Span<const float> values = image.values<float>();
    for (const float v : values)
        if (!(v >= 0 && v <= 1e30f))
            throw Error(ErrorKind::BadData, "environment radiance out of range")
                .got(std::to_string(v))
                .expected("finite, not negative");
    const size_t n = size_t(width_) * size_t(height_);
    const float largest = *std::max_element(values.begin(), values.end());
    if (!(largest > 0)) throw Error(ErrorKind::BadData, "environment is black everywhere");
    // Stored relative to the brightest value: half precision spans nine decades below it.
    scale_ = largest / kMaxHalf;
    const float store = kMaxHalf / largest;
    texels_.resize(n);
    for (size_t k = 0; k < n; ++k)
        texels_[k] =
            HalfRgb({std::min(values[3 * k] * store, kMaxHalf), std::min(values[3 * k + 1] * store, kMaxHalf),
                     std::min(values[3 * k + 2] * store, kMaxHalf)});
    std::vector<double> solid_angle(static_cast<size_t>(height_));
    for (int i = 0; i < height_; ++i) {
        const double c0 = double(sincos_turns(0.5f * float(i) / float(height_)).cos);
        const double c1 = double(sincos_turns(0.5f * float(i + 1) / float(height_)).cos);
        solid_angle[size_t(i)] = 2 * 3.14159265358979323846 * (c0 - c1) / width_;
    }
    std::vector<double> weight(n);
    double flux = 0;
    for (size_t k = 0; k < n; ++k) {
        weight[k] = double(luminance_of(texels_[k].load()));
        flux += weight[k] * solid_angle[k / size_t(width_)];
    }
    const double mean = flux / (4 * 3.14159265358979323846);
    mean_luminance_ = float(mean * double(scale_));
    floor_ = float(1e-3 * mean);
    double total = 0;
    for (size_t k = 0; k < n; ++k) {
        weight[k] = (weight[k] + double(floor_)) * solid_angle[k / size_t(width_)];
        total += weight[k];
    }
    row_density_.resize(static_cast<size_t>(height_));
    for (size_t i = 0; i < row_density_.size(); ++i)
        row_density_[i] = float(solid_angle[i] / total * double(n));

    const size_t rows = size_t(height_), columns = size_t(width_);
    columns_.resize(rows, columns);
    rows_.resize(1, rows);
    std::vector<double> row_weight(rows);
    for (size_t i = 0; i < rows; ++i) {
        for (size_t j = 0; j < columns; ++j) row_weight[i] += weight[i * columns + j];
        columns_.fill(i, weight.data() + i * columns);
    }
    rows_.fill(0, row_weight.data());
}

EnvironmentSample EnvironmentMap::lookup(float column, float row, float sin_theta) const {
    const float x = column - 0.5f, y = row - 0.5f;
    const float fx0 = std::floor(x), fy0 = std::floor(y), fx = x - fx0, fy = y - fy0;
    int x0 = int(fx0), x1 = x0 + 1;
    if (x0 < 0) x0 += width_;
    if (x1 >= width_) x1 -= width_;
    if (x0 >= width_) x0 -= width_;
    const int y0 = std::min(std::max(int(fy0), 0), height_ - 1),
              y1 = std::min(std::max(int(fy0) + 1, 0), height_ - 1);
    const HalfRgb* top = texels_.data() + size_t(y0) * size_t(width_);
    const HalfRgb* bottom = texels_.data() + size_t(y1) * size_t(width_);
    const Rgbx upper = top[x0].load() * (1 - fx) + top[x1].load() * fx;
    const Rgbx lower = bottom[x0].load() * (1 - fx) + bottom[x1].load() * fx;
    EnvironmentSample result;
    result.radiance = to_vec3((upper * (1 - fy) + lower * fy) * scale_);
    const float p = (luminance_of(upper) + floor_) * row_density_[size_t(y0)] * (1 - fy) +
                    (luminance_of(lower) + floor_) * row_density_[size_t(y1)] * fy;
    result.pdf = p * (0.5f * kInvPi * kInvPi) / std::max(sin_theta, kMinSine);
    return result;
}

EnvironmentSample EnvironmentMap::evaluate(Vec3f d) const {
    const float sine = std::sqrt(d.x * d.x + d.z * d.z);
    const float column = (atan2_turns(d.x, -d.z) + 0.5f) * float(width_);
    const float row = 2 * atan2_turns(sine, d.y) * float(height_);
    EnvironmentSample result = lookup(column, row, sine);
    result.direction = d;
    return result;
}

Vec3f EnvironmentMap::radiance(Vec3f direction) const { return evaluate(direction).radiance; }

EnvironmentMap::Aim EnvironmentMap::aim(BitPair point) const {
    const Cumulatives::Found row = rows_.find(0, rows_.touch(0, point.y), point.y);
    return {row.index, columns_.touch(row.index, point.x), point.x, row.within};
}

EnvironmentMap::Place EnvironmentMap::pick(const Aim& aim) const {
    const Cumulatives::Found column = columns_.find(aim.row, aim.block, aim.along);
    const size_t i = aim.row, j = column.index, k = i * size_t(width_) + j;
    const Vec2f jitter{column.within, aim.within};
    Place place{float(j) + 0.5f + tent(jitter.x), float(i) + 0.5f + tent(jitter.y)};
    __builtin_prefetch(&texels_[k]);
    const size_t neighbour = jitter.y < 0.5f ? (i > 0 ? k - size_t(width_) : k)
                                             : (i + 1 < size_t(height_) ? k + size_t(width_) : k);
    __builtin_prefetch(&texels_[neighbour]);
    if (place.column < 0) place.column += float(width_);
    if (place.column >= float(width_)) place.column -= float(width_);
    // Folding at the poles gives the border rows the constant half texel that the clamped lookup has.
    if (place.row < 0) place.row = -place.row;
    if (place.row > float(height_)) place.row = 2 * float(height_) - place.row;
    return place;
}

EnvironmentMap::Towards EnvironmentMap::towards(Place place) const {
    const SinCos theta = sincos_turns(0.5f * place.row / float(height_));
    const SinCos phi = sincos_turns(place.column / float(width_) - 0.5f);
    return {{theta.sin * phi.sin, theta.cos, -theta.sin * phi.cos}, theta.sin};
}

EnvironmentSample EnvironmentMap::at(Place place, const Towards& towards) const {
    EnvironmentSample result = lookup(place.column, place.row, towards.sine);
    result.direction = towards.direction;
    return result;
}

}  // namespace radforge::path
