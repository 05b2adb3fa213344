// SPDX-License-Identifier: Apache-2.0
#include "models/train/run_claim.h"

#include "synth/base/error.h"
#include "synth/shard/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace radforge::models {

RunClaim::RunClaim(const std::string& directory, Logger& logger) {
    const std::string path = directory + "/" + kRunLock;
    file_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file_ < 0) shard::throw_system_error("opening", path, errno);
    if (flock(file_, LOCK_EX | LOCK_NB) == 0) return;
    const int error = errno;
    if (error != EWOULDBLOCK) {
        logger.warn(path + ": cannot be locked (" + std::strerror(error) +
                    "): see to it yourself that no two processes train in this folder");
        return;
    }
    close(file_);
    throw Error(ErrorKind::TryAgain, "another process trains in this folder")
        .where(directory)
        .hint("wait for its end, or choose another --out");
}

RunClaim::~RunClaim() { close(file_); }

}  // namespace radforge::models
