// SPDX-License-Identifier: Apache-2.0
#include "synth/driver.h"

#include "synth/base/cpu_clock.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/base/progress.h"
#include "synth/claim.h"
#include "synth/plan_guard.h"
#include "synth/shard/index.h"
#include "synth/shard/names.h"
#include "synth/shard_list.h"
#include "synth/stop_signal.h"

#include <sys/statvfs.h>
#include <tbb/info.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <deque>
#include <exception>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

namespace radforge {
namespace {

using shard::ShardTask;
using SteadyClock = std::chrono::steady_clock;

constexpr int kMostLanes = 4;  // generators keep about as many volumes

/// One sample on its way into a shard: tar members, or the reason why there are none.
struct Outcome {
    uint64_t index = 0;
    shard::EncodedSample sample;
    std::string reason;
};

/// A shard that is being made; lives as long as one of its groups is under way.
struct OpenShard {
    ShardTask task;
    Claim claim;
    size_t groups_left;
    std::unique_ptr<shard::ShardWriter> writer;
};

struct Work {
    std::shared_ptr<OpenShard> shard;
    std::vector<SampleKey> keys;
};

struct Done {
    std::shared_ptr<OpenShard> shard;
    std::vector<Outcome> outcomes;
};

/// Tells when a shard takes most of a thread to write, so that others wait for their turn to add to it.
class WritingLoad {
public:
    /// Writes, and takes the time.
    template <class F>
    void add(F&& write) {
        const double before = thread_cpu_s();
        write();
        writing_s_ += thread_cpu_s() - before;
    }
    /// Of the time since it was last looked at; no while that is short.
    bool is_high() {
        constexpr double kLook_s = .1, kHigh = .6;
        const auto now = SteadyClock::now();
        const double passed_s = std::chrono::duration<double>(now - since_).count();
        if (passed_s < kLook_s) return false;
        since_ = now;
        return std::exchange(writing_s_, 0.) > kHigh * passed_s;
    }

private:
    SteadyClock::time_point since_ = SteadyClock::now();
    double writing_s_ = 0;  // a slow disk does not count
};

/// Shards that are made one behind the other.
struct Lane {
    std::deque<Work> queue;
    WritingLoad load;
    std::future<void> on_disk;  // the shard before; last, so that nothing it uses ends before it

    void wait_for_disk() {
        if (on_disk.valid()) on_disk.get();
    }
};

class Run {
public:
    /// @param all  shards of the plan
    Run(const Generator& generator, const DatasetPlan& plan, const std::vector<ShardTask>& all,
        const RunOptions& options, const StopSignal& stop, Logger& logger)
        : generator_(generator),
          plan_(plan),
          all_(all),
          options_(options),
          stop_(stop),
          logger_(logger),
          digest_(shard::plan_digest(plan)) {}

    RunReport execute() {
        report_.temporaries_removed = shard::remove_dead_temporaries(plan_.directory) +
                                      shard::remove_dead_temporaries(plan_.directory + "/index") +
                                      remove_dead_claims(plan_.directory);
        for (const std::string& folder : source_folders())
            if (std::filesystem::exists(folder))
                report_.temporaries_removed += shard::remove_dead_temporaries(folder);
        select();
        check_disk();
        make_pending();
        report_.complete = std::all_of(all_.begin(), all_.end(), [&](const ShardTask& task) {
            return present_record(task).has_value();
        });
        if (report_.complete) complete();
        collect_quarantined();
        return report_;
    }

private:
    void complete() const {
        restore_source_files();
        shard::IndexOptions options;
        options.contact_sheet = options_.contact_sheet;
        options.sources_checked = true;
        shard::rebuild_index(plan_.directory, options);
    }

    std::set<std::string> source_folders() const {
        std::set<std::string> folders;
        for (const PlannedSource& source : plan_.sources)
            if (!source.file.empty())
                folders.insert(plan_.directory + "/" +
                               std::filesystem::path(source.file).parent_path().string());
        return folders;
    }

    bool is_selected(const ShardTask& task) const {
        return !options_.shards || options_.shards->contains(task.shard_id);
    }

    void select() {
        for (const ShardTask& task : all_) {
            if (!is_selected(task)) continue;
            ++report_.shards_planned;
            report_.samples_planned += task.planned_count;
            if (const auto record = present_record(task)) {
                ++report_.shards_present;
                present_samples_ += task.planned_count;
                present_bytes_ += record->bytes_before;
            } else {
                pending_.push_back(task);
                missing_samples_ += task.planned_count;
            }
        }
    }

