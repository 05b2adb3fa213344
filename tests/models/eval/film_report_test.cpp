// SPDX-License-Identifier: Apache-2.0
#include "models/eval/film_report.h"

#include "models/eval/report_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace radforge::eval {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Scores about a mean, alike for all so that differences are sure.
std::vector<FilmScores> scores(double psnr, int photos = 20) {
    std::vector<FilmScores> out(static_cast<size_t>(photos));
    for (size_t i = 0; i < out.size(); ++i) {
        const double v = psnr + double(i % 5) - 2;
        out[i].psnr_db = v;
        out[i].ssim = v / 40;
        out[i].ms_ssim = v / 35;
    }
    return out;
}

NetworkScores network(const std::string& variant, double plain, double deshifted) {
    NetworkScores n;
    n.card.variant = variant;
    n.card.task = variant == kDewarpNet ? "dewarpnet" : "firenet";
    n.card.sha256 = n.card.data_sha256 = std::string(64, 'a');
    n.plain = scores(plain);
    n.deshifted = scores(deshifted);
    return n;
}

FilmEvaluation evaluation(std::vector<NetworkScores> networks) {
    FilmEvaluation e;
    e.texels = 256;
    for (int i = 0; i < 20; ++i)
        e.photos.push_back({0, "film-" + std::to_string(i),
                            i < 15 ? "phantom-" + std::to_string(i % 3) : "3dcc01",
                            i % 2 == 0 ? "curl" : "fold"});
    e.identity = scores(8);
    e.oracle = scores(32);
    e.networks = std::move(networks);
    return e;
}

const Ordering* ordering(const Report& report, const std::string& better, const std::string& worse,
                         const std::string& metric) {
    for (const Ordering& o : report.orderings)
        if (o.better == better && o.worse == worse && o.metric == metric) return &o;
    return nullptr;
}

const TableRow* row(const Table& table, const std::string& label) {
    for (const TableRow& r : table.rows)
        if (r.label == label) return &r;
    return nullptr;
}

TEST(FilmReport, TablesHoldEveryRowBesideThePapers) {
    const Report report = film_report(
        evaluation({network(kFireNet, 20, 21), network(kUv, 19, 20), network(kDewarpNet, 15, 15)}), {}, {});
    const Table& first = report.tables.at(0);
    EXPECT_EQ(first.rows.size(), 6u);  // identity, three, FIReNet de-shifted, oracle
    const TableRow* const deshifted = row(first, std::string(kFireNet) + ", de-shifted");
    ASSERT_NE(deshifted, nullptr);
    EXPECT_NEAR(deshifted->cells[0].value.mean, 21, 1e-9);
    EXPECT_EQ(deshifted->published[0], "25.60");
    EXPECT_EQ(row(first, kFireNet)->published[2], "0.9523");
    EXPECT_EQ(row(first, kDewarpNet)->published[0], "16.98");
    const Table& second = report.tables.at(1);
    ASSERT_EQ(second.rows.size(), 2u);
    EXPECT_EQ(second.rows[0].label, kUv);  // in the paper's order
    EXPECT_EQ(second.rows[0].published[0], "25.16");
    EXPECT_NEAR(second.rows[0].cells[0].value.mean, 20, 1e-9);
    EXPECT_FALSE(second.rows[0].cells[3].available);  // no local distortion in these scores
}

TEST(FilmReport, OrderingsThatHoldDoAndThoseWithoutARowAreNotTested) {
    const Report report = film_report(
        evaluation({network(kFireNet, 20, 21), network(kUvMaps, 20, 21.5), network(kDewarpNet, 15, 15)}), {},
        {});
    const std::string full = std::string(kFireNet) + ", de-shifted",
                      maps = std::string(kUvMaps) + ", de-shifted";
    EXPECT_EQ(ordering(report, full, kFireNet, "PSNR")->verdict, Verdict::Holds);
    EXPECT_NEAR(ordering(report, full, kFireNet, "PSNR")->difference.value.mean, 1, 1e-9);
    EXPECT_EQ(ordering(report, full, maps, "SSIM")->verdict, Verdict::Fails);
    EXPECT_EQ(ordering(report, kFireNet, kDewarpNet, "MS-SSIM")->verdict, Verdict::Holds);
    EXPECT_EQ(ordering(report, maps, std::string(kUv) + ", de-shifted", "-")->verdict, Verdict::NotTested);
}

