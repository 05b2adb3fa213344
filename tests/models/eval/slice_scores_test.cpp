// SPDX-License-Identifier: Apache-2.0
#include "models/eval/slice_scores.h"

#include "models/eval/report_text.h"
#include "synth/base/error.h"
#include "tests/models/eval/film_set.h"
#include "tests/synth/shard/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace radforge::eval {
namespace {

using testing::HasSubstr;

class SliceScoresTest : public testing::Test {
protected:
    SliceScoresTest() {
        test::write_film_set(directory_);
        network_.part.film_height_px = 96;
        network_.card.sha256 = network_.card.data_sha256 = std::string(64, 'b');
        network_.restore = green;
    }
    /// What the films' CT values were printed by, but for the light.
    static Image green(const Image& film) {
        Image out(film.height_px, film.width_px, 1, PixelType::F32, ColorSpace::Data);
        for (int r = 0; r < out.height_px; ++r)
            for (int c = 0; c < out.width_px; ++c) out.view<float>()(r, c) = film.view<float>()(r, c, 1);
        return out;
    }
    void write_set(const std::string& name, const test::FilmSetOptions& options) {
        directory_ = scratch_ / name;
        test::write_film_set(directory_, options);
    }
    SliceEvaluation evaluate() {
        const FilmPhotos photos({directory_}, "test", photo::PartTransform::inputs(photo::Truth::Hu));
        return evaluate_slices(photos, network_, options_, logger_);
    }
    test::Scratch scratch_;
    std::string directory_ = scratch_ / "set";
    SliceNetwork network_;
    SliceOptions options_;
    Logger logger_{LogFormat::Text, true};
};

TEST_F(SliceScoresTest, OneSliceOfEachPhotoIsCutWholeAndInPlace) {
    const SliceEvaluation e = evaluate();
    ASSERT_EQ(e.slices.size(), 3u);
    EXPECT_EQ(e.without_slice, 0);
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_TRUE(e.slices[i].slice == 10 || e.slices[i].slice == 11);
        EXPECT_EQ(e.slices[i].height_px, 88);
        EXPECT_EQ(e.slices[i].width_px, 44);
        // The light is 0.8 + 0.2 x: green is dark by up to a fifth of 0.5, no more: the cut lies where it
        // belongs.
        EXPECT_GT(e.restored[i].psnr_db, 18);
        EXPECT_LT(e.restored[i].mean_error_hu, 0.12 * 4095);
        EXPECT_GT(e.restored[i].ssim, 0.8);
    }
    EXPECT_EQ(e.true_features.size(), 3u);
    EXPECT_EQ(e.true_features[0].size(), size_t(metrics::kFeatureCount));
}

TEST_F(SliceScoresTest, ABetterAnswerScoresBetterThanTheFilmsGrey) {
    network_.restore = [](const Image& film) {
        Image out = green(film);
        for (float& v : out.values<float>()) v = std::min(1.0f, v / 0.9f);  // most of the light
        return out;
    };
    const SliceEvaluation e = evaluate();
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_GT(e.restored[i].psnr_db, e.input[i].psnr_db);
        EXPECT_LT(e.restored[i].mean_error_hu, e.input[i].mean_error_hu);
    }
}

TEST_F(SliceScoresTest, SlicesOfARoundFieldAreScoredWhereTheirValuesAreKnown) {
    test::FilmSetOptions round;
    round.round_field = true;
    write_set("round", round);
    const SliceEvaluation e = evaluate();
    ASSERT_EQ(e.slices.size(), 3u);
    network_.restore = [](const Image& film) {
        Image out = green(film);
        auto v = out.view<float>();
        for (int r = 0; r < out.height_px; ++r)
            for (int c = 0; c < out.width_px; ++c)
                if (std::min(r, out.height_px - 1 - r) + std::min(c, out.width_px - 1 - c) < 10) v(r, c) = 1;
        return out;
    };
    const SliceEvaluation other = evaluate();
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(e.slices[i].height_px, 88);
        EXPECT_EQ(e.slices[i].width_px, 44);
        EXPECT_GT(e.restored[i].psnr_db, 18);
        EXPECT_GT(e.restored[i].ssim, 0.8);
        // Whatever is said of the corners.
        EXPECT_EQ(other.restored[i].psnr_db, e.restored[i].psnr_db);
        EXPECT_EQ(other.restored[i].ssim, e.restored[i].ssim);
        EXPECT_EQ(other.restored[i].mean_error_hu, e.restored[i].mean_error_hu);
        for (size_t f = 0; f < e.restored_features[i].size(); ++f)
            EXPECT_EQ(other.restored_features[i][f].value, e.restored_features[i][f].value)
                << e.restored_features[i][f].name;
    }
}

