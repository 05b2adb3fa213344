// SPDX-License-Identifier: Apache-2.0
#include "models/eval/report.h"

#include "models/eval/report_text.h"
#include "synth/base/span.h"
#include "synth/shard/codec.h"
#include "tests/synth/shard/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>

namespace radforge::eval {
namespace {

using testing::HasSubstr;
using testing::Not;

Report small_report() {
    Report report;
    report.title = "A <report>";
    report.facts = {{"data", "a | b"}};
    Table table{
        "Table", "about it", {{"PSNR", "dB", "peak 1", 2, true}, {"LD", "px", "", 1, false}}, {}, true};
    table.rows.push_back({"one", "", {{true, {20.123, 19, 21.5, 7}}, {}}, {"25.30", ""}});
    table.rows.push_back(
        {"two", "no film in 2", {{true, {-1, -2, 0.5, 7}}, {true, {3.25, 3, 4, 5}}}, {"", ""}});
    report.tables.push_back(table);
    report.text_tables.push_back({"Words", "in words", {"what"}, {{"this"}}});
    report.orderings.push_back({"one", "two", "PSNR", "dB", 2, {true, {0.5, 0.1, 0.9, 7}}, Verdict::Holds});
    report.orderings.push_back({"two", "three", "-", "", 2, {}, Verdict::NotTested});
    report.caveats = {"Not much."};
    Image picture(2, 3, 3, PixelType::U8, ColorSpace::Srgb);
    picture.bytes[0] = std::byte(200);
    report.pictures.push_back({"first", {{"photo", picture}, {"found & true", picture}}});
    report.score_columns = {"photo", "note"};
    report.scores = {{"film-1", "a \"b\", c"}};
    return report;
}

TEST(Report, MarkdownHasTheFiguresAndThePapersBesideThem) {
    const std::string text = markdown_of(small_report());
    EXPECT_THAT(text,
                HasSubstr("|  | PSNR (dB) ↑ | paper | LD (px) ↓ |\n"));  // no paper column where it has none
    EXPECT_THAT(text, HasSubstr("| one | 20.12 [19.00, 21.50] | 25.30 | n/a |\n"));
    EXPECT_THAT(text, HasSubstr("| two (no film in 2) | -1.00 [-2.00, 0.50] | - | 3.2 [3.0, 4.0] |\n"));
    EXPECT_THAT(text, HasSubstr("| one ≥ two | PSNR (dB) | +0.50 [0.10, 0.90] | 7 | holds |"));
    EXPECT_THAT(text, HasSubstr("| two ≥ three | - | n/a | - | not tested |"));
    EXPECT_THAT(text, HasSubstr("a \\| b"));
    EXPECT_THAT(text, HasSubstr("![photo](pictures/00-00.png)"));
    EXPECT_THAT(text, HasSubstr("- Not much."));
}

TEST(Report, HtmlHoldsItsPicturesAndNeedsNothingElse) {
    const Report report = small_report();
    const std::string text = html_of(report);
    EXPECT_THAT(text, HasSubstr("<h1>A &lt;report&gt;</h1>"));
    EXPECT_THAT(text, HasSubstr("found &amp; true"));
    EXPECT_THAT(text, HasSubstr("data:image/png;base64," +
                                base64(shard::encode_png(report.pictures[0].pictures[0].image))));
    for (const char* const outside : {"http", "<script", "<link", "src=\"pictures"})
        EXPECT_THAT(text, Not(HasSubstr(outside)));
}

TEST(Report, JsonParsesAndSaysWhatIsNotThere) {
    const nlohmann::json json = nlohmann::json::parse(json_of(small_report()));
    EXPECT_EQ(json.at("version"), 1);
    EXPECT_EQ(json.at("tables").at(0).at("about"), "about it");
    EXPECT_EQ(json.at("text_tables").at(0).at("about"), "in words");
    const auto& rows = json.at("tables").at(0).at("rows");
    EXPECT_EQ(rows.at(0).at("scores").at("PSNR").at("n"), 7);
    EXPECT_TRUE(rows.at(0).at("scores").at("LD").is_null());
    EXPECT_EQ(rows.at(0).at("paper").at("PSNR"), "25.30");
    EXPECT_EQ(json.at("orderings").at(0).at("verdict"), "holds");
}

TEST(Report, JsonParsesWhateverBytesThePathOfANetworkHas) {
    Report report = small_report();
    report.facts.emplace_back("network", "runs/caf\xe9");
    EXPECT_EQ(nlohmann::json::parse(json_of(report)).at("facts").at("network"), "runs/caf\xef\xbf\xbd");
}

TEST(Report, CsvQuotesWhatItMust) {
    EXPECT_EQ(csv_of(small_report()), "photo,note\r\nfilm-1,\"a \"\"b\"\", c\"\r\n");
}

TEST(Report, Base64OfTheStandardsExamples) {
    const char* const examples[][2] = {{"", ""},
                                       {"f", "Zg=="},
                                       {"fo", "Zm8="},
                                       {"foo", "Zm9v"},
                                       {"foob", "Zm9vYg=="},
                                       {"fooba", "Zm9vYmE="},
                                       {"foobar", "Zm9vYmFy"}};
    for (const auto& [in, out] : examples) EXPECT_EQ(base64(in), out);
    EXPECT_EQ(base64(std::string("\xff\xfe\xfd", 3)), "//79");
}

TEST(Report, VerdictsFollowTheInterval) {
    EXPECT_EQ(verdict_of({1, 0.5, 1.5, 9}), Verdict::Holds);
    EXPECT_EQ(verdict_of({1, -0.5, 1.5, 9}), Verdict::HoldsInTheMean);
    EXPECT_EQ(verdict_of({-1, -1.5, 0.5, 9}), Verdict::FailsInTheMean);
    EXPECT_EQ(verdict_of({-1, -1.5, -0.5, 9}), Verdict::Fails);
    EXPECT_EQ(text_of(verdict_of({0, 0, 0, 9})), "holds in the mean, not beyond chance");
}

TEST(Report, IsWrittenWithItsPictures) {
    const test::Scratch scratch;
    write_report(small_report(), scratch / "out/report");
    for (const char* const file : {"report.md", "report.html", "scores.csv", "scores.json"})
        EXPECT_GT(std::filesystem::file_size(scratch / (std::string("out/report/") + file)), 10u) << file;
    const std::string png = test::slurp(scratch / "out/report/pictures/00-01.png");
    EXPECT_EQ(shard::decode_png({reinterpret_cast<const std::byte*>(png.data()), png.size()}).width_px, 3);
}

}  // namespace
}  // namespace radforge::eval
