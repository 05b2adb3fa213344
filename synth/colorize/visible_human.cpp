// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/visible_human.h"

#include "synth/base/error.h"
#include "synth/base/file_list.h"
#include "synth/base/hash.h"
#include "synth/base/parallel.h"
#include "synth/colorize/body_mask.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>

namespace radforge::colorize {
namespace {

namespace fs = std::filesystem;

constexpr int kStoredCount = 65536, kStoredLowest = -32768;
constexpr int kFirstNumber = 1001;
constexpr int kWidestGap = 10;        ///< in slice numbers, within one block
constexpr int kSlicesToRegister = 5;  ///< of each block
constexpr double kRegistrationPixel_mm = 1;

struct Named {
    int number = 0;
    char body = 'm', part = 0;  ///< 'm' or 'f'; 'a', 'b', 'c' or none
    bool frozen = false;
    std::string path;
};

template <class F>
void each_file(const std::string& folder, const char* flag, F&& use) {
    if (!fs::is_directory(folder))
        throw Error(ErrorKind::BadData, "not a folder")
            .where(folder)
            .hint(std::string("give one with ") + flag);
    for (const std::string& path : files_below(folder)) use(path, fs::path(path).filename().string());
}

/// What is left of a file's name.
struct Name {
    std::string_view rest;

