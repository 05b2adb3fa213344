// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/phi.h"

#include "synth/base/hash.h"
#include "synth/shard/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace radforge::shard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Identity, IsFoundInEachOfItsForms) {
    EXPECT_THAT(find_identity(R"({"uid":"1.2.840.113619.2.55.3"})"),
                ElementsAre("unique identifier 1.2.840.113619.2.55.3"));
    EXPECT_THAT(find_identity(R"({"uid":"2.25.329800735698586629295641978511506172918"})"),
                testing::SizeIs(1));
    EXPECT_THAT(find_identity(R"({"uid":"1.3.6.1.4.1.14519.5.2.1"})"), testing::SizeIs(1));
    EXPECT_THAT(find_identity(R"({"PatientName":"x"})"), ElementsAre("attribute patientname"));
    EXPECT_THAT(find_identity(R"({"n":"DOE^JANE"})"), ElementsAre("person name DOE^JANE"));
    for (const char* const date : {"1948-02-29", "29.02.1948", "02/29/1948", "1948/02/29"})
        EXPECT_THAT(find_identity(std::string("{\"d\":\"") + date + "\"}"),
                    ElementsAre(std::string("date ") + date));
    EXPECT_THAT(find_identity(R"({"d":"19480229"})"), ElementsAre("date 19480229"));
}

TEST(Identity, NumbersVersionsHashesAndSizesAreNone) {
    EXPECT_THAT(
        find_identity(R"({"version":"1.2.840","x":0.19480229,"k":[1.5,2.25,-3.125],"size":19480229,)"
                      R"("hash":"a1948-02-2","embree":"3.13.5.1","angle":"12.5","ratio":"10-20-3000"})"),
        IsEmpty());
}

TEST(Identity, OfTheInventedAnnotationInAMetaIsNone) {
    const std::string invented =
        R"({"patient_id":"0193","patient_name":"Ada Lim","study_date":"2019-03-04"})";
    EXPECT_THAT(find_identity_in_meta(R"({"recipe":{"sheet":{"annotation":)" + invented + "}}}"), IsEmpty());
    EXPECT_THAT(find_identity_in_meta(R"({"recipe":{"annotation":)" + invented + "}}"), testing::SizeIs(4));
    EXPECT_THAT(find_identity_in_meta(R"({"sheet":{"annotation":)" + invented + "}}"), testing::SizeIs(4));
}

TEST(Identity, PrintedLinesOfTheInventedAnnotationAreNoneOthersAre) {
    const std::string recipe = R"("recipe":{"sheet":{"annotation":{"study_date":"2019-03-04"}}})";
    EXPECT_THAT(find_identity_in_meta(R"({"film":{"text":[["2019-03-04",1.5,2,3,4]]},)" + recipe + "}"),
                IsEmpty());
    EXPECT_THAT(find_identity_in_meta(R"({"film":{"text":[["2019-03-05",1.5,2,3,4]]},)" + recipe + "}"),
                ElementsAre("date 2019-03-05"));
    EXPECT_THAT(find_identity_in_meta(R"({"film":{"made":"2019-03-04","text":[]},)" + recipe + "}"),
                ElementsAre("date 2019-03-04"));
}

TEST(Identity, BesideOrInsideTheInventedAnnotationIsStillFound) {
    EXPECT_THAT(find_identity_in_meta(R"({"recipe":{"sheet":{"annotation":{},"made":"2019-03-04"}}})"),
                ElementsAre("date 2019-03-04"));
    EXPECT_THAT(
        find_identity_in_meta(R"({"recipe":{"sheet":{"annotation":{}}},"source":{"d":"04.03.2019"}})"),
        ElementsAre("date 04.03.2019"));
    EXPECT_THAT(find_identity_in_meta(
                    R"({"recipe":{"sheet":{"annotation":{"a":"1.2.840.113619.2.55.3","b":"DOE^JANE"}}}})"),
                ElementsAre("person name DOE^JANE", "unique identifier 1.2.840.113619.2.55.3"));
    EXPECT_THAT(find_identity_in_meta(R"({"a":"2019-03-04","a":1,"recipe":{"sheet":{}}})"),
                ElementsAre("date 2019-03-04"));
    EXPECT_THAT(find_identity_in_meta("{ 2019-03-04"), ElementsAre("date 2019-03-04"));
    EXPECT_THAT(find_identity_in_meta(R"({"recipe":{"sheet":"2019-03-04"}})"),
                ElementsAre("date 2019-03-04"));
    EXPECT_THAT(find_identity_in_meta(R"(["2019-03-04"])"), ElementsAre("date 2019-03-04"));
}

TEST(PictureMetadata, TextChunksAreFoundAndOursHaveNone) {
    Image image(2, 2, 3, PixelType::U8, ColorSpace::Srgb);
    std::string png = encode_png(image);
    EXPECT_THAT(find_picture_metadata("png", bytes_of(png)), IsEmpty());
    png.insert(33, std::string("\0\0\0\3tEXta\0b\0\0\0\0", 15));  // behind IHDR
    EXPECT_THAT(find_picture_metadata("png", bytes_of(png)), ElementsAre("PNG chunk tEXt"));
    std::string jpg = encode_jpg(image);
    EXPECT_THAT(find_picture_metadata("jpg", bytes_of(jpg)), IsEmpty());
    jpg.insert(2, std::string("\xff\xe1\0\4ab", 6));
    EXPECT_THAT(find_picture_metadata("jpg", bytes_of(jpg)), ElementsAre("JPEG segment 225"));
}

}  // namespace
}  // namespace radforge::shard
