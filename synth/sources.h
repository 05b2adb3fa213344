// SPDX-License-Identifier: Apache-2.0
/// What samples are made from: the user's CT volumes, or phantoms where none is given; which split each
/// belongs to.
#pragma once
#include "synth/base/error.h"
#include "synth/base/log.h"
#include "synth/base/rng.h"
#include "synth/cache.h"
#include "synth/dataset_config.h"
#include "synth/shard/plan.h"
#include "synth/volume/source.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace radforge {

/// Phantom `number` of a dataset is one volume whatever samples show it: its key lies outside the samples'
/// range.
SampleKey phantom_key(Seed dataset, size_t number);

/// For kinds with phantoms of their own.
struct PhantomFactory {
    size_t count = 0;
    std::function<Volume(const SampleKey&)> make;  ///< a pure function of its argument, a phantom_key()
    size_t cached = 6;                             ///< volumes kept in memory
};

/// Whether samples show slices as they are, or also what lies between them: then a scan is refused of which
/// too much does, as by volume::require_few_gaps().
enum class Reading { Slices, BetweenSlices };

/// The volumes of one dataset, by number. Thread-safe; a few are kept in memory.
class VolumeSources {
public:
    /// @param ct  empty: `phantom.volumes` phantoms, each a function of the dataset's seed and its number
    /// alone
    /// @param run  so many adjacent samples share a source, >= 1: what takes longer to load than to use is
    /// loaded once
    /// @throws Error when the parts of the splits exceed the whole
    VolumeSources(std::vector<volume::CtSource> ct, const PhantomConfig& phantom,
                  const DatasetConfig& dataset, int run = 1, Reading reading = Reading::Slices);
    /// The same with phantoms as `phantoms` makes them.
    VolumeSources(std::vector<volume::CtSource> ct, PhantomFactory phantoms, const DatasetConfig& dataset,
                  int run = 1, Reading reading = Reading::Slices);

    size_t count() const;
    /// Stable under renaming of files.
    std::string id(size_t source) const;
    /// The source of a sample: the first draw of Stream::Source of its run.
    size_t of(const SampleKey& key) const;
    /// "train", "val" or "test": one draw per patient of the user's CT, or per phantom.
    std::string split(const SampleKey& key) const;
    /// @throws Error when the source cannot be read
    std::shared_ptr<const Volume> load(size_t source) const;
    /// Slices of a source that could not be read; loads it. @throws Error like load()
    int64_t slices_left_out(size_t source) const;
    /// volume::loss_note() of each source that was loaded and lost something.
    std::vector<std::string> notes() const;
    /// For a generator's constructor: loads sources in order, from that of the first sample on, until one can
    /// be read; the others are left to the samples that want them. @throws Error of the first one when none
    /// can
    void require_one() const;
    const std::vector<volume::CtSource>& ct() const { return ct_; }

private:
    struct Loaded {
        Volume volume;
        int64_t slices_left_out = 0;
    };
    std::shared_ptr<const Loaded> loaded(size_t source) const;

    std::vector<volume::CtSource> ct_;
    PhantomFactory phantoms_;
    DatasetConfig dataset_;
    uint64_t run_;
    Reading reading_;
    mutable Cache<Loaded> volumes_;
    mutable std::mutex notes_mutex_;
    mutable std::map<std::string, std::string> notes_;  // by source id
};

/// Takes what was found, or, where the config already names inputs, exactly those in that order.
/// @param ids   of the config; filled with what is taken when empty
/// @param key   of the config, for the message
/// @param flag  of the command line, for the message
template <class T>
std::vector<T> select_inputs(const std::vector<T>& found, std::vector<std::string>& ids,
                             const std::string& key, const std::string& flag) {
    if (ids.empty()) {
        for (const T& item : found) ids.push_back(item.id);
        return found;
    }
    std::vector<T> taken;
    for (const std::string& id : ids) {
        const auto it =
            std::find_if(found.begin(), found.end(), [&](const T& item) { return item.id == id; });
        if (it == found.end())
            throw Error(ErrorKind::BadData, "an input that the config names is not there")
                .where(key)
                .got(id)
                .hint("give the folder that holds it with " + flag);
        taken.push_back(*it);
    }
    return taken;
}

/// The CT volumes under the folders given, or those that the config names; none when neither does.
/// @param ids  of the config's key inputs.ct; filled with what is taken when empty
/// @throws Error when a folder holds no volume, or one that the config names is not there
std::vector<volume::CtSource> select_ct(const std::vector<std::string>& folders,
                                        std::vector<std::string>& ids, Logger& logger);

/// What every kind's plan takes from the config's table `dataset`.
DatasetPlan plan_of(const DatasetConfig& dataset, const std::string& kind);
/// Adds the CT volumes to the inputs that the dataset's card credits.
void credit(const std::vector<volume::CtSource>& ct, DatasetPlan& plan);

}  // namespace radforge
