// SPDX-License-Identifier: Apache-2.0
/// The layouts that public loaders read; each knows the files of one sample and those of the whole set.
#pragma once
#include "synth/export/film_sample.h"
#include "synth/shard/plan.h"

#include <memory>
#include <string>
#include <vector>

namespace radforge::exporter {

/// A file below the output folder.
struct OutputFile {
    std::string path, bytes;
};

/// What names a sample.
struct SampleId {
    std::string key, split;
    uint64_t index = 0;
};

struct LayoutOptions {
    bool doc3d_legacy = false;  ///< Doc3D's own offset and grid of the backward map
    bool any_size = false;      ///< photos that are not of the size the loaders have in their code
};

/// Const methods are thread-safe.
class Layout {
public:
    virtual ~Layout() = default;
    /// @throws Error when the photos of this dataset do not fit the loaders
    virtual void check(const DatasetPlan& plan) const = 0;
    /// The file of a sample that is written last: where it is, the sample is complete.
    virtual std::string last_file(const SampleId& sample) const = 0;
    /// All files of a sample, last_file() at the end.
    /// @throws Error when the loaders could not read this sample
    virtual std::vector<OutputFile> files(const FilmSample& sample) const = 0;
    /// Lists and constants of the whole set.
    /// @param samples  those that are in the output folder, by index
    /// @param root     the output folder, to read what files() put there
    virtual std::vector<OutputFile> set_files(const std::vector<SampleId>& samples,
                                              const std::string& root) const = 0;
};

std::vector<std::string> layout_names();
/// @throws Error that lists the choices
std::unique_ptr<Layout> make_layout(const std::string& name, const LayoutOptions& options);

std::unique_ptr<Layout> make_doc3d_layout(const LayoutOptions& options);
std::unique_ptr<Layout> make_uvdoc_layout(const LayoutOptions& options);
std::unique_ptr<Layout> make_inv3d_layout(const LayoutOptions& options);
std::unique_ptr<Layout> make_ctfilm20k_layout();
std::unique_ptr<Layout> make_exr_layout();
std::unique_ptr<Layout> make_png_layout();

}  // namespace radforge::exporter
