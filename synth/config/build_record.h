// SPDX-License-Identifier: Apache-2.0
/// What the build knows of itself; build_record.cmake fills it in on every build.
#pragma once

namespace radforge::config {

struct BuildRecord {
    const char* version;  ///< "0.1.0"
    const char*
        revision;  ///< 40 hex digits of the commit, "+changes" behind it when files differ; or "unknown"
    const char* compiler;  ///< "GNU 12.2.0"
    const char* march;     ///< value of -march, empty when left to the compiler
    const char* packages;  ///< "name version" lines of the Debian packages built against; empty elsewhere
};

BuildRecord build_record();

}  // namespace radforge::config
