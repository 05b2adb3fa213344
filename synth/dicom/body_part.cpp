// SPDX-License-Identifier: Apache-2.0
#include "synth/dicom/body_part.h"

#include <map>
#include <sstream>
#include <vector>

namespace radforge::dicom {
namespace {

struct Region {
    const char *name, *terms;
};

constexpr Region kRegions[] = {
    {"HEAD",
     "HEAD BRAIN SKULL CRANIUM FACE SCALP ORBIT ORBITS EYE EAR IAC TEMPORALBONE SELLA CEREBELLUM SINUS "
     "SINUSES "
     "PARANASALSINUS PARANASALSINUSES NOSE MOUTH TONGUE JAW MANDIBLE MAXILLA TMJ ZYGOMA PAROTID HEADNECK"},
    {"NECK",
     "NECK CSPINE CERVICALSPINE CTSPINE LARYNX PHARYNX THYROID CAROTID NECKCHEST NECKCHESTABDOMEN "
     "NECKCHESTABDPELV"},
    {"CHEST",
     "CHEST THORAX LUNG LUNGS HEART CORONARYARTERY MEDIASTINUM TSPINE THORACICSPINE TLSPINE RIB RIBS STERNUM "
     "BREAST TRACHEA BRONCHUS ESOPHAGUS AORTICARCH CHESTABDOMEN CHESTABDPELVIS"},
    {"ABDOMEN",
     "ABDOMEN LIVER KIDNEY KIDNEYS SPLEEN PANCREAS ADRENAL GALLBLADDER STOMACH DUODENUM COLON LSPINE "
     "LUMBARSPINE "
     "LSSPINE ABDOMENPELVIS"},
    {"PELVIS", "PELVIS HIP HIPS FEMORALHEAD SSPINE SACRUM COCCYX BLADDER PROSTATE RECTUM UTERUS"},
    {"EXTREMITY",
     "EXTREMITY UPPEREXTREMITY LOWEREXTREMITY SHOULDER CLAVICLE SCAPULA ACJOINT ARM UPPERARM HUMERUS "
     "HUMERALHEAD "
     "ELBOW RADIALHEAD FOREARM WRIST HAND FINGER THUMB LEG UPPERLEG LOWERLEG THIGH FEMUR KNEE PATELLA TIBIA "
     "CALF "
     "ANKLE CALCANEUS FOOT TOE"},
};

const std::map<std::string, std::string>& region_of_term() {
    static const auto regions = [] {
        std::map<std::string, std::string> by_term;
        for (const Region& region : kRegions) {
            std::istringstream terms(region.terms);
            for (std::string term; terms >> term;) by_term[term] = region.name;
        }
        return by_term;
    }();
    return regions;
}

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words(1);
    for (char c : text) {
        if (c >= 'a' && c <= 'z') c = char(c - 'a' + 'A');
        if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            words.back() += c;
        else if (!words.back().empty())
            words.emplace_back();
    }
    return words;
}

std::string first_region(const std::string& text) {
    const auto& regions = region_of_term();
    const std::vector<std::string> words = words_of(text);
    for (size_t i = 0; i < words.size(); ++i) {
        auto found = regions.find(words[i] + (i + 1 < words.size() ? words[i + 1] : ""));
        if (found == regions.end()) found = regions.find(words[i]);
        if (found != regions.end()) return found->second;
    }
    return {};
}

}  // namespace

std::string body_region(const std::string& examined, Span<const std::string> free) {
    if (!examined.empty()) return first_region(examined);
    for (const std::string& text : free)
        if (std::string region = first_region(text); !region.empty()) return region;
    return {};
}

}  // namespace radforge::dicom
