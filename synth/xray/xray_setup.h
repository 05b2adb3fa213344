// SPDX-License-Identifier: Apache-2.0
/// From a config file and folders to an x-ray generator.
#pragma once
#include "synth/registry.h"
#include "synth/xray/xray_config.h"

namespace radforge::xray {

/// @throws Error as set_up_generator()
GeneratorSetup set_up(const config::Document& document, const InputPaths& inputs, Logger& logger);

}  // namespace radforge::xray
