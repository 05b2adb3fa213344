// SPDX-License-Identifier: Apache-2.0
#include "synth/base/system_error.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace radforge {
namespace {

/// Whether a reader's failure is put down to the moment.
bool is_put_off(int error_number) {
    errno = error_number;
    try {
        throw_if_passing("a.dcm");
    } catch (const Error& error) {
        return error.kind() == ErrorKind::TryAgain;
    }
    return false;
}

TEST(SystemError, ReadersFailureIsPutOffForTheDisksReasonsAlone) {
    for (const int of_the_disk : {EIO, EMFILE, ENFILE, ESTALE}) EXPECT_TRUE(is_put_off(of_the_disk));
    for (const int of_the_file : {0, ENOENT, ENOTTY, ENOMEM, EAGAIN, EINTR})
        EXPECT_FALSE(is_put_off(of_the_file));
}

}  // namespace
}  // namespace radforge
