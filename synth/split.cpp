// SPDX-License-Identifier: Apache-2.0
#include "synth/split.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"

namespace radforge {
namespace {

std::string split_at(double position, const DatasetConfig& dataset) {
    return position < dataset.train_part                      ? "train"
           : position < dataset.train_part + dataset.val_part ? "val"
                                                              : "test";
}

}  // namespace

double keyed_position(int64_t seed, const std::string& name) {
    return double(xxh3_64(bytes_of(std::to_string(seed) + "/" + name)) >> 11) * 0x1p-53;
}

std::string split_of_scan(const DatasetConfig& dataset, const std::string& split_key) {
    return split_at(keyed_position(dataset.split_seed, split_key), dataset);
}

std::string split_of_invention(const DatasetConfig& dataset, const std::string& name) {
    return split_at(keyed_position(dataset.seed, name), dataset);
}

void require_parts(const DatasetConfig& dataset) {
    if (dataset.train_part + dataset.val_part > 1 + 1e-9)
        throw Error(ErrorKind::Usage, "the parts of train and val add up to more than 1")
            .where("dataset.train_part, dataset.val_part");
}

}  // namespace radforge
