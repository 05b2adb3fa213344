// SPDX-License-Identifier: Apache-2.0
// Whole exports of a small set, read back by the rules of the public loaders; those written in Python are
// mimicked by read_exports.py.
#include "synth/export/export.h"

#include "render/geometry/backward_map.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/shard/codec.h"
#include "tests/synth/export/film_set.h"
#include "tests/synth/shard/scratch.h"

#include <OpenImageIO/imageio.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <tuple>

namespace radforge::exporter {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Export : public testing::Test {
protected:
    ExportReport run(const std::string& layout, const std::string& out, uint64_t count = 0,
                     const LayoutOptions& detail = {false, true}) const {
        Logger logger(LogFormat::Text, true);
        ExportOptions options;
        options.layout = layout;
        options.dataset = scratch_ / "set";
        options.out = scratch_ / out;
        options.count = count;
        options.detail = detail;
        return export_dataset(options, logger);
    }
    std::string failure(const ExportOptions& options) const {
        Logger logger(LogFormat::Text, true);
        try {
            export_dataset(options, logger);
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }
    ExportOptions options(const std::string& layout, const std::string& out) const {
        ExportOptions o;
        o.layout = layout;
        o.dataset = scratch_ / "set";
        o.out = scratch_ / out;
        o.detail.any_size = true;
        return o;
    }
    Image read_exr(const std::string& name) const {
        const auto input = OIIO::ImageInput::open(scratch_ / name);
        if (!input) throw std::runtime_error("no " + name);
        const OIIO::ImageSpec& spec = input->spec();
        Image image(spec.height, spec.width, spec.nchannels, PixelType::F32, ColorSpace::Data);
        input->read_image(0, 0, 0, spec.nchannels, OIIO::TypeDesc::FLOAT, image.bytes.data());
        return image;
    }
    Image read_png(const std::string& name) const {
        const std::string bytes = test::slurp(scratch_ / name);
        return shard::decode_png(
            Span<const std::byte>(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()));
    }
    void python(const std::string& words) const {
        const auto result = test::shell(
            "/usr/bin/python3 -B " RADFORGE_SOURCE_DIR "/tests/synth/export/read_exports.py " + words);
        EXPECT_EQ(result.exit_code, 0) << result.output;
        RecordProperty(words.substr(0, words.find(' ')), result.output);
    }

    test::Scratch scratch_;
};

TEST_F(Export, Doc3dFilesStandWhereLoadersLookAndAgree) {
    test::BentFilm film;
    test::write_film_set(film, scratch_ / "set", 3);
    EXPECT_EQ(run("doc3d", "out").written, 3u);
    EXPECT_EQ(test::slurp(scratch_ / "out/swat3d/train.txt"),
              "1/film-000000000_0001\n1/film-000000001_0001\n");
    EXPECT_EQ(test::slurp(scratch_ / "out/swat3d/valdoc3D.txt"), "1/film-000000002_0001\n");
    EXPECT_EQ(test::slurp(scratch_ / "out/swat3d/traindoc.txt"),
              test::slurp(scratch_ / "out/swat3d/train.txt"));
    for (const char* file :
         {"recon/1/film-000000001_chess480001.png", "recon/1/chess48/film-000000001_chess480001.png",
          "alb/1/film-000000001_0001.png", "bm/1/film-000000001_0001.mat",
          "grid2D/1/film-000000001_0001.mat"})
        EXPECT_TRUE(fs::exists(scratch_ / (std::string("out/swat3d/") + file))) << file;
    // augtexnames.txt is read from root[:-7], its lines are paths from there.
    EXPECT_THAT(test::slurp(scratch_ / "out/augtexnames.txt"), HasSubstr("augtex/00.png\n"));
    EXPECT_EQ(read_png("out/augtex/00.png").width_px, 448);

    const Image uv = read_exr("out/swat3d/uv/1/film-000000001_0001.exr"),
                wc = read_exr("out/swat3d/wc/1/film-000000001_0001.exr"),
                depth = read_exr("out/swat3d/dmap/1/film-000000001_0001.exr");
    ASSERT_EQ(uv.channels, 3);
    ASSERT_EQ(depth.channels, 3);
    int on_film = 0;
    for (int r = 0; r < uv.height_px; ++r)
        for (int c = 0; c < uv.width_px; ++c) {
            const float* p = wc.view<float>().pixel(r, c);
            const bool seen = uv.view<float>()(r, c, 2) > 0.5f;
            EXPECT_EQ(seen, p[0] != 0 && p[1] != 0 && p[2] != 0);
            EXPECT_EQ(seen, depth.view<float>()(r, c, 0) < 1e9f);
            on_film += seen;
            // x, y follow the page: v up is x, u is -y, but for the bend.
            if (seen) {
                EXPECT_NEAR(p[0], (double(uv.view<float>()(r, c, 1)) - 0.5) * 2.13, 2e-3);
                EXPECT_LT((double(uv.view<float>()(r, c, 0)) - 0.5) * p[1], 1e-4);
            }
        }
    EXPECT_GT(on_film, 600);
}

TEST_F(Export, Doc3dRefusesPhotosThatLoadersWouldMisread) {
    test::write_film_set(test::BentFilm(), scratch_ / "set", 2);
    ExportOptions o = options("doc3d", "out");
    o.detail.any_size = false;
    EXPECT_THAT(failure(o), HasSubstr("camera.width_px=448"));
    EXPECT_FALSE(fs::exists(scratch_ / "out"));
    o.layout = "uvdoc";
    EXPECT_THAT(failure(o), HasSubstr("camera.height_px=712"));
}

TEST_F(Export, SampleThatLoadersCannotReadIsLeftOutWithItsReason) {
    test::BentFilm film;
    film.focal_widths = 1.6;  // the film is larger than the photo
    test::write_film_set(film, scratch_ / "set", 2);
    const ExportReport report = run("doc3d", "out");
    ASSERT_EQ(report.left_out.size(), 2u);
    EXPECT_THAT(report.left_out[0].second, HasSubstr("frame's edge"));
    EXPECT_THAT(test::slurp(scratch_ / "out/left_out.txt"), HasSubstr("film-000000001: "));
    EXPECT_EQ(test::slurp(scratch_ / "out/swat3d/train.txt"), "");
    EXPECT_EQ(run("exr", "exr").written, 2u);
}

TEST_F(Export, SecondRunGoesOnAndAnotherDatasetIsRefused) {
    test::write_film_set(test::BentFilm(), scratch_ / "set", 4);
    EXPECT_EQ(run("ctfilm20k", "out", 1).written, 1u);
    fs::remove(scratch_ / "out/train/uv/film-000000000.exr");  // not looked at: the sample counts as complete
    const ExportReport second = run("ctfilm20k", "out");
    EXPECT_EQ(second.present, 1u);
    EXPECT_EQ(second.written, 3u);
    fs::remove(scratch_ / "out/train/img/film-000000000.png");  // as if stopped before the last file
    EXPECT_EQ(run("ctfilm20k", "out").written, 1u);
    EXPECT_TRUE(fs::exists(scratch_ / "out/train/uv/film-000000000.exr"));
    EXPECT_THAT(failure(options("inv3d", "out")), HasSubstr("another folder"));
    EXPECT_THAT(failure(options("png", "set")), HasSubstr("folder of a dataset"));
}

TEST_F(Export, BytesDoNotDependOnThreadsOrRuns) {
    test::write_film_set(test::BentFilm(), scratch_ / "set", 4);
    for (const char* layout : {"doc3d", "uvdoc", "inv3d", "ctfilm20k", "exr", "png"}) {
        const std::string name = layout;
        {
            const ThreadLimit one(1);
            run(name, name + "-one");
        }
        const ThreadLimit four(4);
        run(name, name + "-four", 2);
        run(name, name + "-four");
        EXPECT_EQ(test::fingerprint(scratch_ / (name + "-one")),
                  test::fingerprint(scratch_ / (name + "-four")))
            << name;
    }
}

TEST_F(Export, WrongUseIsNamed) {
    test::BentFilm film;
    test::write_film_set(film, scratch_ / "set", 1);
    EXPECT_THAT(failure(options("coco", "out")), HasSubstr("doc3d, uvdoc, inv3d, ctfilm20k, exr, png"));
    ExportOptions o = options("exr", "out");
    o.keys = {"film-000000009"};
    EXPECT_THAT(failure(o), HasSubstr("film-000000009"));
    o = options("exr", "out");
    o.dataset = scratch_ / "none";
    EXPECT_THAT(failure(o), HasSubstr("none"));
    film.kind = "toy";
    test::write_film_set(film, scratch_ / "toys", 1);
    o.dataset = scratch_ / "toys";
    EXPECT_THAT(failure(o), HasSubstr("kind 'toy'"));
}

TEST_F(Export, ExrHoldsEveryLayerUnchanged) {
    test::BentFilm shape;
    shape.optional_members = true;
    test::write_film_set(shape, scratch_ / "set", 1);
    run("exr", "out");
    const auto input = OIIO::ImageInput::open(scratch_ / "out/train/film-000000000.exr");
    ASSERT_TRUE(input);
    const std::vector<std::string> names = input->spec(0).channelnames;
    for (const char* name :
         {"R", "A", "albedo.G", "depth.Z", "P.X", "N.Z", "UV.U", "UV.V", "clean.R", "radiance.B"})
        EXPECT_THAT(names, testing::Contains(name));
    const DatasetPlan plan = test::film_plan(shape, "nowhere", 1);
    const FilmSample film = film_sample(test::film_member_set(shape, plan, 0, "train"), plan);
    std::vector<float> values(size_t(film.photo.height_px * film.photo.width_px) * names.size());
    ASSERT_TRUE(input->read_image(0, 0, 0, int(names.size()), OIIO::TypeDesc::FLOAT, values.data()));
    const size_t z = size_t(std::find(names.begin(), names.end(), "P.Z") - names.begin());
    for (int i = 0; i < film.photo.height_px * film.photo.width_px; ++i)
        EXPECT_EQ(values[size_t(i) * names.size() + z], film.wc_m.values<float>()[size_t(i) * 3 + 2]);
    const size_t half = size_t(std::find(names.begin(), names.end(), "radiance.G") - names.begin());
    EXPECT_EQ(values[half], 0.5f);
    EXPECT_EQ(input->spec(1).width, film.bm.width_px);
    EXPECT_EQ(input->spec(2).width, film.flat.width_px);
}

TEST_F(Export, Ctfilm20kMapsKeepTheirRanges) {
    test::write_film_set(test::BentFilm(), scratch_ / "set", 1);
    run("ctfilm20k", "out");
    const Image map = read_exr("out/train/3dmap/film-000000000.exr"),
                depth = read_exr("out/train/depth/film-000000000.exr"),
                normal = read_exr("out/train/shader_normal/film-000000000.exr"),
                uv = read_exr("out/train/uv/film-000000000.exr");
    float least = 2, most = 0, nearest = 2;
    for (size_t i = 0; i < uv.value_count(); i += 3) {
        const bool film = uv.values<float>()[i + 2] > 0.5f;
        for (size_t k = 0; k < 3; ++k) {
            const float m = map.values<float>()[i + k], n = normal.values<float>()[i + k];
            EXPECT_EQ(film, m > 0);
            EXPECT_LE(m, 1.00001f);
            EXPECT_GE(n, 0);
            if (film) least = std::min(least, m), most = std::max(most, m);
        }
        if (film) nearest = std::min(nearest, depth.values<float>()[i]);
        // Page to the viewer: the normal's z is the largest, 0.5 + 0.5 cos.
        if (film) {
            EXPECT_GT(normal.values<float>()[i + 2], 0.9f);
        }
    }
    EXPECT_NEAR(least, 0.1, 1e-6);
    EXPECT_NEAR(most, 1, 1e-6);
    EXPECT_NEAR(nearest, 0.1, 1e-6);
    EXPECT_THAT(test::slurp(scratch_ / "out/train/3dmap_max_min/film-000000000.json"), HasSubstr("max_x"));
}

TEST_F(Export, PngShowsEveryMap) {
    test::write_film_set(test::BentFilm(), scratch_ / "set", 1);
    run("png", "out");
    for (const char* name :
         {"photo", "albedo", "mask", "uv", "wc", "depth", "normal", "bm", "dewarped", "flat", "checker"})
        EXPECT_GT(read_png(std::string("out/train/film-000000000/") + name + ".png").width_px, 10) << name;
}

// The public loaders' arithmetic in numpy: see read_exports.py.
TEST_F(Export, PythonUnwarpsDoc3dAsItsLoadersDo) {
    test::BentFilm film;
    film.width_px = film.height_px = 448;
    film.bm_height_px = 448, film.bm_width_px = 364;
    test::write_film_set(film, scratch_ / "set", 1);
    run("doc3d", "out", 0, {false, false});
    run("doc3d", "legacy", 0, {true, false});
    python("doc3d " + (scratch_ / "out/swat3d"));
    python("doc3d-legacy " + (scratch_ / "legacy/swat3d"));
}

TEST_F(Export, PythonUnwarpsUvdocAsItsLoaderDoes) {
    test::BentFilm film;
    film.width_px = 244, film.height_px = 356;
    // Upright, and turned so far that its grid has to shrink to fit the loader's constants.
    for (const auto& [roll_rad, focal_widths, name] :
         {std::tuple<double, double, const char*>{0, 1.1, "upright"}, {0.5, 0.8, "turned"}}) {
        film.roll_rad = roll_rad;
        film.focal_widths = focal_widths;
        std::filesystem::remove_all(scratch_ / "set");
        test::write_film_set(film, scratch_ / "set", 1);
        run("uvdoc", name);
        python("uvdoc " + (scratch_ / name) + "/train");
    }
}

TEST_F(Export, UvdocHasTheWhiteSheetWhereTheDatasetHasItsShading) {
    test::BentFilm film;
    film.white_sheet = true;
    test::write_film_set(film, scratch_ / "set", 3);
    run("uvdoc", "out");
    const Image sheet = read_png("out/train/img_geom/00000.png");
    ASSERT_EQ(sheet.width_px, film.width_px);
    const auto p = sheet.view<uint8_t>();
    EXPECT_EQ(p(film.height_px / 2, 2, 0), quantize_u8(srgb_from_linear(0.9f)));
    EXPECT_EQ(p(film.height_px / 2, film.width_px - 2, 1), quantize_u8(srgb_from_linear(0.45f)));
    EXPECT_THAT(test::slurp(scratch_ / "out/train/split.json"), HasSubstr("00001.png"));
    EXPECT_THAT(test::slurp(scratch_ / "out/val/split.json"), HasSubstr("00002.png"));
}

TEST_F(Export, PythonUnwarpsInv3dAsItsLoaderDoes) {
    test::BentFilm film;
    film.width_px = film.height_px = 200;
    test::write_film_set(film, scratch_ / "set", 3);
    run("inv3d", "out");
    python("inv3d " + (scratch_ / "out/train"));
}

TEST_F(Export, CachedCtfilm20kIsWhatItsLoaderUnwarps) {
    test::BentFilm film;
    film.width_px = film.height_px = 300;
    film.bm_height_px = 256, film.bm_width_px = 208;
    test::write_film_set(film, scratch_ / "set", 2);
    const auto made = test::shell("/usr/bin/python3 -B " RADFORGE_SOURCE_DIR "/tools/ctfilm20k_npy.py " +
                                  (scratch_ / "set") + " " + (scratch_ / "npy"));
    EXPECT_EQ(made.exit_code, 0) << made.output;
    python("ctfilm20k " + (scratch_ / "npy/train"));
}

}  // namespace
}  // namespace radforge::exporter
