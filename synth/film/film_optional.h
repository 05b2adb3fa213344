// SPDX-License-Identifier: Apache-2.0
/// Members of a film sample that a dataset has when `film.members` names them.
#pragma once
#include "synth/film/film_config.h"
#include "synth/film/film_generator.h"

#include <string>
#include <vector>

namespace radforge::film {

/// All names, in the order in which they are stored.
std::vector<std::string> optional_members();

/// What the optional members of a config ask of a render.
struct OptionalNeeds {
    bool layers = false, variance = false, surface = false, checker = false, shading = false, flow = false,
         coverage = false;
};
/// @throws Error when film.members holds an unknown or doubled name
OptionalNeeds optional_needs(const FilmConfig& config);

std::vector<FieldSpec> optional_fields(const FilmConfig& config);
/// @throws Error naming the field when a value cannot be stored
std::vector<Field> optional_values(const FilmConfig& config, const FilmRecipe& recipe, const FilmShot& shot);

/// The picture that the checker twin of a film shows: squares of 10 mm, the corner by the image's origin
/// dark, transmittance 0.05 and 0.8.
Image checkerboard(double width_m, double height_m);

}  // namespace radforge::film
