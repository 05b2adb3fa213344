// SPDX-License-Identifier: Apache-2.0
/// Sampling of a bilinear image: a row of tiles of 4 x 4 texels by the inverse of the cumulative over such
/// rows, a tile by that of its row, a texel by the tile's own sums, then a tent-distributed offset from the
/// texel's centre. The density of the sum is the bilinear interpolant of the texel probabilities, so lookup
/// and density agree. Each coordinate is used to its last bit, so that stratified points stay stratified on
/// the map; an alias table would scatter them. A tile is one cache line, most often all that sampling and
/// lookup read of memory: the cumulatives over tiles are small enough to stay near the processor. They are
/// searched from where a guide table sends u (Chen and Asau, "On generating random variates from an empirical
/// distribution", AIIE Transactions 6(2), 1974), most often in one step. Density per steradian: p(u, v) / (2
/// pi^2 sin theta) with p per unit square of the map.
#include "render/path/elementary.h"
#include "render/path/environment.h"
#include "render/path/half.h"
#include "synth/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace radforge::path {

namespace {

/// Keeps 1 / sin finite at the poles, where the lat-long density diverges.
constexpr float kMinSine = 1e-6f;

/// luminance(), of several colours at once.
template <class T>
T luminance_of(T red, T green, T blue) {
    return 0.2126f * red + 0.7152f * green + 0.0722f * blue;
}

/// Inverse of the cumulative of a tent of width 2.
template <class T>
T tent(T u) {
    const T d = u - 0.5f;
    return with_sign_of(1.0f - root_of(1.0f - 2.0f * magnitude_of(d)), d);
}

/// How many of eight rising numbers are at most u.
size_t count_up_to(const uint32_t* numbers, uint32_t u) {
#ifdef __AVX2__
    const __m256i eight = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(numbers)),
                  all = _mm256_set1_epi32(int(u));
    const __m256i is_below = _mm256_cmpeq_epi32(_mm256_max_epu32(eight, all), all);
    return size_t(__builtin_popcount(unsigned(_mm256_movemask_ps(_mm256_castsi256_ps(is_below)))));
#else
    size_t count = 0;
    for (size_t k = 0; k < 8; ++k) count += numbers[k] <= u;
    return count;
#endif
}

/// Which of four weights, not all of them 0, a share [0,1) of their sum falls on, and where on it.
struct Quarter {
    size_t index;
    float within;  // [0,1)
};
Quarter quarter_of(const std::array<float, 4>& weight, float share) {
    const std::array<float, 4> below{0, weight[0], weight[0] + weight[1], weight[0] + weight[1] + weight[2]};
    const float at = share * (below[3] + weight[3]);
    const auto index = size_t(at >= below[1]) + size_t(at >= below[2]) + size_t(at >= below[3]);
    return {index, std::min((at - below[index]) / weight[index], 0x1.fffffep-1f)};
}

}  // namespace

void Cumulatives::resize(size_t rows, size_t columns) {
    columns_ = columns;
    // One number beyond the last column, and as many more as a step may read.
    stride_ = columns + kStep + 1;
    int bits = 1;
    while (bits < 16 && (size_t(4) << bits) < columns) ++bits;  // a small guide stays near the processor
    shift_ = 32 - bits;
    below_.assign(rows * stride_, ~0u);
    guide_.assign(rows << bits, 0);
}

void Cumulatives::fill(size_t row, const double* weight) {
    uint32_t* below = below_.data() + row * stride_;
    double total = 0, sum = 0;
    for (size_t k = 0; k < columns_; ++k) total += weight[k];
    for (size_t k = 0; k < columns_; ++k) {
        below[k] = uint32_t(std::min(sum / total * 0x1p32, 0x1.fffffffep31));
        sum += weight[k];
    }
    const size_t parts = size_t(1) << (32 - shift_);
    size_t column = 0;
    for (size_t part = 0; part < parts; ++part) {
        while (column + 1 < columns_ && below[column + 1] <= uint32_t(part) << shift_) ++column;
        guide_[row * parts + part] = uint16_t(column);
    }
}

