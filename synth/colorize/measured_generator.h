// SPDX-License-Identifier: Apache-2.0
/// Measured pairs, read from the Visible Human data: the `colorize` kind with origin "measured".
#pragma once
#include "synth/colorize/colorize_config.h"
#include "synth/colorize/colorize_generator.h"
#include "synth/colorize/visible_human.h"
#include "synth/generator.h"
#include "synth/registry.h"

#include <string>
#include <vector>

namespace radforge::colorize {

/// What was found in the files; kept so that a continued import can tell whether it was given the same ones.
struct VisibleHumanConfig {
    std::string body, content;
    int ct_offset_hu = 0;
    std::vector<std::string> transforms;

    template <class V>
    void visit(V& v) {
        v("body", body, "male or female; found in the files' names");
        v("content", content, "hash of all files that are used; found");
        v("ct_offset_hu", ct_offset_hu, "HU", Range{-40000, 40000},
          "stored CT value + this = HU; calibrated on air");
        v("transforms", transforms,
          "FIRST LAST SCALE ANGLE_DEG X_MM Y_MM of each block of slices, from CT to photograph");
    }
};

struct ImportConfig {
    ImportConfig() {
        dataset.name = "visible-human";
        dataset.train_part = 0.95, dataset.val_part = 0;
    }
    DatasetConfig dataset;
    ContourConfig contour;
    VisibleHumanConfig visible_human;

    template <class V>
    void visit(V& v) {
        v("dataset", dataset, "the set as a whole");
        v("contour", contour, "edges of fat and bone");
        v("visible_human", visible_human, "what the import found; leave it out");
    }
};

/// Pair i of a survey is sample i. Thread-safe, as every Generator.
class MeasuredGenerator final : public Generator {
public:
    /// Neighbours 1 mm apart are near-duplicates: a block of so many numbers falls into one split.
    static constexpr int kBlock = 10;

    MeasuredGenerator(ImportConfig config, VisibleHumanOptions options, Survey survey);

    std::string kind() const override { return "colorize"; }
    std::vector<FieldSpec> fields() const override;
    /// Of the block of slice numbers that holds the pair.
    std::string split(const SampleKey& key) const override;
    std::vector<Sample> generate(Span<const SampleKey> keys) const override;

    /// @throws Error when the pair shows no body
    SectionPair realise(const SampleKey& key) const;
    size_t count() const { return survey_.pairs.size(); }

private:
    const UsablePair& pair_of(const SampleKey& key) const;

    ImportConfig config_;
    VisibleHumanOptions options_;
    Survey survey_;
};

/// Surveys two folders and sets up the import of all pairs in them; plan.count is theirs.
/// @throws Error as list_pairs(), survey() and the config's reader
GeneratorSetup set_up_import(const config::Document& document, const std::string& anatomy,
                             const std::string& ct, const VisibleHumanOptions& options, Logger& logger);

}  // namespace radforge::colorize
