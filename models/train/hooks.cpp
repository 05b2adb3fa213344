// SPDX-License-Identifier: Apache-2.0
#include "models/train/hooks.h"

#include "models/train/event_file.h"
#include "models/train/trainer.h"
#include "synth/base/error.h"
#include "synth/base/progress.h"
#include "synth/shard/codec.h"
#include "synth/shard/file.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace radforge::models {
namespace {

using nlohmann::json;

/// Every `every` steps, and at the end.
bool due(int64_t every, int64_t step, int64_t steps) {
    return every > 0 && (step % every == 0 || step == steps);
}

/// Lines about steps up to where the run is: what a killed one wrote behind its last checkpoint would come
/// twice.
std::string kept_lines(const std::string& path, const Progression& at) {
    std::string kept;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        const json entry = json::parse(line, nullptr, false);
        if (!entry.is_object()) continue;
        const int64_t done = entry.contains("validation") ? at.validated : at.step;
        if (entry.value("step", done + 1) <= done) kept += line + "\n";
    }
    return kept;
}

void append_line(const std::string& path, const json& entry) {
    std::ofstream file(path, std::ios::app);
    file << entry.dump() << '\n';
    if (!file.flush())
        throw Error(ErrorKind::TryAgain, "cannot write")
            .where(path)
            .hint("free space and run the same command again");
}

std::string metrics_path(const Trainer& trainer) { return trainer.setup().directory + "/metrics.jsonl"; }

std::string short_number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

class LogHook final : public Hook {
public:
    void before_run(Trainer& trainer) override {
        const int64_t step = trainer.progression().step;
        shard::write_text_file(trainer.setup().directory, "metrics.jsonl",
                               kept_lines(metrics_path(trainer), trainer.progression()));
        shard::write_text_file(trainer.setup().directory, "config.toml", trainer.setup().config_toml);
        events_ = std::make_unique<EventFile>(trainer.setup().directory + "/tb");
        events_->text("config", step, "```\n" + trainer.setup().config_toml + "\n```");
        progress_ = std::make_unique<Progress>(trainer.logger(), "train " + trainer.setup().task_name,
                                               "steps", trainer.config().steps, step);
    }
    void after_step(Trainer& trainer, const StepReport& report) override {
        double total = 0;
        for (const auto& [name, value] : report.numbers)
            if (name.size() > 6 && name.compare(name.size() - 6, 6, ".total") == 0) total += value;
        progress_->advance(1, "loss " + short_number(total));
        if (!due(trainer.config().log_every, report.step, trainer.config().steps)) return;
        append_line(metrics_path(trainer), {{"step", report.step}, {"train", report.numbers}});
        for (const auto& [name, value] : report.numbers) events_->scalar("train/" + name, report.step, value);
    }
    void after_run(Trainer&) override { progress_->finish(); }

private:
    std::unique_ptr<EventFile> events_;
    std::unique_ptr<Progress> progress_;
};

