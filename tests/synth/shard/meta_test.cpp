// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/meta.h"

#include "synth/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace radforge::shard {
namespace {

const MetaHeader kHeader = {"film", "val", "demo", {Seed{5}, 42}};

TEST(Meta, IsOneLineWithSortedKeys) {
    EXPECT_EQ(make_meta(kHeader, R"({"b_m":1,"a_rad":0.5})", R"({"ct":"abcd"})", R"({"camera":{}})"),
              R"({"camera":{},"dataset":"demo","format":1,"index":42,"key":"film-000000042","kind":"film",)"
              R"("recipe":{"a_rad":0.5,"b_m":1},"root_seed":5,"source":{"ct":"abcd"},"split":"val"})");
}

TEST(Meta, RefusesDoubleKeysNonObjectsAndTooMuch) {
    EXPECT_THROW(make_meta(kHeader, "{}", "{}", R"({"kind":"xray"})"), Error);
    EXPECT_THROW(make_meta(kHeader, "[]", "{}"), Error);
    EXPECT_THROW(make_meta(kHeader, "{", "{}"), Error);
    EXPECT_THROW(make_meta(kHeader, R"({"x":")" + std::string(70000, 'x') + "\"}", "{}"), Error);
}

TEST(Meta, CheckNamesTheKeyThatDisagrees) {
    const std::string good = make_meta(kHeader, "{}", "{}");
    EXPECT_NO_THROW(check_meta(good, kHeader));
    MetaHeader other = kHeader;
    other.split = "train";
    try {
        check_meta(good, other);
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr(R"(wrong 'split'; got "val", expected "train")"));
    }
    std::string newer = good;
    newer.replace(newer.find("\"format\":1"), 10, "\"format\":2");
    try {
        check_meta(newer, kHeader);
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("newer format"));
    }
    EXPECT_THROW(check_meta("{}", kHeader), Error);
}

TEST(Meta, RecipeComesBack) { EXPECT_EQ(recipe_of(make_meta(kHeader, R"({"n":3})", "{}")), R"({"n":3})"); }

}  // namespace
}  // namespace radforge::shard