    bool take(std::string_view word) {
        if (rest.substr(0, word.size()) != word) return false;
        rest.remove_prefix(word.size());
        return true;
    }
    /// 0 where the next character is none of them.
    char take_one_of(std::string_view letters) {
        if (rest.empty() || letters.find(rest[0]) == letters.npos) return 0;
        const char c = rest[0];
        rest.remove_prefix(1);
        return c;
    }
    std::optional<int> take_number() {
        int number = 0;
        for (int digit = 0; digit < 4; ++digit) {
            const char c = take_one_of("0123456789");
            if (c == 0) return {};
            number = 10 * number + (c - '0');
        }
        return number;
    }
    bool ends(std::string_view suffix) const { return rest == suffix || rest == std::string(suffix) + ".Z"; }
};

/// a_vm1125.raw, a_vf1125a.raw.Z, avm1125.raw
std::vector<Named> sections_in(const std::string& folder) {
    std::vector<Named> found;
    each_file(folder, "--anatomy", [&](const std::string& path, const std::string& file) {
        Name name{file};
        if (!name.take("a")) return;
        name.take("_");
        if (!name.take("v")) return;
        const char body = name.take_one_of("mf");
        const auto number = name.take_number();
        const char part = name.take_one_of("abc");
        if (body != 0 && number && name.ends(".raw")) found.push_back({*number, body, part, false, path});
    });
    return found;
}

/// c_vm1125.fro (frozen), c_vm1125.fre.Z
std::vector<Named> slices_in(const std::string& folder) {
    std::vector<Named> found;
    each_file(folder, "--ct", [&](const std::string& path, const std::string& file) {
        Name name{file};
        if (!name.take("c_v")) return;
        const char body = name.take_one_of("mf");
        const auto number = name.take_number();
        if (!name.take(".fr")) return;
        const char state = name.take_one_of("eo");
        if (body != 0 && number && state != 0 && name.ends(""))
            found.push_back({*number, body, 0, state == 'o', path});
    });
    return found;
}

/// One file a number; of two (packed and not) the first by name.
std::map<int, Named> by_number(const std::vector<Named>& files, LeftOut& left_out) {
    std::map<int, Named> unique;
    for (const Named& file : files) {
        if (file.part == 'b' || file.part == 'c')
            left_out.emplace_back(file.path, "lies between two CT slices");
        else if (!unique.emplace(file.number, file).second)
            left_out.emplace_back(file.path, "another file has this number");
    }
    return unique;
}

/// What reading one pair told.
struct Finding {
    std::string defect_file, defect;  ///< empty: usable
    double pixel_mm = 0;
    uint64_t ct_hash = 0, section_hash = 0;
};

SectionLayout layout_for(size_t bytes, const VisibleHumanOptions& options) {
    if (options.layout) return *options.layout;
    const std::optional<SectionLayout> layout = layout_of(bytes);
    if (!layout)
        throw Error(ErrorKind::BadData, "the section has another size")
            .got(std::to_string(bytes) + " bytes")
            .expected("7471104 (2048 x 1216) or 33177600 (4096 x 2700)")
            .hint("it is truncated, or give its size with --anatomy-size");
    return *layout;
}

Finding examine(const NumberedPair& pair, const VisibleHumanOptions& options, StoredHistogram& histogram) {
    Finding finding;
    finding.defect_file = pair.ct;
    try {
        const std::vector<std::byte> ct_bytes = read_unpacked(pair.ct);
        const GenesisSlice ct = decode_genesis(ct_bytes);
        finding.pixel_mm = ct.pixel_mm > 0 ? ct.pixel_mm : options.ct_pixel_mm;
        finding.ct_hash = xxh3_64(Span<const std::byte>(ct.stored.bytes));
        finding.defect_file = pair.section;
        const std::vector<std::byte> bytes = read_unpacked(pair.section);
        if (bytes.empty()) throw Error(ErrorKind::BadData, "the section is empty: a gap of the saw");
        decode_section(bytes, layout_for(bytes.size(), options));
        finding.section_hash = xxh3_64(Span<const std::byte>(bytes));
        add_to_histogram(ct.stored, histogram);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::TryAgain) throw;
        finding.defect = error.what();
    }
    return finding;
}

RegistrationPair registration_pair(const UsablePair& pair, const VisibleHumanOptions& options,
                                   const Calibration& calibration) {
    LoadedPair loaded = load_pair(pair.files, options, calibration);
    RegistrationPair result;
    const int factor = std::max(1, int(kRegistrationPixel_mm / loaded.photo_pixel_mm));
    result.photo = factor > 1 ? shrink_photo(loaded.photo, factor) : std::move(loaded.photo);
    result.photo_pixel_mm = loaded.photo_pixel_mm * factor;
    result.photo_mask = photo_body_mask(result.photo);
    result.ct = std::move(loaded.ct);
    result.ct_mask = body_mask(std::as_const(result.ct).view<int16_t>(), scan_opening_px(pair.ct_pixel_mm));
    result.ct_pixel_mm = pair.ct_pixel_mm;
    return result;
}

/// Transform of pairs[begin..end).
Similarity register_block(const std::vector<UsablePair>& pairs, size_t begin, size_t end,
                          const VisibleHumanOptions& options, const Calibration& calibration,
                          Logger& logger) {
    std::vector<RegistrationPair> chosen;
    const size_t count = std::min<size_t>(kSlicesToRegister, end - begin);
    for (size_t i = 0; i < count; ++i) {
        const UsablePair& pair = pairs[begin + (end - begin) * (2 * i + 1) / (2 * count)];
        try {
            chosen.push_back(registration_pair(pair, options, calibration));
        } catch (const Error& error) {
            logger.warn(fmt::format("slice {} takes no part in the registration: {}", pair.files.number,
                                    error.what()));
        }
    }
    if (chosen.empty())
        throw Error(ErrorKind::BadData, "none of a block's slices shows a body to register by")
            .where(fmt::format("slices {}-{}", pairs[begin].files.number, pairs[end - 1].files.number))
            .hint("give its transform with --transform");
    return refine(chosen, match_moments(chosen));
}

void place_pairs(Survey& result, const VisibleHumanOptions& options, Logger& logger) {
    std::vector<UsablePair>& pairs = result.pairs;
    if (!options.transforms.empty()) {
        result.transforms = options.transforms;
        for (UsablePair& pair : pairs) {
            const auto row = std::find_if(
                result.transforms.begin(), result.transforms.end(),
                [&](const auto& t) { return pair.files.number >= t.first && pair.files.number <= t.last; });
            if (row == result.transforms.end())
                throw Error(ErrorKind::Usage, "no transform for a slice")
                    .where("--transform")
                    .got(std::to_string(pair.files.number));
            pair.transform = row->transform;
        }
        return;
    }
    for (size_t begin = 0, end = 0; begin < pairs.size(); begin = end) {
        for (end = begin + 1; end < pairs.size(); ++end)
            if (std::abs(pairs[end].ct_pixel_mm - pairs[begin].ct_pixel_mm) > 1e-4 ||
                pairs[end].files.number - pairs[end - 1].files.number > kWidestGap)
                break;
        TransformRow row;
        row.first = pairs[begin].files.number, row.last = pairs[end - 1].files.number;
        row.transform = register_block(pairs, begin, end, options, result.calibration, logger);
        for (size_t i = begin; i < end; ++i) pairs[i].transform = row.transform;
        result.transforms.push_back(row);
    }
}

}  // namespace

