// SPDX-License-Identifier: Apache-2.0
#include "models/photo/panel.h"

#include "synth/base/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace radforge::photo {

Panel PrintedPanel::texels() const {
    // Sides that fall on a centre are rounded alike for both neighbours, whichever sum they come from.
    const auto first = [](double side_px) { return int(std::ceil(side_px - 0.5 - 1e-6)); };
    return {first(left_px), first(top_px), first(right_px), first(bottom_px)};
}

std::vector<PrintedPanel> printed_panels(const std::string& meta) {
    std::vector<PrintedPanel> out;
    try {
        const nlohmann::json json = nlohmann::json::parse(meta);
        for (const nlohmann::json& p : json.at("film").at("panels")) {
            const double left = p.at("left_px"), top = p.at("top_px"), width = p.at("width_px"),
                         height = p.at("height_px"), centre = p.at("window_center_hu"),
                         extent = p.at("window_width_hu");
            out.push_back({left, top, left + width, top + height, p.value("scout", false),
                           p.value("slice", -1), centre - extent / 2, centre + extent / 2});
        }
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorKind::BadData, std::string("meta.json without layout: ") + error.what());
    }
    return out;
}

std::optional<Panel> known_box(Span<const float> hu, const loader::Shape& shape, const PrintedPanel& panel) {
    const Panel all = panel.texels();
    std::optional<Panel> box;
    for (int r = std::max(0, all.top_px); r < std::min(all.bottom_px, shape.height_px); ++r)
        for (int c = std::max(0, all.left_px); c < std::min(all.right_px, shape.width_px); ++c) {
            if (std::isnan(hu[size_t(r) * size_t(shape.width_px) + size_t(c)])) continue;
            if (!box) box = Panel{c, r, c + 1, r + 1};
            box = Panel{std::min(box->left_px, c), box->top_px, std::max(box->right_px, c + 1), r + 1};
        }
    return box;
}

std::vector<float> values_in(const Panel& box, Span<const float> hu, const loader::Shape& shape) {
    std::vector<float> out;
    for (int r = box.top_px; r < box.bottom_px; ++r)
        for (int c = box.left_px; c < box.right_px; ++c)
            out.push_back(hu[size_t(r) * size_t(shape.width_px) + size_t(c)]);
    return out;
}

}  // namespace radforge::photo