    /// The record of a shard that is there and as planned. Damaged ones, and those of a smaller set, count as
    /// missing.
    std::optional<shard::ShardRecord> present_record(const ShardTask& task) {
        const std::string path = plan_.directory + "/" + task.file;
        if (!shard::file_exists(path)) return std::nullopt;
        shard::ShardRecord record;
        try {
            record = shard::decode_record(shard::MappedFile(path).bytes(), path);
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::TryAgain) throw;
            const std::lock_guard<std::mutex> lock(mutex_);
            if (damaged_.insert(task.file).second)
                logger_.warn(std::string(error.what()) + "; it is made again");
            return std::nullopt;
        }
        if (record.plan_digest != digest_)
            throw Error(ErrorKind::BadData, "this shard belongs to another plan")
                .where(path)
                .hint("choose another folder");
        if (record.planned_count < task.planned_count) return std::nullopt;
        if (record.shard_id != task.shard_id || record.first_index != task.first_index ||
            record.last_index != task.last_index || record.planned_count != task.planned_count)
            throw Error(ErrorKind::BadData, "this shard holds other samples than planned")
                .where(path)
                .hint("a run with a larger count uses this folder, or the splits have changed");
        return record;
    }

    void check_disk() const {
        if (pending_.empty()) return;
        double each = options_.bytes_per_sample > 0 ? options_.bytes_per_sample
                                                    : estimated_bytes_per_sample(plan_.fields);
        if (present_samples_ > 0) each = double(present_bytes_) / double(present_samples_);
        struct statvfs status {};
        if (statvfs(plan_.directory.c_str(), &status) != 0)
            shard::throw_system_error("asking for space in", plan_.directory, errno);
        const double has = double(status.f_bavail) * double(status.f_frsize),
                     needs = each * double(missing_samples_);
        const auto megabytes = [](double bytes) {
            return std::to_string(int64_t(bytes / 1e6 + 0.5)) + " MB";
        };
        if (needs > has)
            throw Error(ErrorKind::TryAgain,
                        "not enough space: needs about " + megabytes(needs) + ", has " + megabytes(has))
                .where(plan_.directory)
                .hint("free space, lower --count, or make a part with --shards");
    }

    void make_pending() {
        Progress progress(logger_, "synth " + plan_.kind, "samples", int64_t(report_.samples_planned),
                          int64_t(present_samples_));
        progress_ = &progress;
        InputCheck check(*this);
        while (!pending_.empty()) {
            const size_t before = pending_.size();
            stop_if_asked();
            make_claimable();
            stop_if_asked();
            // Others hold what is left: look again until it is done or its maker is gone.
            if (pending_.size() == before) std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        check.join();
        if (error_) std::rethrow_exception(error_);
        progress.finish();
        progress_ = nullptr;
    }

    /// Looks at the inputs while samples are made; one that cannot be used stops the run.
    class InputCheck {
    public:
        explicit InputCheck(Run& run) {
            if (run.pending_.empty()) return;
            thread_ = std::thread([this, &run] {
                run.keep_error(
                    [&] { run.generator_.check_inputs([&] { return done_.load() || run.must_stop(); }); });
            });
        }
        ~InputCheck() {
            done_ = true;
            join();
        }
        void join() {
            if (thread_.joinable()) thread_.join();
        }

    private:
        std::atomic<bool> done_{false};
        std::thread thread_;
    };

    void stop_if_asked() const {
        if (const int number = stop_.received())
            throw Error(ErrorKind::TryAgain,
                        std::string("stopped by ") + (number == SIGINT ? "Ctrl-C" : "SIGTERM"))
                .where(plan_.directory)
                .hint("run the same command again: finished shards are kept");
    }

    /// Makes all pending shards that nobody else is making; leaves the others pending.
    void make_claimable() {
        tbb::task_group lanes;
        lanes_ = 0;
        for (int i = 0; i < std::max(1, options_.shards_at_once); ++i) start_lane(lanes);
        lanes.wait();
        pending_.insert(pending_.end(), held_.begin(), held_.end());
        held_.clear();
        if (error_) std::rethrow_exception(error_);
    }

    void start_lane(tbb::task_group& lanes) {
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            const int most =
                options_.shards_at_once > 0 ? options_.shards_at_once : std::min(threads(), kMostLanes);
            if (lanes_ == most || (lanes_ > 0 && pending_.empty())) return;
            ++lanes_;
        }
        lanes.run([this, &lanes] { keep_error([&] { make_shards(lanes); }); });
    }

