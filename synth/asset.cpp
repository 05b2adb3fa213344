// SPDX-License-Identifier: Apache-2.0
#include "synth/asset.h"

#include "synth/base/content_id.h"
#include "synth/base/error.h"
#include "synth/base/file_list.h"

#include <algorithm>
#include <filesystem>

namespace radforge {

std::vector<Asset> find_assets(const std::string& folder, Span<const std::string> extensions,
                               const std::string& what) {
    std::vector<std::string> paths;
    for (const std::string& path : files_below(folder)) {
        std::string ending = std::filesystem::path(path).extension().string();
        std::transform(ending.begin(), ending.end(), ending.begin(),
                       [](unsigned char c) { return char(std::tolower(c)); });
        if (std::find(extensions.begin(), extensions.end(), ending) != extensions.end())
            paths.push_back(path);
    }
    if (paths.empty()) {
        std::string wanted;
        for (const std::string& e : extensions) wanted += " *" + e;
        throw Error(ErrorKind::BadData, "found no " + what).where(folder).hint("looked for" + wanted);
    }
    const std::vector<std::string> ids = content_ids(paths);
    std::vector<Asset> assets;
    for (size_t i = 0; i < paths.size(); ++i) assets.push_back({paths[i], ids[i]});
    std::sort(assets.begin(), assets.end(), [](const Asset& a, const Asset& b) {
        return a.id < b.id || (a.id == b.id && a.path < b.path);
    });
    assets.erase(std::unique(assets.begin(), assets.end(),
                             [](const Asset& a, const Asset& b) { return a.id == b.id; }),
                 assets.end());
    return assets;
}

}  // namespace radforge
