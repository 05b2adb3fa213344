// SPDX-License-Identifier: Apache-2.0
#include "render/xray/exposure.h"

#include "render/xray/blur.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace radforge::xray {
namespace {

constexpr double kRadians = 3.14159265358979323846 / 180;

Image blank(const View& v) { return {v.height_px, v.width_px, 1, PixelType::F32, ColorSpace::Data}; }

void in_range(const char* what, double value, double lo, double hi) {
    if (value >= lo && value <= hi) return;
    throw Error(ErrorKind::BadData, what)
        .where("x-ray exposure")
        .got(std::to_string(value))
        .expected(std::to_string(lo) + ".." + std::to_string(hi));
}

// What the tube and the geometry do to the beam of one pixel.
struct Beamlet {
    double fluence = 1;             // relative to the middle of the detector
    double tungsten_g_per_cm2 = 0;  // beyond that of the central ray
};

class BeamGeometry {
public:
    BeamGeometry(const View& view, const ExposureSettings& settings) : view_(view), settings_(settings) {
        const Vec3d centre = view.detector_centre_mm();
        normal_ = normalized(cross(view.column_step_mm, view.row_step_mm));
        central_ = view.beam == Beam::Cone ? normalized(centre - view.source_mm) : view.direction;
        reference_ = divergence(centre);
    }

    Beamlet at(int row, int column) const {
        const Vec3d pixel = view_.pixel_mm(row, column);
        Beamlet beam;
        beam.fluence = divergence(pixel) / reference_;
        if (settings_.collimator) beam.fluence *= opening(row, column, *settings_.collimator);
        if (settings_.heel) add_heel(view_.ray_direction(row, column), *settings_.heel, beam);
        return beam;
    }

private:
    // Photons per pixel area of a point source: cosine over squared distance.
    double divergence(Vec3d pixel) const {
        if (view_.beam == Beam::Parallel) return 1;
        const Vec3d ray = pixel - view_.source_mm;
        return std::fabs(dot(ray, normal_)) / std::pow(dot(ray, ray), 1.5);
    }

    double opening(int row, int column, const Collimator& c) const {
        const double x = (column - .5 * (view_.width_px - 1)) * length(view_.column_step_mm);
        const double y = (row - .5 * (view_.height_px - 1)) * length(view_.row_step_mm);
        const auto edge = [&](double at, double side) {
            const double inside = .5 * side - std::fabs(at);
            return c.penumbra_mm > 0 ? std::clamp(.5 + inside / c.penumbra_mm, 0., 1.)
                   : inside >= 0     ? 1.
                                     : 0.;
        };
        return edge(x, c.width_mm) * edge(y, c.height_mm);
    }

    void add_heel(Vec3d ray, const Heel& heel, Beamlet& beam) const {
        const Vec3d axis = normalized(heel.towards_anode);
        const double angle = std::asin(std::clamp(dot(ray, axis), -1., 1.)) -
                             std::asin(std::clamp(dot(central_, axis), -1., 1.));
        const double anode = heel.anode_angle_deg * kRadians;
        if (angle >= anode) {
            beam.fluence = 0;
            return;
        }
        const double path_cm = 1e-4 * heel.depth_um * (1 / std::tan(anode - angle) - 1 / std::tan(anode));
        beam.tungsten_g_per_cm2 = path_cm * density_g_per_cm3(Material::Tungsten);
    }

