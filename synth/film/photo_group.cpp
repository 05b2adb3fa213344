// SPDX-License-Identifier: Apache-2.0
#include "synth/film/photo_group.h"

namespace radforge::film {

PhotoPlace place_of(const SampleKey& key, const PhotoGroupConfig& config) {
    const auto photos = uint64_t(config.photos()), burst = uint64_t(config.burst),
               lights = uint64_t(config.lights);
    const uint64_t photo = key.index % photos, first = key.index - photo;
    const auto member = [&](uint64_t k) { return SampleKey{key.root, first + k}; };
    PhotoPlace place;
    place.photo = int(photo);
    place.frame = int(photo % burst);
    place.light = int(photo / burst % lights);
    place.view = int(photo / burst / lights);
    place.time_s = (place.frame - 0.5 * (config.burst - 1)) * config.burst_interval_s;
    place.film = member(0);
    place.view_key = member(uint64_t(place.view) * lights * burst);
    place.light_key = member(uint64_t(place.light) * burst);
    place.burst_key = member(photo - uint64_t(place.frame));
    place.next = member((photo + 1) % photos);
    return place;
}

}  // namespace radforge::film
