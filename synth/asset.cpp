// SPDX-License-Identifier: Apache-2.0
#include "synth/asset.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/base/parallel.h"

#include <algorithm>
#include <filesystem>

namespace radforge {

std::vector<Asset> find_assets(const std::string& folder, Span<const std::string> extensions,
                               const std::string& what) {
    namespace fs = std::filesystem;
    if (!fs::exists(folder))
        throw Error(ErrorKind::BadData, "no such file or folder of " + what).where(folder);
    std::vector<Asset> assets;
    const auto add = [&](const fs::path& path) {
        std::string ending = path.extension().string();
        std::transform(ending.begin(), ending.end(), ending.begin(),
                       [](unsigned char c) { return char(std::tolower(c)); });
        if (std::find(extensions.begin(), extensions.end(), ending) != extensions.end())
            assets.push_back({path.string(), ""});
    };
    if (fs::is_directory(folder)) {
        for (const auto& entry : fs::recursive_directory_iterator(folder))
            if (entry.is_regular_file()) add(entry.path());
    } else {
        add(folder);
    }
    if (assets.empty()) {
        std::string wanted;
        for (const std::string& e : extensions) wanted += " *" + e;
        throw Error(ErrorKind::BadData, "found no " + what).where(folder).hint("looked for" + wanted);
    }
    parallel_for(int64_t(assets.size()), 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            Asset& asset = assets[size_t(i)];
            asset.id = sha256_file(asset.path).substr(0, 16);
        }
    });
    std::sort(assets.begin(), assets.end(), [](const Asset& a, const Asset& b) {
        return a.id < b.id || (a.id == b.id && a.path < b.path);
    });
    assets.erase(std::unique(assets.begin(), assets.end(),
                             [](const Asset& a, const Asset& b) { return a.id == b.id; }),
                 assets.end());
    return assets;
}

}  // namespace radforge
