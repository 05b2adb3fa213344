// SPDX-License-Identifier: Apache-2.0
/// From a config file and folders to a blur generator.
#pragma once
#include "synth/blur/blur_config.h"
#include "synth/registry.h"

namespace radforge::blur {

/// @throws Error as set_up_generator()
GeneratorSetup set_up(const config::Document& document, const InputPaths& inputs, Logger& logger);

}  // namespace radforge::blur