    int threads() const { return options_.threads > 0 ? options_.threads : tbb::info::default_concurrency(); }

    /// One lane, from its first shard to when no more are pending.
    void make_shards(tbb::task_group& lanes) {
        Lane lane;
        // An exception that leaves a filter makes TBB drop what is under way without destroying it, claims
        // and temporary files with it. So the first one is kept, the rest drains, and it is thrown behind the
        // pipeline.
        const auto next_work = [&](tbb::flow_control& control) {
            auto work = std::make_shared<Work>();
            keep_error([&] {
                while (lane.queue.empty() && !must_stop())
                    if (const auto task = take_pending())
                        open(*task, lane.queue);
                    else
                        break;
            });
            if (lane.queue.empty() || must_stop()) {
                control.stop();
                return work;
            }
            *work = std::move(lane.queue.front());
            lane.queue.pop_front();
            return work;
        };
        // Isolation: a thread that waits inside generate() must not pick up another sample, which could wait
        // for what the first one holds.
        const auto make = [&](const std::shared_ptr<Work>& work) {
            auto done = std::make_shared<Done>(Done{work->shard, {}});
            keep_error(
                [&] { tbb::this_task_arena::isolate([&] { done->outcomes = outcomes_of(work->keys); }); });
            return done;
        };
        const auto take = [&](const std::shared_ptr<Done>& done) {
            keep_error([&] { tbb::this_task_arena::isolate([&] { store(*done, lane); }); });
            if (lane.load.is_high()) start_lane(lanes);
        };
        tbb::parallel_pipeline(
            size_t(threads()) * 2,
            tbb::make_filter<void, std::shared_ptr<Work>>(tbb::filter_mode::serial_in_order, next_work) &
                tbb::make_filter<std::shared_ptr<Work>, std::shared_ptr<Done>>(tbb::filter_mode::parallel,
                                                                               make) &
                tbb::make_filter<std::shared_ptr<Done>, void>(tbb::filter_mode::serial_in_order, take));
        lane.wait_for_disk();
    }

    std::optional<ShardTask> take_pending() {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (pending_.empty()) return std::nullopt;
        const ShardTask task = pending_.front();
        pending_.pop_front();
        return task;
    }

    bool must_stop() const { return failed_ || stop_.received(); }

    template <class F>
    void keep_error(F&& work) {
        try {
            work();
        } catch (...) {
            const std::lock_guard<std::mutex> lock(mutex_);
            if (!error_) error_ = std::current_exception();
            failed_ = true;
        }
    }

    /// Queues the groups of a shard, unless it is there by now or somebody else is making it.
    void open(const ShardTask& task, std::deque<Work>& queue) {
        std::optional<Claim> claim = Claim::take(plan_.directory, task.file, options_.claim_lease_s);
        const bool present = present_record(task).has_value();
        if (present) progress_->advance(int64_t(task.planned_count));
        if (present || !claim) {
            const std::lock_guard<std::mutex> lock(mutex_);
            if (present)
                ++report_.shards_present;
            else
                held_.push_back(task);
            return;
        }
        auto groups = groups_of(generator_, plan_, task);
        auto shard = std::make_shared<OpenShard>(OpenShard{task, std::move(*claim), groups.size(), nullptr});
        for (auto& keys : groups) queue.push_back({shard, std::move(keys)});
    }

    std::vector<Outcome> outcomes_of(const std::vector<SampleKey>& keys) const {
        if (must_stop()) return {};
        try {
            return encoded(keys);
        } catch (const std::bad_alloc&) {
            throw Error(ErrorKind::TryAgain, "not enough memory").hint("use fewer threads");
        } catch (const std::exception& error) {
            if (is_passing(error)) throw;
            if (keys.size() == 1) {
                std::vector<Outcome> left_out(1);
                left_out[0].index = keys[0].index;
                left_out[0].reason = error.what();
                return left_out;
            }
        }
        // One key of a group failed: each is a pure function of itself, so the others can be made without it.
        std::vector<Outcome> outcomes;
        for (const SampleKey& key : keys)
            for (Outcome& outcome : outcomes_of({key})) outcomes.push_back(std::move(outcome));
        return outcomes;
    }

    /// Whether an error says nothing about the sample, only about this moment.
    static bool is_passing(const std::exception& error) {
        const auto* const ours = dynamic_cast<const Error*>(&error);
        return ours && ours->kind() == ErrorKind::TryAgain;
    }

