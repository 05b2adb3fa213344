// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/subject.h"

#include "render/xray/material_split.h"
#include "synth/base/error.h"
#include "synth/enhance/body.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace radforge::enhance {
namespace {

constexpr int16_t kAir_hu = -1000;
constexpr double kCutShare = 0.002;     // of a face: with more body on it, the face cuts the body
constexpr double kBodyIntegral = 0.06;  // line integral of about 3 mm of soft tissue
constexpr double kFieldStep_mm = 0.01;  // to which the largest field is found
constexpr double kBackwards_mm = 1e6;   // farther than any body: rays that miss it altogether
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Voxels of the body in index space (x, y, z), and how much of each face of the volume is body.
struct Extent {
    int lo[3] = {1 << 30, 1 << 30, 1 << 30}, hi[3] = {-1, -1, -1};
    double cut[3][2] = {};  // share of the first and the last face along each axis
};

Extent extent_of(const Volume& v, const std::vector<uint8_t>& mask) {
    Extent e;
    const int n[3] = {v.columns, v.rows, v.slices};
    size_t i = 0;
    for (int z = 0; z < n[2]; ++z)
        for (int y = 0; y < n[1]; ++y)
            for (int x = 0; x < n[0]; ++x, ++i) {
                if (!mask[i]) continue;
                const int at[3] = {x, y, z};
                for (int k = 0; k < 3; ++k) {
                    e.lo[k] = std::min(e.lo[k], at[k]), e.hi[k] = std::max(e.hi[k], at[k]);
                    const double face = double(n[(k + 1) % 3]) * n[(k + 2) % 3];
                    if (at[k] == 0) e.cut[k][0] += 1 / face;
                    if (at[k] == n[k] - 1) e.cut[k][1] += 1 / face;
                }
            }
    return e;
}

/// The body alone, in air, on the columns and rows that hold it; `e` then counts from there.
Volume without_couch(const Volume& v, const std::vector<uint8_t>& mask, Extent& e) {
    Volume bare;
    bare.slices = v.slices;
    bare.rows = e.hi[1] - e.lo[1] + 1;
    bare.columns = e.hi[0] - e.lo[0] + 1;
    bare.row_spacing_mm = v.row_spacing_mm;
    bare.column_spacing_mm = v.column_spacing_mm;
    bare.slice_thickness_mm = v.slice_thickness_mm;
    bare.row_direction = v.row_direction;
    bare.column_direction = v.column_direction;
    for (const Vec3d& origin : v.slice_origin_mm)
        bare.slice_origin_mm.push_back(origin + e.lo[0] * v.column_spacing_mm * v.row_direction +
                                       e.lo[1] * v.row_spacing_mm * v.column_direction);
    bare.hu.reserve(size_t(bare.slices) * size_t(bare.rows) * size_t(bare.columns));
    for (int s = 0; s < v.slices; ++s)
        for (int r = e.lo[1]; r <= e.hi[1]; ++r) {
            const size_t line = (size_t(s) * size_t(v.rows) + size_t(r)) * size_t(v.columns);
            for (int c = e.lo[0]; c <= e.hi[0]; ++c)
                bare.hu.push_back(mask[line + size_t(c)] ? std::max(v.hu[line + size_t(c)], kAir_hu)
                                                         : kAir_hu);
        }
    bare.id = v.id;
    for (int k = 0; k < 2; ++k) e.hi[k] -= e.lo[k], e.lo[k] = 0;
    return bare;
}

/// Turns a view about a point.
xray::View turned(xray::View view, const Mat3d& rotation, Vec3d about_mm) {
    view.source_mm = about_mm + rotation * (view.source_mm - about_mm);
    view.first_pixel_mm = about_mm + rotation * (view.first_pixel_mm - about_mm);
    view.column_step_mm = rotation * view.column_step_mm;
    view.row_step_mm = rotation * view.row_step_mm;
    view.direction = rotation * view.direction;
    return view;
}

/// What an axis of the patient holds.
struct Interval {
    double lo = kInfinity, hi = -kInfinity;
    void add(double at) { lo = std::min(lo, at), hi = std::max(hi, at); }
    double size() const { return hi - lo; }
};

/// The place nearest to `centre` about which `reach` lies within [lo, hi].
double kept_within(double centre, Interval reach, double lo, double hi) {
    const double first = lo - reach.lo, last = hi - reach.hi;
    return first > last ? 0.5 * (first + last) : std::clamp(centre, first, last);
}

/// Where the field's corner rays run along `axis`, between the planes at -half_depth and +half_depth of the
/// axis `depth`; no other ray goes farther.
Interval reach_of(const xray::View& rays, int axis, int depth, double half_depth_mm) {
    Interval reach;
    for (const double row : {-0.5, rays.height_px - 0.5})
        for (const double column : {-0.5, rays.width_px - 0.5})
            for (const double end : {-half_depth_mm, half_depth_mm}) {
                const Vec3d along = rays.pixel_mm(row, column) - rays.source_mm;
                const double t = (end - rays.source_mm[depth]) / along[depth];
                if (!(t > 0)) return {-kBackwards_mm, kBackwards_mm};
                reach.add(rays.source_mm[axis] + t * along[axis]);
            }
    return reach;
}

/// The rays of a shot whose field has its middle at `centre_mm` and this side there.
xray::View rays_of(const Shot& shot, Vec3d centre_mm, double field_mm) {
    const Preset& p = preset(shot.preset);
    const double pitch = field_mm * p.source_detector_mm / p.source_centre_mm / shot.size_px;
    const xray::View straight =
        xray::radiograph_view(p.direction, xray::Beam::Cone, centre_mm, p.source_centre_mm,
                              p.source_detector_mm, pitch, shot.size_px, shot.size_px);
    const Vec3d right = straight.column_step_mm / length(straight.column_step_mm);
    const Vec3d forward = (centre_mm - straight.source_mm) / p.source_centre_mm;
    const Mat3d rotation = rotation_about({0, 0, 1}, shot.turn_rad) * rotation_about(right, shot.tilt_rad) *
                           rotation_about(forward, shot.roll_rad);
    return turned(straight, rotation, centre_mm);
}

}  // namespace

