// SPDX-License-Identifier: Apache-2.0
#include "synth/xray/xray_generator.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/base/parallel.h"
#include "synth/config/reader.h"
#include "synth/shard/codec.h"
#include "tests/synth/shard/scratch.h"
#include "tests/synth/xray/scans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace radforge::xray {
namespace {

using test::Scratch;
using testing::HasSubstr;
using Json = nlohmann::json;

XrayConfig small_config() {
    XrayConfig c;
    c.crania.species = 3;
    c.volume.size_vox = 32;
    c.view.count = 6;
    c.view.views_per_launch = 3;
    c.image.size_px = 32;
    return c;
}

std::vector<SampleKey> keys(uint64_t count, uint64_t first = 0) {
    std::vector<SampleKey> list;
    for (uint64_t i = first; i < first + count; ++i) list.push_back({{1}, i});
    return list;
}

const Field& field(const Sample& sample, const std::string& name) {
    for (const Field& f : sample.fields)
        if (f.name == name) return f;
    throw std::runtime_error("no field " + name);
}
const NdArray& array(const Sample& sample, const std::string& name) {
    return std::get<NdArray>(field(sample, name).value);
}
Json meta(const Sample& sample) { return Json::parse(std::get<std::string>(sample.fields.back().value)); }

std::string bytes_of_sample(const Sample& sample) {
    std::string all;
    for (const Field& f : sample.fields) all += shard::encode(f);
    return all;
}

/// Stored opacities, or densities, in [0,1].
std::vector<double> values(const NdArray& a) {
    std::vector<double> out;
    const bool bytes = a.type == PixelType::U8;
    const size_t count = a.bytes.size() / (bytes ? 1 : 2);
    for (size_t i = 0; i < count; ++i)
        out.push_back(bytes ? std::to_integer<int>(a.bytes[i]) / 255.
                            : reinterpret_cast<const int16_t*>(a.bytes.data())[i] / 32767.);
    return out;
}

template <class F>
std::string error_of(F&& call, ErrorKind kind) {
    try {
        call();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), kind) << error.what();
        return error.what();
    }
    ADD_FAILURE() << "no error";
    return "";
}

class Radiographs : public testing::TestWithParam<const char*> {
protected:
    static constexpr int kSide = 96;

    /// Opacities of the four radiographs of the phantom, by name.
    std::map<std::string, Image> radiographs(test::Mark mark) {
        XrayConfig c = small_config();
        c.view.directions = "radiographs";
        c.view.geometry = GetParam();
        c.view.count = 4;
        c.view.mirror = "none";
        c.image.size_px = kSide;
        c.image.chi = .1;  // opacity is nearly the integral
        c.volume.size_vox = 48;
        c.projector.method = "joseph";
        const std::string path = scratch_ / ("mark" + std::to_string(int(mark)) + ".vdb");
        const XrayGenerator generator(c, {test::as_source(test::labelled_phantom(mark), path)});
        std::map<std::string, Image> images;
        for (const SampleKey& key : keys(4)) {
            const std::vector<XrayRecipe> recipes = {generator.draw(key)};
            const XrayShot shot = std::move(generator.realise(recipes)[0]);
            images[recipes[0].view.radiograph] = shot.opacity;
            pixel_mm_ = shot.volume->cube.edge_mm / kSide;  // in the middle of the volume
        }
        return images;
    }

    Scratch scratch_;
    double pixel_mm_ = 0;
};

/// Centre of mass of what one image has and the other lacks, in pixels from the middle: x right, y down.
Vec2d difference(const Image& with, const Image& without) {
    double sum = 0;
    Vec2d place;
    for (int r = 0; r < with.height_px; ++r)
        for (int c = 0; c < with.width_px; ++c) {
            const double extra = double(with.view<float>()(r, c)) - double(without.view<float>()(r, c));
            sum += extra;
            place = place + extra * Vec2d{c + .5 - .5 * with.width_px, r + .5 - .5 * with.height_px};
        }
    return place * (1 / sum);
}