    std::vector<Outcome> encoded(const std::vector<SampleKey>& keys) const {
        std::vector<Outcome> outcomes;
        generator_.generate_each(keys, [&](Sample sample) {
            const size_t i = outcomes.size();
            if (i == keys.size() || sample.key.index != keys[i].index ||
                sample.key.root.value != keys[i].root.value || sample.split != generator_.split(keys[i]))
                throw Error(ErrorKind::Failed, "the generator returned another sample than asked for");
            outcomes.push_back({keys[i].index, shard::encode_sample(std::move(sample), plan_), ""});
        });
        if (outcomes.size() != keys.size())
            throw Error(ErrorKind::Failed, "wrong number of samples")
                .got(std::to_string(outcomes.size()))
                .expected(std::to_string(keys.size()));
        return outcomes;
    }

    /// Writes the file that all samples of this one's source share, unless it is there.
    void put_source_file(const SampleKey& key) const {
        if (plan_.samples_per_source == 0) return;
        const std::lock_guard<std::mutex> lock(source_mutex_);
        const std::string& file = plan_.sources[size_t(key.index / plan_.samples_per_source)].file;
        if (file.empty() || shard::file_exists(plan_.directory + "/" + file)) return;
        write_source_file(key, file, shard::AtomicFile::IfPresent::Keep);
    }

    void write_source_file(const SampleKey& key, const std::string& file,
                           shard::AtomicFile::IfPresent policy) const {
        const std::filesystem::path path(file);
        const std::string folder = plan_.directory + "/" + path.parent_path().string();
        std::error_code error;
        std::filesystem::create_directories(folder, error);
        if (error) shard::throw_system_error("making the folder", folder, error.value());
        shard::AtomicFile out(folder, path.filename().string());
        out.write(generator_.source_file(key));
        out.publish(policy);
    }

    /// Files of sources that went missing or were damaged since their shards were made.
    void restore_source_files() const {
        const std::vector<std::string> hashes = shard::source_file_hashes(shard::Dataset(plan_.directory));
        for (size_t i = 0; i < hashes.size(); ++i) {
            if (hashes[i].empty()) continue;
            const std::string &file = plan_.sources[i].file, path = plan_.directory + "/" + file;
            const std::string problem = shard::source_file_problem(path, hashes[i]);
            if (problem.empty()) continue;
            logger_.warn(path + ": " + problem + "; it is made again");
            write_source_file({plan_.seed, i * plan_.samples_per_source}, file,
                              shard::AtomicFile::IfPresent::Replace);
        }
    }

    void store(Done& done, Lane& lane) {
        // After a stop, groups arrive empty or not at all: the shard cannot be finished.
        if (must_stop()) return;
        OpenShard& open = *done.shard;
        if (!open.writer) open.writer = std::make_unique<shard::ShardWriter>(plan_, open.task, digest_);
        uint64_t made = 0;
        for (Outcome& outcome : done.outcomes) {
            if (outcome.reason.empty()) {
                put_source_file({plan_.seed, outcome.index});
                lane.load.add([&] { open.writer->add(outcome.index, std::move(outcome.sample)); });
                ++made;
            } else {
                open.writer->quarantine(outcome.index, outcome.reason);
                logger_.warn(shard::sample_name(plan_.kind, outcome.index) +
                             " is left out: " + outcome.reason);
            }
        }
        open.claim.renew();
        progress_->advance(int64_t(done.outcomes.size()));
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            report_.samples_made += made;
        }
        if (--open.groups_left > 0) return;
        open.writer->finish();
        lane.wait_for_disk();
        lane.on_disk = std::async(std::launch::async, [this, finished = done.shard]() mutable {
            keep_error([&] { publish(*finished); });
            finished.reset();  // and with it the claim
        });
    }

