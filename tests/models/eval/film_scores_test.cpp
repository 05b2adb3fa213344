// SPDX-License-Identifier: Apache-2.0
#include "models/eval/film_scores.h"

#include "synth/base/error.h"
#include "tests/models/eval/film_set.h"
#include "tests/synth/shard/scratch.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::eval {
namespace {

constexpr int kTexels = 161;

/// Knows the truth of the photos in their order, and says what `change` makes of it.
class Parrot final : public FilmNetwork {
public:
    using Change = std::function<void(FilmEstimate& estimate, const TrueMaps& truth)>;
    Parrot(const FilmPhotos& photos, const std::string& directory, Change change = {},
           int pad_px = kFramePad_px)
        : photos_(photos), change_(std::move(change)) {
        card_.task = "parrot";
        card_.variant = "parrot";
        card_.side_px = kTexels;
        card_.pad_px = pad_px;
        card_.ranges = loader::FilmRanges::of_dataset(directory);
    }
    const NetworkCard& card() const override { return card_; }
    FilmEstimate estimate(const Image& photo) override {
        EXPECT_EQ(photo.height_px, card_.side_px);
        const TrueMaps truth =
            true_maps(photos_.read(next_++ % photos_.size()), card_.side_px, card_.pad_px, card_.ranges);
        FilmEstimate estimate{truth.maps, {}, truth.wc, truth.normal};
        if (change_) change_(estimate, truth);
        return estimate;
    }

private:
    const FilmPhotos& photos_;
    Change change_;
    NetworkCard card_;
    size_t next_ = 0;
};

class FilmScoresTest : public testing::Test {
protected:
    FilmScoresTest() {
        test::FilmSetOptions options;
        options.samples = 2;
        test::write_film_set(directory_, options);
        photos_ = std::make_unique<FilmPhotos>(std::vector<std::string>{directory_}, "test");
        options_.texels = kTexels;
    }
    FilmEvaluation evaluate(const Parrot::Change& change = {}) {
        networks_.clear();
        networks_.push_back(std::make_unique<Parrot>(*photos_, directory_, change));
        return evaluate_films(*photos_, networks_, options_, logger_);
    }
    test::Scratch scratch_;
    std::string directory_ = scratch_ / "set";
    std::unique_ptr<FilmPhotos> photos_;
    Networks networks_;
    EvaluationOptions options_;
    Logger logger_{LogFormat::Text, true};
};

TEST_F(FilmScoresTest, TheTruthScoresLikeTheOracleAndFarAboveThePhotoAsItIs) {
    const FilmEvaluation e = evaluate();
    ASSERT_EQ(e.photos.size(), 2u);
    EXPECT_EQ(e.photos[1].scenario, "bent back");
    for (size_t i = 0; i < 2; ++i) {
        const FilmScores &own = e.networks[0].plain[i], &oracle = e.oracle[i], &identity = e.identity[i];
        EXPECT_DOUBLE_EQ(own.psnr_db, oracle.psnr_db);
        EXPECT_GT(own.psnr_db, identity.psnr_db + 10);
        EXPECT_GT(own.ms_ssim, 0.98);
        EXPECT_LT(own.local_distortion_px, 0.5);
        EXPECT_LT(own.bm_error_px, 0.5);
        EXPECT_EQ(own.uv_error_px, 0);
        EXPECT_EQ(own.mask_iou, 1);
        EXPECT_GT(own.seen, 0.9);
        // A film of 0.7 of the photo and padding: texels are off by the padding and the bend.
        EXPECT_GT(identity.local_distortion_px, 4);
        EXPECT_TRUE(std::isnan(identity.uv_error_px));
    }
    EXPECT_EQ(e.networks[0].no_film, 0);
}

TEST_F(FilmScoresTest, DeshiftingTakesACommonShiftOffAndNothingElse) {
    // 0.1 in [-1,1] is a twentieth of the film.
    const FilmEvaluation e = evaluate([](FilmEstimate& found, const TrueMaps&) {
        auto v = found.maps.uv.values<float>();
        for (size_t i = 0; i < v.size(); i += 2) v[i] += 0.1f;
        found.maps.df = {};
    });
    const NetworkScores& n = e.networks[0];
    for (size_t i = 0; i < 2; ++i) {
        EXPECT_NEAR(n.plain[i].local_distortion_px, 0.05 * kTexels, 0.8);
        EXPECT_LT(n.deshifted[i].local_distortion_px, 0.5);
        EXPECT_NEAR(n.deshifted[i].psnr_db, e.oracle[i].psnr_db, 1.5);
        EXPECT_LT(n.plain[i].psnr_db, n.deshifted[i].psnr_db - 5);
        EXPECT_LT(n.deshifted[i].uv_error_px, 0.01);
        EXPECT_GT(n.plain[i].uv_error_px, 0.04 * kTexels);
    }
}

TEST_F(FilmScoresTest, TextureCoordinatesThatDeshiftingMovesOffTheFilmCountInFull) {
    // Half of the film is right, half is off by a half of it: de-shifted, all of it is off by a quarter.
    const FilmEvaluation e = evaluate([](FilmEstimate& found, const TrueMaps&) {
        auto uv = found.maps.uv.view<float>();
        for (int r = 0; r < kTexels; ++r)
            for (int c = kTexels / 2; c < kTexels; ++c) uv(r, c, 0) += 1;
        found.maps.df = {};
    });
    for (size_t i = 0; i < 2; ++i) {
        EXPECT_NEAR(e.networks[0].deshifted[i].uv_error_px, 0.25 * kTexels, 0.01 * kTexels);
        EXPECT_NEAR(e.networks[0].plain[i].uv_error_px, 0.25 * kTexels, 0.03 * kTexels);
    }
}

TEST_F(FilmScoresTest, ABackwardMapIsScoredWithoutTextureCoordinates) {
    const FilmEvaluation e = evaluate([](FilmEstimate& found, const TrueMaps& truth) {
        found.maps.uv = found.maps.df = {};
        found.bm = truth.bm;
        auto v = found.bm.values<float>();
        for (float& x : v)
            if (std::isnan(x)) x = 0;
        for (size_t i = 0; i < v.size(); i += 2) v[i] += 0.1f;
    });
    const NetworkScores& n = e.networks[0];
    for (size_t i = 0; i < 2; ++i) {
        EXPECT_NEAR(n.plain[i].bm_error_px, 0.05 * kTexels, 0.5);
        EXPECT_LT(n.deshifted[i].bm_error_px, 0.5);
        EXPECT_GT(n.deshifted[i].psnr_db, n.plain[i].psnr_db + 5);
        EXPECT_TRUE(std::isnan(n.plain[i].uv_error_px));
        EXPECT_TRUE(std::isnan(n.plain[i].seen));
    }
}

TEST_F(FilmScoresTest, NoFigureDependsOnTheOrderOfTheNetworksOrOnWhatTheyLookAt) {
    const auto shifted = [](FilmEstimate& found, const TrueMaps&) {
        auto v = found.maps.uv.values<float>();
        for (size_t i = 0; i < v.size(); i += 2) v[i] += 0.1f;
        found.maps.df = {};
    };
    const auto evaluate_pads = [&](const std::vector<int>& pads_px) {
        networks_.clear();
        for (const int pad : pads_px)
            networks_.push_back(std::make_unique<Parrot>(*photos_, directory_, shifted, pad));
        return evaluate_films(*photos_, networks_, options_, logger_);
    };
    const FilmEvaluation a = evaluate_pads({2, 12}), b = evaluate_pads({12, 2});
    const auto expect_same = [](const FilmScores& one, const FilmScores& other) {
        for (const ScoreKind& kind : kScoreKinds) {
            if (std::isnan(one.*kind.member))
                EXPECT_TRUE(std::isnan(other.*kind.member)) << kind.name;
            else
                EXPECT_EQ(one.*kind.member, other.*kind.member) << kind.name;
        }
    };
    for (size_t i = 0; i < 2; ++i) {
        expect_same(a.identity[i], b.identity[i]);
        expect_same(a.oracle[i], b.oracle[i]);
        for (size_t n = 0; n < 2; ++n) {
            expect_same(a.networks[n].plain[i], b.networks[1 - n].plain[i]);
            expect_same(a.networks[n].deshifted[i], b.networks[1 - n].deshifted[i]);
        }
        // The parts that they see differ by a quarter in width.
        EXPECT_NEAR(a.networks[0].plain[i].bm_error_px / a.networks[1].plain[i].bm_error_px, 1, 0.02);
        EXPECT_GT(a.networks[0].plain[i].bm_error_px, 0.03 * kTexels);
    }
}

TEST_F(FilmScoresTest, AFilmThatIsNotFoundIsCountedAndScoredAsBlack) {
    const FilmEvaluation e = evaluate([](FilmEstimate& found, const TrueMaps&) {
        for (float& v : found.maps.bg.values<float>()) v = -1;
    });
    const NetworkScores& n = e.networks[0];
    EXPECT_EQ(n.no_film, 2);
    EXPECT_TRUE(std::isfinite(n.plain[0].psnr_db));
    EXPECT_LT(n.plain[0].psnr_db, e.identity[0].psnr_db);
    EXPECT_TRUE(std::isnan(n.plain[0].local_distortion_px));
    EXPECT_EQ(n.plain[0].mask_iou, 0);
}

TEST_F(FilmScoresTest, PicturesGoFromTheBestToTheWorstWithMapsUnderTheFirst) {
    const FilmEvaluation e = evaluate();
    networks_.clear();
    networks_.push_back(std::make_unique<Parrot>(*photos_, directory_));
    const std::vector<PictureLine> lines = film_pictures(*photos_, networks_, e, 2);
    ASSERT_EQ(lines.size(), 4u);  // two photos; the true maps and the network's
    EXPECT_EQ(lines[0].tiles.front().first, "photo");
    EXPECT_EQ(lines[0].tiles.back().first, "true map");
    EXPECT_EQ(lines[1].caption, "maps: true");
    EXPECT_EQ(lines[1].tiles.size(), 6u);
    EXPECT_NE(lines[0].caption, lines[3].caption);
    for (const PictureLine& line : lines)
        for (const auto& [name, image] : line.tiles) {
            int brightest = 0;
            for (const uint8_t v : image.values<uint8_t>()) brightest = std::max<int>(brightest, v);
            EXPECT_GT(brightest, 60) << line.caption << ": " << name;
        }
    EXPECT_TRUE(film_pictures(*photos_, networks_, e, 0).empty());
}

TEST_F(FilmScoresTest, PicturesCallRunsOfOneVariantAsTheTablesDo) {
    FilmEvaluation e = evaluate();
    e.networks.push_back(e.networks.front());
    networks_.push_back(std::make_unique<Parrot>(*photos_, directory_));
    const std::vector<PictureLine> lines = film_pictures(*photos_, networks_, e, 1);
    ASSERT_EQ(lines.size(), 4u);  // a photo; the true maps and each network's
    EXPECT_NE(lines[0].tiles[1].first.find(", run 1, "), std::string::npos);
    EXPECT_NE(lines[0].tiles[2].first.find(", run 2, "), std::string::npos);
    EXPECT_NE(lines[3].caption.find(", run 2"), std::string::npos);
}

TEST_F(FilmScoresTest, WhatCannotBeScoredIsRefused) {
    options_.texels = 128;
    EXPECT_THROW(evaluate(), Error);
    options_.texels = kTexels;
    EXPECT_THROW(evaluate_films(*photos_, {}, options_, logger_), Error);
    options_.should_stop = [] { return true; };
    try {
        evaluate();
        FAIL() << "went on";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::TryAgain);
    }
}

}  // namespace
}  // namespace radforge::eval
