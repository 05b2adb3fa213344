// SPDX-License-Identifier: Apache-2.0
#include "synth/dicom/series.h"

#include "synth/base/error.h"
#include "synth/dicom/header.h"
#include "synth/dicom/pixels.h"
#include "synth/dicom/toolkit.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace radforge::dicom {
namespace {

struct Slice {
    std::string file;
    Header header;
    std::vector<int16_t> hu;
    int64_t padding = 0, clamped = 0;
};

/// Stored value -> HU by the modality rescale (PS3.3 C.11.1), rounded to whole HU.
void rescale(const std::vector<int32_t>& stored, Slice& slice) {
    const Header& h = slice.header;
    slice.hu.resize(stored.size());
    for (size_t i = 0; i < stored.size(); ++i) {
        if (h.has_padding && stored[i] >= h.padding_lo && stored[i] <= h.padding_hi) {
            slice.hu[i] = Series::kPadding;
            ++slice.padding;
            continue;
        }
        const double hu = std::round(stored[i] * h.slope + h.intercept);
        if (hu < -32767 || hu > 32767) ++slice.clamped;
        slice.hu[i] = int16_t(std::clamp(hu, -32767.0, 32767.0));
    }
}

Slice read_slice(const std::string& file) {
    StoredSlice stored = read_stored(file);
    Slice slice;
    slice.file = file;
    slice.header = std::move(stored.header);
    rescale(stored.pixels, slice);
    return slice;
}

/// The orientation and size that most slices share decide; the rest is left out.
void keep_stackable(std::vector<Slice>& slices, ReadReport& report) {
    size_t best = 0, best_count = 0;
    for (size_t i = 0; i < slices.size() && best_count * 2 <= slices.size(); ++i) {
        const auto count = size_t(std::count_if(slices.begin(), slices.end(), [&](const Slice& s) {
            return s.header.stacks_with(slices[i].header);
        }));
        if (count > best_count) best = i, best_count = count;
    }
    const Header model = slices[best].header;
    std::vector<Slice> kept;
    for (Slice& slice : slices) {
        if (slice.header.stacks_with(model))
            kept.push_back(std::move(slice));
        else
            report.left_out.push_back(
                {slice.file, "series, size, orientation or spacing differs from the other slices"});
    }
    slices = std::move(kept);
}

std::vector<Gap> find_gaps(const Series& series) {
    std::vector<Gap> gaps;
    const Vec3d normal = cross(series.row_direction, series.column_direction);
    std::vector<double> steps;
    for (size_t s = 1; s < series.origin_mm.size(); ++s)
        steps.push_back(dot(series.origin_mm[s] - series.origin_mm[s - 1], normal));
    for (size_t i = 0; i < steps.size(); ++i) {
        constexpr size_t kBeside = 3;
        std::vector<double> near(steps.begin() + ptrdiff_t(i - std::min(i, kBeside)),
                                 steps.begin() + ptrdiff_t(std::min(i + kBeside + 1, steps.size())));
        const auto median = near.begin() + ptrdiff_t((near.size() - 1) / 2);
        std::nth_element(near.begin(), median, near.end());
        if (steps[i] > 1.8 * *median) gaps.push_back({int(i), steps[i]});
    }
    return gaps;
}

}  // namespace

Series read(Span<const std::string> files, ReadReport& report, double memory_gb) {
    if (files.empty()) throw Error(ErrorKind::BadData, "a series without files");
    prepare_toolkit();
    std::vector<Slice> slices;
    for (const std::string& file : files) {
        try {
            slices.push_back(read_slice(file));
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::TryAgain) throw;
            report.left_out.push_back({file, error.what()});
            continue;
        }
        if (slices.size() == 1)  // one by one, and joined
            require_memory(file, 2. * double(files.size() * slices.front().hu.size() * sizeof(int16_t)),
                           memory_gb);
    }
    if (!slices.empty()) keep_stackable(slices, report);
    if (slices.size() * 2 < files.size() || slices.empty())
        throw Error(ErrorKind::BadData, "too few slices of the series can be used")
            .where(report.left_out.front().file)
            .got(std::to_string(slices.size()) + " of " + std::to_string(files.size()))
            .hint("copy or export the series again; the first reason: " + report.left_out.front().why);
    const Vec3d normal = slices.front().header.normal();
    const auto along = [&](const Slice& s) { return dot(s.header.origin_mm, normal); };
    std::stable_sort(slices.begin(), slices.end(), [&](const Slice& a, const Slice& b) {
        return std::make_pair(along(a), a.header.instance) < std::make_pair(along(b), b.header.instance);
    });
    const Header& first = slices.front().header;
    Series series;
    series.rows = first.rows;
    series.columns = first.columns;
    series.row_direction = first.row_direction;
    series.column_direction = first.column_direction;
    series.row_spacing_mm = first.row_spacing_mm;
    series.column_spacing_mm = first.column_spacing_mm;
    series.slice_thickness_mm = first.slice_thickness_mm;
    series.kvp = first.kvp;
    double last = 0;
    for (const Slice& slice : slices) {
        if (!series.origin_mm.empty() && along(slice) - last < 1e-3) {
            ++report.duplicates;
            continue;
        }
        last = along(slice);
        series.origin_mm.push_back(slice.header.origin_mm);
        series.hu.insert(series.hu.end(), slice.hu.begin(), slice.hu.end());
        if (series.body_part.empty()) series.body_part = slice.header.body_part;
        report.padding_voxels += slice.padding;
        report.clamped_voxels += slice.clamped;
    }
    report.gaps = find_gaps(series);
    return series;
}

}  // namespace radforge::dicom
