// SPDX-License-Identifier: Apache-2.0
#include "models/train/task.h"

#include "synth/base/error.h"

namespace radforge::models {

const torch::Tensor& Batch::at(const std::string& field) const {
    const auto found = fields.find(field);
    if (found != fields.end()) return found->second;
    std::string names;
    for (const auto& entry : fields) names += (names.empty() ? "" : ", ") + entry.first;
    throw Error(ErrorKind::BadData, "the batch has no field '" + field + "'").got(names);
}

Batch to_batch(std::shared_ptr<const loader::HostBatch> host, torch::Device device) {
    Batch batch;
    const auto rows = size_t(host->size);
    for (const loader::FieldBlock& block : host->fields) {
        torch::Tensor tensor = torch::from_blob(
            const_cast<float*>(block.values.data()),
            {host->size, block.shape.channels, block.shape.height_px, block.shape.width_px}, [host](void*) {},
            torch::kFloat32);
        batch.fields[block.name] = device.is_cpu() ? tensor : tensor.to(device);
    }
    batch.keys.assign(host->keys.begin(), host->keys.begin() + int64_t(rows));
    if (!host->metas.empty()) batch.metas.assign(host->metas.begin(), host->metas.begin() + int64_t(rows));
    return batch;
}

}  // namespace radforge::models
