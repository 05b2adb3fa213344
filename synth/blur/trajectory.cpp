// SPDX-License-Identifier: Apache-2.0
#include "synth/blur/trajectory.h"

#include "synth/base/error.h"
#include "synth/blur/lanes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace radforge::blur {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int kLanes = lanes::kLanes, kBlock = 8;

/// Eight motions under way. Velocity in units of the step length, so that its length is 1 after the first
/// step.
struct Walkers {
    lanes::Counter counter;
    lanes::Floats anxiety_shake, anxiety_pull, x{}, y{}, u, v;
    alignas(32) uint32_t kick_below[kLanes];
    int points[kLanes], impulses[kLanes] = {};
};

/// A request's impulses: word 0 of a block is below this with probability p e.
uint32_t kick_threshold(const MotionRecipe& m) {
    const double chance = m.impulse_rate * m.anxiety;
    RADFORGE_ASSERT(chance >= 0 && chance < 1);
    return uint32_t(std::ceil(chance * 0x1p32));
}

Walkers start(Span<const MotionRequest* const> group) {
    const double step = kLength_px / (kTimes - 1);
    Walkers w;
    alignas(32) float shake[kLanes] = {}, pull[kLanes] = {}, u[kLanes] = {}, v[kLanes] = {};
    uint64_t key[kLanes] = {}, index[kLanes] = {};
    uint32_t stream[kLanes] = {};
    for (int i = 0; i < kLanes; ++i) {
        // Lanes without a request walk beside the last one, unseen.
        const MotionRequest& r = *group[std::min(size_t(i), group.size() - 1)];
        const MotionRecipe& m = r.motion;
        shake[i] = float(m.anxiety * m.shake);
        pull[i] = float(m.anxiety * m.centripetal);
        const double speed = m.anxiety > 0 ? m.anxiety / step : 1;
        u[i] = float(speed * std::cos(m.heading_rad));
        v[i] = float(speed * std::sin(m.heading_rad));
        w.kick_below[i] = kick_threshold(m);
        w.points[i] = r.points;
        key[i] = r.key.root.value;
        index[i] = r.key.index;
        stream[i] = uint32_t(r.stream);
    }
    w.counter = lanes::Counter(key, stream, index);
    w.anxiety_shake = lanes::load(shake);
    w.anxiety_pull = lanes::load(pull);
    w.u = lanes::load(u);
    w.v = lanes::load(v);
    return w;
}

/// Rare: some lane's velocity turns about, v + 2 v exp(i (pi + U - 1/2)).
void kick(Walkers& w, const lanes::Block& random, int kicked, int t) {
    alignas(32) float u[kLanes], v[kLanes];
    alignas(32) uint32_t angle[kLanes];
    lanes::store(u, w.u);
    lanes::store(v, w.v);
    lanes::store(angle, random.word[1]);
    for (int i = 0; i < kLanes; ++i) {
        if (!(kicked >> i & 1)) continue;
        const double a = kPi + double(angle[i]) * 0x1p-32 - 0.5, c = 1 + 2 * std::cos(a), s = 2 * std::sin(a);
        const double turned_u = c * double(u[i]) - s * double(v[i]),
                     turned_v = s * double(u[i]) + c * double(v[i]);
        u[i] = float(turned_u);
        v[i] = float(turned_v);
        if (t + 1 < w.points[i]) ++w.impulses[i];
    }
    w.u = lanes::load(u);
    w.v = lanes::load(v);
}

/// From point t to point t + 1.
void step(Walkers& w, int t) {
    const lanes::Block random = w.counter.block(uint32_t(t));
    const int kicked = lanes::below(random.word[0], w.kick_below);
    if (kicked) kick(w, random, kicked, t);
    lanes::Floats n1, n2;
    lanes::normals(random.word[2], random.word[3], n1, n2);
    w.u += w.anxiety_shake * n1 - w.anxiety_pull * w.x;
    w.v += w.anxiety_shake * n2 - w.anxiety_pull * w.y;
    const lanes::Floats inverse = lanes::splat(1) / lanes::root(w.u * w.u + w.v * w.v);
    w.u *= inverse;
    w.v *= inverse;
    const lanes::Floats h = lanes::splat(float(kLength_px / (kTimes - 1)));
    w.x += h * w.u;
    w.y += h * w.v;
}

/// @param group  1..8 requests of falling length
void follow_group(Span<const MotionRequest* const> group, Span<MotionPath* const> paths) {
    Walkers w = start(group);
    for (size_t i = 0; i < group.size(); ++i) {
        RADFORGE_ASSERT(group[i]->points >= 1 && group[i]->points <= kTimes);
        // Whole blocks are written; the tail is cut off at the end.
        const size_t room = (size_t(group[i]->points) + kBlock - 1) / kBlock * kBlock;
        paths[i]->column_px.resize(room);
        paths[i]->row_px.resize(room);
    }
    size_t alive = group.size();
    for (int first = 0; alive > 0; first += kBlock) {
        lanes::Floats x[kBlock], y[kBlock];
        for (int k = 0; k < kBlock; ++k) {
            x[k] = w.x;
            y[k] = w.y;
            step(w, first + k);
        }
        lanes::transpose(x);
        lanes::transpose(y);
        for (size_t i = 0; i < alive; ++i) {
            lanes::store(paths[i]->column_px.data() + first, x[i]);
            lanes::store(paths[i]->row_px.data() + first, y[i]);
        }
        while (alive > 0 && group[alive - 1]->points <= first + kBlock) --alive;
    }
    for (size_t i = 0; i < group.size(); ++i) {
        paths[i]->column_px.resize(size_t(group[i]->points));
        paths[i]->row_px.resize(size_t(group[i]->points));
        paths[i]->impulses = w.impulses[i];
    }
}

}  // namespace

MotionRecipe draw_motion(double anxiety, bool rectilinear, Rng& rng) {
    MotionRecipe m;
    m.anxiety = anxiety;
    m.centripetal = 0.7 * rng.uniform();
    m.impulse_rate = 0.2 * rng.uniform();
    m.shake = 10 * rng.uniform();
    m.heading_rad = 2 * kPi * rng.uniform();
    // On a straight line the pull acts along it and is lost in v's fixed length. It is an unstable balance,
    // though: left in, it would bend the line by grown rounding errors.
    if (rectilinear) m.impulse_rate = m.shake = m.centripetal = 0;
    return m;
}

std::vector<MotionPath> follow(Span<const MotionRequest> requests) {
    std::vector<MotionPath> paths(requests.size());
    std::vector<size_t> order(requests.size());
    std::iota(order.begin(), order.end(), size_t(0));
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return requests[a].points > requests[b].points; });
    for (size_t first = 0; first < order.size(); first += size_t(kLanes)) {
        const MotionRequest* group[kLanes];
        MotionPath* out[kLanes];
        const size_t n = std::min(size_t(kLanes), order.size() - first);
        for (size_t i = 0; i < n; ++i) {
            group[i] = &requests[order[first + i]];
            out[i] = &paths[order[first + i]];
        }
        follow_group(Span<const MotionRequest* const>(group, n), Span<MotionPath* const>(out, n));
    }
    return paths;
}

}  // namespace radforge::blur
