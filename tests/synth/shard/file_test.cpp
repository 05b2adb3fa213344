// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/file.h"

#include "synth/base/error.h"
#include "tests/synth/shard/scratch.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

namespace {

bool lose_answers = false, lose_entries = false;

/// A network file system that has lost the answer to a rename asks again and is told that the name is gone.
int renamed(const char* from, const char* to, unsigned flags) {
    const long result = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
    if (result == 0 && lose_answers) errno = ENOENT;
    return result == 0 && lose_answers ? -1 : int(result);
}

}  // namespace

// Instead of those of the C library.
extern "C" int rename(const char* from, const char* to) noexcept { return renamed(from, to, 0); }
extern "C" int renameat2(int, const char* from, int, const char* to, unsigned flags) noexcept {
    return renamed(from, to, flags);
}

extern "C" dirent* readdir(DIR* folder) {
    if (!lose_entries) return reinterpret_cast<dirent* (*)(DIR*)>(dlsym(RTLD_NEXT, "readdir"))(folder);
    errno = ESTALE;
    return nullptr;
}

namespace radforge::shard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(AtomicFile, IsAbsentUntilPublishedAndLeavesNothingWhenDropped) {
    const test::Scratch scratch;
    {
        AtomicFile file(scratch.path(), "a");
        file.write("half");
        EXPECT_FALSE(file_exists(scratch / "a"));
    }
    EXPECT_THAT(list_directory(scratch.path()), IsEmpty());
    AtomicFile file(scratch.path(), "a");
    file.write("whole");
    EXPECT_TRUE(file.publish(AtomicFile::IfPresent::Keep));
    EXPECT_THAT(list_directory(scratch.path()), ElementsAre("a"));
    EXPECT_EQ(read_text_file(scratch / "a"), "whole");
}

TEST(AtomicFile, KeepLeavesAnEarlierFileAlone) {
    const test::Scratch scratch;
    test::spill(scratch / "a", "first");
    {
        AtomicFile file(scratch.path(), "a");
        file.write("second");
        EXPECT_FALSE(file.publish(AtomicFile::IfPresent::Keep));
        file.publish_as("a.other");
    }
    EXPECT_EQ(read_text_file(scratch / "a"), "first");
    EXPECT_EQ(read_text_file(scratch / "a.other"), "second");
    AtomicFile third(scratch.path(), "a");
    third.write("third");
    EXPECT_TRUE(third.publish(AtomicFile::IfPresent::Replace));
    EXPECT_EQ(read_text_file(scratch / "a"), "third");
}

TEST(AtomicFile, ARenameThatWasDoneThoughItFailedIsDone) {
    const test::Scratch scratch;
    lose_answers = true;
    for (const auto policy : {AtomicFile::IfPresent::Keep, AtomicFile::IfPresent::Replace}) {
        AtomicFile file(scratch.path(), "a");
        const std::string text = policy == AtomicFile::IfPresent::Keep ? "first" : "second";
        file.write(text);
        EXPECT_TRUE(file.publish(policy));
        EXPECT_EQ(read_text_file(scratch / "a"), text);
    }
    AtomicFile lost(scratch.path(), "b");
    unlink(lost.temporary_path().c_str());
    EXPECT_THROW(lost.publish(AtomicFile::IfPresent::Keep), Error);
    lose_answers = false;
    EXPECT_THAT(list_directory(scratch.path()), ElementsAre("a"));
}

TEST(AtomicFile, WriteBeyondTheSizeLimitIsTryAgainAndCleansUp) {
    const test::Scratch scratch;
    // In a child: the limit is of the process.
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{1000, 1000};
        setrlimit(RLIMIT_FSIZE, &limit);
        int code = 1;
        try {
            AtomicFile file(scratch.path(), "a");
            file.write(std::string(5000, 'x'));
        } catch (const Error& error) {
            code = error.exit_code();
        }
        _exit(code);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 75);
    EXPECT_THAT(list_directory(scratch.path()), IsEmpty());
}

TEST(WriteTextFile, TouchesOnlyWhatChanges) {
    const test::Scratch scratch;
    EXPECT_TRUE(write_text_file(scratch.path(), "a", "x"));
    EXPECT_FALSE(write_text_file(scratch.path(), "a", "x"));
    EXPECT_TRUE(write_text_file(scratch.path(), "a", "y"));
}

TEST(Temporaries, OfTheDeadAreRemovedAndOthersKept) {
    const test::Scratch scratch;
    const pid_t child = fork();
    if (child == 0) {
        new AtomicFile(scratch.path(), "film-train-000001.tar");  // never destroyed: the process dies with it
        _exit(0);
    }
    waitpid(child, nullptr, 0);
    const AtomicFile mine(scratch.path(), "film-train-000002.tar");
    const std::string elsewhere = ".tmp-film-train-000003.tar.otherhost-1.77.5";
    test::spill(scratch / elsewhere, "");
    ASSERT_EQ(list_directory(scratch.path()).size(), 3u);
    EXPECT_EQ(remove_dead_temporaries(scratch.path()), 1);
    EXPECT_THAT(
        list_directory(scratch.path()),
        testing::UnorderedElementsAre(elsewhere, mine.temporary_path().substr(scratch.path().size() + 1)));
}

TEST(ListDirectory, AFolderThatCannotBeReadToItsEndIsAnErrorAndNotEmpty) {
    const test::Scratch scratch;
    test::spill(scratch / "a", "");
    EXPECT_THAT(list_directory(scratch.path()), ElementsAre("a"));
    lose_entries = true;
    try {
        list_directory(scratch.path());
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::TryAgain);
    }
    lose_entries = false;
}

TEST(ProcessTag, LivingAndDeadAreToldApart) {
    EXPECT_FALSE(is_dead_here(process_tag()));
    const std::string tag = process_tag(), machine = tag.substr(0, tag.rfind('.', tag.rfind('.') - 1));
    EXPECT_TRUE(is_dead_here(machine + "." + std::to_string(getpid()) + ".1")) << "same number, other start";
    EXPECT_FALSE(is_dead_here("elsewhere-1.1.1"));
    EXPECT_FALSE(is_dead_here("nonsense"));
}

TEST(MappedFile, MissingFileAndFolderAreErrorsWithTheirNames) {
    try {
        MappedFile("/nonexistent/x.tar");
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("/nonexistent/x.tar"));
    }
    EXPECT_THROW(MappedFile("/tmp"), Error);
}

}  // namespace
}  // namespace radforge::shard
