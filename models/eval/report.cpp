// SPDX-License-Identifier: Apache-2.0
#include "models/eval/report.h"

#include "models/eval/report_text.h"
#include "synth/shard/codec.h"
#include "synth/shard/file.h"

#include <filesystem>

namespace radforge::eval {

std::string text_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::Holds:
            return "holds";
        case Verdict::HoldsInTheMean:
            return "holds in the mean, not beyond chance";
        case Verdict::FailsInTheMean:
            return "does not hold in the mean, not beyond chance";
        case Verdict::Fails:
            return "does not hold";
        case Verdict::NotTested:
            break;
    }
    return "not tested";
}

Verdict verdict_of(const metrics::Interval& difference) {
    if (difference.low > 0) return Verdict::Holds;
    if (difference.high < 0) return Verdict::Fails;
    return difference.mean >= 0 ? Verdict::HoldsInTheMean : Verdict::FailsInTheMean;
}

void write_report(const Report& report, const std::string& directory) {
    std::filesystem::create_directories(directory);
    if (!report.pictures.empty()) std::filesystem::create_directories(directory + "/pictures");
    for (size_t r = 0; r < report.pictures.size(); ++r)
        for (size_t c = 0; c < report.pictures[r].pictures.size(); ++c)
            shard::write_text_file(directory + "/pictures", picture_name(r, c),
                                   shard::encode_png(report.pictures[r].pictures[c].image));
    shard::write_text_file(directory, "scores.csv", csv_of(report));
    shard::write_text_file(directory, "scores.json", json_of(report));
    shard::write_text_file(directory, "report.md", markdown_of(report));
    shard::write_text_file(directory, "report.html", html_of(report));
}

}  // namespace radforge::eval