// What a radiologist expects: the head on top; frontal images with the patient's left at the right; the face
// of a left lateral to the left of the image, of a right lateral to the right. A cone beam magnifies by at
// most 40 mm in 1 m.
TEST_P(Radiographs, MarkersLieWhereARadiologistExpectsThem) {
    const std::map<std::string, Image> plain = radiographs(test::Mark::None);
    ASSERT_EQ(plain.size(), 4u);
    for (const test::Mark mark : {test::Mark::Left, test::Mark::Head, test::Mark::Front}) {
        const Vec3d at = test::place_of(mark);
        const std::map<std::string, Image> marked = radiographs(mark);
        const std::map<std::string, Vec2d> expected = {{"ap", {at.x, -at.z}},
                                                       {"pa", {at.x, -at.z}},
                                                       {"left-lateral", {at.y, -at.z}},
                                                       {"right-lateral", {-at.y, -at.z}}};
        for (const auto& [name, place_mm] : expected) {
            const Vec2d found_mm = pixel_mm_ * difference(marked.at(name), plain.at(name));
            const double slack_mm = .5 + .05 * length(place_mm);
            EXPECT_NEAR(found_mm.x, place_mm.x, slack_mm) << name << " mark " << int(mark);
            EXPECT_NEAR(found_mm.y, place_mm.y, slack_mm) << name << " mark " << int(mark);
        }
    }
}
INSTANTIATE_TEST_SUITE_P(OrthoAndCone, Radiographs, testing::Values("ortho", "cone"));

TEST(XraySample, HoldsWhatTheFormatSays) {
    const XrayGenerator generator(small_config(), {});
    const std::vector<Sample> samples = generator.generate(keys(3));
    const std::vector<FieldSpec> specs = generator.fields();
    ASSERT_EQ(specs.size(), 3u);
    for (const Sample& s : samples) {
        ASSERT_EQ(s.fields.size(), 3u);
        EXPECT_EQ(array(s, "xray").shape, (std::vector<int64_t>{1, 32, 32}));
        EXPECT_EQ(array(s, "volume").shape, (std::vector<int64_t>{32, 32, 32}));
        EXPECT_EQ(array(s, "volume").type, PixelType::U8);
        const Json m = meta(s);
        for (const char* key : {"direction", "roll_deg", "mirror", "chi", "geometry", "species", "individual",
                                "cube_from_view"})
            EXPECT_TRUE(m.contains(key)) << key;
        EXPECT_EQ(m["geometry"]["beam"], "ortho");
        EXPECT_EQ(m["species"], "cranium-000000");
        EXPECT_EQ(m["mirror"], s.key.index % 2 ? "rows" : "none");
    }
}

// The paper's formula on the stored volume: 1 - exp(-chi * sum of 1/N of the densities along z).
TEST(XraySample, StoredVolumeSummedAlongZIsTheStoredImage) {
    XrayConfig c = small_config();
    c.projector.method = "march";
    c.projector.march_steps = 32;
    c.volume.type = "int16";
    const XrayGenerator generator(c, {});
    double brightest = 0;
    for (const Sample& s : generator.generate(keys(12))) {
        const std::vector<double> image = values(array(s, "xray")), volume = values(array(s, "volume"));
        for (size_t i = 0; i < image.size(); ++i) {
            double sum = 0;
            for (size_t z = 0; z < 32; ++z) sum += volume[z * 1024 + i] / 32;
            // Roundings: 2^-16 of the image, 2^-16 and 3e-6 of a voxel of each density, chi = 10.
            ASSERT_NEAR(image[i], 1 - std::exp(-10 * sum), 4e-4) << s.key.index << " pixel " << i;
            brightest = std::max(brightest, image[i]);
        }
    }
    EXPECT_GT(brightest, .2);
}

