// SPDX-License-Identifier: Apache-2.0
/// Batches of film samples with known maps, without a dataset.
#pragma once
#include "models/train/task.h"
#include "tests/models/infer/warp.h"

#include <cstring>
#include <limits>
#include <vector>

namespace radforge::test {

inline torch::Tensor planes_of(const Image& image) {
    return torch::from_blob(const_cast<float*>(image.values<float>().data()),
                            {image.height_px, image.width_px, image.channels})
        .permute({2, 0, 1})
        .clone();
}

/// The bent film, its brightness going with the texture, on a dark table; the same in all rows but for noise.
inline models::Batch film_batch(int64_t rows, int side) {
    const infer::PhotoMaps maps = bent_film(side);
    const torch::Tensor uv = planes_of(maps.uv), bg = planes_of(maps.bg), film = (bg > 0).to(torch::kFloat32);
    Image map = floats(side, side, 2);
    for (int r = 0; r < side; ++r)
        for (int c = 0; c < side; ++c) {
            const auto [x, y] = photo_of_texture(place(c, side), place(r, side));
            map.view<float>()(r, c, 0) = float(x);
            map.view<float>()(r, c, 1) = float(y);
        }
    // One corner of the film is not seen.
    for (int r = 0; r < side / 8; ++r)
        for (int c = 0; c < side / 8; ++c) map.view<float>()(r, c, 0) = std::numeric_limits<float>::quiet_NaN();
    const torch::Tensor third = uv.sum(0, true) / 2;
    const auto repeated = [&](const torch::Tensor& t) {
        return t.unsqueeze(0).expand({rows, t.size(0), t.size(1), t.size(2)}).contiguous();
    };
    models::Batch batch;
    batch.fields["photo"] =
        repeated((torch::cat({uv, third}, 0) + 1) / 2 * film * 2 - 1) + 0.01 * torch::randn({rows, 3, side, side});
    batch.fields["wc"] = repeated(torch::cat({uv, third}, 0) * 0.8 * film);
    batch.fields["normal"] = repeated(torch::cat({0.1 * uv, film.clone()}, 0) * film);
    batch.fields["depth"] = repeated(third * film);
    batch.fields["bg"] = repeated(bg);
    batch.fields["uv"] = repeated(uv * film);
    batch.fields["df"] = repeated(planes_of(maps.df));
    batch.fields["bm"] = repeated(planes_of(map));
    batch.keys.resize(size_t(rows));
    return batch;
}

}  // namespace radforge::test
