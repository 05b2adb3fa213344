// SPDX-License-Identifier: Apache-2.0
/// The vocabulary of a config struct: one `visit` lists every key once, and reader, dump, key table and hash
/// are visitors of it. Structs need base alone; TOML stays in config/*.cpp.
///
///     struct CameraConfig {
///         int width_px = 448;
///         Dist<double> tilt_deg = Dist<double>::uniform(-5, 5);
///         std::string encoding = "png";
///         template <class V> void visit(V& v) {
///             v("width_px", width_px, "px", Range{16, 16384}, "width of the photo");
///             v("tilt_deg", tilt_deg, "deg", Range{-90., 90.}, "rotation about the view axis");
///             v("encoding", encoding, Options{"png", "jpg"}, "how the photo is stored");
///         }
///     };
///
/// A visitor V provides operator() for
///   (key, int& | int64_t& | double&, unit, Range, help)         numbers
///   (key, Dist<int>& | Dist<double>&, unit, Range, help)        numbers or distributions, every draw within
///   Range (key, bool&, help) (key, std::string&, help)                                   free text (key,
///   std::string&, Options, help)                          one of a fixed list (key,
///   std::vector<std::string>&, help) and (key, std::vector<double>&, unit, Range, help) (key, Weights&,
///   Options, help)                              table of name = weight (key, S&, help) for a struct S that
///   has a visit             a nested table
#pragma once
#include "synth/base/dist.h"

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace radforge {

using Options = std::vector<std::string>;

namespace config {

struct AnyVisitor {
    template <class... A>
    void operator()(A&&...) {}
};
template <class S, class = void>
struct IsTable : std::false_type {};
template <class S>
struct IsTable<S, std::void_t<decltype(std::declval<S&>().visit(std::declval<AnyVisitor&>()))>>
    : std::true_type {};

}  // namespace config
}  // namespace radforge
