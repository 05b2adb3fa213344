// SPDX-License-Identifier: Apache-2.0
#include "models/eval/film_report.h"

#include "models/eval/run_names.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

namespace radforge::eval {
namespace {

constexpr const char* kDeshifted = ", de-shifted";
constexpr const char* kIdentity = "identity (the photo as it is)";
constexpr const char* kOracle = "oracle (true uv, our unwarping)";

/// The paper's figures, models.md 1.6.
const std::map<std::string, std::vector<std::string>>& published_plain() {
    static const std::map<std::string, std::vector<std::string>> values = {
        {kDewarpNet, {"16.98", "0.4501", "0.6879"}}, {kFireNet, {"25.30", "0.8621", "0.9523"}}};
    return values;
}
const std::map<std::string, std::vector<std::string>>& published_deshifted() {
    static const std::map<std::string, std::vector<std::string>> values = {
        {kDirectMap, {"23.76", "0.8450", "0.9446"}},
        {kUv, {"25.16", "0.8594", "0.9515"}},
        {kUvMaps, {"25.51", "0.8691", "0.9553"}},
        {kFireNet, {"25.60", "0.8715", "0.9564"}}};
    return values;
}

using Scores = std::vector<FilmScores>;

/// A line of the tables: one network, or the runs of one row.
struct Line {
    std::string task, variant, label, note;
    Scores plain, deshifted;
};

double mean_available(const std::vector<double>& values) {
    double sum = 0, n = 0;
    for (const double v : values)
        if (std::isfinite(v)) {
            sum += v;
            ++n;
        }
    return n > 0 ? sum / n : kNotAvailable;
}

/// Photo by photo.
Scores averaged(const std::vector<const Scores*>& runs) {
    Scores out(runs.front()->size());
    for (size_t i = 0; i < out.size(); ++i)
        for (const ScoreKind& kind : kScoreKinds) {
            std::vector<double> values;
            for (const Scores* run : runs) values.push_back((*run)[i].*kind.member);
            out[i].*kind.member = mean_available(values);
        }
    return out;
}

class Builder {
public:
    Builder(const FilmEvaluation& evaluation, const FilmReportSetup& setup)
        : evaluation_(evaluation), setup_(setup) {
        collect();
    }

    Report build(std::vector<PictureLine> pictures) {
        report_.title = setup_.title;
        summarise();
        facts();
        report_.tables.push_back(first_table());
        if (ablations() > 1) report_.tables.push_back(second_table());
        if (scenarios() > 1) report_.tables.push_back(scenario_table());
        orderings();
        caveats();
        csv();
        for (PictureLine& line : pictures) {
            PictureRow row{line.caption, {}};
            for (auto& [name, image] : line.tiles) row.pictures.push_back({name, std::move(image)});
            report_.pictures.push_back(std::move(row));
        }
        return std::move(report_);
    }

private:
    void collect() {
        std::vector<NetworkCard> cards;
        for (const NetworkScores& n : evaluation_.networks) cards.push_back(n.card);
        const std::vector<RunName> runs = run_names(cards);
        for (size_t i = 0; i < runs.size(); ++i) {
            const NetworkScores& n = evaluation_.networks[i];
            std::string note;
            if (n.no_film > 0) note = "no film found in " + std::to_string(n.no_film);
            lines_.push_back({n.card.task, n.card.variant, runs[i].label, note, n.plain, n.deshifted});
        }
        std::vector<bool> done(runs.size());
        for (size_t i = 0; i < runs.size(); ++i) {
            if (done[i]) continue;
            std::vector<const Scores*> plain, deshifted;
            std::string names;
            for (size_t k = i; k < runs.size(); ++k)
                if (one_row(cards[k], cards[i])) {
                    done[k] = true;
                    plain.push_back(&evaluation_.networks[k].plain);
                    deshifted.push_back(&evaluation_.networks[k].deshifted);
                    names += (names.empty() ? "" : " and ") + runs[k].name;
                }
            const std::string variant = cards[i].variant, mean_of = variant + ", mean of ";
            Line mean{cards[i].task, variant, variant, "", averaged(plain), averaged(deshifted)};
            if (runs[i].in_rows) mean.label = plain.size() > 1 ? mean_of + names : variant + ", " + names;
            if (plain.size() > 1) {
                lines_.push_back(mean);
                if (!runs[i].in_rows) lines_.back().label = mean_of + std::to_string(plain.size()) + " runs";
            }
            means_.push_back(mean);
            variants_.emplace(variant, mean);
        }
    }

