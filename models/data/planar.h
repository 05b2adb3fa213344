// SPDX-License-Identifier: Apache-2.0
/// Members of a shard to planar floats, without a copy in between where the format allows.
#pragma once
#include "synth/base/image.h"
#include "synth/base/running_sum.h"
#include "synth/base/span.h"
#include "synth/shard/sample.h"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace radforge::loader {

/// [C,H,W].
struct Shape {
    int channels = 0, height_px = 0, width_px = 0;
    size_t values() const { return size_t(channels) * size_t(height_px) * size_t(width_px); }
    bool operator==(const Shape& o) const {
        return channels == o.channels && height_px == o.height_px && width_px == o.width_px;
    }
    bool operator!=(const Shape& o) const { return !(*this == o); }
};

/// Asked for `shape.values()` floats for field number `field`; its answer outlives the decoding.
using PlanarTarget = std::function<float*(size_t field, const Shape& shape)>;

/// What a thread keeps between members, so that their memory is not asked for again and again.
struct DecodeBuffers {
    std::vector<std::byte> member, cached;
    Image jpg, png;  ///< two, as photos and masks take turns
    std::string array;  ///< of an npy.gz
};

/// A member out of its compression: pixels [H,W,C] of 8 bits, or the bytes of an npy.
struct Unpacked {
    Shape shape;  ///< of a picture
    Span<const std::byte> bytes;
};

/// Whether the values are read again soon: large maps of a batch that waits for its turn go past the caches.
enum class Destination { Near, Far };

/// Decodes png, jpg, npy or npy.gz. Stored numbers become stored * scale + offset, the invalid value NaN;
/// pictures become [0,1], or 0..255 when `integers`.
/// @param place  asked for the memory once the shape is known
/// @returns the shape. @throws Error when bytes and spec do not fit
Shape decode_planar(const FieldSpec& spec, Span<const std::byte> bytes, bool integers, DecodeBuffers& buffers,
                    Destination destination, const std::function<float*(const Shape&)>& place);

/// Its two halves. What unpack() returns lies in `bytes` or `buffers`.
Unpacked unpack(const FieldSpec& spec, Span<const std::byte> bytes, DecodeBuffers& buffers);
/// @param sum  of an npy: each piece is added just before it is converted, while the caches hold it
Shape to_planar(const FieldSpec& spec, const Unpacked& member, bool integers, Destination destination,
                const std::function<float*(const Shape&)>& place, RunningSum* sum = nullptr);

/// Whether unpack() takes its time: png, jpg, npy.gz.
bool is_packed(const FieldSpec& spec);

/// The spec's shape as [C,H,W], 0 where it varies. @throws Error when the field has no such shape
Shape shape_of(const FieldSpec& spec);

}  // namespace radforge::loader