TEST(XraySample, MirrorIsTheSameImageAndVolumeUpsideDown) {
    XrayConfig c = small_config();
    c.view.roll_deg = Dist<double>::uniform(-180, 180);
    const std::vector<Sample> samples = XrayGenerator(c, {}).generate(keys(2));
    const std::vector<double> a = values(array(samples[0], "xray")), b = values(array(samples[1], "xray"));
    const std::vector<double> va = values(array(samples[0], "volume")),
                              vb = values(array(samples[1], "volume"));
    for (size_t r = 0; r < 32; ++r)
        for (size_t x = 0; x < 32; ++x) {
            EXPECT_EQ(a[r * 32 + x], b[(31 - r) * 32 + x]);
            for (size_t z = 0; z < 32; ++z)
                ASSERT_EQ(va[(z * 32 + r) * 32 + x], vb[(z * 32 + 31 - r) * 32 + x]);
        }
    const auto t = meta(samples[0])["cube_from_view"].get<std::vector<double>>(),
               u = meta(samples[1])["cube_from_view"].get<std::vector<double>>();
    for (size_t row = 0; row < 3; ++row) {
        EXPECT_EQ(t[4 * row], u[4 * row]);
        EXPECT_EQ(t[4 * row + 1], -u[4 * row + 1]);
    }
}

// As a loader does it: for each voxel of the view frame, the transform gives the place in the stored cube.
TEST(XraySample, ReferencedCubeAndTransformGiveTheStoredVolume) {
    XrayConfig c = small_config();
    const std::vector<Sample> stored = XrayGenerator(c, {}).generate(keys(4));
    c.volume.mode = "reference";
    const XrayGenerator generator(c, {});
    const std::vector<Sample> referring = generator.generate(keys(4));
    const std::string npy = generator.source_file({{1}, 0});
    const NdArray cube = shard::decode_npy(bytes_of(npy));
    const auto at = [&](int x, int y, int z) {
        if (x < 0 || y < 0 || z < 0 || x > 31 || y > 31 || z > 31) return 0.;
        return std::to_integer<int>(cube.bytes[size_t((z * 32 + y) * 32 + x)]) / 255.;
    };
    for (size_t i = 0; i < 4; ++i) {
        ASSERT_EQ(referring[i].fields.size(), 2u);
        EXPECT_EQ(array(referring[i], "xray").bytes, array(stored[i], "xray").bytes);
        const Json m = meta(referring[i]);
        EXPECT_EQ(m["volume_file"]["file"], "volumes/cranium-000000-0.npy");
        EXPECT_EQ(m["volume_file"]["sha256"], sha256_hex(npy));
        const auto t = m["cube_from_view"].get<std::vector<double>>();
        const std::vector<double> want = values(array(stored[i], "volume"));
        for (int z = 0; z < 32; z += 3)
            for (int y = 0; y < 32; y += 2)
                for (int x = 0; x < 32; ++x) {
                    const double p[3] = {(2 * x + 1) / 32. - 1, (2 * y + 1) / 32. - 1, (2 * z + 1) / 32. - 1};
                    double q[3];
                    for (size_t k = 0; k < 3; ++k)
                        q[k] = 16 * (t[4 * k] * p[0] + t[4 * k + 1] * p[1] + t[4 * k + 2] * p[2] + 1) - .5;
                    double sum = 0;
                    for (int corner = 0; corner < 8; ++corner) {
                        double w = 1;
                        int j[3];
                        for (int k = 0; k < 3; ++k) {
                            const double low = std::floor(q[k]);
                            const int up = corner >> k & 1;
                            j[k] = int(low) + up;
                            w *= up ? q[k] - low : 1 - (q[k] - low);
                        }
                        sum += w * at(j[0], j[1], j[2]);
                    }
                    ASSERT_NEAR(want[size_t((z * 32 + y) * 32 + x)], sum, .51 / 255);
                }
    }
}

TEST(XraySample, BytesDependOnTheKeyAloneNotOnCompanyOrThreads) {
    for (const bool physical : {false, true}) {
        XrayConfig c = small_config();
        c.detector.enabled = physical;
        const XrayGenerator generator(c, {});
        std::vector<std::string> together, alone;
        {
            const ThreadLimit one(1);
            for (const Sample& s : generator.generate(keys(12))) together.push_back(bytes_of_sample(s));
        }
        const ThreadLimit two(2);
        const XrayGenerator other(c, {});
        for (const SampleKey& key : keys(12))
            alone.push_back(bytes_of_sample(other.generate(Span<const SampleKey>(&key, 1))[0]));
        EXPECT_EQ(together, alone);
        EXPECT_EQ(std::set<std::string>(alone.begin(), alone.end()).size(), 12u);
    }
}

