// SPDX-License-Identifier: Apache-2.0
#include "synth/config/provenance.h"

#include "synth/base/hash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>

namespace radforge::config {
namespace {

std::string output_of(const std::string& command) {
    std::string text;
    FILE* pipe = popen(command.c_str(), "r");
    std::array<char, 4096> buffer{};
    for (size_t n; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) text.append(buffer.data(), n);
    pclose(pipe);
    return text;
}

TEST(Provenance, NamesConfigRevisionAndVersions) {
    const Provenance p = provenance("seed = 1\n", "avx2");
    EXPECT_EQ(p.config_sha256, sha256_hex(std::string("seed = 1\n")));
    EXPECT_THAT(p.revision, testing::AnyOf("unknown", testing::MatchesRegex("[0-9a-f]{40}(\\+changes)?")));
    EXPECT_THAT(p.versions, testing::Contains(testing::Pair(
                                "radforge", testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"))));
    EXPECT_THAT(p.versions, testing::Contains(testing::Key("compiler")));
    EXPECT_THAT(p.versions, testing::Contains(testing::Key("glibc")));
    EXPECT_THAT(p.maths_class, testing::HasSubstr(" embree=avx2"));
}

TEST(Provenance, PackageVersionsAgreeWithThePackageManager) {
    const std::string installed = output_of("dpkg-query -W -f '${Version}' libtomlplusplus-dev 2>/dev/null");
    if (installed.empty()) GTEST_SKIP() << "no dpkg here";
    EXPECT_EQ(provenance("", "none").versions.at("libtomlplusplus-dev"), installed);
}

TEST(Provenance, BuildIdIsTheOneOfThisProgram) {
    const std::string notes = output_of("readelf -n /proc/" + std::to_string(getpid()) + "/exe 2>/dev/null");
    ASSERT_FALSE(notes.empty());
    EXPECT_THAT(notes, testing::HasSubstr("Build ID: " + build_id()));
}

TEST(Provenance, TheMathsFingerprintIsAPureFunctionOfTheMachine) {
    std::printf("fingerprint=%s\n", libm_fingerprint().c_str());
    EXPECT_THAT(libm_fingerprint(), testing::MatchesRegex("[0-9a-f]{16}"));
    EXPECT_EQ(libm_fingerprint(), libm_fingerprint());
}

// Runs this program again with glibc's FMA code switched off: its last bits differ, and the class has to say
// so.
TEST(Provenance, TheMathsFingerprintSeesAnotherLibm) {
    const std::string self = output_of("readlink -f /proc/" + std::to_string(getpid()) + "/exe");
    const auto run = [&](const std::string& environment) {
        return output_of(environment + " " + self.substr(0, self.size() - 1) +
                         " --gtest_filter=Provenance.TheMathsFingerprintIsAPureFunctionOfTheMachine");
    };
    const std::string usual = run(""),
                      plain =
                          run("GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2,-FMA4,-AVX2_Usable,-FMA_Usable");
    ASSERT_THAT(usual, testing::HasSubstr("fingerprint=" + libm_fingerprint()));
    ASSERT_THAT(plain, testing::HasSubstr("fingerprint="));
    if (output_of("grep -c -w -m1 fma /proc/cpuinfo") != "1\n")
        GTEST_SKIP() << "this CPU has no FMA to switch off";
    EXPECT_THAT(plain, testing::Not(testing::HasSubstr("fingerprint=" + libm_fingerprint())));
}

}  // namespace
}  // namespace radforge::config