    Cell cell(const Scores& scores, const ScoreKind& kind) const {
        std::vector<double> values;
        for (const FilmScores& s : scores)
            if (std::isfinite(s.*kind.member)) values.push_back(s.*kind.member);
        if (values.empty()) return {};
        return {true, metrics::bootstrap_mean(values, setup_.seed, setup_.resamples)};
    }

    static std::vector<Column> columns() {
        std::vector<Column> out;
        for (const ScoreKind& k : kScoreKinds)
            out.push_back({k.name, k.unit, k.about, k.decimals, k.larger_is_better});
        return out;
    }

    TableRow row(const std::string& label, const std::string& note, const Scores& scores,
                 const std::map<std::string, std::vector<std::string>>& published,
                 const std::string& variant) const {
        TableRow out{label, note, {}, std::vector<std::string>(std::size(kScoreKinds))};
        for (const ScoreKind& kind : kScoreKinds) out.cells.push_back(cell(scores, kind));
        const auto found = published.find(variant);
        if (found != published.end())
            std::copy(found->second.begin(), found->second.end(), out.published.begin());
        return out;
    }

    Table first_table() const {
        Table table{
            "Table 1: recovered films",
            "Means over photos with 95 % bootstrap intervals; the paper's figures beside, which are of its "
            "own data and not to be compared with ours (see below).",
            columns(),
            {},
            true};
        table.rows.push_back(row(kIdentity, "", evaluation_.identity, {}, ""));
        for (const Line& line : lines_) {
            table.rows.push_back(row(line.label, line.note, line.plain, published_plain(), line.variant));
            if (line.variant != kFireNet) continue;
            table.rows.push_back(
                row(line.label + kDeshifted, line.note, line.deshifted, published_deshifted(), line.variant));
        }
        table.rows.push_back(row(kOracle, "", evaluation_.oracle, {}, ""));
        return table;
    }

    static int place_of(const std::string& variant) {
        const char* const order[] = {kDirectMap, kUv, kUvMaps, kFireNet};
        for (int i = 0; i < 4; ++i)
            if (variant == order[i]) return i;
        return 4;
    }
    int ablations() const {
        int n = 0;
        for (const auto& [variant, line] : variants_) n += place_of(variant) < 4;
        return n;
    }

    Table second_table() const {
        Table table{
            "Table 2: what each part adds",
            "All rows de-shifted: the mean error of position is taken off each photo before it is flattened "
            "(of the backward map for the first row, of the texture coordinates for the others).",
            columns(),
            {},
            true};
        std::vector<Line> sorted;
        for (const Line& line : lines_)
            if (line.task != "dewarpnet") sorted.push_back(line);
        std::stable_sort(sorted.begin(), sorted.end(), [](const Line& a, const Line& b) {
            return place_of(a.variant) < place_of(b.variant);
        });
        for (const Line& line : sorted)
            table.rows.push_back(
                row(line.label, line.note, line.deshifted, published_deshifted(), line.variant));
        return table;
    }

    size_t scenarios() const {
        std::set<std::string> names;
        for (const auto& photo : evaluation_.photos) names.insert(photo.scenario);
        return names.size();
    }

    Table scenario_table() const {
        const Line& line = lines_.front();
        Table table{
            "By scenario: " + line.label, "The first network alone, worst PSNR first.", columns(), {}, false};
        std::map<std::string, Scores> by_name;
        for (size_t i = 0; i < evaluation_.photos.size(); ++i)
            by_name[evaluation_.photos[i].scenario].push_back(line.plain[i]);
        for (const auto& [name, scores] : by_name)
            table.rows.push_back(row(name, std::to_string(scores.size()) + " photos", scores, {}, ""));
        std::stable_sort(table.rows.begin(), table.rows.end(), [](const TableRow& a, const TableRow& b) {
            return a.cells[0].value.mean < b.cells[0].value.mean;
        });
        return table;
    }

