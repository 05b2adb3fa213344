// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_scan.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/volume/phantom_artefact.h"
#include "synth/volume/phantom_shape.h"

#include <algorithm>
#include <cmath>

namespace radforge::volume {
namespace {

constexpr double kRadPerDeg = 3.141592653589793 / 180;
constexpr int kSamples = 4;
/// Offsets in pixels and slice thicknesses: a rotated grid in the plane, stratified through the slice.
constexpr double kOffsets[kSamples][3] = {
    {-0.125, -0.375, -0.375}, {0.375, -0.125, 0.125}, {-0.375, 0.125, -0.125}, {0.125, 0.375, 0.375}};

Mat3d inverse(const Mat3d& m) {
    const Vec3d a = m.column(0), b = m.column(1), c = m.column(2);
    const Vec3d bc = cross(b, c);
    const double det = dot(a, bc);
    RADFORGE_ASSERT(det != 0);
    return {{bc / det, cross(c, a) / det, cross(a, b) / det}};
}

/// Rows shift their points a little along the normal, so that a thin oblique sheet blurs instead of making
/// four ghosts.
constexpr double kRowShifts[4] = {-0.09375, 0.03125, -0.03125, 0.09375};

/// Slice-aligned frame: u along rows, v along columns, w along the normal.
struct Frame {
    Mat3d slice_from_scanner;
    Vec3d row{1, 0, 0}, column, normal;
};
Frame make_frame(double tilt_rad) {
    Frame f;
    f.column = {0, std::cos(tilt_rad), -std::sin(tilt_rad)};
    f.normal = cross(f.row, f.column);
    f.slice_from_scanner = {{f.row, f.column, f.normal}};
    return f;
}

struct PlacedPart {
    const Part* part;
    Vec3d lo, hi;  ///< bounds in the slice-aligned frame
};

std::vector<PlacedPart> place(const Anatomy& anatomy, const Frame& frame) {
    std::vector<PlacedPart> placed;
    placed.reserve(anatomy.parts.size());
    for (const Part& part : anatomy.parts) {
        Vec3d lo{1e30, 1e30, 1e30}, hi{-1e30, -1e30, -1e30};
        for (int corner = 0; corner < 8; ++corner) {
            const Vec3f c{corner & 1 ? part.bounds.hi.x : part.bounds.lo.x,
                          corner & 2 ? part.bounds.hi.y : part.bounds.lo.y,
                          corner & 4 ? part.bounds.hi.z : part.bounds.lo.z};
            const Vec3d s =
                frame.slice_from_scanner * (anatomy.scanner_from_body * to_double(c) + anatomy.position_mm);
            for (int i = 0; i < 3; ++i) lo[i] = std::min(lo[i], s[i]), hi[i] = std::max(hi[i], s[i]);
        }
        placed.push_back({&part, lo, hi});
    }
    return placed;
}

Tissue couch_at(Couch couch, double couch_y_mm, double x, double y) {
    if (couch == Couch::None) return Tissue::Air;
    const bool headrest = couch == Couch::Headrest;
    // A headrest is a trough with steep walls, a table a shallow arc with a second, flatter shell below.
    const double ax = std::abs(x), half_width = headrest ? 96 : 215, shell = headrest ? 2.6 : 2.2;
    if (ax > half_width) return Tissue::Air;
    const double u = ax / half_width;
    const double rise = headrest ? 88 * u * u * u * u * u + 10 * u * u : 34 * u * u;
    const double steep = headrest ? (440 * u * u * u * u + 20 * u) / half_width : 68 * u / half_width;
    const double depth = (y - (couch_y_mm - rise)) / std::sqrt(1 + steep * steep);
    if (depth < 0) return Tissue::Air;
    if (depth < shell) return Tissue::TableShell;
    if (headrest) return Tissue::Air;
    const double lower = couch_y_mm + 26 - 8 * u * u;
    if (y < lower) return Tissue::Foam;
    return y < lower + shell ? Tissue::TableShell : Tissue::Air;
}

class Scanner {
public:
    Scanner(const Anatomy& anatomy, const ScanGeometry& geometry, const ScanPhysics& physics)
        : anatomy_(anatomy),
          geometry_(geometry),
          physics_(physics),
          frame_(make_frame(geometry.gantry_tilt_deg * kRadPerDeg)),
          placed_(place(anatomy, frame_)),
          body_from_scanner_(inverse(anatomy.scanner_from_body)) {}

