// SPDX-License-Identifier: Apache-2.0
#include "models/metrics/radiomics.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace radforge::metrics {
namespace {

/// What the reference library gives for the formula image, models.md section 9.
const std::vector<Feature> kGolden = {
    {"firstorder", "10Percentile", 1.7},
    {"firstorder", "90Percentile", 100},
    {"firstorder", "Energy", 770895},
    {"firstorder", "Entropy", 2.571132},
    {"firstorder", "InterquartileRange", 56.25},
    {"firstorder", "Kurtosis", 2.249285},
    {"firstorder", "Maximum", 126},
    {"firstorder", "MeanAbsoluteDeviation", 30.53416},
    {"firstorder", "Mean", 48.61058},
    {"firstorder", "Median", 46.5},
    {"firstorder", "Minimum", -27},
    {"firstorder", "Range", 153},
    {"firstorder", "RobustMeanAbsoluteDeviation", 22.84263},
    {"firstorder", "RootMeanSquared", 60.87878},
    {"firstorder", "Skewness", 0.08163282},
    {"firstorder", "TotalEnergy", 770895},
    {"firstorder", "Uniformity", 0.1852348},
    {"firstorder", "Variance", 1343.238},
    {"shape2D", "Elongation", 0.7787989},
    {"shape2D", "MajorAxisLength", 18.42239},
    {"shape2D", "MaximumDiameter", 18.68154},
    {"shape2D", "MeshSurface", 207.5},
    {"shape2D", "MinorAxisLength", 14.34734},
    {"shape2D", "Perimeter", 53.45584},
    {"shape2D", "PerimeterSurfaceRatio", 0.2576185},
    {"shape2D", "PixelSurface", 208},
    {"shape2D", "Sphericity", 0.9552538},
    {"glcm", "Autocorrelation", 21.40544},
    {"glcm", "ClusterProminence", 94.93851},
    {"glcm", "ClusterShade", 1.61606},
    {"glcm", "ClusterTendency", 6.556472},
    {"glcm", "Contrast", 2.342874},
    {"glcm", "Correlation", 0.474012},
    {"glcm", "DifferenceAverage", 1.21222},
    {"glcm", "DifferenceEntropy", 1.767061},
    {"glcm", "DifferenceVariance", 0.7795748},
    {"glcm", "Id", 0.5480335},
    {"glcm", "Idm", 0.5044843},
    {"glcm", "Idmn", 0.966584},
    {"glcm", "Idn", 0.8769907},
    {"glcm", "Imc1", -0.1527885},
    {"glcm", "Imc2", 0.7153965},
    {"glcm", "InverseVariance", 0.5294489},
    {"glcm", "JointAverage", 4.511321},
    {"glcm", "JointEnergy", 0.04501518},
    {"glcm", "JointEntropy", 4.759457},
    {"glcm", "MCC", 0.5547698},
    {"glcm", "MaximumProbability", 0.08037278},
    {"glcm", "SumAverage", 9.022643},
    {"glcm", "SumEntropy", 3.28595},
    {"glcm", "SumSquares", 2.224836},
    {"gldm", "DependenceEntropy", 4.496924},
    {"gldm", "DependenceNonUniformity", 49.31731},
    {"gldm", "DependenceNonUniformityNormalized", 0.2371024},
    {"gldm", "DependenceVariance", 1.47328},
    {"gldm", "GrayLevelNonUniformity", 38.52885},
    {"gldm", "GrayLevelVariance", 2.21133},
    {"gldm", "HighGrayLevelEmphasis", 22.33173},
    {"gldm", "LargeDependenceEmphasis", 8.163462},
    {"gldm", "LargeDependenceHighGrayLevelEmphasis", 162.976},
    {"gldm", "LargeDependenceLowGrayLevelEmphasis", 0.6022593},
    {"gldm", "LowGrayLevelEmphasis", 0.07910571},
    {"gldm", "SmallDependenceEmphasis", 0.3193563},
    {"gldm", "SmallDependenceHighGrayLevelEmphasis", 7.379241},
    {"gldm", "SmallDependenceLowGrayLevelEmphasis", 0.03252653},
    {"glrlm", "GrayLevelNonUniformity", 30.16386},
    {"glrlm", "GrayLevelNonUniformityNormalized", 0.1807876},
    {"glrlm", "GrayLevelVariance", 2.30199},
    {"glrlm", "HighGrayLevelRunEmphasis", 22.76505},
    {"glrlm", "LongRunEmphasis", 1.922781},
    {"glrlm", "LongRunHighGrayLevelEmphasis", 41.09996},
    {"glrlm", "LongRunLowGrayLevelEmphasis", 0.1484318},
    {"glrlm", "LowGrayLevelRunEmphasis", 0.08127888},
    {"glrlm", "RunEntropy", 3.403059},
    {"glrlm", "RunLengthNonUniformity", 113.2158},
    {"glrlm", "RunLengthNonUniformityNormalized", 0.6695672},
    {"glrlm", "RunPercentage", 0.8016827},
    {"glrlm", "RunVariance", 0.3234759},
    {"glrlm", "ShortRunEmphasis", 0.8410941},
    {"glrlm", "ShortRunHighGrayLevelEmphasis", 19.3525},
    {"glrlm", "ShortRunLowGrayLevelEmphasis", 0.07034022},
    {"glszm", "GrayLevelNonUniformity", 12.68831},
    {"glszm", "GrayLevelNonUniformityNormalized", 0.1647833},
    {"glszm", "GrayLevelVariance", 2.871311},
    {"glszm", "HighGrayLevelZoneEmphasis", 23.53247},
    {"glszm", "LargeAreaEmphasis", 17.19481},
    {"glszm", "LargeAreaHighGrayLevelEmphasis", 307.961},
    {"glszm", "LargeAreaLowGrayLevelEmphasis", 1.368423},
    {"glszm", "LowGrayLevelZoneEmphasis", 0.09876715},
    {"glszm", "SizeZoneNonUniformity", 24.97403},
    {"glszm", "SizeZoneNonUniformityNormalized", 0.324338},
    {"glszm", "SmallAreaEmphasis", 0.5873805},
    {"glszm", "SmallAreaHighGrayLevelEmphasis", 13.48203},
    {"glszm", "SmallAreaLowGrayLevelEmphasis", 0.07024736},
    {"glszm", "ZoneEntropy", 4.508887},
    {"glszm", "ZonePercentage", 0.3701923},
    {"glszm", "ZoneVariance", 9.897791},
    {"ngtdm", "Busyness", 0.8303161},
    {"ngtdm", "Coarseness", 0.04335531},
    {"ngtdm", "Complexity", 17.1796},
    {"ngtdm", "Contrast", 0.05619362},
    {"ngtdm", "Strength", 0.8066658},
};

/// The formula image of models.md section 9 and its region.
struct Formula {
    Image values{24, 24, 1, PixelType::F32, ColorSpace::Data};
    Image region{24, 24, 1, PixelType::U8, ColorSpace::Data};
    Formula() {
        const auto b = [](int r, int c) {
            r = (r + 24) % 24;
            c = (c + 24) % 24;
            return (31 * r + 17 * c + 7 * ((r * c) % 11)) % 200 - 50;
        };
        for (int r = 0; r < 24; ++r)
            for (int c = 0; c < 24; ++c) {
                values.view<float>()(r, c) =
                    float(std::floor((b(r, c) + b(r, c - 1) + b(r - 1, c) + b(r - 1, c - 1)) / 4.0));
                if ((r - 11.5) * (r - 11.5) + 1.7 * (c - 10.5) * (c - 10.5) <= 90)
                    region.view<uint8_t>()(r, c) = 255;
            }
    }
};

double value_of(const std::vector<Feature>& features, const std::string& family, const std::string& name) {
    for (const Feature& f : features)
        if (f.family == family && f.name == name) return f.value;
    ADD_FAILURE() << "no feature " << family << " " << name;
    return 0;
}

Image flat(int side, float value) {
    Image image(side, side, 1, PixelType::F32, ColorSpace::Data);
    for (float& v : image.values<float>()) v = value;
    return image;
}
Image whole(int side) {
    Image mask(side, side, 1, PixelType::U8, ColorSpace::Data);
    for (uint8_t& v : mask.values<uint8_t>()) v = 255;
    return mask;
}

TEST(Radiomics, FormulaImageIsTheOneOfTheSpecification) {
    const Formula formula;
    double pixels = 0, sum = 0;
    for (size_t i = 0; i < 24 * 24; ++i)
        if (formula.region.values<uint8_t>()[i] != 0) {
            ++pixels;
            sum += double(formula.values.values<float>()[i]);
        }
    EXPECT_EQ(pixels, 208);
    EXPECT_EQ(sum, 10111);
}

TEST(Radiomics, All102FeaturesAgreeWithTheReferenceLibrary) {
    const Formula formula;
    const std::vector<Feature> found = radiomics(formula.values, formula.region);
    ASSERT_EQ(kGolden.size(), size_t(kFeatureCount));
    ASSERT_EQ(found.size(), size_t(kFeatureCount));
    std::map<std::string, int> names;
    for (const Feature& f : found) ++names[f.family + " " + f.name];
    EXPECT_EQ(names.size(), size_t(kFeatureCount));
    // The golden numbers have seven digits.
    for (const Feature& f : kGolden)
        EXPECT_NEAR(value_of(found, f.family, f.name), f.value, 1e-6 * std::abs(f.value))
            << f.family << " " << f.name;
}

TEST(Radiomics, SpacingScalesShapeAndTotalEnergyAlone) {
    const Formula formula;
    const std::vector<Feature> one = radiomics(formula.values, formula.region),
                               two = radiomics(formula.values, formula.region, {25, {2, 2}});
    for (size_t i = 0; i < one.size(); ++i) {
        double factor = 1;
        for (const char* const length :
             {"MajorAxisLength", "MaximumDiameter", "MinorAxisLength", "Perimeter"})
            if (one[i].name == length) factor = 2;
        for (const char* const area : {"MeshSurface", "PixelSurface", "TotalEnergy"})
            if (one[i].name == area) factor = 4;
        if (one[i].name == "PerimeterSurfaceRatio") factor = 0.5;
        EXPECT_NEAR(two[i].value, factor * one[i].value, 1e-9 * std::abs(two[i].value)) << one[i].name;
    }
}

TEST(Radiomics, AFlatRegionHasFiniteFeaturesAndNoTexture) {
    const std::vector<Feature> found = radiomics(flat(8, 40), whole(8));
    for (const Feature& f : found) EXPECT_TRUE(std::isfinite(f.value)) << f.family << " " << f.name;
    EXPECT_EQ(value_of(found, "firstorder", "Variance"), 0);
    EXPECT_EQ(value_of(found, "glcm", "Contrast"), 0);
    EXPECT_EQ(value_of(found, "glcm", "Correlation"), 1);
    EXPECT_EQ(value_of(found, "glcm", "MCC"), 1);
    EXPECT_EQ(value_of(found, "glszm", "ZonePercentage"), 1.0 / 64);
    EXPECT_EQ(value_of(found, "ngtdm", "Coarseness"), 1e6);
}

TEST(Radiomics, ARegionOfOnePixelHasFiniteFeatures) {
    Image one(5, 5, 1, PixelType::U8, ColorSpace::Data);
    one.view<uint8_t>()(2, 2) = 1;
    for (const Feature& f : radiomics(flat(5, 7), one))
        EXPECT_TRUE(std::isfinite(f.value)) << f.family << " " << f.name;
}

TEST(Radiomics, AnEmptyRegionOrAnotherShapeIsRefused) {
    EXPECT_THROW(radiomics(flat(5, 1), Image(5, 5, 1, PixelType::U8, ColorSpace::Data)), Error);
    EXPECT_THROW(radiomics(flat(5, 1), whole(6)), Error);
    EXPECT_THROW(radiomics(flat(5, 1), whole(5), {0, {1, 1}}), Error);
    EXPECT_THROW(radiomics(flat(5, std::nanf("")), whole(5)), Error);
}

TEST(HeadRegion, IsTheLargestPieceWithItsHolesFilled) {
    Image hu = flat(12, -1000);
    auto v = hu.view<float>();
    for (int r = 2; r < 9; ++r)
        for (int c = 2; c < 9; ++c) v(r, c) = 40;
    v(5, 5) = -900;   // an airway
    v(11, 11) = 700;  // a table
    const Image region = head_region(hu);
    EXPECT_EQ(region.view<uint8_t>()(5, 5), 255);
    EXPECT_EQ(region.view<uint8_t>()(11, 11), 0);
    int count = 0;
    for (const uint8_t on : region.values<uint8_t>()) count += on != 0;
    EXPECT_EQ(count, 49);
}

TEST(HeadRegion, OfAirIsEmpty) {
    const Image region = head_region(flat(4, -1000));
    for (const uint8_t on : region.values<uint8_t>()) EXPECT_EQ(on, 0);
}

}  // namespace
}  // namespace radforge::metrics