Listing list_pairs(const std::string& anatomy, const std::string& ct) {
    Listing listing;
    const std::vector<Named> section_files = sections_in(anatomy), slice_files = slices_in(ct);
    const auto mixed = [](const std::vector<Named>& files, auto key) {
        return std::any_of(files.begin(), files.end(),
                           [&](const Named& f) { return key(f) != key(files.front()); });
    };
    if (section_files.empty() || slice_files.empty())
        throw Error(ErrorKind::BadData, "no file of the Visible Human's names")
            .where(section_files.empty() ? anatomy : ct)
            .expected(section_files.empty() ? "a_vmNNNN.raw or avfNNNNa.raw, or these with .Z"
                                            : "c_vmNNNN.fre, c_vmNNNN.fro or c_vfNNNN.fre, or these with .Z");
    const auto body = [](const Named& f) { return f.body; };
    if (mixed(section_files, body) || mixed(slice_files, body) ||
        section_files.front().body != slice_files.front().body)
        throw Error(ErrorKind::BadData, "files of the male and of the female")
            .hint("give folders of one of them");
    if (mixed(slice_files, [](const Named& f) { return f.frozen; }))
        throw Error(ErrorKind::BadData, "fresh and frozen CT together")
            .where(ct)
            .hint("give one of normalCT and frozenCT");
    listing.body = section_files.front().body == 'm' ? "male" : "female";
    const std::map<int, Named> sections = by_number(section_files, listing.left_out),
                               slices = by_number(slice_files, listing.left_out);
    for (const auto& [number, section] : sections) {
        const auto slice = slices.find(number);
        if (slice == slices.end())
            listing.left_out.emplace_back(section.path, "no CT slice of this number");
        else
            listing.pairs.push_back({number, section.path, slice->second.path});
    }
    for (const auto& [number, slice] : slices)
        if (sections.count(number) == 0)
            listing.left_out.emplace_back(slice.path, "no section of this number");
    if (listing.pairs.empty())
        throw Error(ErrorKind::BadData, "no section and CT slice have the same number")
            .where(anatomy + ", " + ct);
    return listing;
}

void add_to_histogram(const Image& stored, StoredHistogram& histogram) {
    histogram.resize(kStoredCount);
    const ImageView<const int16_t> view = stored.view<int16_t>();
    const double middle_r = 0.5 * (view.height_px - 1), middle_c = 0.5 * (view.width_px - 1);
    const double radius = 0.49 * std::min(view.height_px, view.width_px);
    for (int r = 0; r < view.height_px; ++r)
        for (int c = 0; c < view.width_px; ++c)
            if ((r - middle_r) * (r - middle_r) + (c - middle_c) * (c - middle_c) <= radius * radius)
                ++histogram[size_t(view(r, c) - kStoredLowest)];
}

Calibration calibrate(const StoredHistogram& histogram) {
    RADFORGE_ASSERT(histogram.size() == size_t(kStoredCount));
    int64_t total = 0;
    for (const int64_t n : histogram) total += n;
    const auto quantile = [&](double share) {
        int64_t sum = 0;
        int value = 0;
        for (; value < kStoredCount - 1; ++value)
            if ((sum += histogram[size_t(value)]) > int64_t(share * double(total))) break;
        return value;
    };
    const int lo = quantile(0.001), hi = quantile(0.999);
    Histogram bins{};
    for (int v = lo; v <= hi; ++v)
        bins[size_t(int64_t(v - lo) * kOtsuBins / (hi - lo + 1))] += histogram[size_t(v)];
    const int split = otsu_split(bins);
    if (total == 0 || split == 0)
        throw Error(ErrorKind::BadData, "the CT slices show no air and body to calibrate by");
    const int threshold = lo + int((int64_t(split) * (hi - lo + 1) + kOtsuBins - 1) / kOtsuBins);
    const auto peak = [&](int from, int to) {
        int best = from;
        int64_t most = -1;
        for (int v = from; v < to; ++v) {
            int64_t sum = 0;
            for (int i = std::max(0, v - 2); i <= std::min(kStoredCount - 1, v + 2); ++i)
                sum += histogram[size_t(i)];
            if (sum > most) most = sum, best = v;
        }
        return best;
    };
    Calibration result;
    result.air_peak = peak(lo, threshold) + kStoredLowest;
    result.offset_hu = -1000 - result.air_peak;
    result.tissue_peak_hu = peak(threshold, hi + 1) + kStoredLowest + result.offset_hu;
    return result;
}

