// SPDX-License-Identifier: Apache-2.0
#include "models/eval/film_photo.h"

#include "synth/base/error.h"
#include "tests/models/data/sharded_set.h"
#include "tests/models/eval/film_set.h"
#include "tests/synth/shard/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

namespace radforge::eval {
namespace {

using testing::HasSubstr;

std::string message_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

class FilmPhotosTest : public testing::Test {
protected:
    test::Scratch scratch_;
    std::string directory_ = scratch_ / "set";
};

TEST_F(FilmPhotosTest, ReadsOneSplitInTheOrderOfTheDataset) {
    test::FilmSetOptions options;
    options.splits = {"train", "test"};
    test::write_film_set(directory_, options);
    const FilmPhotos photos({directory_}, "test");
    ASSERT_EQ(photos.size(), 3u);
    const FilmPhoto photo = photos.read(0);
    EXPECT_EQ(photo.key, "film-000000003");
    EXPECT_EQ(photo.volume, "phantom-3");
    EXPECT_EQ(photo.scenario, "bent back");
    EXPECT_TRUE(photo.phantom());
}

TEST_F(FilmPhotosTest, SeveralSetsComeOneAfterTheOther) {
    test::write_film_set(directory_);
    test::FilmSetOptions options;
    options.samples = 1;
    test::write_film_set(scratch_ / "more", options);
    const FilmPhotos photos({directory_, scratch_ / "more"}, "test");
    ASSERT_EQ(photos.size(), 4u);
    EXPECT_EQ(photos.read(2).key, "set/film-000000002");
    EXPECT_EQ(photos.read(3).key, "more/film-000000000");
    EXPECT_EQ(photos.name(), "bent, bent");
    EXPECT_NE(photos.data_sha256(), FilmPhotos({directory_}, "test").data_sha256());
    EXPECT_TRUE(FilmPhotos({directory_}, "test").among(photos.data_sha256()));
    options.samples = 2;
    test::write_film_set(scratch_ / "other", options);
    EXPECT_FALSE(FilmPhotos({scratch_ / "other"}, "test").among(photos.data_sha256()));
    EXPECT_THROW(FilmPhotos({}, "test"), Error);
}

TEST_F(FilmPhotosTest, OnlySetsWithOneOfTheFirstPhotosAreNamed) {
    test::write_film_set(directory_);
    test::FilmSetOptions options;
    options.samples = 1;
    test::write_film_set(scratch_ / "more", options);
    const FilmPhotos alone({directory_}, "test");
    for (const size_t count : {0, 2, 3, 4, 9}) {
        FilmPhotos photos({directory_, scratch_ / "more"}, "test");
        photos.keep_first(count);
        const bool both = count == 0 || count > 3;
        EXPECT_EQ(photos.size(), both ? 4u : count);
        EXPECT_EQ(photos.name(), both ? "bent, bent" : "bent");
        EXPECT_EQ(photos.data_sha256() == alone.data_sha256(), !both);
        EXPECT_EQ(photos.read(photos.size() - 1).set, both ? 1u : 0u);
    }
}

TEST_F(FilmPhotosTest, TheSamePhotosTwiceAreRefused) {
    test::write_film_set(directory_);
    std::filesystem::copy(directory_, scratch_ / "copy", std::filesystem::copy_options::recursive);
    for (const std::string& second : {directory_, directory_ + "/.", scratch_ / "copy"})
        EXPECT_THAT(message_of([&] {
                        FilmPhotos({directory_, second}, "test");
                    }),
                    testing::AllOf(HasSubstr("the same photos come twice"), HasSubstr(second)));
}

TEST_F(FilmPhotosTest, SideOfTheFilmsIsTheMeanOfTheirBoundingBoxes) {
    test::FilmSetOptions options;
    options.splits = {"train", "test"};
    test::write_film_set(directory_, options);
    const FilmPhotos photos({directory_}, "train");
    double sum = 0;
    for (size_t i = 0; i < photos.size(); ++i) {
        const Image film = cropped_photo(photos.read(i), 0);
        sum += 0.5 * (film.width_px + film.height_px);
    }
    EXPECT_GT(sum, 0);
    EXPECT_NEAR(loader::mean_film_px({directory_}, false), sum / double(photos.size()), 1e-9);
}

TEST_F(FilmPhotosTest, TrueMapsAgreeWithEachOtherAtAnySize) {
    test::write_film_set(directory_);
    const FilmPhoto photo = FilmPhotos({directory_}, "test").read(0);
    const loader::FilmRanges ranges = loader::FilmRanges::of_dataset(directory_);
    for (const int side : {64, 128}) {
        const TrueMaps truth = true_maps(photo, side, 10, ranges);
        ASSERT_EQ(truth.bm.height_px, side);
        // uv at a place of the photo, and the backward map at that texel, lead back to the place.
        const auto uv = truth.maps.uv.view<float>(), bm = truth.bm.view<float>();
        const int at = side / 2;
        ASSERT_EQ(truth.film.view<uint8_t>()(at, at), 255);
        const int c = int((uv(at, at, 0) + 1) / 2 * float(side)),
                  r = int((uv(at, at, 1) + 1) / 2 * float(side));
        EXPECT_NEAR((bm(r, c, 0) + 1) / 2 * float(side), at + 0.5, 1.5);
        EXPECT_NEAR((bm(r, c, 1) + 1) / 2 * float(side), at + 0.5, 1.5);
        for (const float v : truth.photo.values<float>()) ASSERT_TRUE(v >= 0 && v <= 1);
    }
}

TEST_F(FilmPhotosTest, TheCroppedPhotoIsThePartThatTheMapsCover) {
    test::write_film_set(directory_);
    const FilmPhoto photo = FilmPhotos({directory_}, "test").read(0);
    const Image whole = cropped_photo(photo, 6);
    // The film fills 67 to 72 of 96 pixels each way.
    EXPECT_NEAR(whole.height_px, 67 + 12, 1);
    EXPECT_NEAR(whole.width_px, 71 + 12, 2);
    const TrueMaps truth = true_maps(photo, whole.height_px, 6, loader::FilmRanges::of_dataset(directory_));
    // Rows are the same rows.
    EXPECT_NEAR(whole.view<float>()(40, whole.width_px / 2, 1),
                truth.photo.view<float>()(40, truth.photo.width_px / 2, 1), 0.1);
}

TEST_F(FilmPhotosTest, ASplitThatIsNotThereIsNamedWithThoseThatAre) {
    test::write_film_set(directory_);
    EXPECT_THAT(message_of([&] { FilmPhotos({directory_}, "val"); }),
                testing::AllOf(HasSubstr("no split 'val'"), HasSubstr("one of test")));
}

TEST_F(FilmPhotosTest, ADatasetOfAnotherKindIsRefusedByItsKind) {
    test::write_sharded_set(directory_, {3});
    EXPECT_THAT(message_of([&] { FilmPhotos({directory_}, "train"); }), HasSubstr("got kind toy"));
}

TEST_F(FilmPhotosTest, AMissingFieldIsNamed) {
    test::FilmSetOptions options;
    options.without = {"bm"};
    test::write_film_set(directory_, options);
    EXPECT_THAT(message_of([&] { FilmPhotos({directory_}, "test"); }), HasSubstr("bm"));
}

TEST_F(FilmPhotosTest, AFolderWithoutDatasetIsRefused) {
    EXPECT_THAT(message_of([&] { FilmPhotos({directory_}, "test"); }), HasSubstr(directory_));
}

}  // namespace
}  // namespace radforge::eval