TEST(FilmReport, DewarpNetOfAnotherMakeIsTheBaselineWhereItIsAlone) {
    const std::string name = std::string(kDewarpNet) + ", dense blocks as released";
    NetworkScores released = network(name, 15, 15);
    released.card.task = "dewarpnet";
    const Report report =
        film_report(evaluation({network(kFireNet, 20, 21), network(kUv, 19, 20), released}), {}, {});
    EXPECT_EQ(ordering(report, kFireNet, name, "PSNR")->verdict, Verdict::Holds);
    EXPECT_NE(row(report.tables.at(0), name), nullptr);
    EXPECT_EQ(row(report.tables.at(1), name), nullptr);  // what each part adds is FIReNet's
}

TEST(FilmReport, RunsOfOneVariantAreAveragedPhotoByPhoto) {
    const Report report = film_report(
        evaluation({network(kFireNet, 20, 21), network(kFireNet, 22, 23), network(kDewarpNet, 21, 21)}), {},
        {});
    const Table& first = report.tables.at(0);
    EXPECT_NEAR(row(first, std::string(kFireNet) + ", run 2")->cells[0].value.mean, 22, 1e-9);
    EXPECT_NEAR(row(first, std::string(kFireNet) + ", mean of 2 runs")->cells[0].value.mean, 21, 1e-9);
    const Ordering* const o = ordering(report, kFireNet, kDewarpNet, "PSNR");
    EXPECT_NEAR(o->difference.value.mean, 0, 1e-9);
    EXPECT_EQ(o->difference.value.n, 20);
}

NetworkScores named(const std::string& name, const std::string& data, double psnr) {
    NetworkScores n = network(kUv, psnr, psnr);
    n.card.name = name;
    n.card.data_sha256 = data;
    return n;
}

TEST(FilmReport, RunsOnOtherDataAreNeverAveragedAndBearTheirNames) {
    const Report report =
        film_report(evaluation({named("plain", "a", 18), named("crumpled", "b", 20)}), {}, {});
    const Table& first = report.tables.at(0);
    ASSERT_EQ(first.rows.size(), 4u);  // identity, two, oracle
    EXPECT_NEAR(row(first, "UV, plain")->cells[0].value.mean, 18, 1e-9);
    EXPECT_NEAR(row(first, "UV, crumpled")->cells[0].value.mean, 20, 1e-9);
    const Ordering* const further = ordering(report, "UV, crumpled", "UV, plain", "PSNR");
    ASSERT_NE(further, nullptr);
    EXPECT_NEAR(further->difference.value.mean, 2, 1e-9);
    EXPECT_EQ(further->verdict, Verdict::Holds);
    EXPECT_EQ(report.summary.find("mean of"), std::string::npos);
}

TEST(FilmReport, SeedsOfEachDatasetAreAveragedForThemselves) {
    NetworkScores longer = named("longer", "b", 30);
    longer.card.config = "steps = 2";
    const Report report = film_report(evaluation({named("a1", "a", 18), named("b1", "b", 20),
                                                  named("a2", "a", 20), named("b2", "b", 22), longer}),
                                      {}, {});
    const Table& first = report.tables.at(0);
    EXPECT_NEAR(row(first, "UV, mean of a1 and a2")->cells[0].value.mean, 19, 1e-9);
    EXPECT_NEAR(row(first, "UV, mean of b1 and b2")->cells[0].value.mean, 21, 1e-9);
    EXPECT_NEAR(
        ordering(report, "UV, mean of b1 and b2", "UV, mean of a1 and a2", "PSNR")->difference.value.mean, 2,
        1e-9);
    EXPECT_NEAR(ordering(report, "UV, longer", "UV, mean of a1 and a2", "PSNR")->difference.value.mean, 11,
                1e-9);
}