TEST_F(SliceScoresTest, SlicesThatTouchAreCutApart) {
    test::FilmSetOptions touching;
    touching.touching = true;
    write_set("touching", touching);
    bool drawn[2] = {false, false};
    for (uint64_t seed = 1; seed < 6; ++seed) {
        options_.seed = {seed};
        const SliceEvaluation e = evaluate();
        ASSERT_EQ(e.slices.size(), 3u);
        for (size_t i = 0; i < 3; ++i) {
            EXPECT_EQ(e.slices[i].height_px, 88);
            EXPECT_EQ(e.slices[i].width_px, 46);
            drawn[e.slices[i].slice - 10] = true;
        }
    }
    EXPECT_TRUE(drawn[0] && drawn[1]);
}

TEST_F(SliceScoresTest, TheSameSeedDrawsTheSameSlices) {
    const SliceEvaluation a = evaluate(), b = evaluate();
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(a.slices[i].slice, b.slices[i].slice);
        EXPECT_EQ(a.restored[i].psnr_db, b.restored[i].psnr_db);
    }
}

TEST_F(SliceScoresTest, TheReportHasThePapersFiguresAndEveryFeature) {
    options_.pictures = 2;
    const Report report = slice_report(evaluate(), network_, {});
    const std::string text = markdown_of(report);
    EXPECT_THAT(text, HasSubstr("| 5.23 |"));
    EXPECT_THAT(text, HasSubstr("| paper, of 101 | 67 | 83 | 98 | - |"));
    EXPECT_THAT(text, HasSubstr("Of 92 features over 3 slices (without SumAverage"));
    EXPECT_THAT(text, HasSubstr("| glszm ZoneEntropy |"));
    ASSERT_EQ(report.text_tables.size(), 2u);
    EXPECT_EQ(report.text_tables[1].lines.size(), size_t(metrics::kFeatureCount));
    EXPECT_THAT(text, testing::Not(HasSubstr("best checkpoint")));
    SliceReportSetup chosen;
    chosen.chosen_on_split = true;
    EXPECT_THAT(markdown_of(slice_report(evaluate(), network_, chosen)),
                HasSubstr("choose their best checkpoint by a split 'val'"));
    EXPECT_EQ(report.pictures.size(), 2u);
    EXPECT_EQ(report.scores.size(), 6u);
    EXPECT_EQ(nlohmann::json::parse(json_of(report)).at("text_tables").at(1).at("rows").size(),
              size_t(metrics::kFeatureCount) + 1);
}

TEST_F(SliceScoresTest, SlicesTooSmallAndSlicesHiddenAreCountedApart) {
    test::FilmSetOptions uneven;
    uneven.samples = 4;
    uneven.small = {0, 2};
    uneven.hidden = {1};
    write_set("uneven", uneven);
    const SliceEvaluation e = evaluate();
    EXPECT_EQ(e.slices.size(), 1u);
    EXPECT_EQ(e.too_small, 2);
    EXPECT_EQ(e.without_slice, 1);
    EXPECT_THAT(markdown_of(slice_report(e, network_, {})),
                HasSubstr("photos without a slice seen whole: 1; photos whose slices seen whole have sides "
                          "below 24 texels: 2"));
}

TEST_F(SliceScoresTest, FilmsWithoutASliceLargeEnoughAreRefused) {
    network_.part.film_height_px = 32;
    try {
        evaluate();
        FAIL() << "scored slices of 14 x 29 texels";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("got 3 with slices that are too small, of 3"));
    }
    options_.should_stop = [] { return true; };
    network_.part.film_height_px = 96;
    EXPECT_THROW(evaluate(), Error);
}

}  // namespace
}  // namespace radforge::eval