    const View& view_;
    const ExposureSettings& settings_;
    Vec3d normal_, central_;
    double reference_ = 1;
};

// Per energy: photons times detector response, and the attenuation of each material.
struct Bins {
    std::vector<double> photons, weight, tungsten;
    std::vector<std::vector<double>> material;  // [path][bin], cm2/g
};

Bins make_bins(Span<const MaterialPath> paths, const ExposureSettings& s) {
    Bins bins;
    bins.material.resize(paths.size());
    for (size_t i = 0; i < s.spectrum.energy_kev.size(); ++i) {
        const double e = s.spectrum.energy_kev[i];
        const bool counting = s.scintillator && s.scintillator->counting;
        const double absorbed =
            s.scintillator
                ? 1 - std::exp(-s.scintillator->thickness_mm * attenuation_per_mm(Material::CesiumIodide, e))
                : 1;
        bins.photons.push_back(s.photons_per_pixel * s.spectrum.fraction[i] * absorbed);
        bins.weight.push_back(counting ? 1 : e);
        bins.tungsten.push_back(mass_attenuation_cm2_per_g(Material::Tungsten, e));
        for (size_t k = 0; k < paths.size(); ++k)
            bins.material[k].push_back(mass_attenuation_cm2_per_g(paths[k].material, e));
    }
    return bins;
}

// Signal and its variance (compound Poisson: sum of n w and of n w^2).
struct Moments {
    double signal = 0, variance = 0;
};

Moments detect(const Bins& bins, const Beamlet& beam, const double* area_g_per_cm2) {
    Moments m;
    for (size_t i = 0; i < bins.photons.size(); ++i) {
        double depth = bins.tungsten[i] * beam.tungsten_g_per_cm2;
        for (size_t k = 0; k < bins.material.size(); ++k) depth += bins.material[k][i] * area_g_per_cm2[k];
        const double signal = bins.photons[i] * bins.weight[i] * beam.fluence * std::exp(-depth);
        m.signal += signal;
        m.variance += signal * bins.weight[i];
    }
    return m;
}

struct PrimaryField {
    Image signal, variance, open;
    double open_quantum = 0;  // variance over signal of the central ray without an object
};

PrimaryField primary_field(const View& view, Span<const MaterialPath> paths,
                           const ExposureSettings& settings) {
    const BeamGeometry geometry(view, settings);
    const Bins bins = make_bins(paths, settings);
    const Moments central = detect(bins, {}, std::vector<double>(paths.size(), 0.).data());
    PrimaryField field{blank(view), blank(view), blank(view), central.variance / central.signal};
    parallel_for(view.height_px, 4, [&](int64_t begin, int64_t end) {
        std::vector<double> area(paths.size()), nothing(paths.size(), 0.);
        for (int row = int(begin); row < int(end); ++row)
            for (int column = 0; column < view.width_px; ++column) {
                for (size_t k = 0; k < paths.size(); ++k)
                    area[k] = .1 * double(paths[k].density_mm.view<float>()(row, column));
                const Beamlet beam = geometry.at(row, column);
                const Moments m = detect(bins, beam, area.data());
                field.signal.view<float>()(row, column) = float(m.signal);
                field.variance.view<float>()(row, column) = float(m.variance);
                field.open.view<float>()(row, column) = float(detect(bins, beam, nothing.data()).signal);
            }
    });
    return field;
}

Image two_gaussians(const Image& image, double narrow_px, double wide_px, double wide_share) {
    Image narrow = gaussian_blur(image, narrow_px);
    const Image wide = gaussian_blur(image, wide_px);
    const Span<float> out = narrow.values<float>();
    for (size_t i = 0; i < out.size(); ++i)
        out[i] = float((1 - wide_share) * double(out[i]) + wide_share * double(wide.values<float>()[i]));
    return narrow;
}

Image scatter_of(const Image& primary, const Image& open, const ScatterKernel& s, double pitch_mm) {
    Image source = primary;
    const Span<float> values = source.values<float>();
    const Span<const float> reference = open.values<float>();
    for (size_t i = 0; i < values.size(); ++i) {
        const double p = double(values[i]), o = double(reference[i]);
        values[i] =
            p > 0 && p < o
                ? float(s.amplitude * p * std::pow(p / o, s.alpha) * std::pow(std::log(o / p), s.beta))
                : 0.f;  // nothing in the way scatters nothing
    }
    return two_gaussians(source, s.narrow_sigma_mm / pitch_mm, s.wide_sigma_mm / pitch_mm, s.wide_share);
}

void scale(Image& image, double factor) {
    for (float& v : image.values<float>()) v = float(double(v) * factor);
}

// Poisson numbers of quanta whose size gives the primary its variance, or the open beam where only scatter
// arrives.
Image draw_quanta(const Image& mean, const PrimaryField& field, double swank, const NoiseKey& key) {
    Image out = mean;
    const Span<float> values = out.values<float>();
    const Span<const float> s = field.signal.values<float>(), v = field.variance.values<float>();
    parallel_for(int64_t(values.size()), 4096, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            const size_t k = size_t(i);
            if (!(values[k] > 0)) continue;
            const double quantum = (s[k] > 0 ? double(v[k]) / double(s[k]) : field.open_quantum) / swank;
            PixelRng rng(key, uint32_t(i));
            values[k] = float(quantum * rng.poisson(double(values[k]) / quantum));
        }
    });
    return out;
}

void add_electronic(Image& image, const DetectorNoise& noise) {
    // Its own view number space: the top bit is never set in a quantum noise key.
    const NoiseKey key{noise.key.seed, noise.key.view | uint64_t(1) << 63};
    const Span<float> values = image.values<float>();
    for (size_t i = 0; i < values.size(); ++i)
        values[i] += float(noise.electronic_kev * PixelRng(key, uint32_t(i)).normal());
}

}  // namespace

