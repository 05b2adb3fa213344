// SPDX-License-Identifier: Apache-2.0
#include "models/eval/run_names.h"

namespace radforge::eval {

bool one_row(const NetworkCard& a, const NetworkCard& b) {
    return a.variant == b.variant && a.data_sha256 == b.data_sha256 && a.config == b.config;
}

std::vector<RunName> run_names(const std::vector<NetworkCard>& cards) {
    std::vector<RunName> out;
    for (size_t i = 0; i < cards.size(); ++i) {
        const NetworkCard& card = cards[i];
        int runs = 0, before = 0, namesakes = 0;
        RunName run{card.variant, card.name, false};
        for (size_t k = 0; k < cards.size(); ++k) {
            if (cards[k].variant != card.variant) continue;
            ++runs;
            before += k < i;
            namesakes += cards[k].name == card.name;
            if (!one_row(cards[k], card)) run.in_rows = true;
        }
        if (namesakes > 1) run.name += " (" + card.place + ")";
        if (run.in_rows)
            run.label += ", " + run.name;
        else if (runs > 1)
            run.label += ", run " + std::to_string(before + 1);
        out.push_back(run);
    }
    return out;
}

}  // namespace radforge::eval
