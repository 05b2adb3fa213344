// SPDX-License-Identifier: Apache-2.0
#include "models/tasks/film_predictor.h"

#include "models/tasks/dewarpnet.h"
#include "models/tasks/firenet.h"
#include "models/tasks/trained.h"
#include "synth/base/error.h"
#include "synth/config/writer.h"
#include "tests/models/tasks/film_batch.h"
#include "tests/synth/shard/scratch.h"

#include <gtest/gtest.h>

namespace radforge::models {
namespace {

class FilmPredictorTest : public testing::Test {
protected:
    static FireNetRunConfig firenet() {
        FireNetRunConfig config;
        config.net.width = 4;
        config.augment.size_px = 32;
        config.ranges.low = {-1, -1, -1, 0};
        config.ranges.high = {1, 1, 1, 2};
        return config;
    }
    static DewarpNetRunConfig dewarpnet() {
        DewarpNetRunConfig config;
        config.net.shape_width = 4;
        config.net.mapping_width = 2;
        config.net.downs = 5;
        config.augment.size_px = 32;
        config.ranges = firenet().ranges;
        return config;
    }
    static NamedTensors weights_of(Task& task, const std::string& prefix) {
        NamedTensors out;
        for (const auto& [name, tensor] : tensors_of(task.module())) out[prefix + name] = tensor;
        return out;
    }
    template <class Config>
    void save(const std::string& name, const std::string& task, const Config& config, NamedTensors tensors) {
        Checkpoint checkpoint;
        checkpoint.tensors = std::move(tensors);
        checkpoint.task = task;
        checkpoint.config_toml = config::dump(config);
        checkpoint.at.step = 12;
        save_checkpoint(scratch_ / "run/checkpoints", name, checkpoint);
    }
    FilmPredictor open(const std::string& path = "run") {
        return FilmPredictor(scratch_ / path, torch::kCPU, logger_);
    }
    test::Scratch scratch_;
    Logger logger_;
};

TEST_F(FilmPredictorTest, AnswersAsTheTrainedNetworkDoes) {
    const auto task = make_firenet(firenet());
    save("best", "firenet", firenet(), weights_of(*task, "model."));
    const FilmPredictor predictor = open();
    EXPECT_EQ(predictor.task(), "firenet");
    EXPECT_EQ(predictor.step(), 12);
    EXPECT_EQ(predictor.side_px(), 32);
    EXPECT_EQ(predictor.ranges().high[3], 2);
    task->module().eval();
    const torch::Tensor photo = torch::rand({2, 3, 32, 32}) * 2 - 1;
    const torch::NoGradGuard no_grad;
    const FilmMaps maps = predictor(photo);
    EXPECT_TRUE(maps.uv.equal(task->module().as<FireNet>()->forward(photo).uv));
    EXPECT_TRUE(maps.df.defined() && maps.depth.defined() && !maps.bm.defined());
}

TEST_F(FilmPredictorTest, PrefersTheBestThenTheNewestAndAveragedWeights) {
    FireNetRunConfig config = firenet();
    const auto first = make_firenet(config);
    config.train.seed = 2;
    const auto second = make_firenet(config);
    save("step-000000010", "firenet", config, weights_of(*first, "model."));
    NamedTensors both = weights_of(*first, "model.");
    for (const auto& [name, tensor] : weights_of(*second, "ema.")) both[name] = tensor;
    save("step-000000020", "firenet", config, both);
    const torch::Tensor photo = torch::rand({1, 3, 32, 32});
    const torch::NoGradGuard no_grad;
    first->module().eval();
    second->module().eval();
    const torch::Tensor of_first = first->module().as<FireNet>()->forward(photo).uv,
                        of_second = second->module().as<FireNet>()->forward(photo).uv;
    EXPECT_TRUE(open()(photo).uv.equal(of_second));
    EXPECT_TRUE(open("run/checkpoints/step-000000010.json")(photo).uv.equal(of_first));
    save("best", "firenet", config, weights_of(*first, "model."));
    EXPECT_TRUE(open()(photo).uv.equal(of_first));
}

TEST_F(FilmPredictorTest, DewarpNetGivesABackwardMap) {
    const auto task = make_dewarpnet(dewarpnet());
    save("best", "dewarpnet", dewarpnet(), weights_of(*task, "model."));
    const FilmPredictor predictor = open();
    const FilmMaps maps = predictor(torch::rand({1, 3, 32, 32}));
    EXPECT_EQ(maps.bm.sizes(), (std::vector<int64_t>{1, 2, 128, 128}));
    EXPECT_FALSE(maps.uv.defined());
    infer::DewarpOptions options;
    options.height_px = options.width_px = 40;
    EXPECT_EQ(flatten(maps, 0, test::floats(50, 60, 3), options).film.width_px, 40);
    EXPECT_THROW(photo_maps(maps, 0), Error);
}

TEST_F(FilmPredictorTest, RefusesWhatIsNoSuchCheckpoint) {
    EXPECT_THROW(open(), Error);
    const auto task = make_firenet(firenet());
    save("best", "toy", firenet(), weights_of(*task, "model."));
    EXPECT_THROW(open(), Error);  // another model
    FireNetRunConfig wider = firenet();
    wider.net.width = 5;
    save("best", "firenet", wider, weights_of(*task, "model."));
    EXPECT_THROW(open(), Error);  // another width
}

TEST_F(FilmPredictorTest, LooksAtThePartAroundTheFilmOrSaysThatThereIsNone) {
    const auto task = make_firenet(firenet());
    const auto set_bias = [&](float value) {
        const torch::NoGradGuard no_grad;
        for (auto& p : task->module().named_parameters()) {
            if (p.key() == "bg.last.weight") p.value().zero_();
            if (p.key() == "bg.last.bias") p.value().fill_(value);
        }
        save("best", "firenet", firenet(), weights_of(*task, "model."));
    };
    const Image photo(70, 90, 3, PixelType::U8, ColorSpace::Srgb);
    set_bias(1);  // film everywhere
    const FoundFilm found = open().find(photo);
    EXPECT_EQ(found.crop.right_px, 90);
    EXPECT_EQ(found.crop.top_px, 0);
    EXPECT_EQ(found.maps.uv.size(2), 32);
    set_bias(-1);
    EXPECT_THROW(open().find(photo), Error);
}

TEST(CropAround, PadsTheFilmAsMuchOfItAsInTraining) {
    // 100 x 50 px of a photo of 400 x 200, seen in a mask of half that size.
    Image mask(100, 200, 1, PixelType::U8, ColorSpace::Data);
    for (int r = 40; r < 65; ++r)
        for (int c = 80; c < 130; ++c) mask.view<uint8_t>()(r, c) = 255;
    const Image photo(200, 400, 3, PixelType::U8, ColorSpace::Srgb);
    loader::AugmentConfig augment;
    augment.size_px = 64;
    augment.pad_px = 20;
    augment.film_px = 100;  // a fifth of it on each side
    const loader::Crop crop = crop_around(mask, photo, augment);
    EXPECT_EQ(crop.left_px, 140);
    EXPECT_EQ(crop.right_px, 280);
    EXPECT_EQ(crop.top_px, 70);
    EXPECT_EQ(crop.bottom_px, 140);
    augment.film_px = 0;  // 24 px of 64 are film: five sixths
    EXPECT_EQ(crop_around(mask, photo, augment).left_px, 76);
    EXPECT_THROW(crop_around(Image(8, 8, 1, PixelType::U8, ColorSpace::Data), photo, augment), Error);
}

TEST(NetworkInput, AveragesThePartAndRepeatsGrey) {
    Image photo(40, 60, 1, PixelType::U8, ColorSpace::Srgb);
    for (int r = 0; r < 40; ++r)
        for (int c = 0; c < 60; ++c) photo.view<uint8_t>()(r, c) = c < 30 ? 51 : 204;
    const torch::Tensor x = network_input(photo, {10, 0, 50, 40}, 16);
    EXPECT_EQ(x.sizes(), (std::vector<int64_t>{1, 3, 16, 16}));
    EXPECT_NEAR(x[0][0][3][2].item<float>(), 2 * 0.2 - 1, 1e-6);
    EXPECT_NEAR(x[0][2][3][12].item<float>(), 2 * 0.8 - 1, 1e-6);
    EXPECT_THROW(network_input(Image(8, 8, 2, PixelType::U8, ColorSpace::Data), {0, 0, 8, 8}, 16), Error);
}

TEST(Flatten, TrueMapsGiveTheTrueFilmAndPlacesInTheWholePhoto) {
    const Batch batch = test::film_batch(1, 64);
    FilmMaps maps;
    maps.uv = batch.at("uv");
    maps.bg = batch.at("bg");
    maps.df = batch.at("df");
    // The photo of the film is a part of a larger one.
    const loader::Crop crop{30, 20, 94, 84};
    infer::DewarpResult flat = flatten(maps, 0, test::floats(64, 64, 3), {});
    const auto error = test::error_of(flat.bm, 8);
    EXPECT_LT(error.largest, 0.1);
    const float before = flat.bm.view<float>()(100, 50, 1);
    to_whole_photo(flat.bm, crop, 100, 200);
    EXPECT_NEAR(flat.bm.view<float>()(100, 50, 1), 2 * (20 + (before + 1) / 2 * 64) / 100 - 1, 1e-6);
}

TEST(CutOut, KeepsThePixels) {
    Image photo(5, 7, 3, PixelType::U8, ColorSpace::Srgb);
    for (size_t i = 0; i < photo.value_count(); ++i) photo.values<uint8_t>()[i] = uint8_t(i);
    const Image part = cut_out(photo, {2, 1, 6, 4});
    EXPECT_EQ(part.height_px, 3);
    EXPECT_EQ(part.width_px, 4);
    for (int r = 0; r < 3; ++r)
        for (int c = 0; c < 4; ++c)
            EXPECT_EQ(part.view<uint8_t>()(r, c, 2), photo.view<uint8_t>()(r + 1, c + 2, 2));
}

torch::Tensor square(int64_t from, int64_t to) {
    torch::Tensor map = torch::full({1, 1, 32, 32}, -1.0);
    map.slice(2, from, to).slice(3, from, to).fill_(1);
    return map;
}

TEST(Following, AFilmGoesAlongAndWhatIsMadeUpStays) {
    const torch::Tensor film = square(6, 26), photo = film.expand({1, 3, 32, 32}).contiguous();
    const auto sees = [](const torch::Tensor& x) { return x.slice(1, 0, 1); };
    EXPECT_DOUBLE_EQ(following(sees, photo, film, 3).value(), 1);
    const auto makes_up = [&](const torch::Tensor& x) { return film.expand({x.size(0), 1, 32, 32}); };
    EXPECT_DOUBLE_EQ(following(makes_up, photo, film, 3).value(), 0);
    const auto loses = [](const torch::Tensor& x) { return torch::full({x.size(0), 1, 32, 32}, -1.0); };
    EXPECT_LT(following(loses, photo, film, 3).value(), 0);
    const torch::Tensor full = torch::ones({1, 1, 32, 32});
    EXPECT_FALSE(following(sees, full.expand({1, 3, 32, 32}), full, 3));
}

}  // namespace
}  // namespace radforge::models
