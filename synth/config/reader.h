// SPDX-License-Identifier: Apache-2.0
/// Strict reading of settings: an unknown key, a wrong type, a value out of range or a bad distribution is an
/// error with its place; nothing is converted but an integer where a real number is wanted.
///
/// A number that may vary is written `7.5`, `{ uniform = [lo, hi] }`, `{ log_uniform = [lo, hi] }`,
/// `{ normal = [mean, deviation, lo, hi] }` or `{ choice = [a, b, ..] }`. A table of weights replaces the
/// default weights as a whole; the override `table.weights.name=2` changes that one weight.
#pragma once
#include "synth/config/document.h"
#include "synth/config/keys.h"

namespace radforge::config {

/// Sets what the document gives, checks everything. @throws Error(Usage) with all problems, one per line
void read(const KeyList& list, const Document& document);

/// The settings of a document; what it leaves out keeps the default of `S`.
/// @throws Error(Usage) with all problems, one per line: "film.toml:3:1: unknown key 'camera.ssp'; did you
/// mean 'spp'?"
template <class S>
S load(const Document& document) {
    S settings;
    read(list_keys(settings), document);
    return settings;
}

/// Checks settings made in code against their own ranges and options. @throws Error(Usage) as load() does
void check(const KeyList& list);
template <class S>
void check(const S& settings) {
    S copy = settings;
    check(list_keys(copy));
}

}  // namespace radforge::config