    void claim(const std::string& better, const Scores* a, const std::string& worse, const Scores* b) {
        for (size_t k = 0; k < 3; ++k) {  // PSNR, SSIM, MS-SSIM
            const ScoreKind& kind = kScoreKinds[k];
            Ordering ordering{better, worse, kind.name, kind.unit, kind.decimals, {}, Verdict::NotTested};
            if (a != nullptr && b != nullptr) {
                std::vector<double> difference;
                for (size_t i = 0; i < a->size(); ++i)
                    difference.push_back((*a)[i].*kind.member - (*b)[i].*kind.member);
                ordering.difference = {true,
                                       metrics::bootstrap_mean(difference, setup_.seed, setup_.resamples)};
                ordering.verdict = verdict_of(ordering.difference.value);
            }
            report_.orderings.push_back(ordering);
            if (a == nullptr || b == nullptr) {  // one line says it
                report_.orderings.back().metric = "-";
                report_.orderings.back().unit.clear();
                return;
            }
        }
    }

    /// DewarpNet with all layers at work, else the variant of it that is here.
    std::string baseline() const {
        if (variants_.count(kDewarpNet) == 0)
            for (const auto& [variant, line] : variants_)
                if (line.task == "dewarpnet") return variant;
        return kDewarpNet;
    }

    const Scores* find(const std::string& variant, bool deshifted) const {
        const auto found = variants_.find(variant);
        if (found == variants_.end()) return nullptr;
        return deshifted ? &found->second.deshifted : &found->second.plain;
    }

    void orderings() {
        report_.orderings_about =
            "What the paper claims, tested inside this run: differences photo by photo, with the 95 % "
            "bootstrap "
            "interval of their mean. Runs that differ in their seed alone are averaged first. Where a "
            "variant has "
            "several rows the first stands for it, and the others are compared with that.";
        const auto named = [](const char* variant) { return std::string(variant) + kDeshifted; };
        claim(named(kFireNet), find(kFireNet, true), kFireNet, find(kFireNet, false));
        const char* const steps[] = {kDirectMap, kUv, kUvMaps, kFireNet};
        for (int i = 1; i < 4; ++i)
            claim(named(steps[i]), find(steps[i], true), named(steps[i - 1]), find(steps[i - 1], true));
        for (int i = 2; i < 4; ++i)
            claim(named(steps[i]), find(steps[i], true), named(kDirectMap), find(kDirectMap, true));
        for (int i = 1; i < 4; ++i)
            claim(steps[i], find(steps[i], false), baseline(), find(baseline(), false));
        for (const Line& line : means_) {
            const Line& first = variants_.at(line.variant);
            if (line.label != first.label) claim(line.label, &line.plain, first.label, &first.plain);
        }
        for (const Line& line : means_) claim(line.label, &line.plain, kIdentity, &evaluation_.identity);
    }

    void summarise() {
        const auto text = [](const Cell& c, const char* unit) {
            char out[96];
            std::snprintf(out, sizeof out, "%.2f%s [%.2f, %.2f]", c.value.mean, unit, c.value.low,
                          c.value.high);
            return std::string(out);
        };
        report_.summary = std::to_string(evaluation_.photos.size()) + " photos. Mean PSNR: identity " +
                          text(cell(evaluation_.identity, kScoreKinds[0]), " dB");
        for (const Line& line : lines_)
            report_.summary += ", " + line.label + " " + text(cell(line.plain, kScoreKinds[0]), " dB");
        report_.summary += ", oracle " + text(cell(evaluation_.oracle, kScoreKinds[0]), " dB") + ".";
    }

