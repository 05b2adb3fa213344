// SPDX-License-Identifier: Apache-2.0
#include "synth/base/progress.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace radforge {
namespace {

TEST(FormatDuration, PicksTheUnitsThatMatter) {
    EXPECT_EQ(format_duration(0), "0s");
    EXPECT_EQ(format_duration(12.4), "12s");
    EXPECT_EQ(format_duration(59.6), "1m 00s");
    EXPECT_EQ(format_duration(200), "3m 20s");
    EXPECT_EQ(format_duration(3599.7), "1h 00m");
    EXPECT_EQ(format_duration(3725), "1h 02m");
    EXPECT_EQ(format_duration(360000), "100h 00m");
}

// Captured standard error is a file, not a terminal.
std::string progress_text(LogFormat format, bool quiet) {
    testing::internal::CaptureStderr();
    {
        Logger logger(format, quiet);
        Progress progress(logger, "film", "samples", 4, 1);
        progress.advance(2);
        progress.advance();
        progress.finish();
    }
    return testing::internal::GetCapturedStderr();
}

TEST(Progress, PrintsPlainLinesWhereThereIsNoTerminal) {
    const std::string text = progress_text(LogFormat::Text, false);
    EXPECT_THAT(text, testing::StartsWith("film 100% 4/4 samples"));
    EXPECT_THAT(text, testing::HasSubstr("took 0s\n"));
    EXPECT_EQ(text.find_first_of("\r\033"), std::string::npos);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1)
        << "the last state once, though finish() ran twice";
}

TEST(Progress, JsonLinesCarryTheCounts) {
    EXPECT_THAT(
        progress_text(LogFormat::Json, false),
        testing::MatchesRegex("\\{\"progress\":\"film\",\"done\":4,\"total\":4,\"per_second\":[-+.e0-9]+,"
                              "\"eta_s\":0\\}\n"));
}

TEST(Progress, IsSilentWhenQuiet) { EXPECT_EQ(progress_text(LogFormat::Text, true), ""); }

TEST(Progress, LinesThatCannotBeWrittenAreLostAndStopNothing) {
    const int kept = dup(2), full = open("/dev/full", O_WRONLY);
    for (const LogFormat format : {LogFormat::Text, LogFormat::Json}) {
        ASSERT_EQ(dup2(full, 2), 2);
        EXPECT_NO_THROW({
            Logger logger(format);
            Progress progress(logger, "film", "samples", 4);
            progress.finish();
            logger.warn("one");
        });
        ASSERT_EQ(dup2(kept, 2), 2);
        std::clearerr(stderr);
    }
    close(kept);
    close(full);
}

TEST(Progress, AnEmptyJobIsDone) {
    testing::internal::CaptureStderr();
    {
        Logger logger;
        Progress progress(logger, "film", "samples", 0);
    }
    EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::StartsWith("film 100% 0/0 samples"));
}

}  // namespace
}  // namespace radforge