TEST(FilmReport, FoldersOfOneNameAreToldApartByTheirPlace) {
    NetworkScores a = named("run", "a", 18), b = named("run", "b", 20);
    a.card.place = "one/run";
    b.card.place = "two/run";
    const Report report = film_report(evaluation({a, b}), {}, {});
    EXPECT_NE(row(report.tables.at(0), "UV, run (one/run)"), nullptr);
    EXPECT_NE(row(report.tables.at(0), "UV, run (two/run)"), nullptr);
}

TEST(FilmReport, SaysWhatTheDataAre) {
    FilmReportSetup setup;
    setup.data_name = "evidence";
    setup.data_split = "test";
    const Report report = film_report(evaluation({network(kFireNet, 20, 21)}), {}, setup);
    const std::string text = markdown_of(report);
    EXPECT_THAT(text, HasSubstr("15 of procedural phantoms (3 volumes), 5 of real CT (1 volumes)"));
    EXPECT_THAT(text, HasSubstr("none taken with a camera"));
    EXPECT_THAT(text, HasSubstr("sees the film and 20 px around it at 256 px"));
    EXPECT_THAT(text, HasSubstr("dataset 'evidence', split 'test', 20 photos"));
    EXPECT_THAT(text, Not(HasSubstr("learned from these very photos")));
    EXPECT_THAT(text, Not(HasSubstr("best checkpoint")));
    setup.chosen_on_split = true;
    EXPECT_THAT(markdown_of(film_report(evaluation({network(kFireNet, 20, 21)}), {}, setup)),
                HasSubstr("choose their best checkpoint by a split 'val'"));
    setup.trained_on_split = true;
    EXPECT_THAT(markdown_of(film_report(evaluation({network(kFireNet, 20, 21)}), {}, setup)),
                HasSubstr("learned from these very photos"));
}

TEST(FilmReport, PhantomsOfSeveralSetsAreOthersAndRealVolumesTheSame) {
    FilmEvaluation e = evaluation({network(kFireNet, 20, 21)});
    for (size_t i = 0; i < e.photos.size(); ++i) e.photos[i].set = i % 2;
    EXPECT_THAT(markdown_of(film_report(e, {}, {})),
                HasSubstr("15 of procedural phantoms (6 volumes), 5 of real CT (1 volumes)"));
}

TEST(FilmReport, ScenariosAreToldApartTheWorstFirst) {
    FilmEvaluation e = evaluation({network(kFireNet, 20, 21)});
    for (size_t i = 1; i < e.photos.size(); i += 2) e.networks[0].plain[i].psnr_db -= 6;
    const Report report = film_report(e, {}, {});
    const Table& table = report.tables.back();
    ASSERT_EQ(table.rows.size(), 2u);
    EXPECT_EQ(table.rows[0].label, "fold");
    EXPECT_EQ(table.rows[0].note, "10 photos");
}

TEST(FilmReport, EveryPhotoOfEveryRowIsInTheScores) {
    FilmEvaluation e = evaluation({network(kFireNet, 20, 21)});
    e.networks[0].no_film = 2;
    const Report report = film_report(e, {}, {});
    EXPECT_EQ(report.scores.size(), 4u * 20u);
    EXPECT_EQ(report.scores[0].size(), report.score_columns.size());
    EXPECT_THAT(markdown_of(report), HasSubstr("no film found in 2"));
}

TEST(FilmReport, IsTheSameEveryTime) {
    const FilmEvaluation e = evaluation({network(kFireNet, 20, 21)});
    EXPECT_EQ(json_of(film_report(e, {}, {})), json_of(film_report(e, {}, {})));
}

}  // namespace
}  // namespace radforge::eval
