// SPDX-License-Identifier: Apache-2.0
/// Where a dataset or a report comes from: the same four facts make the same bits.
#pragma once
#include <map>
#include <string>

namespace radforge::config {

/// Goes into manifest.json and into reports, never into samples.
struct Provenance {
    std::string config_sha256;  ///< of the dumped config
    std::string revision;       ///< commit, "+changes" behind it when edited, or "unknown"
    std::string maths_class;    ///< see maths_class()
    std::map<std::string, std::string>
        versions;  ///< package -> version: radforge, compiler, glibc, libraries
};

/// @param config_toml  what dump() returned
/// @param embree_isa   instruction set that Embree was told to use, "avx2"; "none" where it is not used
Provenance provenance(const std::string& config_toml, const std::string& embree_isa);

/// Machines of one class make the same bits: "build=1f2e.. march=x86-64-v3 glibc=2.36 libm=0123456789abcdef
/// embree=avx2". `build` is the linker's build id of the program.
std::string maths_class(const std::string& embree_isa);

/// 16 hex digits over the bits that sin cos tan atan exp log pow tanh erf cosf return for fixed arguments:
/// glibc picks other code by CPU, tunable and version, and its last bits differ.
std::string libm_fingerprint();

/// The linker's build id of the running program, lower-case hex; "none" when it was linked without one.
std::string build_id();

}  // namespace radforge::config
