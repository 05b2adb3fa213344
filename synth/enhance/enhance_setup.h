// SPDX-License-Identifier: Apache-2.0
/// From a config file and folders to an enhancement generator.
#pragma once
#include "synth/enhance/enhance_config.h"
#include "synth/registry.h"

namespace radforge::enhance {

/// @throws Error as set_up_generator()
GeneratorSetup set_up(const config::Document& document, const InputPaths& inputs, Logger& logger);

}  // namespace radforge::enhance