    void facts() {
        int64_t phantoms = 0, real = 0;
        // Phantoms are numbered anew in every set; a real volume's name is the hash of its content.
        std::set<std::pair<size_t, std::string>> phantom_volumes;
        std::set<std::string> real_volumes;
        for (const auto& photo : evaluation_.photos) {
            const bool phantom = photo.volume.rfind("phantom", 0) == 0;
            (phantom ? phantoms : real) += 1;
            if (phantom)
                phantom_volumes.emplace(photo.set, photo.volume);
            else
                real_volumes.insert(photo.volume);
        }
        const auto counted = [](int64_t photos, size_t volumes, const char* what) {
            return std::to_string(photos) + " of " + what + " (" + std::to_string(volumes) + " volumes)";
        };
        auto& f = report_.facts;
        f.emplace_back("data", "dataset '" + setup_.data_name + "', split '" + setup_.data_split + "', " +
                                   std::to_string(evaluation_.photos.size()) + " photos");
        f.emplace_back("data tag", "rendered photographs, none taken with a camera; films: " +
                                       counted(phantoms, phantom_volumes.size(), "procedural phantoms") +
                                       ", " + counted(real, real_volumes.size(), "real CT"));
        f.emplace_back("data SHA-256", setup_.data_sha256);
        f.emplace_back("scored", std::to_string(evaluation_.texels) + " x " +
                                     std::to_string(evaluation_.texels) +
                                     " texels, sRGB in [0,1], the whole film; identity, oracle and lengths "
                                     "of all rows in the part of the photo that is the film and " +
                                     std::to_string(kFramePad_px) + " px around it");
        f.emplace_back("intervals", "95 %, percentile bootstrap over photos, " +
                                        std::to_string(setup_.resamples) + " resamples, seed " +
                                        std::to_string(setup_.seed.value));
        f.emplace_back("radforge", setup_.revision);
        for (size_t n = 0; n < evaluation_.networks.size(); ++n) {
            const NetworkCard& c = evaluation_.networks[n].card;
            f.emplace_back(lines_[n].label,
                           c.task + ", step " + std::to_string(c.step) + ", seed " + std::to_string(c.seed) +
                               ", " + c.net + ", sees the film and " + std::to_string(c.pad_px) +
                               " px around it at " + std::to_string(c.side_px) + " px, weights " +
                               c.sha256.substr(0, 16) + ", learned from data " + c.data_sha256.substr(0, 16) +
                               ", " + c.place);
        }
    }

    void caveats() {
        auto& list = report_.caveats;
        if (setup_.trained_on_split)
            list.push_back(
                "A network learned from these very photos: its figures say nothing about other photos.");
        if (setup_.chosen_on_split)
            list.push_back(
                "Runs choose their best checkpoint by a split 'val': the figures of networks that were "
                "trained beside these photos are too good.");
        list.push_back(
            "The paper's data are not available: its figures are of other photos, printed for orientation. "
            "Only "
            "orderings inside this run compare.");
        list.push_back(
            "DewarpNet: the paper does not say whether its 16.98 dB row was trained on its data or is the "
            "public "
            "model; ours was trained on the data named above.");
        list.push_back(
            "The intervals are over these photos; another CT, room or training run is a further source of "
            "doubt that "
            "they do not hold. Photos of one CT are counted as independent.");
        list.push_back(
            "De-shifted rows use the truth (the mean error of position) and cannot be had from a photo "
            "alone.");
        int64_t lost = 0;
        for (const NetworkScores& n : evaluation_.networks) lost += n.no_film;
        if (lost > 0)
            list.push_back(
                "Photos in which a network found no film count as a black picture in PSNR and SSIM, and "
                "are left out of LD and bm.");
    }

    void csv() {
        report_.score_columns = {"photo", "volume", "scenario", "row"};
        for (const ScoreKind& kind : kScoreKinds) report_.score_columns.push_back(kind.name);
        const auto add = [&](const std::string& label, const Scores& scores) {
            for (size_t i = 0; i < scores.size(); ++i) {
                const auto& photo = evaluation_.photos[i];
                std::vector<std::string> cells = {photo.key, photo.volume, photo.scenario, label};
                for (const ScoreKind& kind : kScoreKinds) {
                    char text[32] = "";
                    if (std::isfinite(scores[i].*kind.member))
                        std::snprintf(text, sizeof text, "%.6g", scores[i].*kind.member);
                    cells.emplace_back(text);
                }
                report_.scores.push_back(std::move(cells));
            }
        };
        add(kIdentity, evaluation_.identity);
        for (const Line& line : lines_) {
            add(line.label, line.plain);
            add(line.label + kDeshifted, line.deshifted);
        }
        add(kOracle, evaluation_.oracle);
    }

    const FilmEvaluation& evaluation_;
    const FilmReportSetup& setup_;
    Report report_;
    std::vector<Line> lines_;               ///< networks in their order, means of runs behind
    std::vector<Line> means_;               ///< of the runs of each row
    std::map<std::string, Line> variants_;  ///< by name, the first of means_
};

}  // namespace

Report film_report(const FilmEvaluation& evaluation, std::vector<PictureLine> pictures,
                   const FilmReportSetup& setup) {
    return Builder(evaluation, setup).build(std::move(pictures));
}

}  // namespace radforge::eval
