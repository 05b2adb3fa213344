// SPDX-License-Identifier: Apache-2.0
/// Verbs of radforge-train, each in a file of its own.
#pragma once

namespace CLI {
class App;
}

namespace radforge::cli {

void add_evaluation(CLI::App& app, int& exit_code);
void add_prediction(CLI::App& app, int& exit_code);

}  // namespace radforge::cli