size_t Cumulatives::start(size_t row, uint32_t u) const {
    const size_t column = guide_[(row << (32 - shift_)) + (u >> shift_)];
    __builtin_prefetch(below_.data() + row * stride_ + column + kStep / 2);
    return column;
}

Cumulatives::Found Cumulatives::find_from(size_t k, size_t row, uint32_t u) const {
    const uint32_t* below = below_.data() + row * stride_;
    for (size_t n = kStep; n == kStep && k < columns_; k += n) n = count_up_to(below + k + 1, u);
    // u may be as large as what stands behind the last column.
    k = std::min(k, columns_ - 1);
    const float share = float(below[k + 1] - below[k]) + (k + 1 == columns_ ? 1.0f : 0.0f);
    return {k, std::min((float(u - below[k]) + 0.5f) / share, 0x1.fffffep-1f)};
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
    // Stored relative to the brightest value; by a power of two, which loses nothing.
    int exponent = 0;
    std::frexp(largest / SharedExponent::kLargest, &exponent);
    exponent = std::max(exponent, -126);  // of the smallest normal number
    scale_ = std::ldexp(1.0f, exponent);
    const auto rows = size_t(height_), columns = size_t(width_), tiles_y = (rows + kTile - 1) / kTile;
    tiles_x_ = (columns + kTile - 1) / kTile;
    texels_.resize(tiles_y * tiles_x_ * kTile * kTile);
    std::vector<double> solid_angle(rows), weight(n);
    double flux = 0;
    for (int i = 0; i < height_; ++i) {
        const double c0 = double(sincos_turns(0.5f * float(i) / float(height_)).cos);
        const double c1 = double(sincos_turns(0.5f * float(i + 1) / float(height_)).cos);
        solid_angle[size_t(i)] = 2 * 3.14159265358979323846 * (c0 - c1) / width_;
        for (int j = 0; j < width_; ++j) {
            const size_t k = size_t(i) * columns + size_t(j);
            const auto stored = [&](size_t c) { return std::ldexp(values[3 * k + c], -exponent); };
            SharedExponent& texel = texels_[index_of_row(i) + index_of_column(j)];
            texel = SharedExponent({stored(0), stored(1), stored(2)});
            const Vec3f light = texel.value();
            weight[k] = double(luminance(light.x, light.y, light.z));
            flux += weight[k] * solid_angle[size_t(i)];
        }
    }
    const double mean = flux / (4 * 3.14159265358979323846);
    mean_luminance_ = float(mean * double(scale_));
    floor_ = float(1e-3 * mean);
    double total = 0;
    std::vector<double> tile_weight(tiles_y * tiles_x_), row_weight(tiles_y);
    for (size_t i = 0; i < rows; ++i)
        for (size_t j = 0; j < columns; ++j) {
            const double w = (weight[i * columns + j] + double(floor_)) * solid_angle[i];
            tile_weight[i / kTile * tiles_x_ + j / kTile] += w;
            row_weight[i / kTile] += w;
            total += w;
        }
    row_density_.resize(tiles_y * kTile);
    for (size_t i = 0; i < rows; ++i) row_density_[i] = float(solid_angle[i] / total * double(n));
    rows_.resize(1, tiles_y);
    rows_.fill(0, row_weight.data());
    columns_.resize(tiles_y, tiles_x_);
    for (size_t i = 0; i < tiles_y; ++i) columns_.fill(i, tile_weight.data() + i * tiles_x_);
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
    const size_t left = index_of_column(x0), right = index_of_column(x1), top = index_of_row(y0),
                 bottom = index_of_row(y1);
    // The four texels side by side, channel after channel.
    using Bits = int32_t __attribute__((vector_size(16)));
    const auto bits_at = [&](size_t k) { return int32_t(texels_[k].bits); };
    const Bits bits{bits_at(top + left), bits_at(top + right), bits_at(bottom + left),
                    bits_at(bottom + right)};
    const Rgbx share = Rgbx{1 - fx, fx, 1 - fx, fx} * Rgbx{1 - fy, 1 - fy, fy, fy},
               scale = SharedExponent::scale<Rgbx>(bits),
               red = SharedExponent::mantissa<Rgbx>(bits, 0) * scale,
               green = SharedExponent::mantissa<Rgbx>(bits, 1) * scale,
               blue = SharedExponent::mantissa<Rgbx>(bits, 2) * scale;
    const float above = row_density_[size_t(y0)], below = row_density_[size_t(y1)];
    const Rgbx weighed = (luminance_of(red, green, blue) + floor_) * Rgbx{above, above, below, below};
    const auto sum = [](Rgbx v) { return (v[0] + v[1]) + (v[2] + v[3]); };
    EnvironmentSample result;
    result.radiance = Vec3f{sum(red * share), sum(green * share), sum(blue * share)} * scale_;
    result.pdf = sum(weighed * share) * (0.5f * kInvPi * kInvPi) / std::max(sin_theta, kMinSine);
    return result;
}

