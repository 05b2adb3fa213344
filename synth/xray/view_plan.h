// SPDX-License-Identifier: Apache-2.0
/// Which view of which volume a sample shows.
#pragma once
#include "render/xray/view.h"
#include "synth/base/image.h"
#include "synth/base/rng.h"
#include "synth/xray/xray_config.h"

#include <cstdint>
#include <string>

namespace radforge::xray {

/// A sample's place in the set: samples of one volume are adjacent, the two of a mirrored pair too.
struct Place {
    uint64_t volume = 0;
    int view = 0;
    bool mirrored = false;
};

/// Every drawn number of one view.
struct ViewRecipe {
    Vec3d source_direction{0, 0, 1};  ///< from the middle to the source: x to the patient's left, y to the
                                      ///< head, z to the front
    std::string radiograph;           ///< "ap", "pa", "left-lateral", "right-lateral", or empty
    double roll_deg = 0, turn_deg = 0, tilt_deg = 0;
    double source_center_mm = 0, source_detector_mm = 0;  ///< 0: parallel beam
    double field = 1;                                     ///< in cube edges
    bool mirrored = false;
};

/// Point k of n of the spherical Fibonacci lattice on the upper half sphere: z = 1 - (k + 1/2)/n, angle k
/// times 2 pi over the golden ratio (R. Swinbank and R. J. Purser, "Fibonacci grids", Q. J. R. Meteorol. Soc.
/// 132, 2006). All cells have one area.
Vec3d fibonacci_direction(int k, int n);

class ViewPlan {
public:
    explicit ViewPlan(const ViewConfig& config);
    uint64_t samples_per_volume() const { return uint64_t(config_.count) * uint64_t(copies_); }
    int samples_per_view() const { return copies_; }
    /// The largest number of adjacent samples that never leaves a volume and holds at most views_per_launch
    /// views.
    int samples_per_launch() const;
    Place place(uint64_t index) const;
    /// A function of the two samples of a mirrored pair.
    ViewRecipe draw(const SampleKey& key) const;
    /// Rays of a square image of `size_px`; the middle of the image sees `centre_mm`.
    View view(const ViewRecipe& recipe, Vec3d centre_mm, double edge_mm, int size_px) const;
    /// Turns an unmirrored view, or what was made of it, into its mirror image.
    View mirrored(const View& view) const;
    Image mirrored(const Image& image) const;
    bool mirrors_rows() const { return config_.mirror == "rows"; }

private:
    ViewConfig config_;
    int copies_, stride_;
};

/// Columns: the view's x (right), y (down) and z (away from the source) in the patient's frame, unit vectors.
/// A left-handed frame where the view is mirrored.
Mat3d view_axes(const View& view);

}  // namespace radforge::xray
