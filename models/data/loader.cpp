// SPDX-License-Identifier: Apache-2.0
#include "models/data/loader.h"

#include "synth/base/error.h"

#include <nlohmann/json.hpp>
#include <sys/mman.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <fstream>
#include <limits>
#include <mutex>
#include <set>
#include <thread>
#include <tuple>

namespace radforge::loader {
namespace {

constexpr uint64_t kMostSpares = 1000;
constexpr size_t kMostMessages = 100;

Remainder parse_remainder(const std::string& name) {
    return name == "pad" ? Remainder::Pad : name == "short" ? Remainder::Short : Remainder::Drop;
}

/// A sample that comes again in one epoch comes in another pass over its dataset.
SampleKey augment_key(uint64_t seed, uint64_t pass, uint32_t dataset, uint64_t index) {
    const auto bits = philox(seed, {uint32_t(pass), uint32_t(pass >> 32), dataset, 0x61756765});
    return {{(bits[0] | uint64_t(bits[1]) << 32) >> 1}, index};
}

std::vector<std::vector<uint32_t>> counts_of(const std::vector<std::shared_ptr<const Source>>& sources) {
    std::vector<std::vector<uint32_t>> counts;
    for (const auto& source : sources) counts.push_back(source->counts());
    return counts;
}

std::string field_text(const std::string& name, const Shape& shape) {
    const auto extent = [](int n) { return n > 0 ? std::to_string(n) : "?"; };
    return "field '" + name + "' [" + extent(shape.channels) + "," + extent(shape.height_px) + "," +
           extent(shape.width_px) + "]";
}

/// The fields of all sources, which must agree in everything that shapes a batch.
std::vector<std::pair<std::string, Shape>> common_fields(
    const std::vector<std::shared_ptr<const Source>>& sources) {
    if (sources.empty()) throw Error(ErrorKind::Usage, "no dataset to load from");
    std::vector<std::pair<std::string, Shape>> fields;
    for (const FieldSpec& spec : sources[0]->fields()) fields.emplace_back(spec.name, shape_of(spec));
    for (const auto& source : sources) {
        std::string here, there;
        for (size_t f = 0; f < std::max(fields.size(), source->fields().size()); ++f) {
            here = f < source->fields().size()
                       ? field_text(source->fields()[f].name, shape_of(source->fields()[f]))
                       : "no more";
            there = f < fields.size() ? field_text(fields[f].first, fields[f].second) : "no more";
            if (here == there) continue;
            throw Error(ErrorKind::BadData, "the datasets have different fields")
                .where(source->plan().directory)
                .got(here)
                .expected(there + " as in " + sources[0]->plan().directory);
        }
    }
    return fields;
}

/// Batches are written from end to end again and again: pages of 4 kB would cost a third of that time.
void ask_for_large_pages(void* memory, size_t bytes) {
    const uintptr_t page = 4096, begin = (reinterpret_cast<uintptr_t>(memory) + page - 1) / page * page,
                    end = (reinterpret_cast<uintptr_t>(memory) + bytes) / page * page;
    if (begin < end)
        madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);  // as good as it gets
}

}  // namespace

struct Loader::Engine {
    /// A batch in the making.
    struct Slot {
        HostBatch batch;
        std::vector<Visit> visits;
        std::vector<std::vector<std::vector<float>>>
            varying;  ///< [field][row], for fields without a fixed shape
        int issued = 0, remaining = 0;
        bool ready = false;
        std::exception_ptr error;
    };
    struct Unit {
        Slot* slot;
        int row;
    };
    /// What a worker keeps between samples.
    struct Scratch {
        std::vector<FieldBlock> in;
        std::vector<float*> out;
        DecodeBuffers buffers;
    };

