// SPDX-License-Identifier: Apache-2.0
/// Batches of planar floats from shards: decoded ahead on worker threads into memory that is used again,
/// delivered in the order of `Sequence`, resumable at any sample, split over ranks without a word between
/// them.
#pragma once
#include "models/data/order.h"
#include "models/data/source.h"
#include "synth/base/log.h"
#include "synth/base/rng.h"
#include "synth/config/schema.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace radforge::loader {

/// What happens at the end of an epoch to samples that do not fill a batch on every rank.
enum class Remainder {
    Drop,   ///< left out of this epoch
    Pad,    ///< filled up with the epoch's first samples, marked not valid
    Short,  ///< a smaller batch; a rank may get none
};

struct LoaderConfig {
    int batch = 16;
    int window_shards = 16;
    int64_t epoch_samples = 0;
    std::vector<double> weights;
    int prefetch_batches = 3;
    std::string remainder = "drop", on_fault = "error", reading = "map";
    double max_fault_fraction = 0.001;
    bool check_sums = true;

    template <class V>
    void visit(V& v) {
        v("batch", batch, "", Range{1, 65536}, "samples in a batch of one rank");
        v("window_shards", window_shards, "", Range{0, 65536}, "shards whose samples mix; 0 = stored order");
        v("epoch_samples", epoch_samples, "", Range<int64_t>{0, int64_t(1) << 60},
          "samples that count as one epoch; 0 = as many as there are");
        v("weights", weights, "", Range{0., 1e9},
          "how often each dataset is drawn from; empty = every sample once an epoch");
        v("prefetch_batches", prefetch_batches, "", Range{1, 1024}, "batches made ahead of the trainer");
        v("remainder", remainder, Options{"drop", "pad", "short"},
          "samples at the epoch's end that fill no batch");
        v("on_fault", on_fault, Options{"error", "skip", "quarantine"},
          "a damaged sample: stop, take a spare, or take a spare and note it in quarantine.jsonl");
        v("reading", reading, Options{"map", "copy"}, "copy = read into memory, for network file systems");
        v("max_fault_fraction", max_fault_fraction, "", Range{0., 1.},
          "stop when more of the samples are damaged (one always may be)");
        v("check_sums", check_sums, "check every member against its sum");
    }
};

/// Where a run is in its data. Equal states give equal batches, whatever the number of workers.
struct LoaderState {
    uint64_t epoch = 0, position = 0;  ///< samples of this epoch that all ranks together have had
};

/// One field of a batch, [B,C,H,W]. Rows of fields that vary in size are filled up with NaN to the largest.
struct FieldBlock {
    std::string name;
    Shape shape;
    std::vector<float> values;
    std::vector<Shape> extents;  ///< true shape of each row
    float* row(size_t b) { return values.data() + b * shape.values(); }
    const float* row(size_t b) const { return values.data() + b * shape.values(); }
};

struct HostBatch {
    int size = 0;  ///< rows
    std::vector<FieldBlock> fields;
    std::vector<SampleKey> keys;     ///< as in the datasets; a spare's own key where it stands in
    std::vector<uint32_t> datasets;  ///< which dataset each row is from
    std::vector<uint8_t> valid;      ///< 0 for padding
    std::vector<std::string> metas;  ///< meta.json, when asked for
    LoaderState after;               ///< state once this batch is used
    uint64_t epoch = 0;              ///< that its samples belong to
    bool last_of_epoch = false;
};

/// Rewrites a decoded sample: crop, augment, derive fields. Const use is thread-safe.
class Transform {
public:
    virtual ~Transform() = default;
    /// Fields that apply() makes. @param in  loaded fields and their shapes, 0 where they vary
    virtual std::vector<std::pair<std::string, Shape>> outputs(
        const std::vector<std::pair<std::string, Shape>>& in) const = 0;
    /// @param in   fields as loaded, planar
    /// @param rng  of this sample in this pass over its dataset
    /// @param out  memory of outputs(), in that order
    virtual void apply(const std::vector<FieldBlock>& in, Rng& rng, const std::vector<float*>& out) const = 0;
    /// Whether it wants apply_with_meta() called.
    virtual bool reads_meta() const { return false; }
    /// apply() with the sample's meta.json.
    virtual void apply_with_meta(const std::vector<FieldBlock>& in, const std::string& /*meta*/, Rng& rng,
                                 const std::vector<float*>& out) const {
        apply(in, rng, out);
    }
};

struct LoaderOptions {
    LoaderConfig config;
    uint64_t seed = 0;
    int rank = 0, ranks = 1;
    int threads = 1;      ///< workers, >= 1
    uint64_t epochs = 0;  ///< next() ends after so many; 0: never
    bool metas = false;   ///< deliver meta.json
    /// With remainder = "drop", what an epoch is a multiple of, itself a multiple of all ranks' batches; 0:
    /// of those. Equal rounds make equal epochs for other numbers of ranks.
    uint64_t round_samples = 0;
    LoaderState start;
    std::string quarantine_file;  ///< where on_fault = "quarantine" notes samples
    std::shared_ptr<const Transform> transform;
};

/// Damage met so far.
struct FaultReport {
    uint64_t samples = 0;               ///< distinct samples that could not be read
    std::vector<std::string> messages;  ///< the first hundred
};

class Loader {
public:
    /// @param sources  one a dataset, all with the same fields
    Loader(std::vector<std::shared_ptr<const Source>> sources, LoaderOptions options, Logger& logger);
    ~Loader();
    Loader(const Loader&) = delete;
    Loader& operator=(const Loader&) = delete;

    /// The next batch; nothing when the epochs asked for are over. Its memory returns to the loader when the
    /// last holder lets go; for a caller that holds several at once it makes as many more.
    /// @throws Error under on_fault = "error", or when too many samples are damaged
    std::shared_ptr<const HostBatch> next();

    uint64_t epoch_samples() const;
    uint64_t sample_count() const;
    /// Batches of one rank in an epoch.
    uint64_t batches_per_epoch() const;
    FaultReport faults() const;

private:
    struct Engine;
    std::shared_ptr<Engine> engine_;  ///< shared with batches that are still held
};

}  // namespace radforge::loader
