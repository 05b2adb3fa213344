// SPDX-License-Identifier: Apache-2.0
#include "synth/xray/view_plan.h"

#include "synth/base/error.h"
#include "synth/xray/mirror.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace radforge::xray {
namespace {

constexpr double kPi = 3.14159265358979323846, kRadians = kPi / 180;
constexpr double kNearPole = 0.999;  // of the head's axis, where "up" needs another vector

constexpr const char* kRadiographs[] = {"ap", "pa", "left-lateral", "right-lateral"};

Radiograph radiograph_of(const std::string& name) {
    if (name == "ap") return Radiograph::AnteroPosterior;
    if (name == "pa") return Radiograph::PosteroAnterior;
    return name == "left-lateral" ? Radiograph::LeftLateral : Radiograph::RightLateral;
}

/// From x left, y head, z front to LPS.
Vec3d in_patient(Vec3d v) { return {v.x, -v.z, v.y}; }

/// Turns a view about the point that its middle sees.
View turned(const View& view, const Mat3d& rotation, Vec3d centre_mm) {
    View out = view;
    out.direction = rotation * view.direction;
    out.source_mm = rotation * (view.source_mm - centre_mm) + centre_mm;
    out.first_pixel_mm = rotation * (view.first_pixel_mm - centre_mm) + centre_mm;
    out.column_step_mm = rotation * view.column_step_mm;
    out.row_step_mm = rotation * view.row_step_mm;
    if (out.beam == Beam::Parallel) out.direction = normalized(out.direction);
    return out;
}

/// Steps through the Fibonacci points such that each first part of them covers the half sphere, too: coprime
/// to n, and about n(sqrt 2 - 1), which leaves the smallest holes of the ratios tried (sqrt 2, golden,
/// plastic).
int stride_through(int n) {
    int stride = int(n * (std::sqrt(2.) - 1));
    while (std::gcd(stride, n) != 1) ++stride;
    return stride;
}

Vec3d forward_of(const View& view) {
    return view.beam == Beam::Parallel ? view.direction
                                       : normalized(view.detector_centre_mm() - view.source_mm);
}

}  // namespace

Vec3d fibonacci_direction(int k, int n) {
    const double golden = (1 + std::sqrt(5.)) / 2, z = 1 - (k + .5) / n, r = std::sqrt(1 - z * z);
    const double turns = k / golden, angle = 2 * kPi * (turns - std::floor(turns));
    return {r * std::cos(angle), r * std::sin(angle), z};
}

ViewPlan::ViewPlan(const ViewConfig& config)
    : config_(config), copies_(config.mirror == "none" ? 1 : 2), stride_(stride_through(config.count)) {
    if (config_.geometry == "cone" &&
        config_.source_detector_mm.range().lo <= config_.source_center_mm.range().hi)
        throw Error(ErrorKind::Usage, "the detector has to lie behind the middle of the volume")
            .where("view.source_detector_mm")
            .got("at least " + std::to_string(config_.source_detector_mm.range().lo) + " mm")
            .expected("more than view.source_center_mm, at most " +
                      std::to_string(config_.source_center_mm.range().hi) + " mm");
}

int ViewPlan::samples_per_launch() const {
    int views = std::min(config_.views_per_launch, config_.count);
    while (config_.count % views != 0) --views;
    return views * copies_;
}

Place ViewPlan::place(uint64_t index) const {
    const uint64_t within = index % samples_per_volume(), copies = uint64_t(copies_);
    return {index / samples_per_volume(), int(within / copies), within % copies == 1};
}

