// SPDX-License-Identifier: Apache-2.0
#include "synth/base/log.h"

#include <gtest/gtest.h>

namespace radforge {
namespace {

TEST(Logger, WritesPlainLinesToStandardError) {
    testing::internal::CaptureStderr();
    Logger logger;
    logger.info("one");
    logger.warn("two");
    logger.error("three");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "info: one\nwarning: two\nerror: three\n");
}

TEST(Logger, QuietKeepsWarningsAndErrors) {
    testing::internal::CaptureStderr();
    Logger logger(LogFormat::Text, true);
    logger.info("one");
    logger.warn("two");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "warning: two\n");
}

TEST(Logger, JsonIsOneEscapedObjectALine) {
    testing::internal::CaptureStderr();
    Logger logger(LogFormat::Json);
    logger.info("a \"quoted\" \\ line\nbreak %v {}");
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "{\"level\":\"info\",\"message\":\"a \\\"quoted\\\" \\\\ line\\u000abreak %v {}\"}\n");
}

}  // namespace
}  // namespace radforge
