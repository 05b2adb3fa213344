// SPDX-License-Identifier: Apache-2.0
/// The hooks of every run.
#pragma once
#include "models/train/hook.h"

#include <memory>
#include <vector>

namespace radforge::models {

/// metrics.jsonl (no times in it: a resumed run writes the same lines), TensorBoard's tb/, and the progress
/// bar.
std::unique_ptr<Hook> make_log_hook();
/// Validates every so often; keeps checkpoints/best, lowers the rate on a plateau, ends a run that has
/// stopped improving.
std::unique_ptr<Hook> make_validation_hook();
/// previews/step-N.png from the first validation samples.
std::unique_ptr<Hook> make_preview_hook();
/// checkpoints/step-N every so often.
std::unique_ptr<Hook> make_checkpoint_hook();
/// All of them, in an order in which each finds what it needs.
std::vector<std::unique_ptr<Hook>> standard_hooks();

}  // namespace radforge::models
