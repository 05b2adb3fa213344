// SPDX-License-Identifier: Apache-2.0
// Doc3D as the loaders of DewarpNet, PaperEdge, DocTr and UVDoc read it (cvlab-stonybrook/DewarpNet loaders/,
// tanguymagne/UVDoc data_doc3D.py). They hard-code 448 pixels, the ranges of wc and the names of the lists,
// and look for augtexnames.txt at root[:-7], beside a root whose name has six letters: ours is called as
// theirs.
#include "synth/base/error.h"
#include "synth/export/aligned_maps.h"
#include "synth/export/checkerboard.h"
#include "synth/export/files.h"
#include "synth/export/layout.h"
#include "synth/export/table_texture.h"
#include "synth/shard/codec.h"

#include <fmt/format.h>

namespace radforge::exporter {
namespace {

const std::string kRoot = "swat3d/";
constexpr int kSize = 448, kGridRows = 45, kGridColumns = 31, kSquares = 48, kTextures = 16;
constexpr int kSamplesPerFolder = 1000;
// loaders/doc3dwc_loader.py: xmx, xmn, ymx, ymn, zmx, zmn
constexpr double kLeast[] = {-1.2442188, -1.2289206, -0.67492497},
                 kMost[] = {1.2539363, 1.2396319, 0.6436657};

std::string folder_of(uint64_t index) { return std::to_string(index / kSamplesPerFolder + 1); }
std::string stem_of(const std::string& key) {
    return key + "_";
}  // loaders cut the last four characters of the id
std::string name_of(const SampleId& id) { return folder_of(id.index) + "/" + stem_of(id.key) + "0001"; }

void expect_in_range(const Bounds& bounds) {
    for (int k = 0; k < 3; ++k)
        if (bounds.least[k] < kLeast[k] || bounds.most[k] > kMost[k])
            throw Error(ErrorKind::BadData, "the sheet leaves the box that the loaders normalise wc with")
                .got(fmt::format("{} in [{:.3f}, {:.3f}]", "xyz"[k], bounds.least[k], bounds.most[k]))
                .expected(fmt::format("[{:.3f}, {:.3f}]", kLeast[k], kMost[k]));
}

class Doc3d final : public Layout {
public:
    explicit Doc3d(const LayoutOptions& options) : options_(options) {}

    void check(const DatasetPlan& plan) const override {
        if (options_.any_size) return;
        for (const FieldSpec& spec : plan.fields)
            if (spec.name == "photo" && (spec.shape.at(0) != kSize || spec.shape.at(1) != kSize))
                throw Error(ErrorKind::Usage, "loaders of Doc3D have 448 x 448 in their code")
                    .where(plan.directory)
                    .got(fmt::format("photos of {} x {}", spec.shape[1], spec.shape[0]))
                    .hint(
                        "make the set with camera.width_px=448 camera.height_px=448, or add --any-size for "
                        "loaders that resize");
    }

    std::string last_file(const SampleId& sample) const override {
        return kRoot + "img/" + name_of(sample) + ".png";
    }

    std::vector<OutputFile> files(const FilmSample& film) const override {
        const SampleId id{film.key, film.split, film.index};
        const std::string name = name_of(id);
        expect_margin(film);
        const Aligned aligned = align(film);
        const Doc3dFrame frame(film, aligned);
        const Image wc = doc3d_wc(film, frame);
        expect_in_range(bounds_of(wc, film.mask));
        const std::string chess =
            shard::encode_png(film.checker ? *film.checker : checkerboard_albedo(film, kSquares));
        const std::string chess_name = stem_of(film.key) + "chess480001.png";
        const std::string recon = kRoot + "recon/" + folder_of(film.index) + "/";
        Image grid = bm_in_pixels(film);
        to_448(grid, film.photo);
        return {
            {kRoot + "uv/" + name + ".exr", encode_exr_rgb(uv_up(film))},
            {kRoot + "wc/" + name + ".exr", encode_exr_rgb(wc)},
            {kRoot + "norm/" + name + ".exr", encode_exr_rgb(doc3d_normal(film, frame))},
            {kRoot + "dmap/" + name + ".exr", encode_exr_rgb(doc3d_depth(film, frame))},
            {kRoot + "alb/" + name + ".png", shard::encode_png(film.albedo)},
            {kRoot + "bm/" + name + ".mat", encode_mat("bm", backward_map(grid))},
            {kRoot + "grid2D/" + name + ".mat",
             encode_mat("grid2D", resample(grid, kGridRows, kGridColumns, Nodes::Corners))},
            {kRoot + "grid3D/" + name + ".mat", encode_mat("grid3D", grid3d(aligned, frame))},
            {recon + chess_name, chess},
            {recon + "chess48/" + chess_name, chess},
            {last_file(id), shard::encode_png(film.photo)},
        };
    }

    std::vector<OutputFile> set_files(const std::vector<SampleId>& samples,
                                      const std::string&) const override {
        std::string train, val, test;
        for (const SampleId& id : samples)
            (id.split == "train" ? train : id.split == "val" ? val : test) += name_of(id) + "\n";
        std::vector<OutputFile> out = {{kRoot + "train.txt", train},
                                       {kRoot + "val.txt", val},
                                       {kRoot + "traindoc.txt", train},
                                       {kRoot + "valdoc3D.txt", val},
                                       {kRoot + "test.txt", test}};
        std::string names;
        for (int i = 0; i < kTextures; ++i) {
            const std::string name = fmt::format("augtex/{:02d}.png", i);
            out.push_back({name, shard::encode_png(table_texture(kSize, uint64_t(i)))});
            names += name + "\n";
        }
        out.push_back({"augtexnames.txt", names});
        return out;
    }

private:
    /// Pixels of the photo to the loaders' 448.
    static void to_448(Image& map, const Image& photo) {
        const auto out = map.view<float>();
        for (int r = 0; r < map.height_px; ++r)
            for (int c = 0; c < map.width_px; ++c) {
                out(r, c, 0) = float(double(out(r, c, 0)) * kSize / photo.width_px);
                out(r, c, 1) = float(double(out(r, c, 1)) * kSize / photo.height_px);
            }
    }

    Image backward_map(const Image& grid) const {
        Image bm = resample(grid, kSize, kSize, options_.doc3d_legacy ? Nodes::Ends : Nodes::Centres);
        if (options_.doc3d_legacy)
            for (float& value : bm.values<float>()) value += 0.5f;
        return bm;
    }

    /// wc at the nodes, in OpenCV's order (z, y, x), as UVDoc's issues 4 and 5 make it.
    static Image grid3d(const Aligned& aligned, const Doc3dFrame& frame) {
        Image grid = resample(aligned.wc_grid, kGridRows, kGridColumns, Nodes::Corners);
        const auto out = grid.view<float>();
        for (int r = 0; r < kGridRows; ++r)
            for (int c = 0; c < kGridColumns; ++c) {
                const Vec3d p = frame.point({out(r, c, 0), out(r, c, 1), out(r, c, 2)});
                for (int k = 0; k < 3; ++k) out(r, c, k) = float(p[2 - k]);
            }
        return grid;
    }

    LayoutOptions options_;
};

}  // namespace

std::unique_ptr<Layout> make_doc3d_layout(const LayoutOptions& options) {
    return std::make_unique<Doc3d>(options);
}

}  // namespace radforge::exporter