Subject::Subject(const Volume& volume) : body_part_(volume.body_part) {
    const std::vector<uint8_t> mask = body_mask(volume);
    Extent extent = extent_of(volume, mask);
    const xray::Grid grid =
        xray::attenuation_grid(without_couch(volume, mask, extent), beam_kev(volume.body_part));

    double lo[3], hi[3];
    for (int k = 0; k < 3; ++k) lo[k] = extent.lo[k], hi[k] = extent.hi[k];
    if (volume.slices > 1) {
        // The grid's slices are even, the volume's need not be.
        const std::vector<double> at_mm = volume.slice_positions_mm();
        const double per_mm = (grid.nz - 1) / at_mm.back();
        lo[2] = at_mm[size_t(extent.lo[2])] * per_mm, hi[2] = at_mm[size_t(extent.hi[2])] * per_mm;
    }
    const auto corner = [&](int bits) {
        return grid.world_mm({bits & 1 ? hi[0] : lo[0], bits & 2 ? hi[1] : lo[1], bits & 4 ? hi[2] : lo[2]});
    };
    body_lo_mm_ = body_hi_mm_ = corner(0);
    for (int bits = 1; bits < 8; ++bits)
        for (int k = 0; k < 3; ++k) {
            body_lo_mm_[k] = std::min(body_lo_mm_[k], corner(bits)[k]);
            body_hi_mm_[k] = std::max(body_hi_mm_[k], corner(bits)[k]);
        }
    shown_lo_mm_ = {-kInfinity, -kInfinity, -kInfinity};
    shown_hi_mm_ = {kInfinity, kInfinity, kInfinity};
    for (int k = 0; k < 3; ++k)
        for (int end = 0; end < 2; ++end) {
            if (extent.cut[k][end] < kCutShare) continue;
            // The world axis that this face mostly looks along, and the innermost of its corners there.
            const Vec3d step = grid.step_mm.column(k);
            int axis = 0;
            for (int j = 1; j < 3; ++j)
                if (std::abs(step[j]) > std::abs(step[axis])) axis = j;
            const bool upper = (end == 1) == (step[axis] > 0);
            for (int bits = 0; bits < 4; ++bits) {
                Vec3d index;
                index[k] = end == 1 ? hi[k] : lo[k];
                index[(k + 1) % 3] = bits & 1 ? hi[(k + 1) % 3] : lo[(k + 1) % 3];
                index[(k + 2) % 3] = bits & 2 ? hi[(k + 2) % 3] : lo[(k + 2) % 3];
                const double at = grid.world_mm(index)[axis];
                if (upper)
                    shown_hi_mm_[axis] = std::min(shown_hi_mm_[axis], at);
                else
                    shown_lo_mm_[axis] = std::max(shown_lo_mm_[axis], at);
            }
        }
    xray::ProjectorOptions options;
    options.method = xray::Method::ShearWarp;
    projector_ = xray::make_projector(grid, options);
}

