// SPDX-License-Identifier: Apache-2.0
#include "synth/base/error.h"
#include "synth/base/file_list.h"
#include "synth/base/hash.h"
#include "synth/base/parallel.h"
#include "synth/base/system_error.h"
#include "synth/dicom/header.h"
#include "synth/dicom/pixels.h"
#include "synth/dicom/series.h"
#include "synth/dicom/toolkit.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

namespace radforge::dicom {
namespace {

constexpr double kSamePlace_mm = 1e-3;

struct Found {
    std::string file;
    Header header;
};

/// What one file turned out to be.
struct Look {
    std::vector<Found> found;
    ScanReport report;
};

Look look_at(const std::string& file) {
    Look look;
    ScanReport& report = look.report;
    ++report.files;
    errno = 0;
    DcmFileFormat format;
    const OFCondition loaded =
        format.loadFileUntilTag(file.c_str(), EXS_Unknown, EGL_noChange, 4096, ERM_autoDetect, DCM_PixelData);
    DcmDataset& data = *format.getDataset();
    // Without the magic word any bytes may parse; a data set counts only when it says what it is.
    const bool is_dicom = data.tagExistsWithValue(DCM_SOPClassUID) || data.tagExistsWithValue(DCM_Modality);
    if (!is_dicom || loaded.bad()) throw_if_passing(file);
    if (!is_dicom) {
        ++report.not_dicom;
        return look;
    }
    if (loaded.bad()) {
        report.left_out.push_back({file, std::string("unreadable: ") + loaded.text()});
        return look;
    }
    if (!is_ct_image(data)) {
        ++report.not_ct;
        return look;
    }
    try {
        Header header = read_header(data);
        if (header.localiser)
            ++report.not_ct;
        else
            look.found.push_back({file, std::move(header)});
    } catch (const Error& error) {
        report.left_out.push_back({file, error.what()});
    }
    return look;
}

/// Which of the copies of one instance to use: the first that can be read to its end, and what ails those
/// before it. The first where none can: reading the series will say so.
struct Choice {
    size_t best = 0;
    std::vector<LeftOut> worse;
};

Choice choose(Span<const Found> copies) {
    Choice choice;
    for (size_t i = 0; copies.size() > 1 && i < copies.size(); ++i) {
        try {
            read_stored(copies[i].file);
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::TryAgain) throw;
            choice.worse.push_back({copies[i].file, error.what()});
            continue;
        }
        choice.best = i;
        for (LeftOut& copy : choice.worse) copy.why += "; the copy " + copies[i].file + " is used";
        return choice;
    }
    return {};
}

/// Where each instance begins among files sorted by instance, and behind them all the number of files.
std::vector<size_t> instances_of(const std::vector<Found>& found) {
    std::vector<size_t> begins;
    for (size_t i = 0; i < found.size(); ++i)
        if (i == 0 || found[i].header.instance != found[i - 1].header.instance) begins.push_back(i);
    begins.push_back(found.size());
    return begins;
}

void add(const ScanReport& one, ScanReport& all) {
    all.files += one.files;
    all.not_dicom += one.not_dicom;
    all.not_ct += one.not_ct;
    all.left_out.insert(all.left_out.end(), one.left_out.begin(), one.left_out.end());
}

/// The acquisitions of a series, those of most slices first, of equal ones the lowest number.
std::vector<std::vector<Found>> acquisitions_of(std::vector<Found> slices) {
    std::map<int, std::vector<Found>> by_number;
    for (Found& slice : slices) by_number[slice.header.acquisition].push_back(std::move(slice));
    std::vector<std::vector<Found>> acquisitions;
    for (auto& [number, of_it] : by_number) acquisitions.push_back(std::move(of_it));
    std::stable_sort(acquisitions.begin(), acquisitions.end(),
                     [](const auto& a, const auto& b) { return a.size() > b.size(); });
    return acquisitions;
}

/// Slice by slice, acquisitions of one place would mix. One continues those taken already while at most a
/// quarter of its slices lies within theirs, which are left out; any other repeats them.
std::vector<Found> without_repeats(std::vector<Found> slices, Vec3d normal, ScanReport& report) {
    const auto along_mm = [&](const Found& f) { return dot(f.header.origin_mm, normal); };
    std::vector<std::pair<double, double>> ranges_mm;
    std::vector<Found> taken;
    for (std::vector<Found>& acquisition : acquisitions_of(std::move(slices))) {
        const auto is_new = [&](const Found& f) {
            return std::none_of(ranges_mm.begin(), ranges_mm.end(), [&](const auto& range) {
                return along_mm(f) > range.first - kSamePlace_mm &&
                       along_mm(f) < range.second + kSamePlace_mm;
            });
        };
        const auto old = std::partition(acquisition.begin(), acquisition.end(), is_new);
        const auto n_old = size_t(acquisition.end() - old);
        if (4 * n_old > acquisition.size()) {
            report.repeats += int64_t(acquisition.size());
            continue;
        }
        report.repeats += int64_t(n_old);
        const auto [first, last] =
            std::minmax_element(acquisition.begin(), old,
                                [&](const Found& a, const Found& b) { return along_mm(a) < along_mm(b); });
        ranges_mm.emplace_back(along_mm(*first), along_mm(*last));
        std::move(acquisition.begin(), old, std::back_inserter(taken));
    }
    return taken;
}

SeriesInfo describe(std::vector<Found> slices, ScanReport& report) {
    const Vec3d normal = slices.front().header.normal();
    slices = without_repeats(std::move(slices), normal, report);
    const auto rank = [&](const Found& f) {
        return std::make_tuple(dot(f.header.origin_mm, normal), f.header.number, f.header.instance);
    };
    std::sort(slices.begin(), slices.end(),
              [&](const Found& a, const Found& b) { return rank(a) < rank(b); });
    SeriesInfo info;
    info.rows = slices.front().header.rows;
    info.columns = slices.front().header.columns;
    info.split_key = slices.front().header.split_key;
    Sha256 hash;
    double last_mm = 0;
    for (const Found& slice : slices) {
        const double along_mm = dot(slice.header.origin_mm, normal);
        if (!info.files.empty() && along_mm - last_mm < kSamePlace_mm) {
            ++report.duplicates;
            continue;
        }
        last_mm = along_mm;
        info.files.push_back(slice.file);
        if (info.body_part.empty()) info.body_part = slice.header.body_part;
        hash.update(slice.header.instance + ";");
    }
    hash.update(std::to_string(info.rows) + "x" + std::to_string(info.columns));
    info.id = hash.hex().substr(0, 16);
    return info;
}

}  // namespace

