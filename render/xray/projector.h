// SPDX-License-Identifier: Apache-2.0
/// Line integrals through a volume, and their exact adjoint, on the CPU and on CUDA.
#pragma once
#include "render/xray/grid.h"
#include "render/xray/sparse_grid.h"
#include "render/xray/view.h"
#include "synth/base/image.h"
#include "synth/base/span.h"

#include <memory>
#include <vector>

namespace radforge::xray {

/// How a line integral is taken.
enum class Method {
    March,   ///< `march_steps` trilinear samples over `march_length_mm`, centred where the ray passes the
             ///< centre of the volume nearest: sum mu((i + 1/2) L/K) L/K, the quadrature of the single-image
             ///< tomography paper
    Joseph,  ///< one bilinear sample per lattice plane across the ray's main axis (Joseph 1982)
    ShearWarp,  ///< the same sum factored into shifted (cone: scaled) slices and one cubic 2-D resample:
                ///< fastest
    Siddon,     ///< exact path lengths through constant voxels (Siddon 1985)
};

enum class Device { Cpu, Cuda };

/// Instruction sets of the CPU path; all give the same bits.
enum class Isa { Auto, Generic, Avx2, Avx512 };

struct ProjectorOptions {
    Method method = Method::Joseph;
    int march_steps = 128;
    double march_length_mm =
        0;  ///< 0: the longest edge of the volume (the paper's cube edge; corners stay unseen)
    Device device = Device::Cpu;
    Isa isa = Isa::Auto;
    bool cuda_texture =
        false;  ///< march on CUDA through texture filtering: fastest, weights quantised to 1/256
    /// @throws Error when a number is out of range or the processor lacks the instruction set
    void validate() const;
};

/// A linear operator: images = A volume, volume = A' images. Const and thread-safe; results depend on the
/// arguments only, never on the number of threads.
class Projector {
public:
    virtual ~Projector() = default;
    /// Integrals of each view, f32 [H,W,1], in value x mm, row 0 on top.
    /// @throws Error when a view is impossible or its focal spot is not in front of the volume
    virtual std::vector<Image> project(Span<const View> views) const = 0;
    /// A' of `images` (f32 [H,W,1], one per view), summed over the views: a grid of the projector's place and
    /// size.
    virtual Grid backproject(Span<const View> views, Span<const Image> images) const = 0;
};

/// Projector of a dense volume. @throws Error for a bad volume, or when CUDA is asked for and absent
std::unique_ptr<Projector> make_projector(const Grid& grid, const ProjectorOptions& options = {});

/// Projector of a sparse volume: march and joseph, walking the tree and skipping its empty nodes.
/// backproject() returns the dense box of the active voxels. @throws Error for other methods
std::unique_ptr<Projector> make_projector(std::shared_ptr<const SparseGrid> grid,
                                          const ProjectorOptions& options = {});

/// Whether a CUDA device can be used by this build on this machine.
bool cuda_available();

/// The instruction set that Isa::Auto stands for on this machine.
Isa best_isa();

}  // namespace radforge::xray