LoadedPair load_pair(const NumberedPair& files, const VisibleHumanOptions& options,
                     const Calibration& calibration) {
    LoadedPair result;
    const std::vector<std::byte> bytes = read_unpacked(files.section);
    const SectionLayout layout = layout_for(bytes.size(), options);
    result.photo = decode_section(bytes, layout);
    result.photo_pixel_mm = layout.pixel_mm;
    result.ct = decode_genesis(read_unpacked(files.ct)).stored;
    for (int16_t& v : result.ct.values<int16_t>())
        v = int16_t(std::clamp(int(v) + calibration.offset_hu, -1024, 3096));
    return result;
}

Survey survey(const Listing& listing, const VisibleHumanOptions& options, Logger& logger) {
    Survey result;
    result.body = listing.body;
    result.left_out = listing.left_out;
    const size_t count = listing.pairs.size();
    std::vector<Finding> findings(count);
    // Whole numbers: the sum does not depend on who added what.
    constexpr int64_t kParts = 8;
    std::vector<StoredHistogram> histograms(kParts, StoredHistogram(kStoredCount));
    parallel_for(kParts, 1, [&](int64_t begin, int64_t end) {
        for (int64_t part = begin; part < end; ++part)
            for (size_t i = size_t(part); i < count; i += kParts)
                findings[i] = examine(listing.pairs[i], options, histograms[size_t(part)]);
    });
    for (size_t part = 1; part < size_t(kParts); ++part)
        for (size_t v = 0; v < size_t(kStoredCount); ++v) histograms[0][v] += histograms[part][v];

    std::string content;
    uint64_t before = 0;
    for (size_t i = 0; i < count; ++i) {
        const Finding& f = findings[i];
        const NumberedPair& files = listing.pairs[i];
        if (!f.defect.empty()) {
            result.left_out.emplace_back(f.defect_file, f.defect);
            continue;
        }
        if (!result.pairs.empty() && f.ct_hash == before) {
            result.left_out.emplace_back(files.ct, "repeats the slice before it");
            continue;
        }
        if (f.pixel_mm <= 0)
            throw Error(ErrorKind::BadData, "the file does not tell the size of its pixels")
                .where(files.ct)
                .hint("give it with --ct-pixel-mm");
        before = f.ct_hash;
        result.pairs.push_back({files, f.pixel_mm, {}});
        content += fmt::format("{} {:016x} {:016x}\n", files.number, f.ct_hash, f.section_hash);
    }
    if (result.pairs.empty())
        throw Error(ErrorKind::BadData, "no pair can be used")
            .where(result.left_out.front().first)
            .got(result.left_out.front().second);
    result.content = fmt::format("{:016x}", xxh3_64(bytes_of(content)));
    result.calibration = calibrate(histograms[0]);
    place_pairs(result, options, logger);
    return result;
}

BodyPart body_part_at(int number) {
    const int below_vertex_mm = number - kFirstNumber;
    return below_vertex_mm < 220   ? BodyPart::Head
           : below_vertex_mm < 300 ? BodyPart::Neck
           : below_vertex_mm < 500 ? BodyPart::Chest
           : below_vertex_mm < 720 ? BodyPart::Abdomen
           : below_vertex_mm < 950 ? BodyPart::Pelvis
                                   : BodyPart::Extremity;
}

}  // namespace radforge::colorize
