// SPDX-License-Identifier: Apache-2.0
#include "synth/export/files.h"

#include "synth/export/checkerboard.h"
#include "synth/export/table_texture.h"
#include "tests/synth/export/film_set.h"
#include "tests/synth/shard/scratch.h"

#include <OpenImageIO/imageio.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <cstring>
#include <set>

namespace radforge::exporter {
namespace {

Image numbered(int h, int w, int channels) {
    Image image(h, w, channels, PixelType::F32, ColorSpace::Data);
    for (size_t i = 0; i < image.value_count(); ++i) image.values<float>()[i] = float(i) + 0.25f;
    return image;
}

struct MatFile {
    std::vector<hsize_t> shape;
    std::vector<double> values;
    std::string kind;
};
MatFile read_mat(const std::string& path, const char* name) {
    MatFile mat;
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    EXPECT_GE(file, 0);
    const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(dataset);
    mat.shape.resize(size_t(H5Sget_simple_extent_ndims(space)));
    H5Sget_simple_extent_dims(space, mat.shape.data(), nullptr);
    size_t count = 1;
    for (const hsize_t n : mat.shape) count *= size_t(n);
    mat.values.resize(count);
    EXPECT_GE(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, mat.values.data()), 0);
    const hid_t attribute = H5Aopen(dataset, "MATLAB_class", H5P_DEFAULT), type = H5Aget_type(attribute);
    mat.kind.resize(H5Tget_size(type));
    H5Aread(attribute, type, mat.kind.data());
    H5Tclose(type), H5Aclose(attribute), H5Sclose(space), H5Dclose(dataset), H5Fclose(file);
    return mat;
}

TEST(MatFile, IsReversedAsMatlabStoresItAndNamesItsClass) {
    const test::Scratch scratch;
    const Image image = numbered(3, 5, 2);
    test::spill(scratch / "a.mat", encode_mat("bm", image));
    const MatFile mat = read_mat(scratch / "a.mat", "bm");
    EXPECT_EQ(mat.shape, (std::vector<hsize_t>{2, 5, 3}));
    EXPECT_EQ(mat.kind, "double");
    for (int r = 0; r < 3; ++r)
        for (int c = 0; c < 5; ++c)
            for (int k = 0; k < 2; ++k)
                EXPECT_EQ(mat.values[size_t((k * 5 + c) * 3 + r)], double(image.view<float>()(r, c, k)));
}

TEST(MatFile, OneChannelIsAMatrix) {
    const test::Scratch scratch;
    test::spill(scratch / "a.mat", encode_mat("seg", numbered(3, 5, 1)));
    EXPECT_EQ(read_mat(scratch / "a.mat", "seg").shape, (std::vector<hsize_t>{5, 3}));
}

TEST(MatFile, HeaderIsThatOfVersion73AndBytesRepeat) {
    const std::string bytes = encode_mat("bm", numbered(4, 4, 2));
    EXPECT_EQ(bytes.compare(0, 19, "MATLAB 7.3 MAT-file"), 0);
    EXPECT_EQ(bytes.substr(124, 4), std::string("\x00\x02IM", 4));
    EXPECT_EQ(bytes.substr(512, 8), "\x89HDF\r\n\x1a\n");
    EXPECT_EQ(bytes, encode_mat("bm", numbered(4, 4, 2)));
}

TEST(ExrFile, ThreeChannelsOfFloatsInOrderAndNothingElse) {
    const test::Scratch scratch;
    const Image image = numbered(6, 4, 3);
    const std::string bytes = encode_exr_rgb(image);
    EXPECT_EQ(bytes, encode_exr_rgb(image));
    test::spill(scratch / "a.exr", bytes);
    const auto input = OIIO::ImageInput::open(scratch / "a.exr");
    ASSERT_TRUE(input);
    const OIIO::ImageSpec& spec = input->spec();
    EXPECT_EQ(spec.nchannels, 3);
    EXPECT_EQ(spec.channelnames, (std::vector<std::string>{"R", "G", "B"}));
    EXPECT_EQ(spec.format, OIIO::TypeDesc(OIIO::TypeDesc::FLOAT));
    EXPECT_EQ(spec.get_string_attribute("DateTime"), "");
    std::vector<float> values(image.value_count());
    ASSERT_TRUE(input->read_image(0, 0, 0, 3, OIIO::TypeDesc::FLOAT, values.data()));
    EXPECT_EQ(std::memcmp(values.data(), image.bytes.data(), image.bytes.size()), 0);
}

TEST(ExrFile, PartsKeepNamesAndSizes) {
    const test::Scratch scratch;
    test::spill(scratch / "a.exr", encode_exr({{"photo", {"R", "G", "B", "depth.Z"}, numbered(6, 4, 4)},
                                               {"bm", {"X", "Y"}, numbered(3, 9, 2)}}));
    const auto input = OIIO::ImageInput::open(scratch / "a.exr");
    ASSERT_TRUE(input);
    EXPECT_EQ(input->spec(0).get_string_attribute("oiio:subimagename"), "photo");
    EXPECT_EQ(input->spec(0).channelnames.back(), "depth.Z");
    EXPECT_EQ(input->spec(1).get_string_attribute("oiio:subimagename"), "bm");
    EXPECT_EQ(input->spec(1).width, 9);
    std::vector<float> values(27 * 2);
    ASSERT_TRUE(input->read_image(1, 0, 0, 2, OIIO::TypeDesc::FLOAT, values.data()));
    EXPECT_EQ(values[5], 5.25f);
}

TEST(NpzFile, NumpyReadsOneArray) {
    const test::Scratch scratch;
    test::spill(scratch / "warped_UV.npz", encode_npz("warped_UV", numbered(2, 3, 4)));
    const auto read = test::shell(
        "/usr/bin/python3 -c \"import numpy as np; a = np.load('" + (scratch / "warped_UV.npz") +
        "'); print(list(a), a['warped_UV'].shape, a['warped_UV'].dtype, a['warped_UV'][1, 2, 3])\"");
    EXPECT_EQ(read.exit_code, 0) << read.output;
    EXPECT_EQ(read.output, "['warped_UV'] (2, 3, 4) float32 23.25\n");
    EXPECT_EQ(test::shell("/usr/bin/python3 -m zipfile -t " + (scratch / "warped_UV.npz")).exit_code, 0);
}

TEST(Checkerboard, SquaresFollowTheFilmAndAreGreyWhereTooSmallToSee) {
    test::BentFilm shape;
    shape.width_px = 160, shape.height_px = 180;
    const DatasetPlan plan = test::film_plan(shape, "nowhere", 1);
    const FilmSample film = film_sample(test::film_member_set(shape, plan, 0, "train"), plan);
    const Image board = checkerboard_albedo(film, 4), fine = checkerboard_albedo(film, 4000);
    const auto mask = film.mask.view<uint8_t>(), out = board.view<uint8_t>();
    const auto uv = film.uv.view<float>();
    int checked = 0;
    for (int r = 0; r < board.height_px; ++r)
        for (int c = 0; c < board.width_px; ++c) {
            if (!mask(r, c)) {
                EXPECT_EQ(out(r, c, 1), 0);
                continue;
            }
            EXPECT_NEAR(fine.view<uint8_t>()(r, c, 0), 180, 12);
            const double u = double(uv(r, c, 0)) * 4, v = double(uv(r, c, 1)) * 4;
            if (std::abs(u - std::round(u)) < 0.1 || std::abs(v - std::round(v)) < 0.1) continue;
            const bool white = (int(u) + int(v)) % 2 == 0;
            EXPECT_EQ(out(r, c, 0), quantize_u8(srgb_from_linear(white ? 0.9f : 0.02f)));
            ++checked;
        }
    EXPECT_GT(checked, 3000);
}

TEST(TableTexture, NumbersDifferAndRepeat) {
    std::set<std::string> seen;
    for (uint64_t i = 0; i < 6; ++i) {
        const Image image = table_texture(32, i);
        EXPECT_EQ(image.bytes, table_texture(32, i).bytes);
        seen.insert(std::string(reinterpret_cast<const char*>(image.bytes.data()), image.bytes.size()));
    }
    EXPECT_EQ(seen.size(), 6u);
}

}  // namespace
}  // namespace radforge::exporter