    const Frame& frame() const { return frame_; }

    Vec3d slice_centre(int s) const {
        const double along = (s - 0.5 * (geometry_.slices - 1)) * geometry_.slice_spacing_mm;
        return geometry_.centre_mm + Vec3d{0, 0, along / std::cos(geometry_.gantry_tilt_deg * kRadPerDeg)};
    }

    void make_slice(int s, int16_t* hu_out, uint8_t* labels_out) const {
        const size_t pixels = size_t(geometry_.rows) * size_t(geometry_.columns);
        std::vector<uint8_t> samples(pixels * kSamples);
        for (int k = 0; k < kSamples; ++k) paint(s, k, samples.data() + size_t(k) * pixels);
        std::vector<float> hu(pixels);
        vote(s, samples, labels_out, hu.data());
        const ImageView<float> view{hu.data(), geometry_.rows, geometry_.columns, 1, geometry_.columns};
        add_artefacts(view, {labels_out, geometry_.rows, geometry_.columns, 1, geometry_.columns}, physics_,
                      geometry_.pixel_mm, s);
        const double middle_r = 0.5 * (geometry_.rows - 1), middle_c = 0.5 * (geometry_.columns - 1);
        const double radius = 0.5 * std::min(geometry_.rows, geometry_.columns);
        for (int r = 0; r < geometry_.rows; ++r)
            for (int c = 0; c < geometry_.columns; ++c) {
                const bool outside = geometry_.round_field && std::hypot(r - middle_r, c - middle_c) > radius;
                const float stored = std::clamp(view(r, c), -1024.0f, 3071.0f);
                hu_out[r * geometry_.columns + c] =
                    outside ? Volume::kHuPadding : int16_t(std::lround(stored));
            }
    }

private:
    Vec3d pixel_origin(int s, const double* offset) const {
        const Vec3d centre = slice_centre(s) + frame_.normal * (offset[2] * geometry_.slice_thickness_mm);
        return centre + frame_.row * ((offset[0] - 0.5 * (geometry_.columns - 1)) * geometry_.pixel_mm) +
               frame_.column * ((offset[1] - 0.5 * (geometry_.rows - 1)) * geometry_.pixel_mm);
    }

    void paint(int s, int sample, uint8_t* labels) const {
        const Vec3d origin = pixel_origin(s, kOffsets[sample]);
        const Vec3d corner = frame_.slice_from_scanner * origin;
        paint_couch(origin, labels);
        const Vec3d step = body_from_scanner_ * (frame_.row * geometry_.pixel_mm);
        const double reach = kRowShifts[3] * geometry_.slice_thickness_mm;
        for (const PlacedPart& p : placed_) {
            if (p.lo.z > corner.z + reach || p.hi.z < corner.z - reach) continue;
            const Range columns = pixels_within(p.lo.x - corner.x, p.hi.x - corner.x, geometry_.columns);
            const Range rows = pixels_within(p.lo.y - corner.y, p.hi.y - corner.y, geometry_.rows);
            if (columns.begin >= columns.end) continue;
            for (int r = rows.begin; r < rows.end; ++r) {
                const double shift = kRowShifts[r & 3] * geometry_.slice_thickness_mm;
                const Vec3d at = origin + frame_.column * (r * geometry_.pixel_mm) + frame_.normal * shift +
                                 frame_.row * (columns.begin * geometry_.pixel_mm);
                p.part->paint({to_float(body_from_scanner_ * (at - anatomy_.position_mm)), to_float(step),
                               labels + size_t(r) * size_t(geometry_.columns) + columns.begin,
                               columns.end - columns.begin});
            }
        }
    }

    void paint_couch(Vec3d origin, uint8_t* labels) const {
        for (int r = 0; r < geometry_.rows; ++r)
            for (int c = 0; c < geometry_.columns; ++c) {
                const Vec3d at = origin + frame_.column * (r * geometry_.pixel_mm);
                labels[r * geometry_.columns + c] = uint8_t(
                    couch_at(geometry_.couch, geometry_.couch_y_mm, at.x + c * geometry_.pixel_mm, at.y));
            }
    }