EnvironmentMap::Sight EnvironmentMap::sight(Vec3f d) const {
    Sight s;
    s.direction = d;
    s.sine = std::sqrt(d.x * d.x + d.z * d.z);
    s.column = (atan2_turns(d.x, -d.z) + 0.5f) * float(width_);
    s.row = 2 * atan2_turns(s.sine, d.y) * float(height_);
    __builtin_prefetch(&texels_[index_of_row(std::min(int(s.row), height_ - 1)) +
                                index_of_column(std::min(int(s.column), width_ - 1))]);
    return s;
}

EnvironmentSample EnvironmentMap::at(const Sight& s) const {
    EnvironmentSample result = lookup(s.column, s.row, s.sine);
    result.direction = s.direction;
    return result;
}

Vec3f EnvironmentMap::radiance(Vec3f direction) const { return evaluate(direction).radiance; }

EnvironmentMap::Aim EnvironmentMap::aim(BitPair point) const {
    Aim aim = begin(point);
    settle(aim);
    return aim;
}

EnvironmentMap::Aims EnvironmentMap::aim_at_quarters(BitPair point) const {
    constexpr uint32_t kHalf = 1u << 31;
    const Cumulatives::Found upper = rows_.find(0, point.y), lower = rows_.find(0, point.y ^ kHalf);
    return {first_half(upper, point.x), first_half(upper, point.x ^ kHalf), first_half(lower, point.x),
            first_half(lower, point.x ^ kHalf)};
}

void EnvironmentMap::settle(Aim& aim) const {
    const Cumulatives::Found column = columns_.find_from(aim.tile_column, aim.tile_row, aim.across);
    aim.tile_column = uint32_t(column.index);
    aim.along = column.within;
    __builtin_prefetch(&texels_[(aim.tile_row * tiles_x_ + column.index) * kTile * kTile]);
}