void ExposureSettings::validate() const {
    spectrum.validate();
    in_range("photons_per_pixel", photons_per_pixel, 1e-6, 1e12);
    if (heel) {
        in_range("heel anode_angle_deg", heel->anode_angle_deg, 5, 30);
        in_range("heel depth_um", heel->depth_um, 0, 50);
        in_range("heel direction length", length(heel->towards_anode), 1e-9, 1e9);
    }
    if (collimator) {
        in_range("collimator width_mm", collimator->width_mm, 0, 1e4);
        in_range("collimator height_mm", collimator->height_mm, 0, 1e4);
        in_range("collimator penumbra_mm", collimator->penumbra_mm, 0, 1e3);
    }
    if (focal_spot) {
        in_range("focal spot width_mm", focal_spot->width_mm, 0, 10);
        in_range("focal spot height_mm", focal_spot->height_mm, 0, 10);
        in_range("focal spot magnification", focal_spot->magnification, 1, 100);
    }
    if (scatter) {
        in_range("scatter amplitude", scatter->amplitude, 0, 100);
        in_range("scatter alpha", scatter->alpha, -.9, 5);
        in_range("scatter beta", scatter->beta, 0, 5);
        in_range("scatter narrow_sigma_mm", scatter->narrow_sigma_mm, 0, 1e3);
        in_range("scatter wide_sigma_mm", scatter->wide_sigma_mm, 0, 1e3);
        in_range("scatter wide_share", scatter->wide_share, 0, 1);
    }
    if (grid) {
        in_range("grid primary_transmission", grid->primary_transmission, 0, 1);
        in_range("grid scatter_transmission", grid->scatter_transmission, 0, 1);
    }
    if (scintillator) {
        in_range("scintillator thickness_mm", scintillator->thickness_mm, 1e-3, 10);
        in_range("scintillator swank", scintillator->swank, .1, 1);
        in_range("scintillator narrow_sigma_mm", scintillator->narrow_sigma_mm, 0, 100);
        in_range("scintillator wide_sigma_mm", scintillator->wide_sigma_mm, 0, 100);
        in_range("scintillator wide_share", scintillator->wide_share, 0, 1);
    }
    if (noise) {
        in_range("noise electronic_kev", noise->electronic_kev, 0, 1e12);
        in_range("noise view", double(noise->key.view), 0, 0x1p62);
    }
}

Exposure expose(const View& view, Span<const MaterialPath> paths, const ExposureSettings& settings) {
    view.validate();
    settings.validate();
    for (const MaterialPath& path : paths)
        if (path.density_mm.type != PixelType::F32 || path.density_mm.channels != 1 ||
            path.density_mm.height_px != view.height_px || path.density_mm.width_px != view.width_px)
            throw Error(ErrorKind::BadData, "material path does not fit the view").where("x-ray exposure");

    const double pitch_mm = length(view.column_step_mm), pitch_y_mm = length(view.row_step_mm);
    PrimaryField field = primary_field(view, paths, settings);
    if (settings.focal_spot) {
        const FocalSpot& f = *settings.focal_spot;
        const double width_px = f.width_mm * (f.magnification - 1) / pitch_mm;
        const double height_px = f.height_mm * (f.magnification - 1) / pitch_y_mm;
        for (Image* const image : {&field.signal, &field.variance, &field.open})
            *image = box_blur(*image, width_px, height_px);
    }
    Exposure out;
    out.flat = field.open;
    out.scatter =
        settings.scatter ? scatter_of(field.signal, field.open, *settings.scatter, pitch_mm) : blank(view);
    out.primary = field.signal;
    if (settings.grid) {
        scale(out.primary, settings.grid->primary_transmission);
        scale(out.flat, settings.grid->primary_transmission);
        scale(out.scatter, settings.grid->scatter_transmission);
    }
    out.noise_free = out.primary;
    for (size_t i = 0; i < out.noise_free.value_count(); ++i)
        out.noise_free.values<float>()[i] += out.scatter.values<float>()[i];

    const bool of_light = settings.scintillator && !settings.scintillator->counting;
    const double swank = of_light ? settings.scintillator->swank : 1;
    out.signal =
        settings.noise ? draw_quanta(out.noise_free, field, swank, settings.noise->key) : out.noise_free;
    if (settings.scintillator) {
        const Scintillator& s = *settings.scintillator;
        const auto light = [&](const Image& image) {
            return two_gaussians(image, s.narrow_sigma_mm / pitch_mm, s.wide_sigma_mm / pitch_mm,
                                 s.wide_share);
        };
        out.signal = light(out.signal);
        out.noise_free = light(out.noise_free);
        out.flat = light(out.flat);
    }
    if (settings.noise) add_electronic(out.signal, *settings.noise);
    return out;
}

}  // namespace radforge::xray
