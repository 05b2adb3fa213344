// SPDX-License-Identifier: Apache-2.0
/// Small sets of films for tests of training as users run it.
#pragma once
#include <cstdint>
#include <string>

namespace radforge::test {

/// Writes a finished set of kind "film" with a train and a val shard: 40 x 56 px photos of a flat film that
/// lies askew on a table, with all maps that training asks for.
void write_film_set(const std::string& directory, uint32_t train, uint32_t val);

}  // namespace radforge::test