std::vector<SeriesInfo> scan(Span<const std::string> paths, ScanReport& report) {
    prepare_toolkit();
    std::set<std::string> names;
    for (const std::string& path : paths) names.merge(files_below(path));
    const std::vector<std::string> files(names.begin(), names.end());
    std::vector<Look> looks(files.size());
    parallel_for(int64_t(files.size()), 8, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) looks[size_t(i)] = look_at(files[size_t(i)]);
    });
    std::vector<Found> found;
    for (Look& look : looks) {
        add(look.report, report);
        std::move(look.found.begin(), look.found.end(), std::back_inserter(found));
    }
    // By instance, so that nothing below depends on what the files are called.
    std::stable_sort(found.begin(), found.end(),
                     [](const Found& a, const Found& b) { return a.header.instance < b.header.instance; });
    const std::vector<size_t> begins = instances_of(found);
    std::vector<Choice> choices(begins.size() - 1);
    parallel_for(int64_t(choices.size()), 1, [&](int64_t begin, int64_t end) {
        for (auto i = size_t(begin); i < size_t(end); ++i)
            choices[i] = choose({found.data() + begins[i], begins[i + 1] - begins[i]});
    });
    std::vector<std::vector<Found>> groups;
    for (size_t i = 0; i < choices.size(); ++i) {
        const Choice& choice = choices[i];
        report.left_out.insert(report.left_out.end(), choice.worse.begin(), choice.worse.end());
        report.duplicates += int64_t(begins[i + 1] - begins[i] - 1 - choice.worse.size());
        Found& slice = found[begins[i] + choice.best];
        auto group = std::find_if(groups.begin(), groups.end(), [&](const std::vector<Found>& g) {
            return g.front().header.stacks_with(slice.header);
        });
        if (group == groups.end()) group = groups.insert(groups.end(), std::vector<Found>());
        group->push_back(std::move(slice));
    }
    std::vector<SeriesInfo> series;
    for (std::vector<Found>& group : groups) series.push_back(describe(std::move(group), report));
    std::sort(series.begin(), series.end(),
              [](const SeriesInfo& a, const SeriesInfo& b) { return a.id < b.id; });
    return series;
}

}  // namespace radforge::dicom