TEST(XraySample, OnTheCpuAViewAndItsMirrorImageAreMadeAsAGroup) {
    XrayConfig config = small_config();
    EXPECT_EQ(XrayGenerator(config, {}).group_size(), 2);
    config.view.mirror = "none";
    EXPECT_EQ(XrayGenerator(config, {}).group_size(), 1);
}

TEST(XraySplit, ScansOfAPatientFallIntoOneSplitWhateverTheSeed) {
    std::vector<volume::CtSource> ct(120);
    for (size_t i = 0; i < ct.size(); ++i) {
        ct[i].id = "series-" + std::to_string(i);
        ct[i].split_key = "patient-" + std::to_string(i / 2);
    }
    XrayConfig c = small_config(), seeded = small_config();
    c.dataset.train_part = 0.5;
    seeded.dataset = c.dataset;
    seeded.dataset.seed = c.dataset.seed + 1;
    const XrayVolumes volumes(ct, c), others(ct, seeded);
    std::set<std::string> splits;
    for (uint64_t i = 0; i < 120; ++i) {
        EXPECT_EQ(volumes.split(i), volumes.split(i ^ 1)) << i;
        EXPECT_EQ(volumes.split(i), others.split(i)) << i;
        EXPECT_EQ(volumes.name(i).species, "series-" + std::to_string(i - i % 2));
        splits.insert(volumes.split(i));
    }
    EXPECT_GT(splits.size(), 1u);
}

TEST(XraySplit, WholeSpeciesFallIntoOneSplitInExactNumbers) {
    XrayConfig c = small_config();
    c.crania.species = 175;
    c.crania.individuals = 3;
    c.view.count = 1332;
    c.dataset.train_part = 155. / 175;
    c.dataset.val_part = 0;
    const XrayGenerator generator(c, {});
    std::map<std::string, std::set<std::string>> splits_of_species, species_of_split;
    for (uint64_t volume = 0; volume < 525; ++volume)
        for (const uint64_t sample : {0, 1, 1331, 2663}) {
            const SampleKey key{{1}, volume * 2664 + sample};
            const PlannedSource source = generator.source(key);
            EXPECT_EQ(source.split, generator.split(key));
            splits_of_species[source.group].insert(source.split);
            species_of_split[source.split].insert(source.group);
        }
    EXPECT_EQ(splits_of_species.size(), 175u);
    for (const auto& [species, splits] : splits_of_species) EXPECT_EQ(splits.size(), 1u) << species;
    EXPECT_EQ(species_of_split["train"].size(), 155u);
    EXPECT_EQ(species_of_split["test"].size(), 20u);
    EXPECT_THAT(error_of(
                    [&] {
                        generator.split({{1}, 525 * 2664});
                    },
                    ErrorKind::Usage),
                HasSubstr("crania.individuals"));
}