    Engine(std::vector<std::shared_ptr<const Source>> sources, LoaderOptions options, Logger& logger)
        : sources_(std::move(sources)),
          options_(std::move(options)),
          logger_(logger),
          inputs_(common_fields(sources_)),
          outputs_(options_.transform ? options_.transform->outputs(inputs_) : inputs_),
          remainder_(parse_remainder(options_.config.remainder)),
          sequence_(counts_of(sources_), {options_.seed, options_.config.window_shards,
                                          options_.config.weights, uint64_t(options_.config.epoch_samples)}),
          state_(options_.start) {
        RADFORGE_ASSERT(options_.threads >= 1 && options_.ranks >= 1 && options_.rank >= 0 &&
                        options_.rank < options_.ranks && round() % global_batch() == 0);
        if (remainder_ == Remainder::Drop && sequence_.epoch_samples() < round())
            throw Error(ErrorKind::Usage, options_.round_samples
                                              ? "an epoch has fewer samples than one step of all ranks"
                                              : "an epoch has fewer samples than one batch of all ranks")
                .got(std::to_string(sequence_.epoch_samples()) + " samples")
                .expected("at least " + std::to_string(round()))
                .hint(options_.round_samples
                          ? "set a smaller loader.batch or train.accumulate, or give more data"
                          : "set loader.remainder = \"pad\" or a smaller loader.batch, or give more data");
        if (state_.position > sequence_.epoch_samples())
            throw Error(ErrorKind::BadData, "the run stopped at a sample that this epoch does not have")
                .hint("the data or epoch_samples changed since");
        load_quarantine();
        make_slots();
        for (int i = 0; i < options_.threads; ++i) workers_.emplace_back([this] { work(); });
    }

