// SPDX-License-Identifier: Apache-2.0
// A. Meijster, J. B. T. M. Roerdink, W. H. Hesselink, "A general algorithm for computing distance transforms
// in linear time" (2000): distances along columns, then the lower envelope of parabolas along rows, in
// integers.
#include "synth/colorize/distance.h"

#include "synth/base/error.h"

#include <algorithm>
#include <utility>

namespace radforge::colorize {
namespace {

/// Squared distances along one row from those along the columns, g (kNone: no set pixel in the column).
class RowEnvelope {
public:
    static constexpr int32_t kNone = -1;
    explicit RowEnvelope(int width) : column_(size_t(width)), from_(size_t(width)) {}

    void run(const int32_t* g, int32_t* out, int width) {
        int count = 0;
        for (int u = 0; u < width; ++u) {
            if (g[u] == kNone) continue;
            int64_t start = 0;
            while (count > 0) {
                start = meeting(g, column_[size_t(count - 1)], u) + 1;
                if (start > from_[size_t(count - 1)]) break;
                --count;
            }
            if (count == 0) start = 0;
            if (start >= width) continue;
            column_[size_t(count)] = u;
            from_[size_t(count)] = start;
            ++count;
        }
        int at = count - 1;
        for (int x = width - 1; x >= 0; --x) {
            if (count == 0) {
                out[x] = kFar_px2;
                continue;
            }
            while (at > 0 && x < from_[size_t(at)]) --at;
            const int64_t dx = x - column_[size_t(at)], dy = g[column_[size_t(at)]];
            out[x] = int32_t(dx * dx + dy * dy);
        }
    }

private:
    /// Last column at which i is at least as near as u > i.
    static int64_t meeting(const int32_t* g, int64_t i, int64_t u) {
        const int64_t top = u * u - i * i + int64_t(g[u]) * g[u] - int64_t(g[i]) * g[i], bottom = 2 * (u - i);
        return top >= 0 ? top / bottom : -((-top + bottom - 1) / bottom);
    }

    std::vector<int32_t> column_;
    std::vector<int64_t> from_;
};

/// Marks in `seen` what a 4-connected flood over pixels of `value` reaches from the stack; returns how many.
int64_t flood(ImageView<const uint8_t> set, bool value, std::vector<int32_t>& stack,
              std::vector<int32_t>& seen, int32_t mark) {
    const int w = set.width_px, h = set.height_px;
    int64_t count = 0;
    const auto visit = [&](int r, int c) {
        if (r < 0 || c < 0 || r >= h || c >= w) return;
        const int32_t i = r * w + c;
        if (seen[size_t(i)] != 0 || (set(r, c) != 0) != value) return;
        seen[size_t(i)] = mark;
        ++count;
        stack.push_back(i);
    };
    const std::vector<int32_t> starts = std::move(stack);
    stack.clear();
    for (const int32_t i : starts) visit(i / w, i % w);
    while (!stack.empty()) {
        const int32_t i = stack.back();
        stack.pop_back();
        const int r = i / w, c = i % w;
        visit(r - 1, c), visit(r + 1, c), visit(r, c - 1), visit(r, c + 1);
    }
    return count;
}

}  // namespace

std::vector<int32_t> squared_distance(ImageView<const uint8_t> set) {
    const int h = set.height_px, w = set.width_px;
    RADFORGE_ASSERT(set.channels == 1);
    std::vector<int32_t> g(size_t(h) * size_t(w), RowEnvelope::kNone), out(g.size());
    for (int c = 0; c < w; ++c) {
        for (int r = 0, last = -1; r < h; ++r) {
            if (set(r, c) != 0) last = r;
            if (last >= 0) g[size_t(r) * size_t(w) + size_t(c)] = r - last;
        }
        for (int r = h - 1, next = -1; r >= 0; --r) {
            if (set(r, c) != 0) next = r;
            int32_t& at = g[size_t(r) * size_t(w) + size_t(c)];
            if (next >= 0 && (at == RowEnvelope::kNone || next - r < at)) at = next - r;
        }
    }
    RowEnvelope envelope(w);
    for (int r = 0; r < h; ++r)
        envelope.run(g.data() + size_t(r) * size_t(w), out.data() + size_t(r) * size_t(w), w);
    return out;
}

void open_by_disc(Image& set, int radius_px) {
    const Span<uint8_t> values = set.values<uint8_t>();
    const int32_t radius2 = radius_px * radius_px;
    for (uint8_t& v : values) v = v == 0;
    const std::vector<int32_t> to_unset = squared_distance(std::as_const(set).view<uint8_t>());
    for (size_t i = 0; i < values.size(); ++i) values[i] = to_unset[i] > radius2;
    const std::vector<int32_t> to_core = squared_distance(std::as_const(set).view<uint8_t>());
    for (size_t i = 0; i < values.size(); ++i) values[i] = to_core[i] <= radius2 ? 255 : 0;
}

Parts parts_of(ImageView<const uint8_t> set) {
    Parts parts;
    parts.of.resize(size_t(set.height_px) * size_t(set.width_px));
    parts.area.push_back(0);
    std::vector<int32_t> stack;
    for (int r = 0; r < set.height_px; ++r)
        for (int c = 0; c < set.width_px; ++c) {
            const int32_t i = r * set.width_px + c;
            if (set(r, c) == 0 || parts.of[size_t(i)] != 0) continue;
            stack.assign(1, i);
            const int32_t number = int32_t(parts.area.size());
            parts.area.push_back(flood(set, true, stack, parts.of, number));
        }
    return parts;
}

int64_t keep_largest(Image& set, const Image* counted) {
    Parts parts = parts_of(std::as_const(set).view<uint8_t>());
    if (counted) {
        std::fill(parts.area.begin(), parts.area.end(), 0);
        for (size_t i = 0; i < parts.of.size(); ++i)
            parts.area[size_t(parts.of[i])] += parts.of[i] != 0 && counted->values<uint8_t>()[i] != 0;
    }
    const auto best = std::max_element(parts.area.begin(), parts.area.end());
    const int32_t number = int32_t(best - parts.area.begin());
    const Span<uint8_t> values = set.values<uint8_t>();
    for (size_t i = 0; i < values.size(); ++i) values[i] = number != 0 && parts.of[i] == number ? 255 : 0;
    return *best;
}

void fill_holes(Image& set) {
    const ImageView<const uint8_t> view = std::as_const(set).view<uint8_t>();
    const int h = view.height_px, w = view.width_px;
    std::vector<int32_t> reached(size_t(h) * size_t(w)), stack;
    for (int c = 0; c < w; ++c) stack.push_back(c), stack.push_back((h - 1) * w + c);
    for (int r = 0; r < h; ++r) stack.push_back(r * w), stack.push_back(r * w + w - 1);
    flood(view, false, stack, reached, 1);
    const Span<uint8_t> values = set.values<uint8_t>();
    for (size_t i = 0; i < values.size(); ++i) values[i] = reached[i] != 0 ? 0 : 255;
}

}  // namespace radforge::colorize
