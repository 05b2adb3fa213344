// SPDX-License-Identifier: Apache-2.0
#include "synth/base/content_id.h"

#include "synth/base/hash.h"
#include "synth/base/parallel.h"

namespace radforge {

std::vector<std::string> content_ids(Span<const std::string> paths) {
    std::vector<std::string> ids(paths.size());
    parallel_for(int64_t(paths.size()), 1, [&](int64_t begin, int64_t end) {
        for (auto i = size_t(begin); i < size_t(end); ++i) ids[i] = sha256_file(paths[i]).substr(0, 16);
    });
    return ids;
}

}  // namespace radforge
