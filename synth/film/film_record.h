// SPDX-License-Identifier: Apache-2.0
/// A film sample as stored: its members in the order of sample-format.md, and meta.json.
#pragma once
#include "synth/film/film_generator.h"

#include <string>
#include <vector>

namespace radforge::film {

/// Names, types, shapes and scales, fixed by the config before the first sample.
std::vector<FieldSpec> film_fields(const FilmConfig& config);

/// @throws Error when a value leaves the range that its storage covers: the sample is then quarantined
std::vector<Field> film_members(const FilmConfig& config, const FilmRecipe& recipe, const FilmShot& shot,
                                const std::string& split);

}  // namespace radforge::film
