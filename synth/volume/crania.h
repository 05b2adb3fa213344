// SPDX-License-Identifier: Apache-2.0
/// Mammal skulls that no museum owns: a species vector drawn inside the bounds of an order, jittered per
/// individual, modelled with implicit surfaces and scanned into a cube.
#pragma once
#include "synth/base/dist.h"
#include "synth/base/rng.h"
#include "synth/volume/volume.h"

#include <cstdint>

namespace radforge::volume {

/// The body plans that species are drawn from. Species number s has plan s modulo Count: a new plan makes new
/// species of all numbers, and of datasets made with them.
enum class CraniumKind : uint8_t {
    Cat,
    Dog,
    Bear,
    Marten,
    Seal,
    Rat,
    Beaver,
    Rabbit,
    Cattle,
    Sheep,
    Antelope,
    Deer,
    Horse,
    Pig,
    Monkey,
    Ape,
    Bat,
    Hedgehog,
    Kangaroo,
    Camel,
    Rhinoceros,
    Dolphin,
    Count
};

/// @return English name in lower case
const char* cranium_kind_name(CraniumKind kind);
/// Every kind comes up once in each run of CraniumKind::Count consecutive species.
CraniumKind cranium_kind(uint64_t species);

/// How skulls are made. Species and individuals are arguments: they belong to the sample.
struct CraniumSpec {
    int size_voxels = 128;            ///< edge of the cube, 16..512
    bool soft_tissue = false;         ///< brain, eyes, muscle, fat and skin around the bone; else bone in air
    bool mandible = true;             ///< lower jaw, closed
    double individual_variation = 1;  ///< times the natural deviation between individuals, 0..3

    template <class V>
    void visit(V& v) {
        v("size_voxels", size_voxels, "voxels", Range{16, 512}, "edge of the cube around a skull");
        v("soft_tissue", soft_tissue, "brain, eyes, muscle and skin around the bone");
        v("mandible", mandible, "include the lower jaw, closed");
        v("individual_variation", individual_variation, "", Range{0., 3.},
          "times the natural deviation between individuals of a species");
    }
    /// @throws Error naming the field that is out of range
    void validate() const;
};

/// Pure function of its arguments, whatever the thread count. Axes as of a standing patient: x to the
/// animal's left, y from the snout to the back of the head, z up; the skull fills the cube but for a margin.
/// @param species, individual  below 2^32
/// @return cube of HU and labels (enum class Tissue), voxels of the animal's size in mm, centred on the
/// origin;
///         body_part Head, origin "phantom", id set
/// @throws Error when the spec or an id is out of range
Volume make_cranium(const CraniumSpec& spec, Seed seed, uint64_t species, uint64_t individual);

}  // namespace radforge::volume
