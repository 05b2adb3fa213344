// SPDX-License-Identifier: Apache-2.0
/// Light from infinitely far away, as a lat-long radiance map with importance sampling.
#pragma once
#include "render/path/rgbx.h"
#include "render/path/sampler.h"
#include "render/path/shared_exponent.h"
#include "render/path/wide_pages.h"
#include "synth/base/image.h"
#include "synth/base/vec.h"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace radforge::path {

/// A direction of arrival drawn from an environment.
struct EnvironmentSample {
    Vec3f direction;  ///< unit, towards the light
    Vec3f radiance;
    float pdf = 0;  ///< per steradian
};

/// Rows of weights, each to be drawn from by the inverse of its cumulative.
class Cumulatives {
public:
    /// @param columns  1 to 65536
    void resize(size_t rows, size_t columns);
    void fill(size_t row, const double* weight);
    struct Found {
        size_t index;
        float within;  // [0,1)
    };
    /// On which column u = [0, 2^32) falls.
    Found find(size_t row, uint32_t u) const { return find_from(start(row, u), row, u); }
    /// The same in two steps: a column at or before that one, whose numbers are asked of memory; and the
    /// rest.
    size_t start(size_t row, uint32_t u) const;
    Found find_from(size_t column, size_t row, uint32_t u) const;

private:
    static constexpr size_t kStep = 8;  // columns looked at together

    size_t columns_ = 0, stride_ = 0;
    int shift_ = 0;               // of u, to its entry in the guide
    WideVector<uint32_t> below_;  // running sums, the whole being 2^32
    WideVector<uint16_t> guide_;  // the column on which the first u of each of equal parts falls
};

/// The radiance map and its sampling table, shared by many scenes. Immutable; const methods are thread-safe.
///
/// Row 0 is the zenith (+y). The middle of the image (u = 0.5) lies at -z, u grows towards +x (to the right
/// when one looks at it from inside). Radiance is bilinear between texel centres; directions are drawn from
/// the bilinear interpolant of the same texels' luminance x solid angle, with 1e-3 of the mean added to every
/// texel.
class EnvironmentMap {
public:
    /// @param radiance f32 [H,W,3] linear, H and W 2 to 65536, finite, not negative, not all zero
    /// @throws Error otherwise
    explicit EnvironmentMap(const Image& radiance);

    Vec3f radiance(Vec3f direction) const;
    /// Radiance and sampling density together, for directions that another technique has drawn.
    EnvironmentSample evaluate(Vec3f direction) const { return at(sight(direction)); }
    /// The same in two steps: the first asks memory for what the second will need.
    struct Sight {
        Vec3f direction;
        float column, row, sine;  // of the angle from the zenith
    };
    Sight sight(Vec3f direction) const;
    EnvironmentSample at(const Sight& sight) const;
    /// A place on the map: continuous column and row, texel edges at whole numbers.
    struct Place {
        float column, row;
    };
    /// A tile of texels, and what is left of the point to choose within it, [0,1).
    struct Aim {
        uint32_t tile_row = 0, tile_column = 0;
        float along = 0, down = 0;
        uint32_t across = 0;  // of the point; until settled, the tile lies at tile_column or to its right
    };
    /// Sampling in three steps, so that a caller can do other work while memory answers: aim(), pick(), at().
    /// @param point  uniform: columns follow x, rows y, both to the last bit
    Aim aim(BitPair point) const;
    using Aims = std::array<Aim, 4>;
    /// The first half of aim(), and that of the point moved by k % 2 and k / 2 halves along its coordinates,
    /// for k = 0 to 3; settle() is the other.
    Aims aim_at_quarters(BitPair point) const;
    Aim begin(BitPair point) const { return first_half(rows_.find(0, point.y), point.x); }
    void settle(Aim& aim) const;
    Place pick(const Aim& aim) const;
    EnvironmentSample at(Place place) const { return at(place, towards(place)); }
    /// The last step in two: which way a place lies, and what is there.
    struct Towards {
        Vec3f direction;
        float sine;  // of the angle from the zenith
    };
    Towards towards(Place place) const;
    EnvironmentSample at(Place place, const Towards& towards) const;
    /// What can be told of four aims without looking radiance up, which is all but proportional to density.
    struct Glances {
        Rgbx column, row, sine, pdf;  // pdf: in the middle of the place's texel
        Rgbx3 direction;
        Place place(size_t k) const { return {column[k], row[k]}; }
    };
    Glances glance(const Aims& aims) const;

    float mean_luminance() const { return mean_luminance_; }  ///< over the sphere
    int width_px() const { return width_; }
    int height_px() const { return height_; }

private:
    static constexpr int kTile = 4;  // a tile of texels is one cache line

    // Add up to the place of a texel.
    size_t index_of_row(int row) const {
        return (size_t(row) / kTile * tiles_x_ * kTile + size_t(row) % kTile) * kTile;
    }
    static size_t index_of_column(int column) {
        return size_t(column) / kTile * (kTile * kTile) + size_t(column) % kTile;
    }
    EnvironmentSample lookup(float column, float row, float sin_theta) const;
    Aim first_half(const Cumulatives::Found& row, uint32_t across) const {
        return {uint32_t(row.index), uint32_t(columns_.start(row.index, across)), 0, row.within, across};
    }
    /// A texel, where within it ([0,1)), and its weight.
    struct Drawn {
        float column, row, along, down, weight;
    };
    Drawn draw(const Aim& aim) const;
    template <class T>
    struct PlaceOf {
        T column, row;
    };
    template <class T>
    PlaceOf<T> place_of(T column, T row, T along, T down) const;
    template <class T>
    struct TowardsOf {
        Vec3<T> direction;
        T sine;
    };
    template <class T>
    TowardsOf<T> towards_of(T column, T row) const;

    int width_ = 0, height_ = 0;
    size_t tiles_x_ = 0;
    float mean_luminance_ = 0;
    float scale_ = 1;                    // radiance of a stored 1
    float floor_ = 0;                    // added to every texel's luminance, in stored units
    WideVector<SharedExponent> texels_;  // tile by tile
    std::vector<float> row_density_;  // sampling density per unit square of the map, by stored luminance; 0
                                      // beyond the last row
    Cumulatives rows_, columns_;      // over rows of tiles, and over the tiles of each
};

/// One environment as a scene uses it.
struct Environment {
    std::shared_ptr<const EnvironmentMap> map;
    double heading_rad = 0;  ///< turns the map to the right (from -z towards +x) about the vertical
    double scale = 1;        ///< multiplies radiance, > 0
};

}  // namespace radforge::path
