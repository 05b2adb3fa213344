// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/subject.h"

#include "render/xray/attenuation.h"
#include "synth/base/error.h"
#include "synth/base/log.h"
#include "synth/enhance/body.h"
#include "synth/volume/phantom_tissue.h"
#include "synth/volume/source.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::enhance {
namespace {

/// A box of air with 2 mm voxels, centred on the origin.
Volume air(int columns, int rows, int slices) {
    Volume v;
    v.columns = columns, v.rows = rows, v.slices = slices;
    v.hu.assign(size_t(columns) * size_t(rows) * size_t(slices), -1000);
    v.row_spacing_mm = v.column_spacing_mm = v.slice_thickness_mm = 2;
    for (int s = 0; s < slices; ++s)
        v.slice_origin_mm.push_back({-(columns - 1.0), -(rows - 1.0), 2.0 * s - (slices - 1.0)});
    v.body_part = BodyPart::Head;
    v.id = "test";
    return v;
}
template <class F>
void paint(Volume& v, int16_t hu, F inside) {
    size_t i = 0;
    for (int s = 0; s < v.slices; ++s)
        for (int r = 0; r < v.rows; ++r)
            for (int c = 0; c < v.columns; ++c, ++i) {
                const Vec3d p = v.slice_origin_mm[size_t(s)] + Vec3d{2.0 * c, 2.0 * r, 0};
                if (inside(p)) v.hu[i] = hu;
            }
}
bool in_ball(Vec3d p, Vec3d centre, double radius) { return length(p - centre) < radius; }

Shot shot(const char* preset, int size_px = 192) {
    Shot s;
    s.preset = preset, s.size_px = size_px;
    return s;
}

TEST(Subject, BallOfWaterIsAsDenseAsItIsThick) {
    Volume v = air(90, 90, 90);
    paint(v, 0, [](Vec3d p) { return in_ball(p, {}, 70); });
    const Subject subject(v);
    const IdealRadiograph picture = subject.shoot(shot("head_ap"));
    const double mu = xray::attenuation_per_mm(xray::Material::Water, beam_kev(BodyPart::Head));
    EXPECT_NEAR(picture.white, mu * 140, 0.03 * mu * 140);
    EXPECT_NEAR(picture.field_mm, 255, 1e-9) << "no face of the volume cuts the ball";
    // Chord through a point at 40 mm from the middle, on the plane of the field's middle.
    const double pixel_mm = picture.field_mm / 192;
    const int column = int(std::lround(95.5 + 40 / pixel_mm));
    const double at = (column - 95.5) * pixel_mm, chord = 2 * std::sqrt(70 * 70 - at * at);
    EXPECT_NEAR(double(picture.ideal.view<float>()(96, column)) * picture.white, mu * chord,
                0.03 * mu * chord);
    EXPECT_EQ(picture.body.view<uint8_t>()(96, 96), 255);
    EXPECT_EQ(picture.body.view<uint8_t>()(3, 3), 0);
}

TEST(Subject, FrontalPicturesHaveThePatientsLeftOnTheRightAndTheHeadUp) {
    Volume v = air(90, 90, 90);
    paint(v, 0, [](Vec3d p) { return in_ball(p, {}, 70); });
    paint(v, 1500, [](Vec3d p) { return in_ball(p, {35, 10, 25}, 12); });  // left, back, high
    const Subject subject(v);
    for (const char* preset : {"chest_pa", "head_ap"}) {
        const Image picture = subject.shoot(shot(preset)).ideal;
        int row = 0, column = 0;
        for (int r = 0; r < 192; ++r)
            for (int c = 0; c < 192; ++c)
                if (picture.view<float>()(r, c) > picture.view<float>()(row, column)) row = r, column = c;
        EXPECT_GT(column, 100) << preset;
        EXPECT_LT(row, 90) << preset;
    }
}

TEST(Subject, CouchIsTakenAway) {
    Volume v = air(90, 90, 60);
    paint(v, 0, [](Vec3d p) { return std::hypot(p.x, p.y) < 60; });
    const size_t body = size_t(std::count(v.hu.begin(), v.hu.end(), 0));
    Volume bare = v;
    paint(v, 200, [](Vec3d p) { return p.y > 60.5 && p.y < 67; });         // a table that touches the back
    paint(v, -300, [](Vec3d p) { return in_ball(p, {-75, -60, 0}, 6); });  // a cable
    const std::vector<uint8_t> mask = body_mask(v);
    size_t kept = 0, right = 0;
    for (size_t i = 0; i < mask.size(); ++i) kept += mask[i], right += mask[i] && bare.hu[i] == 0;
    EXPECT_GT(double(right), 0.98 * double(body));
    EXPECT_LT(double(kept - right), 0.03 * double(body));
}

TEST(Subject, LungsBelongToTheBody) {
    Volume v = air(80, 80, 20);
    paint(v, 30, [](Vec3d p) { return std::hypot(p.x, p.y) < 70; });
    paint(v, -850, [](Vec3d p) { return std::hypot(p.x - 25, p.y) < 20; });
    const std::vector<uint8_t> mask = body_mask(v);
    EXPECT_EQ(mask[(size_t(10) * 80 + 40) * 80 + 52], 1);
    EXPECT_EQ(mask[(size_t(10) * 80 + 2) * 80 + 2], 0);
}

TEST(Subject, CutEndsOfTheBodyLimitTheField) {
    Volume v = air(90, 90, 60);  // 120 mm of a trunk
    paint(v, 0, [](Vec3d p) { return std::hypot(p.x, p.y) < 80; });
    const Subject subject(v);
    const IdealRadiograph picture = subject.shoot(shot("abdomen_ap"));
    EXPECT_LT(picture.field_mm, 118);
    EXPECT_GT(picture.field_mm, 100);
    for (const int r : {0, 191})
        EXPECT_GT(double(picture.ideal.view<float>()(r, 96)), 0.9) << "the whole column shows the body";
    Volume thin = air(90, 90, 20);
    paint(thin, 0, [](Vec3d p) { return std::hypot(p.x, p.y) < 80; });
    EXPECT_THROW(Subject(thin).shoot(shot("abdomen_ap")), Error);
}

TEST(Subject, AFieldThatIsChosenTooSmallIsNotTheVolumesFault) {
    Volume v = air(90, 90, 90);
    paint(v, 0, [](Vec3d p) { return in_ball(p, {}, 70); });
    const Subject subject(v);
    Shot small = shot("head_ap");
    small.field = 0.2;
    try {
        subject.shoot(small);
        FAIL();
    } catch (const Error& error) {
        const std::string what = error.what();
        EXPECT_NE(what.find("view.field"), std::string::npos) << what;
        EXPECT_EQ(what.find("volume"), std::string::npos) << what;
    }
}

TEST(Subject, TiltedBeamsNeverShowTheCutEndsOfTheBody) {
    constexpr double kRadius_mm = 80, kDeg = 3.141592653589793 / 180;
    Volume v = air(90, 90, 160);  // 320 mm of an endless trunk
    paint(v, 0, [](Vec3d p) { return std::hypot(p.x, p.y) < kRadius_mm; });
    const Subject subject(v);
    const double mu = xray::attenuation_per_mm(xray::Material::Water, beam_kev(BodyPart::Head));
    for (const double tilt_deg : {0, 2, -6, 6, 20, -30, 30})
        for (const double down : {0.0, 0.3, -0.3}) {
            Shot s = shot("abdomen_ap", 128);
            s.tilt_rad = tilt_deg * kDeg, s.shift_down = down;
            const IdealRadiograph picture = subject.shoot(s);
            double field_mm = 0;
            const xray::View rays = subject.view(s, field_mm);
            for (const int r : {0, 32, 64, 96, 127}) {
                const Vec3d along = rays.ray_direction(r, 63.5);
                const double whole = mu * 2 * kRadius_mm / std::abs(along.y);
                const double seen =
                    double(picture.ideal.view<float>()(r, 63) + picture.ideal.view<float>()(r, 64)) / 2;
                EXPECT_GT(seen * picture.white, 0.98 * std::min(whole, picture.white))
                    << "row " << r << " at " << tilt_deg << " degrees";
            }
        }
}

TEST(Subject, UnevenSlicesLieInTheMiddleOfTheField) {
    // Slices 2 mm apart below, 10 mm apart above; a ball over both.
    Volume v = air(80, 80, 80);
    for (int s = 0; s < 80; ++s) v.slice_origin_mm[size_t(s)].z = s < 40 ? 2.0 * s : 80 + 10.0 * (s - 40);
    paint(v, 0, [](Vec3d p) { return in_ball(p, {0, 0, 100}, 70); });
    const IdealRadiograph picture = Subject(v).shoot(shot("head_ap"));
    int top = 192, bottom = -1;
    for (int r = 0; r < 192; ++r)
        if (picture.body.view<uint8_t>()(r, 96) != 0) top = std::min(top, r), bottom = std::max(bottom, r);
    EXPECT_NEAR(0.5 * (top + bottom + 1), 96, 5 / (picture.field_mm / 192)) << "half a slice above";
}

TEST(Subject, ScanWithoutAPatientIsAnError) {
    EXPECT_THROW(Subject(air(40, 40, 10)), Error);
    Volume padding = air(40, 40, 10);
    for (int16_t& v : padding.hu) v = Volume::kHuPadding;
    EXPECT_THROW(Subject{padding}, Error);
}

TEST(Subject, RealChestGivesAPictureOfABodyInsideItsField) {
    Logger logger(LogFormat::Text, true);
    const std::string folder = RADFORGE_SHARED_DIR "/data/ct/chest_lidc0001";
    Volume v = volume::load(volume::find_sources(Span<const std::string>(&folder, 1), logger)[0]);
    v.body_part = BodyPart::Chest;
    const Subject subject(v);
    const IdealRadiograph picture = subject.shoot(shot("chest_pa", 256));
    EXPECT_GT(picture.field_mm, 150);
    EXPECT_GT(picture.white, 3);
    EXPECT_LT(picture.white, 12);
    double middle = 0, lungs = 0;
    for (int r = 90; r < 150; ++r) {
        for (int c = 118; c < 138; ++c) middle += double(picture.ideal.view<float>()(r, c)) / (60 * 20);
        for (int c = 55; c < 75; ++c) lungs += double(picture.ideal.view<float>()(r, c)) / (60 * 20);
    }
    EXPECT_GT(middle, lungs + 0.1) << "mediastinum and spine are denser than the lung";
}

TEST(Preset, NamesAreKnownAndUnknownOnesListThem) {
    for (const std::string& name : preset_names()) EXPECT_EQ(preset(name).name, name);
    try {
        preset("toe_ap");
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("chest_pa"), std::string::npos);
    }
}

}  // namespace
}  // namespace radforge::enhance
