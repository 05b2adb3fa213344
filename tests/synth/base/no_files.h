// SPDX-License-Identifier: Apache-2.0
/// A moment in which nothing can be read, however whole the files are.
#pragma once
#include "synth/base/error.h"

#include <sys/resource.h>

namespace radforge::test {

/// While it lives, the process can open no file: "too many open files".
class NoFiles {
public:
    NoFiles() {
        getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit none{0, before_.rlim_max};
        setrlimit(RLIMIT_NOFILE, &none);
    }
    ~NoFiles() { setrlimit(RLIMIT_NOFILE, &before_); }
    NoFiles(const NoFiles&) = delete;
    NoFiles& operator=(const NoFiles&) = delete;

private:
    rlimit before_{};
};

/// Whether `reading` asks to be tried again when it can open no file.
template <class F>
bool is_put_off(F&& reading) {
    const NoFiles now;
    try {
        reading();
    } catch (const Error& error) {
        return error.kind() == ErrorKind::TryAgain;
    }
    return false;
}

}  // namespace radforge::test