ViewRecipe ViewPlan::draw(const SampleKey& key) const {
    const Place at = place(key.index);
    Rng rng({key.root, key.index - uint64_t(at.mirrored)}, Stream::Camera);
    ViewRecipe recipe;
    recipe.mirrored = at.mirrored;
    const double u = rng.uniform(), v = rng.uniform();
    if (config_.directions == "fibonacci") {
        recipe.source_direction =
            fibonacci_direction(int(int64_t(at.view) * stride_ % config_.count), config_.count);
    } else if (config_.directions == "random") {
        const double r = std::sqrt(1 - u * u);
        recipe.source_direction = {r * std::cos(2 * kPi * v), r * std::sin(2 * kPi * v), u};
    } else {
        recipe.radiograph = kRadiographs[at.view % 4];
        recipe.turn_deg = config_.turn_deg.draw(rng);
        recipe.tilt_deg = config_.tilt_deg.draw(rng);
    }
    recipe.roll_deg = config_.roll_deg.draw(rng);
    recipe.field = config_.field.draw(rng);
    if (config_.geometry == "cone") {
        recipe.source_center_mm = config_.source_center_mm.draw(rng);
        recipe.source_detector_mm = config_.source_detector_mm.draw(rng);
    }
    return recipe;
}

View ViewPlan::view(const ViewRecipe& recipe, Vec3d centre_mm, double edge_mm, int size_px) const {
    const bool cone = recipe.source_detector_mm > 0;
    const double width_mm = recipe.field * edge_mm;
    const double pitch_mm =
        width_mm / size_px * (cone ? recipe.source_detector_mm / recipe.source_center_mm : 1);
    View view;
    if (!recipe.radiograph.empty()) {
        const Beam beam = cone ? Beam::Cone : Beam::Parallel;
        view = radiograph_view(radiograph_of(recipe.radiograph), beam, centre_mm,
                               cone ? recipe.source_center_mm : edge_mm,
                               cone ? recipe.source_detector_mm : 2 * edge_mm, pitch_mm, size_px, size_px);
        view = turned(view, rotation_about({0, 0, 1}, recipe.turn_deg * kRadians), centre_mm);
        // The tube rises towards the head: the beam turns about the image's horizontal.
        const Vec3d horizontal = normalized(cross(forward_of(view), Vec3d{0, 0, 1}));
        view = turned(view, rotation_about(horizontal, -recipe.tilt_deg * kRadians), centre_mm);
    } else {
        const Vec3d to_source = recipe.source_direction;
        const Vec3d up = std::fabs(to_source.y) > kNearPole ? Vec3d{1, 0, 0} : Vec3d{0, 1, 0};
        const Vec3d forward = -in_patient(to_source);
        view = cone ? cone_view(centre_mm - recipe.source_center_mm * forward, centre_mm, in_patient(up),
                                recipe.source_detector_mm, pitch_mm, size_px, size_px)
                    : parallel_view(forward, in_patient(up), centre_mm, pitch_mm, size_px, size_px);
    }
    if (recipe.roll_deg != 0)
        view = turned(view, rotation_about(forward_of(view), recipe.roll_deg * kRadians), centre_mm);
    return recipe.mirrored ? mirrored(view) : view;
}

View ViewPlan::mirrored(const View& view) const {
    View out = view;
    if (mirrors_rows()) {
        out.first_pixel_mm = view.pixel_mm(view.height_px - 1, 0);
        out.row_step_mm = -view.row_step_mm;
    } else {
        out.first_pixel_mm = view.pixel_mm(0, view.width_px - 1);
        out.column_step_mm = -view.column_step_mm;
    }
    return out;
}

Image ViewPlan::mirrored(const Image& image) const {
    RADFORGE_ASSERT(image.type == PixelType::F32 && image.channels == 1);
    Image out(image.height_px, image.width_px, 1, PixelType::F32, ColorSpace::Data);
    mirror(image.values<float>().data(), 1, size_t(image.height_px), size_t(image.width_px), mirrors_rows(),
           out.values<float>().data());
    return out;
}

Mat3d view_axes(const View& view) {
    const Vec3d right = normalized(view.column_step_mm), down = normalized(view.row_step_mm),
                away = forward_of(view);
    return {{{right.x, down.x, away.x}, {right.y, down.y, away.y}, {right.z, down.z, away.z}}};
}

}  // namespace radforge::xray
