// SPDX-License-Identifier: Apache-2.0
#include "synth/export/layout.h"

#include "synth/base/error.h"

namespace radforge::exporter {

std::vector<std::string> layout_names() { return {"doc3d", "uvdoc", "inv3d", "ctfilm20k", "exr", "png"}; }

std::unique_ptr<Layout> make_layout(const std::string& name, const LayoutOptions& options) {
    if (name == "doc3d") return make_doc3d_layout(options);
    if (name == "uvdoc") return make_uvdoc_layout(options);
    if (name == "inv3d") return make_inv3d_layout(options);
    if (name == "ctfilm20k") return make_ctfilm20k_layout();
    if (name == "exr") return make_exr_layout();
    if (name == "png") return make_png_layout();
    std::string choices;
    for (const std::string& choice : layout_names()) choices += (choices.empty() ? "" : ", ") + choice;
    throw Error(ErrorKind::Usage, "no such layout").got("'" + name + "'").expected("one of " + choices);
}

}  // namespace radforge::exporter
