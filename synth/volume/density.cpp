// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/density.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace radforge::volume {
namespace {

constexpr double kSigma = 0.5;    // target voxels
constexpr double kReach = 4;      // deviations of a Gaussian that count
constexpr double kWideGap = 1.5;  // target voxels; no mean over slices farther apart, whatever the others are

/// Normalised Gaussian, deviation in samples.
std::vector<float> kernel(double sigma) {
    const int reach = int(std::ceil(kReach * sigma));
    std::vector<double> weights;
    double sum = 0;
    for (int i = -reach; i <= reach; ++i) {
        weights.push_back(std::exp(-0.5 * i * i / (sigma * sigma)));
        sum += weights.back();
    }
    std::vector<float> out;
    for (const double w : weights) out.push_back(float(w / sum));
    return out;
}

/// In place along one axis of an image, zero outside.
void blur(std::vector<float>& image, int count, ptrdiff_t step, int lines, ptrdiff_t line_step,
          const std::vector<float>& weights) {
    const int reach = int(weights.size() / 2);
    std::vector<float> line(size_t(count) + 2 * size_t(reach));
    for (int l = 0; l < lines; ++l) {
        float* const first = image.data() + l * line_step;
        for (int i = 0; i < count; ++i) line[size_t(i + reach)] = first[i * step];
        for (int i = 0; i < count; ++i) {
            float sum = 0;
            for (size_t k = 0; k < weights.size(); ++k) sum += weights[k] * line[size_t(i) + k];
            first[i * step] = sum;
        }
    }
}

/// Densities of the slices, averaged in their planes; samples of them anywhere.
class Slices {
public:
    Slices(const Volume& volume, double target_mm) : volume_(volume), along_mm_(volume.slice_positions_mm()) {
        const std::vector<float> none;
        const auto weights = [&](double spacing_mm) {
            return target_mm > spacing_mm * (1 + 1e-9) ? kernel(kSigma * target_mm / spacing_mm) : none;
        };
        const std::vector<float> across = weights(volume.column_spacing_mm),
                                 down = weights(volume.row_spacing_mm);
        images_.resize(size_t(volume.slices));
        parallel_for(volume.slices, 1, [&](int64_t begin, int64_t end) {
            for (int64_t s = begin; s < end; ++s) {
                std::vector<float>& image = images_[size_t(s)];
                const ImageView<const int16_t> hu = volume.slice(int(s));
                image.reserve(size_t(volume.rows) * size_t(volume.columns));
                for (int r = 0; r < volume.rows; ++r)
                    for (int c = 0; c < volume.columns; ++c)
                        image.push_back(hu(r, c) == Volume::kHuPadding ? 0 : density_from_hu(hu(r, c)));
                if (!across.empty()) blur(image, volume.columns, 1, volume.rows, volume.columns, across);
                if (!down.empty()) blur(image, volume.rows, volume.columns, volume.columns, 1, down);
            }
        });
        const double mean_gap =
            volume.slices > 1 ? along_mm_.back() / (volume.slices - 1) : volume.slice_thickness_mm;
        sigma_mm_ = target_mm > mean_gap * (1 + 1e-9) ? kSigma * target_mm : 0;
        wide_gap_mm_ = kWideGap * target_mm;
        first_gap_ = volume.slices > 1 ? along_mm_[1] : volume.slice_thickness_mm;
        last_gap_ = volume.slices > 1 ? along_mm_.back() - along_mm_[along_mm_.size() - 2]
                                      : volume.slice_thickness_mm;
    }

    float at(Vec3d place) const {
        const double h = dot(place - volume_.slice_origin_mm[0], volume_.normal());
        return sigma_mm_ > 0 && !in_wide_gap(h) ? averaged(place, h) : interpolated(place, h);
    }
    double first_gap_mm() const { return first_gap_; }
    double last_gap_mm() const { return last_gap_; }

private:
    bool in_wide_gap(double h) const {
        const auto above = std::upper_bound(along_mm_.begin(), along_mm_.end(), h);
        return above != along_mm_.begin() && above != along_mm_.end() && *above - above[-1] > wide_gap_mm_;
    }

    /// Bilinear in the plane of a slice; the outermost pixels reach half a pixel out. `origin` is where the
    /// first one is thought to lie.
    float in_slice(int s, Vec3d place, Vec3d origin) const {
        const double c = dot(place - origin, volume_.row_direction) / volume_.column_spacing_mm;
        const double r = dot(place - origin, volume_.column_direction) / volume_.row_spacing_mm;
        const int last_c = volume_.columns - 1, last_r = volume_.rows - 1;
        if (!(c >= -0.5 && r >= -0.5 && c <= last_c + 0.5 && r <= last_r + 0.5)) return 0;
        const double cc = std::clamp(c, 0.0, double(last_c)), rr = std::clamp(r, 0.0, double(last_r));
        const int c0 = int(cc), r0 = int(rr), c1 = std::min(c0 + 1, last_c), r1 = std::min(r0 + 1, last_r);
        const float fc = float(cc - c0), fr = float(rr - r0);
        const auto pixel = [&](int row, int column) {
            return images_[size_t(s)][size_t(row) * size_t(volume_.columns) + size_t(column)];
        };
        const float top = pixel(r0, c0) * (1 - fc) + pixel(r0, c1) * fc;
        const float bottom = pixel(r1, c0) * (1 - fc) + pixel(r1, c1) * fc;
        return top * (1 - fr) + bottom * fr;
    }