TEST(XrayDetector, MirroredSamplesAreMirroredExposuresButForTheNoise) {
    XrayConfig c = small_config();
    c.view.geometry = "cone";
    c.view.source_center_mm = 600.;
    c.view.source_detector_mm = 900.;
    c.view.field = 1.5;
    c.detector.enabled = true;
    c.detector.panel.noise_part = 0;
    c.detector.readout.mode = "signal";
    // The same numbers for both: only the mirror differs.
    c.detector.tube.kvp = 80., c.detector.tube.aluminium_mm = 3., c.detector.tube.anode_angle_deg = 12.;
    c.detector.tube.photons_per_pixel = 1e4;
    c.detector.beam.collimator_part = 0, c.detector.beam.focal_spot_mm = .6;
    c.detector.scatter.grid_part = 0, c.detector.scatter.amplitude = .5, c.detector.scatter.narrow_mm = 10.;
    c.detector.scatter.wide_mm = 50., c.detector.scatter.wide_share = .5;
    c.detector.panel.scintillator_part = 0;
    const XrayGenerator generator(c, {});
    const std::vector<XrayRecipe> recipes = {generator.draw({{1}, 4}), generator.draw({{1}, 5})};
    const std::vector<XrayShot> shots = generator.realise(recipes);
    const auto a = shots[0].detector->image.view<float>(), b = shots[1].detector->image.view<float>();
    double largest = 0;
    for (int r = 0; r < 32; ++r)
        for (int x = 0; x < 32; ++x) {
            EXPECT_NEAR(a(r, x), b(31 - r, x), 1e-4 * double(a(r, x)));
            largest = std::max(largest, std::fabs(double(a(r, x)) / double(a(31 - r, x)) - 1));
        }
    EXPECT_GT(largest, .1) << "heel and object are not symmetric, or the test shows nothing";
}

TEST(XrayDetector, StagesAreDrawnAsOftenAsTheirShares) {
    DetectorConfig c;
    c.beam.collimator_part = .5, c.scatter.grid_part = .25, c.panel.scintillator_part = 0,
    c.panel.noise_part = 1;
    int collimated = 0, grids = 0;
    for (uint64_t i = 0; i < 1000; ++i) {
        const DetectorRecipe r = draw_detector(c, {{1}, i}, true);
        collimated += r.collimator_width.has_value();
        grids += r.grid.has_value();
        EXPECT_FALSE(r.scintillator);
        ASSERT_TRUE(r.noise);
        EXPECT_EQ(r.noise->key.view, i);
    }
    EXPECT_NEAR(collimated, 500, 5 * std::sqrt(250.));
    EXPECT_NEAR(grids, 250, 5 * std::sqrt(187.5));
}

TEST(XrayDetector, ScreensThatCountPhotonsHaveQuantumNoiseAlone) {
    DetectorConfig c;
    c.panel.counting_part = .5;
    int counting = 0;
    for (uint64_t i = 0; i < 100; ++i) {
        const DetectorRecipe r = draw_detector(c, {{1}, i}, true);
        ASSERT_TRUE(r.scintillator && r.noise);
        counting += r.scintillator->counting;
        EXPECT_EQ(r.noise->electronic_kev == 0, r.scintillator->counting) << i;
    }
    EXPECT_NEAR(counting, 50, 25);
}

TEST(XrayDetector, EveryReadoutFitsItsField) {
    for (const char* mode : {"signal", "log", "window", "film"}) {
        XrayConfig c = small_config();
        c.detector.enabled = true;
        c.detector.readout.mode = mode;
        const XrayGenerator generator(c, {});
        const Sample s = generator.generate(keys(1))[0];
        const NdArray& a = array(s, "detector");
        EXPECT_EQ(a.shape, (std::vector<int64_t>{1, 32, 32})) << mode;
        EXPECT_EQ(a.type, std::string(mode) == "window" ? PixelType::I16 : PixelType::F32) << mode;
        const Json m = meta(s);
        EXPECT_EQ(m["readout"]["mode"], mode);
        EXPECT_GT(m["spectrum"]["mean_kev"].get<double>(), 20);
    }
}

// Radiographs are exposed for densities of 1 to 2 behind the patient.
TEST(XrayDetector, FilmsBehindPatientsAreNeitherClearNorBlack) {
    XrayConfig c = small_config();
    c.crania.soft_tissue = true;
    c.detector.enabled = true;
    c.detector.readout.mode = "film";
    for (const Sample& s : XrayGenerator(c, {}).generate(keys(4))) {
        const NdArray& image = array(s, "detector");
        ASSERT_EQ(image.type, PixelType::F32);
        const auto* const density = reinterpret_cast<const float*>(image.bytes.data());
        double middle = 0;
        for (int i = 11; i < 21; ++i)
            for (int j = 11; j < 21; ++j) middle += double(density[32 * i + j]) / 100;
        EXPECT_GT(middle, 0.6);
        EXPECT_LT(middle, 2.6);
    }
}