    void stop() {
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            stopping_ = true;
        }
        wanted_.notify_all();
        for (std::thread& worker : workers_) worker.join();
        workers_.clear();
    }

    uint64_t global_batch() const { return uint64_t(options_.config.batch) * uint64_t(options_.ranks); }

    uint64_t round() const { return options_.round_samples ? options_.round_samples : global_batch(); }

    void prepare(Slot& slot) const {
        const auto rows = size_t(options_.config.batch);
        slot.varying.resize(outputs_.size());
        for (size_t f = 0; f < outputs_.size(); ++f) {
            FieldBlock block;
            block.name = outputs_[f].first;
            block.shape = outputs_[f].second;
            block.extents.resize(rows);
            block.values.reserve(rows * block.shape.values());
            ask_for_large_pages(block.values.data(), block.values.capacity() * sizeof(float));
            block.values.resize(rows * block.shape.values());
            if (block.shape.values() == 0) slot.varying[f].resize(rows);
            slot.batch.fields.push_back(std::move(block));
        }
        slot.batch.keys.resize(rows);
        slot.batch.datasets.resize(rows);
        slot.batch.valid.resize(rows);
        slot.batch.metas.resize(options_.metas ? rows : 0);
    }

    /// Room for what the caller holds, the batches ahead of it and the one in the making: a caller that keeps
    /// its batches must not wait for itself.
    void make_slots() {
        while (slots_.size() < held_ + size_t(options_.config.prefetch_batches) + 1) {
            slots_.push_back(std::make_unique<Slot>());
            prepare(*slots_.back());
            free_.push_back(slots_.back().get());
        }
    }

    /// Plans the next batch of this rank. @returns false when the epochs are over. Under the lock.
    bool plan(Slot& slot) {
        const uint64_t size = sequence_.epoch_samples();
        const auto exhausted = [&](uint64_t position) {
            // After a change of ranks a run may stand inside a round.
            const uint64_t left = size - position;
            return left == 0 || (remainder_ == Remainder::Drop &&
                                 left < (position % round() == 0 ? round() : global_batch()));
        };
        if (exhausted(state_.position)) state_ = {state_.epoch + 1, 0};
        if (options_.epochs > 0 && state_.epoch >= options_.epochs) return false;
        const uint64_t first = state_.position + uint64_t(options_.rank) * uint64_t(options_.config.batch);
        slot.visits.clear();
        for (int i = 0; i < options_.config.batch; ++i) {
            const uint64_t position = first + uint64_t(i);
            if (position >= size && remainder_ != Remainder::Pad) break;
            slot.batch.valid[size_t(i)] = position < size;
            slot.visits.push_back(sequence_.at(state_.epoch, position % size));
        }
        slot.batch.size = int(slot.visits.size());
        slot.batch.epoch = state_.epoch;
        state_.position += std::min(global_batch(), size - state_.position);
        slot.batch.last_of_epoch = exhausted(state_.position);
        slot.batch.after = slot.batch.last_of_epoch ? LoaderState{state_.epoch + 1, 0} : state_;
        slot.issued = 0;
        slot.remaining = slot.batch.size;
        slot.ready = slot.remaining == 0;
        slot.error = nullptr;
        return true;
    }

    /// Work for one thread, in the order of delivery. Under the lock.
    std::optional<Unit> take() {
        if (!ended_ && (!current_ || current_->issued == current_->batch.size) && !free_.empty()) {
            Slot* const slot = free_.front();
            if (plan(*slot)) {
                free_.pop_front();
                queue_.push_back(slot);
                current_ = slot;
                if (slot->ready) ready_.notify_all();
                wanted_.notify_all();
            } else {
                ended_ = true;
                ready_.notify_all();
            }
        }
        if (!current_ || current_->issued == current_->batch.size) return std::nullopt;
        return Unit{current_, current_->issued++};
    }

    void work() {
        Scratch scratch;
        for (const auto& [name, shape] : inputs_) scratch.in.push_back({name, shape, {}, {}});
        std::unique_lock<std::mutex> lock(mutex_);
        while (!stopping_) {
            const std::optional<Unit> unit = take();
            if (!unit) {
                // A rank without rows at the end of a short epoch: the next batch can be planned at once.
                if (!ended_ && current_ && current_->batch.size == 0 && !free_.empty()) continue;
                wanted_.wait(lock);
                continue;
            }
            const bool failed = unit->slot->error != nullptr;
            lock.unlock();
            std::exception_ptr error;
            if (!failed) {
                try {
                    fill(*unit->slot, size_t(unit->row), scratch);
                } catch (...) {
                    error = std::current_exception();
                }
            }
            lock.lock();
            Slot& slot = *unit->slot;
            if (error && !slot.error) slot.error = error;
            if (--slot.remaining > 0) continue;
            lock.unlock();
            if (!slot.error) collate(slot);
            lock.lock();
            slot.ready = true;
            ready_.notify_all();
        }
    }

    bool known_bad(const Place& place) {
        const std::lock_guard<std::mutex> lock(fault_mutex_);
        return bad_.count({place.dataset, place.shard, place.row}) > 0;
    }

    /// Notes a damaged sample. @throws Error when damage may not be passed over
    void fault(const Place& place, const Error& error) {
        if (options_.config.on_fault == "error") throw error;
        const std::lock_guard<std::mutex> lock(fault_mutex_);
        if (!bad_.insert({place.dataset, place.shard, place.row}).second) return;
        const std::string message = error.what();
        logger_.warn("passed over a damaged sample: " + message);
        if (report_.messages.size() < kMostMessages) report_.messages.push_back(message);
        ++report_.samples;
        if (options_.config.on_fault == "quarantine" && !options_.quarantine_file.empty()) {
            std::ofstream file(options_.quarantine_file, std::ios::app);
            file << nlohmann::json{{"data_sha256", sources_[place.dataset]->data_sha256()},
                                   {"shard", sources_[place.dataset]->file(place.shard)},
                                   {"row", place.row},
                                   {"reason", message}}
                        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                 << '\n';
            if (!file.flush())
                throw Error(ErrorKind::TryAgain, "cannot write").where(options_.quarantine_file);
        }
        const double allowed =
            std::max(1.0, options_.config.max_fault_fraction * double(sequence_.sample_count()));
        if (double(bad_.size()) > allowed)
            throw Error(ErrorKind::BadData, "too many damaged samples: " + message)
                .got(std::to_string(bad_.size()) + " of " + std::to_string(sequence_.sample_count()))
                .hint(
                    "`radforge verify` lists the damage; loader.max_fault_fraction decides how much may be");
    }

    /// Samples that an earlier part of this run gave up.
    void load_quarantine() {
        if (options_.config.on_fault != "quarantine") return;
        std::ifstream file(options_.quarantine_file);
        for (std::string line; std::getline(file, line);) {
            const nlohmann::json entry = nlohmann::json::parse(line, nullptr, false);
            if (!entry.is_object()) continue;  // the line that a kill cut: its sample is found again
            for (size_t d = 0; d < sources_.size(); ++d)
                for (size_t s = 0; s < sources_[d]->counts().size(); ++s)
                    if (entry.value("data_sha256", "") == sources_[d]->data_sha256() &&
                        entry.value("shard", "") == sources_[d]->file(uint32_t(s)))
                        bad_.insert({uint32_t(d), uint32_t(s), entry.value("row", 0u)});
        }
        if (!bad_.empty())
            logger_.warn(options_.quarantine_file + ": " + std::to_string(bad_.size()) +
                         " samples that were damaged before are left out");
    }

    void fill(Slot& slot, size_t row, Scratch& scratch) {
        const Place wanted = slot.visits[row].place;
        Place place = wanted;
        for (uint64_t attempt = 0; attempt < kMostSpares; ++attempt) {
            if (!known_bad(place)) {
                try {
                    read(slot, row, place, scratch);
                    return;
                } catch (const Error& error) {
                    // A wrong setting or too few descriptors is no damage of the sample that met it.
                    if (error.kind() != ErrorKind::BadData) throw;
                    fault(place, error);
                }
            }
            place = sequence_.spare(slot.batch.epoch, wanted, attempt);
        }
        throw Error(ErrorKind::BadData, "no readable sample to stand in for a damaged one")
            .where(sources_[wanted.dataset]->plan().directory);
    }

    void read(Slot& slot, size_t row, const Place& place, Scratch& scratch) {
        const Source& source = *sources_[place.dataset];
        const bool direct = !options_.transform;
        const Destination destination = direct ? Destination::Far : Destination::Near;
        const auto target = [&](size_t f, const Shape& shape) {
            if (direct) return output(slot, f, row, shape);
            FieldBlock& block = scratch.in[f];
            block.shape = shape;
            block.values.resize(shape.values());
            return block.values.data();
        };
        const uint64_t index = source.sample(place.shard, place.row, scratch.buffers, destination, target);
        if (!direct) {
            scratch.out.clear();
            for (size_t f = 0; f < outputs_.size(); ++f)
                scratch.out.push_back(output(slot, f, row, outputs_[f].second));
            Rng rng(augment_key(options_.seed, slot.visits[row].pass, place.dataset, index), Stream::Augment);
            if (options_.transform->reads_meta())
                options_.transform->apply_with_meta(scratch.in, source.meta(place.shard, place.row), rng,
                                                    scratch.out);
            else
                options_.transform->apply(scratch.in, rng, scratch.out);
        }
        slot.batch.keys[row] = {source.plan().seed, index};
        slot.batch.datasets[row] = place.dataset;
        if (options_.metas) slot.batch.metas[row] = source.meta(place.shard, place.row);
    }

    float* output(Slot& slot, size_t f, size_t row, const Shape& shape) const {
        FieldBlock& block = slot.batch.fields[f];
        block.extents[row] = shape;
        if (outputs_[f].second.values() > 0) return block.row(row);
        slot.varying[f][row].resize(shape.values());
        return slot.varying[f][row].data();
    }

    /// Brings rows of different sizes under one shape.
    void collate(Slot& slot) const {
        const auto rows = size_t(slot.batch.size);
        for (size_t f = 0; f < outputs_.size(); ++f) {
            if (outputs_[f].second.values() > 0) continue;
            FieldBlock& block = slot.batch.fields[f];
            block.shape = {};
            for (size_t b = 0; b < rows; ++b) {
                block.shape.channels = std::max(block.shape.channels, block.extents[b].channels);
                block.shape.height_px = std::max(block.shape.height_px, block.extents[b].height_px);
                block.shape.width_px = std::max(block.shape.width_px, block.extents[b].width_px);
            }
            block.values.assign(rows * block.shape.values(), std::numeric_limits<float>::quiet_NaN());
            for (size_t b = 0; b < rows; ++b) {
                const Shape& e = block.extents[b];
                const float* in = slot.varying[f][b].data();
                for (int c = 0; c < e.channels; ++c)
                    for (int y = 0; y < e.height_px; ++y, in += e.width_px)
                        std::copy_n(in, e.width_px,
                                    block.row(b) + (size_t(c) * size_t(block.shape.height_px) + size_t(y)) *
                                                       size_t(block.shape.width_px));
            }
        }
    }

    std::shared_ptr<const HostBatch> next(const std::shared_ptr<Engine>& self) {
        std::unique_lock<std::mutex> lock(mutex_);
        ready_.wait(lock, [&] { return queue_.empty() ? ended_ : queue_.front()->ready; });
        if (queue_.empty()) return nullptr;
        Slot* const slot = queue_.front();
        if (slot->error) std::rethrow_exception(slot->error);
        queue_.pop_front();
        ++held_;
        make_slots();
        wanted_.notify_all();
        return {&slot->batch, [self, slot](const HostBatch*) {
                    {
                        const std::lock_guard<std::mutex> guard(self->mutex_);
                        self->free_.push_back(slot);
                        --self->held_;
                    }
                    self->wanted_.notify_all();
                }};
    }

    std::vector<std::shared_ptr<const Source>> sources_;
    LoaderOptions options_;
    Logger& logger_;
    std::vector<std::pair<std::string, Shape>> inputs_, outputs_;
    Remainder remainder_;
    Sequence sequence_;

    std::mutex mutex_;  ///< of all below
    std::condition_variable wanted_, ready_;
    LoaderState state_;
    std::vector<std::unique_ptr<Slot>> slots_;
    std::deque<Slot*> free_, queue_;  ///< queue_: in the order of delivery
    size_t held_ = 0;                 ///< by the caller
    Slot* current_ = nullptr;         ///< whose rows are being handed out
    bool ended_ = false, stopping_ = false;
    std::vector<std::thread> workers_;

    std::mutex fault_mutex_;  ///< of the damage
    std::set<std::tuple<uint32_t, uint32_t, uint32_t>> bad_;
    FaultReport report_;
};

Loader::Loader(std::vector<std::shared_ptr<const Source>> sources, LoaderOptions options, Logger& logger)
    : engine_(std::make_shared<Engine>(std::move(sources), std::move(options), logger)) {}

Loader::~Loader() { engine_->stop(); }

std::shared_ptr<const HostBatch> Loader::next() { return engine_->next(engine_); }

uint64_t Loader::epoch_samples() const { return engine_->sequence_.epoch_samples(); }

uint64_t Loader::sample_count() const { return engine_->sequence_.sample_count(); }

uint64_t Loader::batches_per_epoch() const {
    const uint64_t size = epoch_samples(), global = engine_->global_batch();
    if (engine_->remainder_ != Remainder::Drop) return (size + global - 1) / global;
    return size / engine_->round() * (engine_->round() / global);
}

FaultReport Loader::faults() const {
    const std::lock_guard<std::mutex> lock(engine_->fault_mutex_);
    return engine_->report_;
}

}  // namespace radforge::loader
