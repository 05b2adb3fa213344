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

TEST(Logger, JsonReplacesBytesThatAreNotUtf8) {
    const std::string kept = "\x7f \xc3\xbc \xe2\x82\xac \xf0\x9f\xa6\xb4", mark = "\xef\xbf\xbd";
    const std::string wrong[] = {"\xff",     "\xc3",         "\x80",         "\xc0\xaf",
                                 "\xe2\x82", "\xed\xa0\x80", "\xe0\x80\x80", "\xf4\x90\x80\x80"};
    for (const std::string& bytes : wrong) {
        testing::internal::CaptureStderr();
        Logger(LogFormat::Json).info(kept + bytes + "z");
        std::string marks;
        for (size_t i = 0; i < bytes.size(); ++i) marks += mark;
        EXPECT_EQ(testing::internal::GetCapturedStderr(),
                  "{\"level\":\"info\",\"message\":\"" + kept + marks + "z\"}\n");
    }
}

}  // namespace
}  // namespace radforge
