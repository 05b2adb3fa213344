// SPDX-License-Identifier: Apache-2.0
/// A checkpoint of a film network, for an evaluation.
#pragma once
#include "models/eval/film_network.h"
#include "synth/base/log.h"

#include <memory>
#include <string>
#include <vector>

namespace radforge::models {

/// @param words  folder of a run (its best checkpoint, else the newest one), or a checkpoint's .json; NAME=
///               before it names the run, else its folder does
/// @param tasks  one of which it must be of: firenet, dewarpnet
/// @param device cpu or cuda
/// @throws Error when there is none, it is damaged, of another task, or its weights are not of its config
std::unique_ptr<eval::FilmNetwork> trained_film_network(const std::string& words,
                                                        const std::vector<std::string>& tasks,
                                                        const std::string& device, Logger& logger);

}  // namespace radforge::models
