// SPDX-License-Identifier: Apache-2.0
/// One process at a time trains in a folder.
#pragma once
#include "synth/base/log.h"

#include <string>

namespace radforge::models {

constexpr const char* kRunLock = "run.lock";

/// A lock on the file run.lock of a run's folder. The kernel takes it back when the process ends, however it
/// ends, so none is ever stale; over NFS it holds between machines where the server's lock service runs.
class RunClaim {
public:
    /// Warns where the file system knows no locks.
    /// @throws Error(TryAgain) when another process holds it
    RunClaim(const std::string& directory, Logger& logger);
    ~RunClaim();
    RunClaim(const RunClaim&) = delete;
    RunClaim& operator=(const RunClaim&) = delete;

private:
    int file_ = -1;
};

}  // namespace radforge::models