    /// As Sampler: between two slices along the line that joins equal pixels; the end slices reach half a gap
    /// out.
    float interpolated(Vec3d place, double h) const {
        const int last = volume_.slices - 1;
        if (h < -0.5 * first_gap_ || h > along_mm_.back() + 0.5 * last_gap_) return 0;
        const auto above = std::upper_bound(along_mm_.begin(), along_mm_.end(), h);
        const int s = std::clamp(int(above - along_mm_.begin()) - 1, 0, std::max(last - 1, 0)),
                  next = std::min(s + 1, last);
        const double gap = along_mm_[size_t(next)] - along_mm_[size_t(s)];
        const double t = gap > 0 ? std::clamp((h - along_mm_[size_t(s)]) / gap, 0.0, 1.0) : 0;
        const Vec3d origin =
            (1 - t) * volume_.slice_origin_mm[size_t(s)] + t * volume_.slice_origin_mm[size_t(next)];
        float sum = 0;
        if (t < 1) sum += float(1 - t) * in_slice(s, place, origin);
        if (t > 0) sum += float(t) * in_slice(next, place, origin);
        return sum;
    }

    /// Gaussian mean along the normal; beyond the ends lies air as thickly sampled as the last gap. Slices at
    /// a wide gap do not stand for all of it.
    float averaged(Vec3d place, double h) const {
        const double reach = kReach * sigma_mm_;
        const auto weight = [&](double at_mm, double width_mm) {
            const double u = (at_mm - h) / sigma_mm_;
            return width_mm * std::exp(-0.5 * u * u);
        };
        double sum = 0, total = 0;
        const auto begin = std::lower_bound(along_mm_.begin(), along_mm_.end(), h - reach);
        for (size_t s = size_t(begin - along_mm_.begin()); s < along_mm_.size() && along_mm_[s] <= h + reach;
             ++s) {
            const double before = s > 0 ? along_mm_[s] - along_mm_[s - 1] : first_gap_;
            const double after = s + 1 < along_mm_.size() ? along_mm_[s + 1] - along_mm_[s] : last_gap_;
            const double w =
                weight(along_mm_[s], 0.5 * (std::min(before, wide_gap_mm_) + std::min(after, wide_gap_mm_)));
            total += w;
            sum += w * double(in_slice(int(s), place, volume_.slice_origin_mm[s]));
        }
        for (double at = -first_gap_; at >= h - reach; at -= first_gap_) total += weight(at, first_gap_);
        for (double at = along_mm_.back() + last_gap_; at <= h + reach; at += last_gap_)
            total += weight(at, last_gap_);
        return total > 0 ? float(sum / total) : interpolated(place, h);
    }

    const Volume& volume_;
    std::vector<double> along_mm_;
    std::vector<std::vector<float>> images_;
    double sigma_mm_ = 0, wide_gap_mm_ = 0, first_gap_ = 1, last_gap_ = 1;
};

/// Box around all voxels, faces included.
void enclose(const Volume& v, Vec3d& lo, Vec3d& hi) {
    lo = {1e30, 1e30, 1e30}, hi = -lo;
    const std::vector<double> along = v.slice_positions_mm();
    const auto gap = [&](size_t a, size_t b) {
        return v.slices > 1 ? along[b] - along[a] : v.slice_thickness_mm;
    };
    for (size_t s = 0; s < along.size(); ++s)
        for (int corner = 0; corner < 8; ++corner) {
            const double half =
                0.5 * (corner & 4
                           ? gap(std::min(s, along.size() - 2), std::min(s + 1, along.size() - 1))
                           : -gap(s > 0 ? s - 1 : 0, s > 0 ? s : std::min<size_t>(1, along.size() - 1)));
            const Vec3d p = v.slice_origin_mm[s] +
                            ((corner & 1 ? v.columns : 0) - 0.5) * v.column_spacing_mm * v.row_direction +
                            ((corner & 2 ? v.rows : 0) - 0.5) * v.row_spacing_mm * v.column_direction +
                            half * v.normal();
            for (int a = 0; a < 3; ++a) lo[a] = std::min(lo[a], p[a]), hi[a] = std::max(hi[a], p[a]);
        }
}

}  // namespace

float density_from_hu(double hu) { return float(std::clamp((hu + 1000) / 2500, 0.0, 1.0)); }

DensityCube density_cube(const Volume& volume, int size) {
    volume.validate("volume to make a density cube of");
    if (size < 2 || size > 1024)
        throw Error(ErrorKind::BadData, "impossible size of a density cube")
            .got(std::to_string(size))
            .expected("2..1024");
    Vec3d lo, hi;
    enclose(volume, lo, hi);
    DensityCube cube;
    cube.size = size;
    cube.centre_mm = 0.5 * (lo + hi);
    cube.side_mm = std::max(hi.x - lo.x, std::max(hi.y - lo.y, hi.z - lo.z));
    cube.values.resize(size_t(size) * size_t(size) * size_t(size));
    const double pitch = cube.side_mm / size;
    const Slices slices(volume, pitch);
    parallel_for(size, 1, [&](int64_t begin, int64_t end) {
        for (int64_t z = begin; z < end; ++z) {
            size_t i = size_t(z) * size_t(size) * size_t(size);
            for (int y = 0; y < size; ++y)
                for (int x = 0; x < size; ++x, ++i) {
                    const double half = 0.5 * (size - 1);
                    cube.values[i] =
                        slices.at(cube.centre_mm + Vec3d{x - half, y - half, double(z) - half} * pitch);
                }
        }
    });
    return cube;
}

}  // namespace radforge::volume