    /// Runs beside the making of the next shard.
    void publish(OpenShard& open) {
        const shard::Commit commit = open.writer->commit(logger_);
        const shard::ShardIndex index = open.writer->index(plan_);
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            ++(commit == shard::Commit::Present ? report_.shards_present : report_.shards_made);
            report_.bytes_written += open.writer->bytes_written();
        }
        open.writer.reset();
        if (commit == shard::Commit::Present)
            shard::write_shard_index(plan_.directory, open.task.file, plan_);
        else
            shard::write_shard_index(plan_.directory, open.task.file, index);
    }

    void collect_quarantined() {
        uint64_t failed = 0;
        for (const ShardTask& task : all_) {
            if (!is_selected(task)) continue;
            for (shard::Quarantined& entry : shard::read_quarantined(plan_, task.file))
                report_.quarantined.push_back(std::move(entry));
        }
        failed = report_.quarantined.size();
        if (failed == 0) return;
        logger_.warn(std::to_string(failed) + " of " + std::to_string(report_.samples_planned) +
                     " samples could not be made");
        if (failed == report_.samples_planned ||
            double(failed) > options_.allowed_failures * double(report_.samples_planned))
            throw Error(ErrorKind::Failed, std::to_string(failed) + " of " +
                                               std::to_string(report_.samples_planned) +
                                               " samples could not be made")
                .where(plan_.directory)
                .hint("the first: " + shard::sample_name(plan_.kind, report_.quarantined[0].index) + ": " +
                      report_.quarantined[0].reason);
    }

    const Generator& generator_;
    const DatasetPlan& plan_;
    const std::vector<ShardTask>& all_;
    const RunOptions& options_;
    const StopSignal& stop_;
    Logger& logger_;
    const std::string digest_;
    RunReport report_;
    std::deque<ShardTask> pending_, held_;  // held: by other processes, when last looked at
    std::set<std::string> damaged_;         // shards that were warned of
    uint64_t present_samples_ = 0, present_bytes_ = 0, missing_samples_ = 0;
    Progress* progress_ = nullptr;
    int lanes_ = 0;
    std::atomic<bool> failed_{false};
    std::exception_ptr error_;
    // Of what lanes share: pending_, held_, damaged_, lanes_, error_, counts of the report.
    std::mutex mutex_;
    mutable std::mutex source_mutex_;
};

std::string range_text(const Range<uint64_t>& range) {
    return std::to_string(range.lo) + "-" + std::to_string(range.hi);
}

/// Says what is going to be made. @throws Error when the plan has none of the shards asked for
void announce(const DatasetPlan& plan, const std::vector<ShardTask>& shards, const RunOptions& options,
              Logger& logger) {
    const Range<uint64_t> whole{0, shards.size() - 1};
    std::string text = std::to_string(plan.count) + " samples in " + std::to_string(shards.size()) +
                       (shards.size() == 1 ? " shard" : " shards") + ", number " + range_text(whole);
    if (const auto& wanted = options.shards) {
        if (wanted->lo > wanted->hi || wanted->lo > whole.hi)
            throw Error(ErrorKind::Usage, "no such shards")
                .got(range_text(*wanted))
                .expected("within " + range_text(whole));
        text += "; of these " + range_text({wanted->lo, std::min(wanted->hi, whole.hi)}) + " here";
    }
    logger.info(text);
    if (const std::string warning = warn_of_empty_splits(plan, shards); !warning.empty())
        logger.warn(warning);
}

}  // namespace

DatasetPlan completed_plan(const Generator& generator, const DatasetPlan& plan) {
    DatasetPlan whole = plan;
    whole.kind = generator.kind();
    whole.fields = generator.fields();
    whole.group_size = generator.group_size();
    whole.samples_per_source = generator.samples_per_source();
    whole.sources.clear();
    if (whole.samples_per_source > 0)
        for (uint64_t first = 0; first < whole.count; first += whole.samples_per_source)
            whole.sources.push_back(generator.source({whole.seed, first}));
    return whole;
}

double estimated_bytes_per_sample(const std::vector<FieldSpec>& fields) {
    double total = 0;
    for (const FieldSpec& spec : fields) {
        if (spec.extension == "json") {
            total += 16384;
            continue;
        }
        double bytes = double(bytes_per_value(spec.type));
        for (const int64_t side : spec.shape) bytes *= side == -1 ? 1024 : double(side);
        total += bytes + 1024;
    }
    return total;
}

RunReport run(const Generator& generator, const DatasetPlan& plan, const RunOptions& options,
              Logger& logger) {
    const StopSignal stop;  // before the first file: a signal never leaves more than a resumable folder
    const DatasetPlan whole = completed_plan(generator, plan);
    whole.validate();
    const std::vector<ShardTask> shards = list_shards(generator, whole);
    announce(whole, shards, options, logger);
    settle_plan(whole, logger);
    const ThreadLimit limit(options.threads);
    try {
        return Run(generator, whole, shards, options, stop, logger).execute();
    } catch (const Error& error) {
        // An input that cannot be used: without it the plan is another one.
        if (error.kind() == ErrorKind::BadData) withdraw_plan(whole.directory);
        throw;
    }
}

}  // namespace radforge
