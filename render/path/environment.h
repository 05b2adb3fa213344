// SPDX-License-Identifier: Apache-2.0
/// Light from infinitely far away, as a lat-long radiance map with importance sampling.
#pragma once
#include "render/path/half.h"
#include "render/path/sampler.h"
#include "render/path/wide_pages.h"
#include "synth/base/image.h"
#include "synth/base/vec.h"

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
    void resize(size_t rows, size_t columns);
    void fill(size_t row, const double* weight);
    struct Found {
        size_t index;
        float within;  // [0,1)
    };
    /// In which block of columns u = [0, 2^32) falls; asks memory for it.
    size_t touch(size_t row, uint32_t u) const;
    /// On which column it falls. @param block touch(row, u)
    Found find(size_t row, size_t block, uint32_t u) const;

private:
    static constexpr size_t kBlock = 16;  // one cache line

    size_t columns_ = 0, blocks_ = 0, groups_ = 0;
    // Running sums, the whole being 2^32; those of blocks of columns again, and of groups of blocks.
    WideVector<uint32_t> below_, block_below_, group_below_;
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
    EnvironmentSample evaluate(Vec3f direction) const;
    /// A place on the map: continuous column and row, texel edges at whole numbers.
    struct Place {
        float column, row;
    };
    /// A row, and where in it to look.
    struct Aim {
        size_t row = 0, block = 0;
        uint32_t along = 0;  ///< which column of it
        float within = 0;    ///< the row
    };
    /// Sampling in three steps, so that a caller can do other work while memory answers: aim(), pick(), at().
    /// @param point  uniform: columns follow x, rows y, both to the last bit
    Aim aim(BitPair point) const;
    Place pick(const Aim& aim) const;
    EnvironmentSample at(Place place) const { return at(place, towards(place)); }
    /// The last step in two: which way a place lies, and what is there.
    struct Towards {
        Vec3f direction;
        float sine;  // of the angle from the zenith
    };
    Towards towards(Place place) const;
    EnvironmentSample at(Place place, const Towards& towards) const;

    float mean_luminance() const { return mean_luminance_; }  ///< over the sphere
    int width_px() const { return width_; }
    int height_px() const { return height_; }

private:
    EnvironmentSample lookup(float column, float row, float sin_theta) const;

    int width_ = 0, height_ = 0;
    float mean_luminance_ = 0;
    float scale_ = 1;  // radiance of a stored 1
    float floor_ = 0;  // added to every texel's luminance, in stored units
    WideVector<HalfRgb> texels_;
    std::vector<float> row_density_;  // sampling density per unit square of the map, by stored luminance
    Cumulatives rows_, columns_;      // over rows, and over the texels of each row
};

/// One environment as a scene uses it.
struct Environment {
    std::shared_ptr<const EnvironmentMap> map;
    double heading_rad = 0;  ///< turns the map to the right (from -z towards +x) about the vertical
    double scale = 1;        ///< multiplies radiance, > 0
};

}  // namespace radforge::path