// The march ends where the cube of density does, which along a diagonal is within the body.
TEST(XrayDetector, SeesWholeRaysWhereTheIdealImageIsMarched) {
    XrayConfig c = small_config();
    c.crania.soft_tissue = true;
    c.detector.enabled = true;
    c.projector.method = "joseph";
    const Sample whole = XrayGenerator(c, {}).generate(keys(1))[0];
    c.projector.method = "march";
    const Sample marched = XrayGenerator(c, {}).generate(keys(1))[0];
    EXPECT_NE(array(marched, "xray").bytes, array(whole, "xray").bytes);
    EXPECT_EQ(array(marched, "detector").bytes, array(whole, "detector").bytes);
}

XrayConfig clinical_recipe() {
    return config::load<XrayConfig>(
        config::Document::from_file(RADFORGE_SOURCE_DIR "/scenes/xray/clinical.toml", {}));
}

// A panel is exposed to about 2.5 uGy behind the patient (speed class 400), of 30,174 photons per mm2 and uGy
// (IEC 62220-1, RQA 5); 3 % of the beam come through a trunk.
TEST(XrayDetector, TheClinicalRecipeExposesThePanelAsDigitalRadiographyDoes) {
    const XrayConfig config = clinical_recipe();
    const Range<double> photons = config.detector.tube.photons_per_pixel.range();
    constexpr double kTrunkField_mm = 400, kMagnification = 1.2, kThroughTrunk = .03;
    const double pixel_mm = kTrunkField_mm * kMagnification / config.image.size_px;
    const auto dose_ugy = [&](double n) { return n * kThroughTrunk / (pixel_mm * pixel_mm) / 30174; };
    EXPECT_GT(dose_ugy(photons.lo), .1);
    EXPECT_LT(dose_ugy(photons.hi), 10);
}

TEST(XrayDetector, TheClinicalRecipeStandsThePatientBeforeThePanelInReachOfTheBeam) {
    const XrayConfig config = clinical_recipe();
    const Range<double> to_center = config.view.source_center_mm.range(),
                        to_panel = config.view.source_detector_mm.range();
    constexpr double kTrunkWidth_mm = 360, kHalfTrunk_mm = 180;
    EXPECT_GE(to_panel.lo - to_center.hi, kHalfTrunk_mm);
    EXPECT_LT(to_panel.hi / to_center.lo, 1.35);
    const double half_field_rad =
        std::atan(.5 * config.view.field.range().hi * kTrunkWidth_mm / to_center.lo);
    EXPECT_LT(half_field_rad * 180 / 3.14159265, config.detector.tube.anode_angle_deg.range().lo);
}

TEST(XrayDetector, AWindowCountsEachClippedPixelOnce) {
    XrayConfig c = small_config();
    c.detector.enabled = true;
    c.detector.readout.mode = "window";
    c.detector.readout.low = 0.5;
    c.detector.beam.collimator_part = 1;
    c.detector.beam.collimator_width = 0.1, c.detector.beam.collimator_height = 0.1;
    const Sample s = XrayGenerator(c, {}).generate(keys(1))[0];
    const NdArray& image = array(s, "detector");
    const auto* const levels = reinterpret_cast<const int16_t*>(image.bytes.data());
    int64_t at_ends = 0;
    for (int i = 0; i < 32 * 32; ++i) at_ends += levels[i] == 0 || levels[i] == 32767;
    EXPECT_GT(at_ends, 32 * 32 / 2);
    EXPECT_LE(meta(s)["readout"]["clipped_px"].get<int64_t>(), at_ends);
}

// A tube that makes its photons deeper hardens the beam everywhere; a heel alone would soften it, and more
// than undo the filtration, on the cathode's side.
TEST(XrayDetector, HeelAndSpectrumAreOfOneDepthInTheAnode) {
    XrayConfig c = small_config();
    c.detector.enabled = true;
    c.detector.beam.heel_part = 1;
    double last_kev = 0;
    for (const double depth_um : {0.5, 5., 20.}) {
        c.detector.beam.heel_depth_um = depth_um;
        const Json m = meta(XrayGenerator(c, {}).generate(keys(1))[0]);
        EXPECT_GT(m["spectrum"]["mean_kev"].get<double>(), last_kev + 1);
        last_kev = m["spectrum"]["mean_kev"];
    }
    c.detector.beam.heel_part = 0;
    EXPECT_EQ(draw_detector(c.detector, keys(1)[0], true).tube.escape_um, Tube{}.escape_um);
}