class ValidationHook final : public Hook {
public:
    void before_run(Trainer& trainer) override {
        events_ = std::make_unique<EventFile>(trainer.setup().directory + "/tb/validation");
        // What validation cannot do is said before the training, not after it.
        if (trainer.config().validate_every == 0) return;
        if (const std::optional<Batch> batch = trainer.validation_batch())
            trainer.with_averaged_weights(
                [&] { monitored(trainer.config(), trainer.task().evaluate(*batch)); });
        validate(trainer);
    }
    void after_step(Trainer& trainer, const StepReport&) override { validate(trainer); }

private:
    /// Unless it is not due, or done.
    void validate(Trainer& trainer) {
        const TrainConfig& config = trainer.config();
        const int64_t step = trainer.progression().step;
        if (!trainer.setup().validation || trainer.progression().validated == step ||
            !due(config.validate_every, step, config.steps))
            return;
        const std::vector<Metric> metrics = trainer.validate();
        if (metrics.empty()) return;
        trainer.progression().validated = step;
        json numbers = json::object();
        std::ostringstream line;
        for (const Metric& m : metrics) {
            numbers[m.name] = m.value;
            if (m.n > 0) events_->scalar("validation/" + m.name, step, m.value);
            line << "  " << m.name << ' ' << (m.n > 0 ? short_number(m.value) : "not measured")
                 << (m.unit.empty() || m.n == 0 ? "" : " " + m.unit);
        }
        append_line(metrics_path(trainer), {{"step", step}, {"validation", numbers}});
        trainer.logger().info("step " + std::to_string(step) + ", validation:" + line.str());
        judge(trainer, monitored(config, metrics));
    }
    static double monitored(const TrainConfig& config, const std::vector<Metric>& metrics) {
        std::string names;
        for (const Metric& m : metrics) {
            if (config.monitor.empty() || m.name == config.monitor) return m.value;
            names += (names.empty() ? "" : ", ") + m.name;
        }
        throw Error(ErrorKind::Usage, "no such metric to monitor")
            .got("'" + config.monitor + "'")
            .expected("one of " + names);
    }
    static void judge(Trainer& trainer, double value) {
        const TrainConfig& config = trainer.config();
        Progression& at = trainer.progression();
        // Not finite, it is neither better nor worse than any other, and no number that JSON has.
        const bool better =
            std::isfinite(value) &&
            (at.best_step < 0 || (config.monitor_largest ? value > at.best : value < at.best));
        if (better) {
            at.best = value;
            at.best_step = at.step;
            at.stale_validations = at.plateau_stale = 0;
            trainer.save("best");
            return;
        }
        ++at.stale_validations;
        if (++at.plateau_stale > config.schedule.plateau_patience && config.schedule.name == "plateau") {
            at.plateau_factor *= config.schedule.plateau_factor;
            at.plateau_stale = 0;
        }
        if (config.early_stop > 0 && at.stale_validations >= config.early_stop) {
            trainer.logger().info("no better for " + std::to_string(at.stale_validations) +
                                  " validations: done");
            trainer.request_stop();
        }
    }
    std::unique_ptr<EventFile> events_;
};

class PreviewHook final : public Hook {
public:
    void after_step(Trainer& trainer, const StepReport& report) override {
        if (!due(trainer.config().preview_every, report.step, trainer.config().steps)) return;
        const std::optional<Batch> batch = trainer.validation_batch();
        if (!batch) return;
        std::vector<Image> rows;
        trainer.with_averaged_weights([&] {
            for (int64_t i = 0; i < std::min<int64_t>(trainer.config().preview_rows, batch->size()); ++i)
                rows.push_back(trainer.task().preview(*batch, i));
        });
        Image sheet(rows[0].height_px * int(rows.size()), rows[0].width_px, 3, PixelType::U8,
                    ColorSpace::Srgb);
        size_t at = 0;
        for (const Image& row : rows) {
            RADFORGE_ASSERT(row.width_px == sheet.width_px && row.channels == 3 && row.type == PixelType::U8);
            std::copy(row.bytes.begin(), row.bytes.end(), sheet.bytes.begin() + int64_t(at));
            at += row.bytes.size();
        }
        const std::string directory = trainer.setup().directory + "/previews";
        std::filesystem::create_directories(directory);
        shard::write_text_file(directory, checkpoint_name(report.step) + ".png", shard::encode_png(sheet));
        if (!events_) events_ = std::make_unique<EventFile>(trainer.setup().directory + "/tb/previews");
        events_->image("preview", report.step, sheet);
    }

private:
    std::unique_ptr<EventFile> events_;
};

class CheckpointHook final : public Hook {
public:
    void after_step(Trainer& trainer, const StepReport& report) override {
        const TrainConfig& config = trainer.config();
        if (config.checkpoint_every == 0 || report.step % config.checkpoint_every != 0) return;
        trainer.save(checkpoint_name(report.step));
        prune_checkpoints(trainer.checkpoint_directory(), report.step, config.keep_checkpoints);
    }
    void after_run(Trainer& trainer) override {
        prune_checkpoints(trainer.checkpoint_directory(), trainer.progression().step,
                          trainer.config().keep_checkpoints);
    }
};

}  // namespace

std::unique_ptr<Hook> make_log_hook() { return std::make_unique<LogHook>(); }
std::unique_ptr<Hook> make_validation_hook() { return std::make_unique<ValidationHook>(); }
std::unique_ptr<Hook> make_preview_hook() { return std::make_unique<PreviewHook>(); }
std::unique_ptr<Hook> make_checkpoint_hook() { return std::make_unique<CheckpointHook>(); }

std::vector<std::unique_ptr<Hook>> standard_hooks() {
    std::vector<std::unique_ptr<Hook>> hooks;
    hooks.push_back(make_log_hook());
    hooks.push_back(make_validation_hook());
    hooks.push_back(make_preview_hook());
    hooks.push_back(make_checkpoint_hook());
    return hooks;
}

}  // namespace radforge::models
