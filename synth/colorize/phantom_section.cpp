// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/phantom_section.h"

#include "synth/base/error.h"
#include "synth/volume/phantom_head.h"
#include "synth/volume/phantom_tissue.h"
#include "synth/volume/phantom_torso.h"

#include <cstring>

namespace radforge::colorize {
namespace {

constexpr double kThickness_mm = 0.1;  // a section shows a surface
constexpr double kHeadLowest_mm = -95, kHeadReach_mm = 180, kHeadField_mm = 265;
constexpr double kTrunkLowest_mm = -330, kTrunkReach_mm = 510;
constexpr double kChestMiddle_mm = 62;                 ///< where make_torso_phantom() centres a chest
constexpr double kDome_mm = 0, kIliacCrest_mm = -192;  // of the trunk: see phantom_torso_parts.h

LabelSlice first_slice(const Volume& volume) {
    LabelSlice slice;
    slice.labels = Image(volume.rows, volume.columns, 1, PixelType::U8, ColorSpace::Data);
    std::memcpy(slice.labels.bytes.data(), volume.labels.data(), slice.labels.bytes.size());
    // The couch stays behind: bodies are frozen without it.
    for (uint8_t& label : slice.labels.values<uint8_t>())
        if (label == uint8_t(volume::Tissue::Foam) || label == uint8_t(volume::Tissue::TableShell)) label = 0;
    slice.frame.origin_mm = to_float(volume.slice_origin_mm.front());
    slice.frame.along_row_mm = to_float(volume.row_direction * volume.column_spacing_mm);
    slice.frame.along_column_mm = to_float(volume.column_direction * volume.row_spacing_mm);
    slice.body_part = volume.body_part;
    slice.pixel_mm = volume.column_spacing_mm;
    return slice;
}

BodyPart trunk_part_at(double height_mm) {
    return height_mm >= kDome_mm         ? BodyPart::Chest
           : height_mm >= kIliacCrest_mm ? BodyPart::Abdomen
                                         : BodyPart::Pelvis;
}

}  // namespace

LabelSlice phantom_section(const PhantomConfig& phantom, Seed seed, size_t number, int slice) {
    RADFORGE_ASSERT(slice >= 0 && slice < phantom.slices);
    // As VolumeSources numbers its phantoms: outside the range of the samples.
    const SampleKey key{seed, (uint64_t(1) << 48) + number};
    Rng rng(key, Stream::Phantom);
    const bool head = rng.uniform() < phantom.head_part;
    const double along = (slice + 0.5) / phantom.slices;
    const double height_mm =
        head ? kHeadLowest_mm + along * kHeadReach_mm : kTrunkLowest_mm + along * kTrunkReach_mm;
    LabelSlice result;
    if (head) {
        volume::HeadPhantomSpec spec;
        spec.rows = spec.columns = phantom.size_px;
        spec.slices = 1;
        spec.slice_spacing_mm = spec.slice_thickness_mm = kThickness_mm;
        spec.lowest_slice_mm = height_mm;
        spec.field_of_view_mm = kHeadField_mm;
        spec.gantry_tilt_deg = Dist<double>(0.0);
        spec.round_field_probability = 0;
        result = first_slice(volume::make_head_phantom(spec, key));
    } else {
        volume::TorsoPhantomSpec spec;
        spec.rows = spec.columns = phantom.size_px;
        spec.slices = 1;
        spec.slice_spacing_mm = spec.slice_thickness_mm = kThickness_mm;
        spec.body_part = BodyPart::Chest;
        spec.middle_offset_mm = height_mm - kChestMiddle_mm;
        spec.round_field_probability = 0;
        result = first_slice(volume::make_torso_phantom(spec, key));
        result.body_part = trunk_part_at(height_mm);
    }
    result.height_mm = height_mm;
    return result;
}

}  // namespace radforge::colorize
