// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/source.h"

#include "synth/base/content_id.h"
#include "synth/base/error.h"
#include "synth/base/file_list.h"
#include "synth/dicom/series.h"
#include "synth/volume/nifti.h"
#include "synth/volume/vdb.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

namespace radforge::volume {
namespace {

namespace fs = std::filesystem;

/// Capitals or not.
bool ends_with(const std::string& name, const std::string& end) {
    return name.size() > end.size() &&
           std::equal(end.rbegin(), end.rend(), name.rbegin(), [](char wanted, char c) {
               return wanted == (c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
           });
}

std::string kind_of(const std::string& path) {
    if (ends_with(path, ".nii") || ends_with(path, ".nii.gz")) return "nifti";
    if (ends_with(path, ".vdb")) return "vdb";
    return "dicom";
}

std::set<std::string> files_at(const std::string& path) {
    std::error_code problem;
    if (!fs::exists(path, problem))
        throw Error(ErrorKind::BadData, "no such file or folder of CT")
            .where(path)
            .hint("check --volumes or --ct");
    return files_below(path);
}

void warn(Logger& logger, const std::vector<dicom::LeftOut>& left_out) {
    constexpr size_t kShown = 5;
    for (size_t i = 0; i < std::min(kShown, left_out.size()); ++i)
        logger.warn(left_out[i].file + ": left out: " + left_out[i].why);
    if (left_out.size() > kShown)
        logger.warn(std::to_string(left_out.size() - kShown) + " more files left out");
}

/// The same instances lie in two places: those of either that can be read make the source.
void join_copies(CtSource& source, std::vector<std::string> copies, dicom::ScanReport& report) {
    copies.insert(copies.begin(), source.files.begin(), source.files.end());
    dicom::ScanReport of_copies;
    for (dicom::SeriesInfo& series : dicom::scan(copies, of_copies))
        if (series.id == source.id) source.files = std::move(series.files);
    report.duplicates += of_copies.duplicates;
    report.repeats += of_copies.repeats;
    report.left_out.insert(report.left_out.end(), of_copies.left_out.begin(), of_copies.left_out.end());
}

void find_below(const std::string& path, std::map<std::string, CtSource>& sources, Logger& logger) {
    std::vector<std::string> whole, others;
    for (const std::string& file : files_at(path))
        (kind_of(file) == "dicom" ? others : whole).push_back(file);
    const std::vector<std::string> ids = content_ids(whole);
    for (size_t i = 0; i < whole.size(); ++i)
        sources.emplace(ids[i], CtSource{ids[i], kind_of(whole[i]), {whole[i]}, BodyPart::Unknown, ids[i]});
    size_t found = whole.size();
    dicom::ScanReport report;
    size_t short_ones = 0;
    for (const dicom::SeriesInfo& series : dicom::scan(others, report)) {
        if (series.files.size() < size_t(kFewestSlices)) {
            ++short_ones;
            logger.warn(series.files.front() + ": left out: a series of " +
                        std::to_string(series.files.size()) + " slices, at least " +
                        std::to_string(kFewestSlices) + " make a volume");
            continue;
        }
        CtSource source{series.id, "dicom", series.files, body_part_of(series.body_part), series.split_key};
        const auto [known, is_new] = sources.emplace(series.id, source);
        if (!is_new) join_copies(known->second, source.files, report);
        ++found;
    }
    warn(logger, report.left_out);
    if (report.duplicates > 0)
        logger.warn(path + ": " + std::to_string(report.duplicates) + " duplicate slices left out");
    if (report.repeats > 0)
        logger.warn(path + ": " + std::to_string(report.repeats) +
                    " slices left out that are of other acquisitions where one of their series lies already");
    if (found > 0) return;
    Error nothing(ErrorKind::BadData, "no CT found");
    nothing.where(path)
        .got(std::to_string(report.files) + " files: " + std::to_string(report.not_dicom) + " not DICOM, " +
             std::to_string(report.not_ct) + " not CT slices, " + std::to_string(report.left_out.size()) +
             " unusable, " + std::to_string(short_ones) + " series too short")
        .expected("a DICOM CT series of at least " + std::to_string(kFewestSlices) +
                  " slices, .nii, .nii.gz or .vdb");
    if (!report.left_out.empty())
        nothing.hint("first unusable: " + report.left_out[0].file + ": " + report.left_out[0].why);
    throw nothing;
}

Volume load_dicom(const CtSource& source, LoadReport& report, double memory_gb) {
    dicom::ReadReport read;
    dicom::Series series = dicom::read(source.files, read, memory_gb);
    for (const dicom::LeftOut& slice : read.left_out) report.left_out.emplace_back(slice.file, slice.why);
    for (const dicom::Gap& gap : read.gaps) report.gaps.emplace_back(gap.after_slice, gap.spacing_mm);
    report.duplicate_slices += read.duplicates;
    report.padding_voxels += read.padding_voxels;
    report.clamped_voxels += read.clamped_voxels;
    if (series.origin_mm.size() < size_t(kFewestSlices))
        throw Error(ErrorKind::BadData, "too few slices make no volume")
            .where(source.files.front())
            .got(std::to_string(series.origin_mm.size()))
            .expected("at least " + std::to_string(kFewestSlices));
    static_assert(dicom::Series::kPadding == Volume::kHuPadding);
    Volume v;
    v.slices = int(series.origin_mm.size());
    v.rows = series.rows;
    v.columns = series.columns;
    v.hu = std::move(series.hu);
    v.row_spacing_mm = series.row_spacing_mm;
    v.column_spacing_mm = series.column_spacing_mm;
    v.row_direction = series.row_direction;
    v.column_direction = series.column_direction;
    v.slice_origin_mm = std::move(series.origin_mm);
    v.slice_thickness_mm = series.slice_thickness_mm;
    if (!(v.slice_thickness_mm > 0)) v.slice_thickness_mm = v.slice_positions_mm().back() / (v.slices - 1);
    v.kvp = series.kvp;
    v.body_part = body_part_of(series.body_part);
    v.origin = "dicom";
    v.validate(source.files.front());
    v.identify();
    return v;
}

double missing_mm(const LoadReport& report) {
    double sum_mm = 0;
    for (const auto& [slice, width_mm] : report.gaps) sum_mm += width_mm;
    return sum_mm;
}

std::string in_mm(double length_mm) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f mm", length_mm);
    return text;
}

}  // namespace

BodyPart body_part_of(const std::string& code) {
    static const std::map<std::string, BodyPart> parts = {
        {"HEAD", BodyPart::Head},       {"NECK", BodyPart::Neck},     {"CHEST", BodyPart::Chest},
        {"ABDOMEN", BodyPart::Abdomen}, {"PELVIS", BodyPart::Pelvis}, {"EXTREMITY", BodyPart::Extremity}};
    const auto found = parts.find(code);
    return found == parts.end() ? BodyPart::Unknown : found->second;
}

std::string loss_note(const CtSource& source, const LoadReport& report) {
    std::string lost;
    const auto tell = [&](int64_t count, const std::string& what) {
        if (count > 0) lost += (lost.empty() ? "" : ", ") + std::to_string(count) + " " + what;
    };
    tell(int64_t(report.left_out.size()), "of " + std::to_string(source.files.size()) + " slices left out");
    tell(int64_t(report.gaps.size()), "gaps between slices, " + in_mm(missing_mm(report)) + " in all");
    tell(report.duplicate_slices, "slices where another lies");
    tell(source.origin == "dicom" ? 0 : report.padding_voxels, "voxels that are no numbers, taken as air");
    tell(report.clamped_voxels, "voxels beyond 16 bits, held at the bound");
    if (report.nothing_below_0_hu)
        lost += (lost.empty() ? "" : ", ") +
                std::string("no voxel below 0 HU, where air and fat are: are its values Hounsfield units?");
    if (lost.empty()) return {};
    if (!report.left_out.empty())
        lost += "; the first: " + report.left_out.front().first + ": " + report.left_out.front().second;
    return source.files.front() + ": CT volume " + source.id + ": " + lost;
}

void require_few_gaps(const CtSource& source, const Volume& volume, const LoadReport& report) {
    constexpr double kMostMissing = .25;
    const double length_mm = volume.slice_positions_mm().back();
    if (missing_mm(report) <= kMostMissing * length_mm) return;
    throw Error(ErrorKind::BadData, "too many slices are missing")
        .where(source.files.front())
        .got(in_mm(missing_mm(report)) + " of " + in_mm(length_mm) + " in " +
             std::to_string(report.gaps.size()) + " gaps")
        .expected("at most 25 %")
        .hint("export the whole series");
}

std::vector<CtSource> find_sources(Span<const std::string> paths, Logger& logger) {
    std::map<std::string, CtSource> by_id;
    for (const std::string& path : paths) find_below(path, by_id, logger);
    std::vector<CtSource> sources;
    for (auto& [id, source] : by_id) sources.push_back(std::move(source));
    return sources;
}

Volume load(const CtSource& source, LoadReport& report, double memory_gb) {
    Volume volume;
    if (source.origin == "dicom") {
        volume = load_dicom(source, report, memory_gb);
    } else {
        RADFORGE_ASSERT(source.files.size() == 1);
        VoxelReport voxels;
        volume = source.origin == "vdb" ? read_vdb(source.files[0], voxels, memory_gb)
                                        : read_nifti(source.files[0], voxels, memory_gb);
        report.padding_voxels += voxels.padding_voxels;
        report.clamped_voxels += voxels.clamped_voxels;
        report.nothing_below_0_hu = std::none_of(volume.hu.begin(), volume.hu.end(), [](int16_t hu) {
            return hu < 0 && hu != Volume::kHuPadding;
        });
    }
    return volume;
}

Volume load(const CtSource& source) {
    LoadReport unseen;
    return load(source, unseen);
}

}  // namespace radforge::volume