EnvironmentMap::Drawn EnvironmentMap::draw(const Aim& aim) const {
    // Weights of two rows at a time.
    using Bits = int32_t __attribute__((vector_size(32)));
    using Floats = float __attribute__((vector_size(32)));
    const SharedExponent* tile = &texels_[(aim.tile_row * tiles_x_ + aim.tile_column) * kTile * kTile];
    const float* density = &row_density_[size_t(aim.tile_row) * kTile];
    const auto weights = [&](int pair) {
        Bits bits;
        std::memcpy(&bits, tile + 8 * pair, sizeof bits);
        const auto channel = [&](int c) { return SharedExponent::mantissa<Floats>(bits, c); };
        const float u = density[2 * pair], l = density[2 * pair + 1];
        const Floats light =
            luminance_of(channel(0), channel(1), channel(2)) * SharedExponent::scale<Floats>(bits);
        return (light + floor_) * Floats{u, u, u, u, l, l, l, l};
    };
    Floats upper = weights(0), lower = weights(1);
    const int beyond = int(aim.tile_column + 1) * kTile - width_;
    if (beyond > 0)
        for (int i = 0; i < 2; ++i)
            for (int j = kTile - beyond; j < kTile; ++j) upper[4 * i + j] = lower[4 * i + j] = 0;
    // Neighbours first, as (a + b) + (c + d).
    const Floats pairs = __builtin_shufflevector(upper, lower, 0, 2, 8, 10, 4, 6, 12, 14) +
                         __builtin_shufflevector(upper, lower, 1, 3, 9, 11, 5, 7, 13, 15);
    const Rgbx sums =
        __builtin_shufflevector(pairs, pairs, 0, 4, 2, 6) + __builtin_shufflevector(pairs, pairs, 1, 5, 3, 7);
    const Quarter row = quarter_of({sums[0], sums[1], sums[2], sums[3]}, aim.down);
    std::array<float, kTile * kTile> weight;
    std::memcpy(&weight[0], &upper, sizeof upper);
    std::memcpy(&weight[2 * kTile], &lower, sizeof lower);
    const float* of_row = &weight[row.index * kTile];
    const Quarter column = quarter_of({of_row[0], of_row[1], of_row[2], of_row[3]}, aim.along);
    return {float(aim.tile_column * kTile + column.index), float(aim.tile_row * kTile + row.index),
            column.within, row.within, of_row[column.index]};
}

template <class T>
EnvironmentMap::PlaceOf<T> EnvironmentMap::place_of(T column, T row, T along, T down) const {
    const auto width = float(width_), height = float(height_);
    column = column + 0.5f + tent(along);
    row = row + 0.5f + tent(down);
    column = column < 0 ? column + width : column;
    column = column >= width ? column - width : column;
    // Folding at the poles gives the border rows the constant half texel that the clamped lookup has.
    row = row < 0 ? -row : row;
    row = row > height ? 2 * height - row : row;
    return {column, row};
}

template <class T>
EnvironmentMap::TowardsOf<T> EnvironmentMap::towards_of(T column, T row) const {
    const SinCosOf<T> theta = sincos_turns(T(0.5f * row / float(height_)));
    const SinCosOf<T> phi = sincos_turns(T(column / float(width_) - 0.5f));
    return {{theta.sin * phi.sin, theta.cos, -theta.sin * phi.cos}, theta.sin};
}

EnvironmentMap::Place EnvironmentMap::pick(const Aim& aim) const {
    const Drawn d = draw(aim);
    const PlaceOf<float> place = place_of(d.column, d.row, d.along, d.down);
    return {place.column, place.row};
}

EnvironmentMap::Towards EnvironmentMap::towards(Place place) const {
    const TowardsOf<float> t = towards_of(place.column, place.row);
    return {t.direction, t.sine};
}

EnvironmentMap::Glances EnvironmentMap::glance(const Aims& aims) const {
    std::array<Drawn, 4> d;
    for (size_t k = 0; k < 4; ++k) d[k] = draw(aims[k]);
    const auto all = [&](float Drawn::*of) { return Rgbx{d[0].*of, d[1].*of, d[2].*of, d[3].*of}; };
    const PlaceOf<Rgbx> place =
        place_of(all(&Drawn::column), all(&Drawn::row), all(&Drawn::along), all(&Drawn::down));
    const TowardsOf<Rgbx> towards = towards_of(place.column, place.row);
    const Rgbx pdf = all(&Drawn::weight) * (0.5f * kInvPi * kInvPi) / most_of(towards.sine, all_of(kMinSine));
    return {place.column, place.row, towards.sine, pdf, towards.direction};
}

EnvironmentSample EnvironmentMap::at(Place place, const Towards& towards) const {
    EnvironmentSample result = lookup(place.column, place.row, towards.sine);
    result.direction = towards.direction;
    return result;
}

}  // namespace radforge::path
