// SPDX-License-Identifier: Apache-2.0
#include "synth/base/system_error.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

namespace radforge {
namespace {

constexpr int kFull[] = {ENOSPC, EDQUOT, EFBIG};
constexpr int kPassing[] = {EIO, EAGAIN, EINTR, EMFILE, ENFILE, ENOMEM, ESTALE};
// Libraries leave the others behind for reasons of their own: threads that wait EAGAIN and EINTR, lengths in
// damaged files ENOMEM.
constexpr int kPassingOfFiles[] = {EIO, EMFILE, ENFILE, ESTALE};

template <size_t N>
bool is_one_of(const int (&numbers)[N], int number) {
    return std::find(std::begin(numbers), std::end(numbers), number) != std::end(numbers);
}

}  // namespace

void throw_system_error(const std::string& doing, const std::string& path, int error_number) {
    const bool full = is_one_of(kFull, error_number), passing = is_one_of(kPassing, error_number);
    Error error(full || passing ? ErrorKind::TryAgain : ErrorKind::BadData,
                doing + " failed: " + std::strerror(error_number));
    error.where(path);
    if (full) error.hint("free space and run the same command again: what is finished is kept");
    if (passing) error.hint("run the same command again: what is finished is kept");
    throw error;
}

void throw_if_passing(const std::string& path) {
    if (is_one_of(kPassingOfFiles, errno)) throw_system_error("reading", path, errno);
}

}  // namespace radforge
