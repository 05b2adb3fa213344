// SPDX-License-Identifier: Apache-2.0
#include "render/xray/attenuation.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace radforge::xray {
namespace {

struct Point {
    double kev, value;
};

// The table of Hubbell and Seltzer, as an independent truth.
std::map<std::string, std::vector<Point>> published() {
    std::map<std::string, std::vector<Point>> table;
    std::ifstream file(RADFORGE_SHARED_DIR "/data/nist_mu/mass_attenuation.csv");
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        std::istringstream row(line);
        std::string name, kev, value;
        std::getline(row, name, ',');
        std::getline(row, kev, ',');
        std::getline(row, value, ',');
        table[name].push_back({std::stod(kev), std::stod(value)});
    }
    return table;
}

// Log-log, the upper branch at an edge.
double at(const std::vector<Point>& points, double kev) {
    size_t i = 0;
    while (i + 2 < points.size() && (points[i + 1].kev <= kev)) ++i;
    const double t = std::log(kev / points[i].kev) / std::log(points[i + 1].kev / points[i].kev);
    return points[i].value * std::pow(points[i + 1].value / points[i].value, t);
}

TEST(Attenuation, AgreesWithThePublishedTables) {
    const auto table = published();
    ASSERT_FALSE(table.empty());
    const std::map<Material, std::map<std::string, double>> recipes = {
        {Material::Water, {{"H", .111898}, {"O", .888102}}},
        {Material::Bone, {{"bone", 1}}},
        {Material::Aluminium, {{"Al", 1}}},
        {Material::Copper, {{"Cu", 1}}},
        {Material::Tungsten, {{"W", 1}}},
        {Material::CesiumIodide, {{"Cs", .511549}, {"I", .488451}}},
        {Material::Air, {{"air", 1}}}};
    for (const auto& [material, recipe] : recipes)
        for (const double kev : {15., 20., 30., 40., 50., 60., 80., 100., 150., 200., 300.}) {
            double expected = 0;
            for (const auto& [name, weight] : recipe) expected += weight * at(table.at(name), kev);
            EXPECT_NEAR(mass_attenuation_cm2_per_g(material, kev) / expected, 1, .013)
                << "material " << int(material) << " at " << kev << " keV";
        }
}

// mu_en/rho of air in the same tables.
TEST(Attenuation, AirKermaWeighsEnergyAsPublished) {
    const double published[][2] = {{15, 1.334},  {20, .5389},  {30, .1537},
                                   {50, .04098}, {80, .02407}, {150, .02496}};
    for (const auto& [kev, value] : published)
        EXPECT_NEAR(air_energy_absorption_cm2_per_g(kev) / value, 1, .005) << kev;
}

TEST(Attenuation, JumpsAtTheKEdges) {
    EXPECT_GT(mass_attenuation_cm2_per_g(Material::Tungsten, 69.6) /
                  mass_attenuation_cm2_per_g(Material::Tungsten, 69.4),
              4);
    EXPECT_GT(mass_attenuation_cm2_per_g(Material::CesiumIodide, 36.1) /
                  mass_attenuation_cm2_per_g(Material::CesiumIodide, 33.0),
              3);
}

TEST(Attenuation, EnergiesOutsideTheFitAreRefused) {
    EXPECT_THROW(mass_attenuation_cm2_per_g(Material::Water, 12), Error);
    EXPECT_THROW(mass_attenuation_cm2_per_g(Material::Water, 301), Error);
    EXPECT_THROW(mass_attenuation_cm2_per_g(Material::Water, std::nan("")), Error);
}

}  // namespace
}  // namespace radforge::xray
