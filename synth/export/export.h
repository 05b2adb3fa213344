// SPDX-License-Identifier: Apache-2.0
/// Writes a dataset, or part of it, in the layout of a public loader.
#pragma once
#include "synth/base/log.h"
#include "synth/export/layout.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace radforge::exporter {

struct ExportOptions {
    std::string layout;             ///< one of layout_names()
    std::string dataset, out;       ///< folders
    std::vector<std::string> keys;  ///< only these, "film-000000042"
    uint64_t count = 0;             ///< only the first so many by index; 0: all
    LayoutOptions detail;
};

struct ExportReport {
    uint64_t written = 0, present = 0;                          ///< made now; complete from an earlier run
    std::vector<std::pair<std::string, std::string>> left_out;  ///< key, reason; by key
};

/// Samples in parallel, each file under a temporary name until it is complete. A folder remembers in
/// export.json what it was made from: a second run goes on where the first stopped, and refuses another
/// dataset or other options. Lists cover all samples in the folder.
/// @throws Error when nothing can be exported: no such dataset, layout or key, another kind than film
ExportReport export_dataset(const ExportOptions& options, Logger& logger);

/// Makes the folder that an export goes to and its export.json, unless they are there.
/// @throws Error when the folder holds a dataset or another export
void claim_folder(const ExportOptions& options, const DatasetPlan& plan);

}  // namespace radforge::exporter
