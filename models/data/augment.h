// SPDX-License-Identifier: Apache-2.0
/// Film samples as FIReNet wants them (models.md 1.1 and 1.3): cropped to the film, all maps in [-1,1], and
/// in training another crop, background, light and compression every epoch. The maps follow the crop exactly.
#pragma once
#include "models/data/loader.h"
#include "models/data/resample.h"
#include "synth/config/schema.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace radforge::loader {

struct AugmentConfig {
    int size_px = 256;
    int pad_px = 20;
    double film_px = 0;
    Dist<int> recrop_px = Dist<int>::uniform(0, 15);
    double background_texture = 0.7, background_flat = 0.1;
    double no_film = 0;
    Dist<double> contrast = Dist<double>::uniform(0.8, 1.2);
    Dist<double> brightness = Dist<double>::uniform(-0.2, 0.2);
    Dist<int> jpeg_quality = Dist<int>::uniform(60, 95);
    Dist<double> noise = Dist<double>::uniform(0, 0.02);

    template <class V>
    void visit(V& v) {
        v("size_px", size_px, "px", Range{16, 4096}, "side of the square that the network sees");
        v("pad_px", pad_px, "px", Range{0, 1000}, "kept around the film, in pixels of the photo");
        v("film_px", film_px, "px", Range{0., 1e5},
          "side of the films in the photos that pad_px is for, mean of width and height; 0 = of the training "
          "data");
        v("recrop_px", recrop_px, "px", Range{0, 1000},
          "cut off each side again, drawn four times; at most pad_px");
        v("background_texture", background_texture, "", Range{0., 1.},
          "chance of a made background with texture");
        v("background_flat", background_flat, "", Range{0., 1.}, "chance of a background of one colour");
        v("no_film", no_film, "", Range{0., 1.},
          "chance of a picture of the background alone, from which a network learns to see no film");
        v("contrast", contrast, "", Range{0.1, 10.}, "factor on the photo about mid-grey");
        v("brightness", brightness, "", Range{-1., 1.}, "added to the photo in [0,1]");
        v("jpeg_quality", jpeg_quality, "", Range{0, 100},
          "the photo is compressed once more; 0 = it is not");
        v("noise", noise, "", Range{0., 1.}, "deviation of Gaussian noise on the photo in [0,1]");
    }
};

/// Lowest and highest value over the whole dataset of wc's three axes and of depth: what [-1,1] stands for,
/// and along which axes. Part of a trained model.
struct FilmRanges {
    /// World: as stored, y up, depth from the camera. Camera: x right, y up, z to the camera, depth beyond
    /// the film's middle; the farthest of wc's ranges is that of all four.
    enum class Axes { World, Camera };
    std::array<double, 4> low{}, high{};
    Axes axes = Axes::World;
    /// From stats.json of a film dataset. @throws Error when it is missing or of another kind
    static FilmRanges of_dataset(const std::string& directory);
};

/// Fields of one sample after the transform, [C,S,S]: photo 3 [-1,1], wc 3, depth 1, normal 3, bg 1 (-1 or
/// 1), uv 2, df 2, albedo 3 [0,1], bm 2 (NaN where the texel is not seen). 0 outside the film in wc, depth,
/// normal, uv, df; a picture without film is 0 in albedo as well and NaN in all of bm.
class FilmTransform final : public Transform {
public:
    enum class Mode { Train, Validate };  ///< Validate: the padded crop alone, nothing random
    /// @throws Error when recrop_px may exceed pad_px: the film would be cut
    FilmTransform(AugmentConfig config, FilmRanges ranges, Mode mode);

    /// photo, mask, uv, wc, depth, normal, albedo, bm: load in this order.
    static std::vector<std::string> inputs();
    std::vector<std::pair<std::string, Shape>> outputs(
        const std::vector<std::pair<std::string, Shape>>& in) const override;
    void apply(const std::vector<FieldBlock>& in, Rng& rng, const std::vector<float*>& out) const override;
    /// The camera's axes are told by meta.json.
    bool reads_meta() const override { return ranges_.axes == FilmRanges::Axes::Camera; }
    void apply_with_meta(const std::vector<FieldBlock>& in, const std::string& meta, Rng& rng,
                         const std::vector<float*>& out) const override;

private:
    AugmentConfig config_;
    FilmRanges ranges_;
    Mode mode_;
};

/// The rectangle of the photo around the film: bounding box of the mask and `pad_px`, then `cut_px` off left,
/// top, right, bottom; inside the photo. @throws Error when there is no film
Crop film_crop(Span<const float> mask, const Shape& shape, int pad_px, const std::array<int, 4>& cut_px);

/// Mean of width and height of the films in the photos that are for training, over some of each set, evenly
/// spread. Damaged samples, and photos without a film, are left for the loader to speak of.
/// @param tolerant  as of Source
/// @throws Error when there is nothing to measure
double mean_film_px(const std::vector<std::string>& directories, bool tolerant);

/// The largest square of the photo beside the film's bounding box, at `part` (0..1) of the way along it;
/// empty where it would be smaller than `least_px`.
std::optional<Crop> crop_beside_film(Span<const float> mask, const Shape& shape, int least_px, double part);

/// Moves positions of a backward map, normalised by the edges of the photo, to those of a crop of it.
void crop_backward_map(Span<float> bm, const Shape& photo, const Crop& crop);

}  // namespace radforge::loader