TEST(XrayDetector, ReadoutsThatContradictThemselvesAreRefusedByTheirKeys) {
    XrayConfig c = small_config();
    c.detector.enabled = true;
    c.detector.readout.mode = "film";
    c.detector.readout.film_d_min = 2, c.detector.readout.film_d_max = 1;
    EXPECT_THAT(
        error_of([&] { XrayGenerator(c, {}); }, ErrorKind::Usage),
        testing::AllOf(HasSubstr("detector.readout.film_d_min"), HasSubstr("detector.readout.film_d_max")));
    c.detector.readout.mode = "window";
    c.detector.readout.low = Dist<double>::uniform(0, 2), c.detector.readout.high = 2.;
    EXPECT_THAT(error_of([&] { XrayGenerator(c, {}); }, ErrorKind::Usage),
                testing::AllOf(HasSubstr("detector.readout.low"), HasSubstr("detector.readout.high")));
    c.detector.readout.high = 2.5;
    EXPECT_NO_THROW(XrayGenerator(c, {}));
}

TEST(XrayInput, CudaWithoutAGpuIsAnErrorThatNamesTheWayOut) {
    if (cuda_available()) GTEST_SKIP() << "this machine has a GPU";
    XrayConfig c = small_config();
    c.projector.device = "cuda";
    EXPECT_THAT(error_of([&] { XrayGenerator(c, {}); }, ErrorKind::Usage), HasSubstr("--device cpu"));
}

TEST(XrayInput, AnEmptyScanIsNamedAsSuch) {
    const Scratch scratch;
    Volume air = test::labelled_phantom();
    for (int16_t& hu : air.hu) hu = -1000;
    air.identify();
    for (const char* fit : {"scan", "body"}) {
        XrayConfig c = small_config();
        c.volume.fit = fit;
        const std::string text = error_of(
            [&] { XrayGenerator(c, {test::as_source(air, scratch / "air.vdb")}); }, ErrorKind::BadData);
        EXPECT_THAT(text, HasSubstr("empty volume"));
        EXPECT_THAT(text, HasSubstr(scratch / "air.vdb"));
        EXPECT_THAT(text, HasSubstr("leave the file out"));
    }
}

TEST(XrayInput, OneBadScanAmongGoodOnesOnlyLosesItsOwnSamples) {
    const Scratch scratch;
    Volume air = test::labelled_phantom();
    for (int16_t& hu : air.hu) hu = -1000;
    air.identify();
    const XrayGenerator generator(small_config(),
                                  {test::as_source(air, scratch / "air.vdb"),
                                   test::as_source(test::labelled_phantom(), scratch / "good.vdb")});
    EXPECT_THAT(error_of([&] { generator.generate(keys(1)); }, ErrorKind::BadData),
                HasSubstr("empty volume"));
    EXPECT_EQ(generator.generate(keys(2, 12)).size(), 2u);
}

TEST(XrayInput, AScanBeyondTheMemoryAllowedIsRefusedBeforeItIsAllocated) {
    const Scratch scratch;
    XrayConfig c = small_config();
    c.volume.memory_gb = 1e-4;
    const std::string text =
        error_of([&] { XrayGenerator(c, {test::as_source(test::labelled_phantom(), scratch / "a.vdb")}); },
                 ErrorKind::BadData);
    EXPECT_THAT(text, HasSubstr("volume.memory_gb"));
    // A hole as long as eight scans is filled with even slices; slices a hair apart need none.
    const Volume even = test::labelled_phantom();
    const double gb = 3 * 2e-9 * sizeof(float) * double(even.hu.size());
    EXPECT_NO_THROW(require_memory(even, 2, gb));
    Volume uneven = even;
    uneven.slice_origin_mm.back() += Vec3d{0, 0, 8 * even.slice_positions_mm().back()};
    EXPECT_THROW(require_memory(uneven, 2, gb), Error);
    uneven = even;
    uneven.slice_origin_mm[1] = uneven.slice_origin_mm[0] + Vec3d{0, 0, 1e-4};
    EXPECT_NO_THROW(require_memory(uneven, 2, gb));
}

