// SPDX-License-Identifier: Apache-2.0
// tools/install.sh among stand-ins for dpkg-query, apt-get, sudo and id.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace radforge {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

struct Outcome {
    int status = -1;
    std::string text;  // standard output and error
};

class Install : public testing::Test {
protected:
    Install() {
        fs::remove_all(bin_);
        fs::create_directories(bin_);
        for (const char* tool : {"sh", "dirname", "awk", "grep", "cat", "env"})
            for (const char* folder : {"/bin/", "/usr/bin/"})
                if (fs::exists(std::string(folder) + tool) && !fs::exists(bin_ / tool))
                    fs::create_symlink(std::string(folder) + tool, bin_ / tool);
    }
    ~Install() override { fs::remove_all(bin_); }

    void fake(const std::string& name, const std::string& body) const {
        std::ofstream(bin_ / name) << "#!/bin/sh\n" << body << '\n';
        fs::permissions(bin_ / name, fs::perms::owner_all);
    }
    /// A Debian whose packages are all installed but the one named.
    void fake_debian(const std::string& missing) const {
        fake("dpkg-query",
             "shift 3; for p in \"$@\"; do [ $p = " + missing + " ] || echo $p ii; done; exit 1");
        fake("apt-get", "echo apt-get \"$@\"");
    }
    Outcome run(const std::string& groups) const {
        const std::string command =
            "PATH=" + bin_.string() + " sh " RADFORGE_SOURCE_DIR "/tools/install.sh " + groups + " 2>&1";
        Outcome out;
        FILE* pipe = popen(command.c_str(), "r");
        std::array<char, 4096> buffer{};
        for (size_t n; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
            out.text.append(buffer.data(), n);
        out.status = WEXITSTATUS(pclose(pipe));
        return out;
    }

private:
    fs::path bin_ =
        fs::temp_directory_path() /
        (std::string("radforge_install_") + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(Install, DoesNothingWhenAllIsThere) {
    fake_debian("none");
    const Outcome out = run("build test");
    EXPECT_EQ(out.status, 0);
    EXPECT_EQ(out.text, "");
}

TEST_F(Install, InstallsOnlyWhatIsMissingAndThroughSudoWhenNotRoot) {
    fake_debian("cmake");
    fake("id", "echo 1000");
    fake("sudo", "echo sudo; exec \"$@\"");
    const Outcome out = run("build");
    EXPECT_EQ(out.status, 0);
    EXPECT_THAT(out.text, testing::MatchesRegex("Installing 1 packages: cmake\nsudo\napt-get .*update\nsudo\n"
                                                "apt-get .*install --no-install-recommends cmake\n"));
}

TEST_F(Install, RootNeedsNoSudo) {
    fake_debian("cmake");
    fake("id", "echo 0");
    fake("sudo", "exit 1");
    EXPECT_EQ(run("build").status, 0);
}

TEST_F(Install, TheTestGroupIsNotInstalledForUsers) {
    fake_debian("libgtest-dev");
    fake("id", "echo 0");
    EXPECT_EQ(run("build").text, "");
    EXPECT_THAT(run("build test").text, HasSubstr("libgtest-dev"));
}

TEST_F(Install, WithoutSudoItSaysWhatToRunAsRoot) {
    fake_debian("cmake");
    fake("id", "echo 1000");
    const Outcome out = run("build");
    EXPECT_EQ(out.status, 1);
    EXPECT_THAT(out.text, HasSubstr("apt-get install --no-install-recommends cmake"));
}

TEST_F(Install, AFailedInstallationStops) {
    fake_debian("cmake");
    fake("id", "echo 0");
    fake("apt-get", "exit 100");
    EXPECT_EQ(run("build").status, 100);
}

TEST_F(Install, WithoutAptItNamesThePackageList) {
    const Outcome out = run("build");
    EXPECT_EQ(out.status, 1);
    EXPECT_THAT(out.text, HasSubstr("tools/packages.txt"));
}

TEST_F(Install, AnUnknownGroupIsAUsageError) {
    fake_debian("cmake");
    EXPECT_EQ(run("nonsense").status, 64);
    EXPECT_EQ(run("").status, 64);
}

}  // namespace
}  // namespace radforge
