// SPDX-License-Identifier: Apache-2.0
#include "synth/base/memory.h"

#include "synth/base/error.h"

namespace radforge {

void require_memory(const std::string& name, double bytes, double memory_gb) {
    if (bytes <= memory_gb * 1e9) return;
    throw Error(ErrorKind::BadData, "the volume is larger than the memory allowed for it")
        .where(name)
        .got(std::to_string(bytes / 1e9) + " GB")
        .expected("at most volume.memory_gb = " + std::to_string(memory_gb))
        .hint("raise volume.memory_gb, set detector.voxel_mm, or resample the scan");
}

}  // namespace radforge
