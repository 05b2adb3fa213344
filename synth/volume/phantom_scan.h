// SPDX-License-Identifier: Apache-2.0
/// A model CT scanner: paints anatomy part by part into slices with partial volume, then adds what a scanner
/// adds.
#pragma once
#include "synth/volume/phantom_tissue.h"
#include "synth/volume/volume.h"

#include <functional>
#include <utility>
#include <vector>

namespace radforge::volume {

/// Box in the body's frame, mm.
struct Box {
    Vec3f lo, hi;
};
inline Box box_around(Vec3f centre, Vec3f half) { return {centre - half, centre + half}; }
/// Box of a tube from a to b with `margin` around.
Box box_between(Vec3f a, Vec3f b, float margin);

/// A run of pixels to paint: pixel i lies at start + i * step in the body's frame.
struct PixelRun {
    Vec3f start, step;
    uint8_t* labels = nullptr;
    int count = 0;
};

/// One painter and the box outside of which it paints nothing.
struct Part {
    Box bounds;
    std::function<void(const PixelRun&)> paint;
};

/// Parts are painted in order, each over those before it. Thread-safe to paint once built.
struct Anatomy {
    std::vector<Part> parts;
    TissueHu hu = default_tissue_hu();
    Mat3d scanner_from_body;  ///< rotation and size of the patient; any invertible matrix
    Vec3d position_mm;        ///< scanner coordinates of the body's origin
    uint32_t texture_seed = 0;

    /// @param paint  Tissue(Vec3f body_mm, Tissue under): what to see at a point; returns `under` where it
    /// has no say
    template <class F>
    void add(Box bounds, F paint) {
        parts.push_back({bounds, [paint = std::move(paint)](const PixelRun& run) {
                             Vec3f p = run.start;
                             for (int i = 0; i < run.count; ++i, p += run.step)
                                 run.labels[i] = uint8_t(paint(p, Tissue(run.labels[i])));
                         }});
    }
};

/// The couch: painted in scanner coordinates (mm), where no body is.
enum class Couch { None, Headrest, Table };

struct ScanGeometry {
    int slices = 1, rows = 1, columns = 1;
    double pixel_mm = 1;
    double slice_spacing_mm = 5, slice_thickness_mm = 5;  ///< along the slice normal
    double gantry_tilt_deg = 0;  ///< positive: the front of the slice is nearer to the head
    Vec3d centre_mm;             ///< scanner coordinates of the middle of the middle slice
    bool round_field = false;    ///< Volume::kHuPadding outside the inscribed circle
    Couch couch = Couch::None;
    double couch_y_mm = 100;  ///< lowest point of the couch surface under the patient
};

/// Imperfections of the scanner; each is off at zero.
struct ScanPhysics {
    double noise_hu = 0;         ///< deviation in a disc of about 20 cm water
    bool sharp_kernel = false;   ///< edge overshoot and fine noise
    double blur_mm = 0.5;        ///< deviation of the in-plane point spread
    double bone_cupping_hu = 0;  ///< bright rim next to bone (beam hardening correction residue)
    double hardening_hu = 0;     ///< dark band between dense bones along x
    double streak_hu = 0;        ///< photon-starvation streaks along x at a reference path of 35 cm water
    double metal_streak_hu = 0;  ///< star of streaks around metal
    uint64_t noise_key = 0;
};

/// Scans the anatomy: label by majority of four points staggered over pixel area and slice thickness, HU by
/// their mean.
/// @return volume without body part and id; HU saturates at -1024 and 3071 (12-bit storage)
Volume scan(const Anatomy& anatomy, const ScanGeometry& geometry, const ScanPhysics& physics);

}  // namespace radforge::volume
