// SPDX-License-Identifier: Apache-2.0
/// The volumes of an x-ray dataset, ready to be projected: the user's CT, or procedural crania by species.
#pragma once
#include "render/xray/projector.h"
#include "synth/cache.h"
#include "synth/volume/source.h"
#include "synth/xray/cube.h"
#include "synth/xray/view_frame.h"
#include "synth/xray/xray_config.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace radforge::xray {

/// Who a volume is. Whole species, and all CT of a patient, fall into one split.
struct VolumeName {
    std::string id;       ///< "cranium-000012-0", or the id of the CT
    std::string species;  ///< "cranium-000012", or the id of the first CT of the same patient
    std::string common;   ///< "cat"; empty for CT
    int64_t individual = 0;
};

/// What projections of one volume need. Const and thread-safe.
struct PreparedVolume {
    VolumeName name;
    Cube cube;
    std::unique_ptr<Projector> density;      ///< value x mm
    std::optional<ViewFrame> frame;          ///< for volume.mode = "stored"
    std::string cube_sha256;                 ///< of cube_npy(), for volume.mode = "reference"
    std::unique_ptr<Projector> water, bone;  ///< g/cm3 x mm, for the physical detector
    int64_t padding_voxels = 0, clamped_voxels = 0, slices_left_out = 0, gaps = 0;
};

/// The cube as an .npy file.
std::string cube_npy(const Cube& cube);

/// Thread-safe; a few volumes are kept.
class XrayVolumes {
public:
    /// @throws Error when the parts of the splits exceed the whole
    XrayVolumes(std::vector<volume::CtSource> ct, const XrayConfig& config);

    uint64_t count() const;
    VolumeName name(uint64_t volume) const;
    /// Crania: of the species in the order of a keyed hash, the first `train_part` and so on, so that the
    /// number of species in each split is exact. CT: by a keyed hash of each patient, so that adding
    /// volumes moves none.
    std::string split(uint64_t volume) const;
    /// @throws Error when the volume cannot be read, is empty or too large
    std::shared_ptr<const PreparedVolume> load(uint64_t volume) const;
    /// What was lost of CT volumes so far, one line each.
    std::vector<std::string> notes() const;
    /// Loads volumes in order until one can be used. @throws Error of the first one when none can
    void require_one() const;

private:
    std::shared_ptr<const PreparedVolume> prepare(uint64_t volume) const;
    Volume scan(uint64_t volume, PreparedVolume& prepared) const;
    void use(Volume scan, PreparedVolume& prepared) const;

    std::vector<volume::CtSource> ct_;
    XrayConfig config_;
    std::vector<std::string> species_split_;  // of crania
    mutable Cache<PreparedVolume> prepared_;
    mutable std::mutex notes_mutex_;
    mutable std::map<std::string, std::string> notes_;
};

}  // namespace radforge::xray