xray::View Subject::view(const Shot& shot, double& field_mm) const {
    const Preset& p = preset(shot.preset);
    const bool frontal =
        p.direction == xray::Radiograph::AnteroPosterior || p.direction == xray::Radiograph::PosteroAnterior;
    const int across = frontal ? 0 : 1, depth = frontal ? 1 : 0;
    const double half_depth = 0.5 * (body_hi_mm_[depth] - body_lo_mm_[depth]);
    const auto reach = [&](int axis, double side_mm) {
        return reach_of(rays_of(shot, {}, side_mm), axis, depth, half_depth);
    };
    const auto fits = [&](double side_mm) {
        return reach(across, side_mm).size() <= shown_hi_mm_[across] - shown_lo_mm_[across] &&
               reach(2, side_mm).size() <= shown_hi_mm_[2] - shown_lo_mm_[2];
    };
    field_mm = p.field_mm;
    if (!fits(field_mm)) {
        double too_large = field_mm;
        for (field_mm = 0; too_large - field_mm > kFieldStep_mm;) {
            const double side = 0.5 * (field_mm + too_large);
            (fits(side) ? field_mm : too_large) = side;
        }
    }
    const bool volume_is_large = field_mm >= kLeastField_mm;
    field_mm *= shot.field;
    if (!(field_mm >= kLeastField_mm))
        throw Error(ErrorKind::BadData, volume_is_large ? "the field is too small for a radiograph"
                                                        : "the volume is too small for a radiograph")
            .where(shot.preset)
            .got("a field of " + std::to_string(field_mm) + " mm")
            .expected("at least " + std::to_string(kLeastField_mm) + " mm")
            .hint(volume_is_large ? "raise view.field, here " + std::to_string(shot.field)
                                  : "leave the scan out");
    Vec3d centre = (body_lo_mm_ + body_hi_mm_) * 0.5;
    centre[across] += shot.shift_across * field_mm;
    centre[2] += shot.shift_down * field_mm;
    for (const int axis : {across, 2})
        centre[axis] =
            kept_within(centre[axis], reach(axis, field_mm), shown_lo_mm_[axis], shown_hi_mm_[axis]);
    return rays_of(shot, centre, field_mm);
}

IdealRadiograph Subject::shoot(const Shot& shot) const {
    IdealRadiograph out;
    const xray::View rays = view(shot, out.field_mm);
    out.ideal = std::move(projector_->project(Span<const xray::View>(&rays, 1))[0]);
    out.body = Image(shot.size_px, shot.size_px, 1, PixelType::U8, ColorSpace::Data);
    const Span<float> values = out.ideal.values<float>();
    const Span<uint8_t> body = out.body.values<uint8_t>();
    std::vector<float> inside;
    for (size_t i = 0; i < values.size(); ++i) {
        if (!(double(values[i]) > kBodyIntegral)) continue;
        body[i] = 255;
        inside.push_back(values[i]);
    }
    if (inside.empty()) throw Error(ErrorKind::BadData, "no body in the beam").where(shot.preset);
    const auto rank = inside.begin() + ptrdiff_t(0.995 * double(inside.size() - 1));
    std::nth_element(inside.begin(), rank, inside.end());
    out.white = double(*rank);
    for (float& v : values) {
        const double r = double(v) / out.white;
        out.clipped_px += r > 1;
        v = float(std::clamp(r, 0.0, 1.0));
    }
    return out;
}

}  // namespace radforge::enhance