TEST(XrayInput, NanVoxelsCountAsAirAndAreToldOf) {
    const Scratch scratch;
    std::vector<float> voxels(20 * 20 * 20, 0.f);
    for (size_t i = 0; i < 400; ++i) voxels[i] = std::numeric_limits<float>::quiet_NaN();
    const float spacing[3] = {2, 2, 2};
    test::write_float_nifti(scratch / "nan.nii", 20, 20, 20, voxels, spacing);
    Logger quiet(LogFormat::Text, true);
    const std::vector<std::string> folders = {scratch.path()};
    const XrayGenerator generator(small_config(), volume::find_sources(folders, quiet));
    const Sample s = generator.generate(keys(1))[0];
    EXPECT_EQ(meta(s)["source"]["padding_voxels"], 400);
    ASSERT_EQ(generator.notes().size(), 1u);
    EXPECT_THAT(generator.notes()[0], HasSubstr("400 voxels that are no numbers, taken as air"));
    EXPECT_THAT(generator.notes()[0], HasSubstr(scratch / "nan.nii"));
}

// The real head of 28 slices with some taken out.
TEST(XrayInput, FewMissingSlicesAreInterpolatedAndToldOfManyAreRefused) {
    const Scratch scratch;
    const auto head_without = [&](const std::string& folder, const std::set<int>& missing) {
        return std::make_unique<XrayGenerator>(small_config(), test::head_without(missing, scratch / folder));
    };
    const auto few = head_without("few", {20});
    EXPECT_EQ(meta(few->generate(keys(1))[0])["source"]["gaps"], 1);
    ASSERT_EQ(few->notes().size(), 1u);
    EXPECT_THAT(few->notes()[0], HasSubstr("1 gaps between slices"));
    EXPECT_THAT(few->notes()[0], HasSubstr(scratch / "few"));
    const std::string text = error_of(
        [&] {
            head_without("many", {12, 13, 14, 15, 16, 17, 18, 19, 20, 21});
        },
        ErrorKind::BadData);
    EXPECT_THAT(text, HasSubstr("too many slices are missing"));
    EXPECT_THAT(text, HasSubstr(scratch / "many"));
    EXPECT_THAT(text, HasSubstr("export the whole series"));
}

TEST(XrayInput, InfiniteVoxelsAreHeldAndCountedAndZeroSpacingIsAnErrorOfTheFile) {
    const Scratch scratch;
    Logger quiet(LogFormat::Text, true);
    const auto generator_with = [&](const std::string& name, float voxel, float spacing_mm) {
        std::vector<float> voxels(10 * 10 * 10, 0.f);
        voxels[5] = voxel;
        const float spacing[3] = {1, spacing_mm, 1};
        test::write_float_nifti(scratch / name, 10, 10, 10, voxels, spacing);
        const std::vector<std::string> files = {scratch / name};
        return std::make_unique<XrayGenerator>(small_config(), volume::find_sources(files, quiet));
    };
    const auto infinite = generator_with("inf.nii", std::numeric_limits<float>::infinity(), 1);
    EXPECT_EQ(meta(infinite->generate(keys(1))[0])["source"]["clamped_voxels"], 1);
    ASSERT_EQ(infinite->notes().size(), 1u);
    EXPECT_THAT(infinite->notes()[0], HasSubstr("1 voxels beyond 16 bits"));
    EXPECT_THAT(error_of([&] { generator_with("flat.nii", 0, 0); }, ErrorKind::BadData),
                HasSubstr("flat.nii"));
}

}  // namespace
}  // namespace radforge::xray
