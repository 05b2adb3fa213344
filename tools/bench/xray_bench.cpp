// SPDX-License-Identifier: Apache-2.0
// CPU cost of the x-ray projector, with what it is measured against in the same run: a plain scalar Joseph
// loop, and `plastimatch drr -i exact` where that program is installed. Times are CPU seconds of one thread,
// the least of several repeats; errors are RMS over RMS against closed-form line integrals. Then the errors
// of every method over sets of views, and Siddon's beside plastimatch's view by view.
//
//   xray_bench [views per batch, default 16]
#include "render/xray/lattice_view.h"
#include "render/xray/projector.h"
#include "synth/base/cpu_clock.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "tests/render/xray/blobs.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

using namespace radforge;
using namespace radforge::xray;

constexpr double kEdgeMm = 256;
constexpr int kRepeats = 5;

double child_seconds() {
    rusage used{};
    getrusage(RUSAGE_CHILDREN, &used);
    return double(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           1e-6 * double(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

struct Result {
    double seconds_per_image = 1e9, error = 0;
};

void print(const char* name, const Result& r, double baseline_s) {
    std::printf("  %-34s %9.3f ms  %8.1f images/core-s  %6.1f x  error %.2e\n", name,
                r.seconds_per_image * 1e3, 1 / r.seconds_per_image, baseline_s / r.seconds_per_image,
                r.error);
}

template <class Project>
Result measure(const std::vector<View>& views, const std::vector<Image>& truth, Project project) {
    Result result;
    for (int i = 0; i < kRepeats; ++i) {
        const double start = process_cpu_s();
        const std::vector<Image> images = project();
        result.seconds_per_image =
            std::min(result.seconds_per_image, (process_cpu_s() - start) / double(views.size()));
        result.error = testing::relative_error(images, truth);
    }
    return result;
}

Result measure(const Grid& grid, const std::vector<View>& views, const std::vector<Image>& truth,
               Method method) {
    ProjectorOptions options;
    options.method = method;
    const auto projector = make_projector(grid, options);
    return measure(views, truth, [&] { return projector->project(views); });
}

// One ray after the other, straight from the voxels: the loop that everybody writes.
Result measure_plain(const Grid& grid, const std::vector<View>& views, const std::vector<Image>& truth) {
    std::vector<float> padded(size_t(grid.nx + 2) * size_t(grid.ny + 2) * size_t(grid.nz + 2), 0.f);
    const kernel::DenseField field{
        padded.data(), {grid.nx, grid.ny, grid.nz}, {1, grid.nx + 2, (grid.nx + 2) * (grid.ny + 2)}};
    for (int z = 0; z < grid.nz; ++z)
        for (int y = 0; y < grid.ny; ++y)
            for (int x = 0; x < grid.nx; ++x)
                padded[size_t((z + 1) * field.stride[2] + (y + 1) * field.stride[1] + x + 1)] =
                    grid.at(x, y, z);
    return measure(views, truth, [&] {
        std::vector<Image> images;
        for (const View& view : views) {
            const kernel::LatticeView v = lattice_view(view, grid);
            images.emplace_back(view.height_px, view.width_px, 1, PixelType::F32, ColorSpace::Data);
            float* out = images.back().values<float>().data();
            for (int r = 0; r < view.height_px; ++r)
                for (int c = 0; c < view.width_px; ++c)
                    *out++ = kernel::joseph_integral(field,
                                                     kernel::joseph_line(kernel::line_of(v, r, c), field.n));
        }
        return images;
    });
}

Result table(const char* title, const Grid& grid, const testing::Phantom& phantom,
             const std::vector<View>& views) {
    const std::vector<Image> truth = testing::exact_images(phantom, views);
    std::printf("%s\n", title);
    const Result plain = measure_plain(grid, views, truth);
    print("plain scalar Joseph", plain, plain.seconds_per_image);
    Result fast;
    const std::pair<const char*, Method> methods[] = {{"march, 128 steps", Method::March},
                                                      {"siddon", Method::Siddon},
                                                      {"joseph", Method::Joseph},
                                                      {"shearwarp", Method::ShearWarp}};
    for (const auto& [name, method] : methods) {
        fast = measure(grid, views, truth, method);
        print(name, fast, plain.seconds_per_image);
    }
    std::printf("  shearwarp's error is %.2f of plain Joseph's\n", fast.error / plain.error);
    return fast;
}

// MetaImage file of the grid, float voxels.
void write_mha(const Grid& grid, const std::string& path) {
    std::ofstream out(path, std::ios::binary);
    const Mat3d& m = grid.step_mm;
    out << "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = "
           "False\nTransformMatrix = 1 0 0 0 1 0 0 "
           "0 1\nOffset = "
        << grid.origin_mm.x << ' ' << grid.origin_mm.y << ' ' << grid.origin_mm.z
        << "\nElementSpacing = " << m.rows[0].x << ' ' << m.rows[1].y << ' ' << m.rows[2].z
        << "\nDimSize = " << grid.nx << ' ' << grid.ny << ' ' << grid.nz
        << "\nElementType = MET_FLOAT\nElementDataFile = LOCAL\n";
    out.write(reinterpret_cast<const char*>(grid.values.data()),
              std::streamsize(grid.values.size() * sizeof(float)));
    if (!out) throw Error(ErrorKind::Failed, "cannot write").where(path);
}

bool has_plastimatch() { return std::system("command -v plastimatch >/dev/null 2>&1") == 0; }

/// A folder that goes with its owner.
class Scratch {
public:
    Scratch()
        : path_(std::filesystem::temp_directory_path() / ("xray_bench_" + std::to_string(long(getpid())))) {
        std::filesystem::create_directories(path_);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

// CPU seconds of one run over `count` gantry angles.
double run_plastimatch(const std::string& folder, int count, int side_px, double detector_mm) {
    const std::string command = "plastimatch drr -A cpu -i exact -P none -t raw -a " + std::to_string(count) +
                                " -N 4 -y 0.5 --sad 1000 --sid 1500 -r '" + std::to_string(side_px) + " " +
                                std::to_string(side_px) + "' -z '" + std::to_string(detector_mm) + " " +
                                std::to_string(detector_mm) + "' -O " + folder + "/p -I " + folder +
                                "/v.mha >" + folder + "/log 2>&1";
    const double start = child_seconds();
    if (std::system(command.c_str()) != 0)
        throw Error(ErrorKind::Failed, "plastimatch failed").where(folder + "/log");
    return child_seconds() - start;
}

void against_plastimatch(const Grid& grid, int side_px, double fast_s) {
    if (!has_plastimatch()) {
        std::printf("  plastimatch is not installed: no ratio\n");
        return;
    }
    const Scratch folder;
    write_mha(grid, folder.path() + "/v.mha");
    constexpr int few = 1, many = 9;
    double per_image = 1e9;
    for (int i = 0; i < 2; ++i) {  // the difference of two runs leaves the start-up out
        const double short_run = run_plastimatch(folder.path(), few, side_px, 1.5 * kEdgeMm);
        const double long_run = run_plastimatch(folder.path(), many, side_px, 1.5 * kEdgeMm);
        per_image = std::min(per_image, (long_run - short_run) / (many - few));
    }
    std::printf("  %-34s %9.3f ms  %8.1f images/core-s\n", "plastimatch drr, exact", per_image * 1e3,
                1 / per_image);
    std::printf("  shearwarp is %.1f times plastimatch\n", per_image / fast_s);
}

double error_of(const Grid& grid, const testing::Phantom& phantom, const std::vector<View>& views,
                Method method) {
    ProjectorOptions options;
    options.method = method;
    return testing::relative_error(make_projector(grid, options)->project(views),
                                   testing::exact_images(phantom, views));
}

void error_table(const char* title, const Grid& grid, const testing::Phantom& phantom) {
    const std::vector<View> half_sphere = testing::hemisphere_views(24, kEdgeMm, 256),
                            axes = testing::axis_views(kEdgeMm, 256);
    std::vector<View> together = half_sphere;
    together.insert(together.end(), axes.begin(), axes.end());
    const std::pair<const char*, std::vector<View>> sets[] = {
        {"parallel, 24 of the half sphere", half_sphere},
        {"parallel, 6 axes", axes},
        {"parallel, all 30", together},
        {"parallel, 6 axes, 128^2 pixels", testing::axis_views(kEdgeMm, 128)},
        {"cone, 24 of the half sphere", testing::as_cones(half_sphere, kEdgeMm)},
        {"cone, 6 axes", testing::as_cones(axes, kEdgeMm)},
        {"cone, all 30", testing::as_cones(together, kEdgeMm)}};
    std::printf("%s\n  %-34s %9s %9s %9s %9s\n", title, "", "march", "joseph", "shearwarp", "siddon");
    for (const auto& [name, views] : sets) {
        std::printf("  %-34s", name);
        for (const Method method : {Method::March, Method::Joseph, Method::ShearWarp, Method::Siddon})
            std::printf(" %9.2e", error_of(grid, phantom, views, method));
        std::printf("\n");
    }
}

// Error of plastimatch's Siddon for one cone view through the middle of the world.
double plastimatch_error(const std::string& folder, const View& view, const testing::Phantom& phantom,
                         Vec3d up) {
    const Vec3d towards = view.source_mm, beam = view.detector_centre_mm() - view.source_mm;
    char command[1024];
    std::snprintf(
        command, sizeof command,
        "plastimatch drr -A cpu -i exact -P none -t raw --nrm '%.9f %.9f %.9f' --vup '%g %g %g' "
        "--sad %.6f --sid %.6f -r '%d %d' -z '%.6f %.6f' -o '0 0 0' -O %s/e -I %s/v.mha >%s/log 2>&1",
        towards.x / length(towards), towards.y / length(towards), towards.z / length(towards), up.x, up.y,
        up.z, length(towards), length(beam), view.height_px, view.width_px,
        length(view.row_step_mm) * view.height_px, length(view.column_step_mm) * view.width_px,
        folder.c_str(), folder.c_str(), folder.c_str());
    if (std::system(command) != 0)
        throw Error(ErrorKind::Failed, "plastimatch failed").where(folder + "/log");
    Image image(view.height_px, view.width_px, 1, PixelType::F32, ColorSpace::Data);
    std::ifstream in(folder + "/e0000.raw", std::ios::binary);
    in.read(reinterpret_cast<char*>(image.values<float>().data()),
            std::streamsize(image.value_count() * sizeof(float)));
    if (!in) throw Error(ErrorKind::Failed, "plastimatch left no image").where(folder + "/e0000.raw");
    for (float& v : image.values<float>()) v *= 10;  // it integrates over cm
    return testing::relative_error({image}, {testing::exact_image(phantom, view)});
}

// Parallel beams of plastimatch: a source 100 m away.
void siddon_beside_plastimatch(const Grid& grid, const testing::Phantom& phantom) {
    if (!has_plastimatch()) return;
    const Scratch folder;
    write_mha(grid, folder.path() + "/v.mha");
    std::printf("siddon on single views, 128^3 voxels, 256^2 pixels\n");
    const std::pair<const char*, Vec3d> directions[] = {{"along x", {1, 0, 0}},
                                                        {"along y", {0, 1, 0}},
                                                        {"along z", {0, 0, 1}},
                                                        {"30 degrees about z", {std::sqrt(.75), .5, 0}},
                                                        {"oblique", normalized(Vec3d{.5, .3, .7})}};
    for (const double source_mm : {1e5, 1e3})
        for (const auto& [name, direction] : directions) {
            const double detector_mm = source_mm + 500;
            const Vec3d up = direction.z > .99 ? Vec3d{0, 1, 0} : Vec3d{0, 0, 1};
            const View view = cone_view(-source_mm * direction, {}, up, detector_mm,
                                        detector_mm / source_mm * kEdgeMm / 256, 256, 256);
            std::printf("  source at %6.0f mm, %-18s error %.2e, plastimatch's %.2e\n", source_mm, name,
                        error_of(grid, phantom, {view}, Method::Siddon),
                        plastimatch_error(folder.path(), view, phantom, up));
        }
}

}  // namespace

int main(int argc, char** argv) {
    const int views = argc > 1 ? std::max(1, std::atoi(argv[1])) : 16;
    try {
        const ThreadLimit one(1);
        const testing::Phantom phantom = testing::blob_phantom(kEdgeMm);
        const Grid small = testing::voxelise(phantom, 128, kEdgeMm);
        table("parallel beam, 128^3 voxels, 256^2 pixels", small, phantom,
              testing::hemisphere_views(views, kEdgeMm, 256));
        table("cone beam, 128^3 voxels, 256^2 pixels", small, phantom,
              testing::cone_views(views, kEdgeMm, 256));
        const Grid large = testing::voxelise(phantom, 256, kEdgeMm);
        const Result fast = table("cone beam, 256^3 voxels, 512^2 pixels", large, phantom,
                                  testing::cone_views(std::max(1, views / 4), kEdgeMm, 512));
        against_plastimatch(large, 512, fast.seconds_per_image);
        error_table("errors on Gaussians, 128^3 voxels, 256^2 pixels", small, phantom);
        const testing::Phantom solids = testing::solid_phantom(kEdgeMm);
        error_table("errors on ellipsoids, 128^3 voxels, 256^2 pixels",
                    testing::voxelise(solids, 128, kEdgeMm, 3), solids);
        siddon_beside_plastimatch(small, phantom);
    } catch (const Error& error) {
        std::fprintf(stderr, "xray_bench: %s\n", error.what());
        return error.exit_code();
    }
}