    struct Range {
        int begin, end;
    };
    Range pixels_within(double lo_mm, double hi_mm, int count) const {
        const double lo = std::ceil(lo_mm / geometry_.pixel_mm),
                     hi = std::floor(hi_mm / geometry_.pixel_mm) + 1;
        return {int(std::clamp(lo, 0.0, double(count))), int(std::clamp(hi, 0.0, double(count)))};
    }

    void vote(int s, const std::vector<uint8_t>& samples, uint8_t* labels, float* hu) const {
        const size_t pixels = size_t(geometry_.rows) * size_t(geometry_.columns);
        const double middle[3] = {0, 0, 0};
        const Vec3d origin = pixel_origin(s, middle);
        const Vec3f step = to_float(body_from_scanner_ * (frame_.row * geometry_.pixel_mm));
        for (int r = 0; r < geometry_.rows; ++r) {
            const Vec3d at = origin + frame_.column * (r * geometry_.pixel_mm) - anatomy_.position_mm;
            Vec3f p = to_float(body_from_scanner_ * at);
            for (int c = 0; c < geometry_.columns; ++c, p += step) {
                const size_t i = size_t(r) * size_t(geometry_.columns) + size_t(c);
                uint8_t tissue[kSamples];
                for (int k = 0; k < kSamples; ++k) tissue[k] = samples[size_t(k) * pixels + i];
                labels[i] = majority(tissue, r + 2 * c + s);
                float sum = 0;
                for (const uint8_t t : tissue) sum += anatomy_.hu[t];
                hu[i] = sum / kSamples;
                const TissueFacts& facts = tissue_facts(Tissue(labels[i]));
                if (labels[i] > uint8_t(Tissue::Gas) && facts.hu_deviation > 0)
                    hu[i] += facts.hu_deviation *
                             value_noise(p * (1 / facts.texture_mm), anatomy_.texture_seed + labels[i]);
            }
        }
    }

    /// Ties go to a sample that changes from pixel to pixel, so that edges do not lean to one side.
    static uint8_t majority(const uint8_t (&tissue)[kSamples], int first) {
        int best = 0, best_votes = 0;
        for (int i = 0; i < kSamples; ++i) {
            const int k = (first + i) % kSamples;
            int votes = 0;
            for (const uint8_t other : tissue) votes += other == tissue[k];
            if (votes > best_votes) best = k, best_votes = votes;
        }
        return tissue[best];
    }

    const Anatomy& anatomy_;
    const ScanGeometry& geometry_;
    const ScanPhysics& physics_;
    Frame frame_;
    std::vector<PlacedPart> placed_;
    Mat3d body_from_scanner_;
};

}  // namespace

Box box_between(Vec3f a, Vec3f b, float margin) {
    Box box;
    for (int i = 0; i < 3; ++i)
        box.lo[i] = std::min(a[i], b[i]) - margin, box.hi[i] = std::max(a[i], b[i]) + margin;
    return box;
}

Volume scan(const Anatomy& anatomy, const ScanGeometry& geometry, const ScanPhysics& physics) {
    RADFORGE_ASSERT(geometry.slices > 0 && geometry.rows > 0 && geometry.columns > 0);
    Volume v;
    v.slices = geometry.slices, v.rows = geometry.rows, v.columns = geometry.columns;
    v.row_spacing_mm = v.column_spacing_mm = geometry.pixel_mm;
    v.slice_thickness_mm = geometry.slice_thickness_mm;
    v.kvp = 120;
    v.origin = "phantom";
    const size_t pixels = size_t(v.rows) * size_t(v.columns);
    v.hu.resize(pixels * size_t(v.slices));
    v.labels.resize(v.hu.size());
    const Scanner scanner(anatomy, geometry, physics);
    v.row_direction = scanner.frame().row;
    v.column_direction = scanner.frame().column;
    for (int s = 0; s < v.slices; ++s)
        v.slice_origin_mm.push_back(scanner.slice_centre(s) -
                                    v.row_direction * (0.5 * (v.columns - 1) * geometry.pixel_mm) -
                                    v.column_direction * (0.5 * (v.rows - 1) * geometry.pixel_mm));
    parallel_for(v.slices, 1, [&](int64_t begin, int64_t end) {
        for (int64_t s = begin; s < end; ++s)
            scanner.make_slice(int(s), v.hu.data() + size_t(s) * pixels,
                               v.labels.data() + size_t(s) * pixels);
    });
    return v;
}

}  // namespace radforge::volume
