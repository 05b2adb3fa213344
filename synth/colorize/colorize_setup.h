// SPDX-License-Identifier: Apache-2.0
/// From a config file and folders to a colourisation generator.
#pragma once
#include "synth/colorize/colorize_config.h"
#include "synth/registry.h"

namespace radforge::colorize {

/// @throws Error as set_up_generator()
GeneratorSetup set_up(const config::Document& document, const InputPaths& inputs, Logger& logger);

}  // namespace radforge::colorize
