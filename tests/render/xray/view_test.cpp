// SPDX-License-Identifier: Apache-2.0
#include "render/xray/view.h"

#include "render/xray/projector.h"
#include "synth/base/error.h"

#include <gtest/gtest.h>

namespace radforge::xray {
namespace {

TEST(View, ParallelFrameIsRightHandedAndCentred) {
    const View v = parallel_view({1, 2, 2}, {0, 0, 1}, {3, 4, 5}, .5, 11, 21);
    EXPECT_NEAR(length(v.detector_centre_mm() - Vec3d{3, 4, 5}), 0, 1e-12);
    EXPECT_NEAR(length(cross(v.column_step_mm, v.row_step_mm) - .25 * v.direction), 0, 1e-12);
    EXPECT_LT(v.row_step_mm.z, 0);  // up in the world is up in the image
}

TEST(View, ConeRaysLeaveTheFocalSpotThroughTheirPixels) {
    const View v = cone_view({0, -1000, 0}, {0, 0, 0}, {0, 0, 1}, 1500, .8, 9, 9);
    EXPECT_NEAR(length(v.detector_centre_mm() - Vec3d{0, 500, 0}), 0, 1e-9);
    const Vec3d d = v.ray_direction(0, 8);
    EXPECT_NEAR(d.x / d.y, 4 * .8 / 1500, 1e-12);
    EXPECT_NEAR(d.z / d.y, 4 * .8 / 1500, 1e-12);
}

TEST(View, CameraPosesLookAlongTheirZAxis) {
    Pose pose;
    pose.rotation = rotation_about({0, 1, 0}, 1.57079632679489662);
    pose.translation_m = {-1, 0, 0};
    const View v = pose_view(Beam::Cone, pose, 1500, 1, 3, 3);
    EXPECT_NEAR(length(v.source_mm - Vec3d{-1000, 0, 0}), 0, 1e-9);
    EXPECT_NEAR(length(v.detector_centre_mm() - Vec3d{500, 0, 0}), 0, 1e-9);
}

TEST(View, ImpossibleViewsAreRefused) {
    EXPECT_THROW(parallel_view({0, 0, 1}, {0, 0, 2}, {}, 1, 4, 4), Error);
    EXPECT_THROW(parallel_view({0, 0, 0}, {0, 0, 1}, {}, 1, 4, 4), Error);
    EXPECT_THROW(parallel_view({0, 0, 1}, {0, 1, 0}, {}, 0, 4, 4), Error);
    EXPECT_THROW(parallel_view({0, 0, 1}, {0, 1, 0}, {}, 1, -4, 4), Error);
    EXPECT_THROW(cone_view({0, 0, 0}, {0, 0, 0}, {0, 1, 0}, 1500, 1, 4, 4), Error);
    View grazing = parallel_view({0, 0, 1}, {0, 1, 0}, {}, 1, 4, 4);
    grazing.direction = {1, 0, 0};
    EXPECT_THROW(grazing.validate(), Error);
}

// One marker in a small patient (LPS axes): where does the radiologist see it?
Vec2d seen_at(Radiograph kind, Beam beam, Vec3d marker_mm) {
    Grid patient = zero_grid(41, 41, 41, {5, 5, 5});
    patient.at(int(20 + marker_mm.x / 5), int(20 + marker_mm.y / 5), int(20 + marker_mm.z / 5)) = 1;
    const View view = radiograph_view(kind, beam, {}, 1500, 1800, 4, 80, 80);
    const Image image = make_projector(patient)->project(Span<const View>(&view, 1))[0];
    double sum = 0, x = 0, y = 0;
    for (int r = 0; r < 80; ++r)
        for (int c = 0; c < 80; ++c) {
            const double value = double(image.view<float>()(r, c));
            sum += value, x += value * c, y += value * r;
        }
    EXPECT_GT(sum, 0);
    return {x / sum - 39.5, y / sum - 39.5};
}

TEST(Radiograph, MarkersStandWhereARadiologistExpectsThem) {
    const Vec3d right{-80, 0, 0}, front{0, -80, 0}, head{0, 0, 80};
    for (const Beam beam : {Beam::Parallel, Beam::Cone}) {
        for (const Radiograph kind : {Radiograph::AnteroPosterior, Radiograph::PosteroAnterior}) {
            EXPECT_LT(seen_at(kind, beam, right).x, -15);  // the patient's right on the left of the image
            EXPECT_NEAR(seen_at(kind, beam, front).x, 0, .1);
        }
        EXPECT_LT(seen_at(Radiograph::LeftLateral, beam, front).x, -15);  // the face looks left
        EXPECT_GT(seen_at(Radiograph::RightLateral, beam, front).x, 15);
        for (const Radiograph kind : {Radiograph::AnteroPosterior, Radiograph::PosteroAnterior,
                                      Radiograph::LeftLateral, Radiograph::RightLateral})
            EXPECT_LT(seen_at(kind, beam, head).y, -15);  // the head up
    }
}

TEST(Radiograph, TheSideFarFromTheDetectorIsMagnified) {
    const double near_source = -seen_at(Radiograph::AnteroPosterior, Beam::Cone, {-80, -80, 0}).x;
    const double near_detector = -seen_at(Radiograph::AnteroPosterior, Beam::Cone, {-80, 80, 0}).x;
    EXPECT_NEAR(near_source / near_detector, 1580. / 1420., 2e-3);
}

}  // namespace
}  // namespace radforge::xray
