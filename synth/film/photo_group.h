// SPDX-License-Identifier: Apache-2.0
/// Several photos of one film in one shape: from several views, in several lights, in bursts. They are
/// adjacent samples that share print, shape and world frame, so that a place of the film has the same uv and
/// wc in all of them.
#pragma once
#include "synth/base/rng.h"
#include "synth/config/schema.h"

namespace radforge::film {

struct PhotoGroupConfig {
    int views = 1, lights = 1, burst = 1;
    double burst_interval_s = 1.0 / 30;

    template <class V>
    void visit(V& v) {
        v("views", views, "1", Range{1, 64},
          "places of the camera from which one film in one shape is photographed");
        v("lights", lights, "1", Range{1, 64}, "lightings of each view: viewing mode, environment, heading");
        v("burst", burst, "1", Range{1, 64}, "frames of each view and light, one soon after the other");
        v("burst_interval_s", burst_interval_s, "s", Range{0., 0.2},
          "from frame to frame; the hand's shake and the film's motion go on");
    }
    int photos() const { return views * lights * burst; }
};

/// Where a sample stands in its group: views change slowest, frames fastest.
struct PhotoPlace {
    int photo = 0, view = 0, light = 0, frame = 0;
    double time_s = 0;    ///< after the middle of the burst
    SampleKey film;       ///< of the group's first photo: draws print, shape, optics and table
    SampleKey view_key;   ///< draws the camera
    SampleKey light_key;  ///< draws the light
    SampleKey burst_key;  ///< draws what a burst shares: exposure and development
    SampleKey next;       ///< the photo that flow leads to: the next of the group, from the last to the first
};
PhotoPlace place_of(const SampleKey& key, const PhotoGroupConfig& config);

}  // namespace radforge::film
