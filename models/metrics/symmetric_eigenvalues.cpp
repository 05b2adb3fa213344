// SPDX-License-Identifier: Apache-2.0
#include "models/metrics/symmetric_eigenvalues.h"

#include "synth/base/error.h"

#include <cmath>

namespace radforge::metrics {

std::vector<double> symmetric_eigenvalues(std::vector<double> a, size_t n) {
    RADFORGE_ASSERT(a.size() == n * n);
    double whole = 0;
    for (const double v : a) whole += v * v;
    constexpr int kMostSweeps = 50;  // ten are many
    for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
        double off = 0;
        for (size_t i = 0; i < n; ++i)
            for (size_t j = 0; j < i; ++j) off += 2 * a[i * n + j] * a[i * n + j];
        if (off <= 1e-28 * whole) break;
        for (size_t p = 0; p + 1 < n; ++p)
            for (size_t q = p + 1; q < n; ++q) {
                const double apq = a[p * n + q];
                if (apq == 0) continue;
                const double theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
                const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
                const double c = 1 / std::sqrt(t * t + 1), s = t * c;
                for (size_t k = 0; k < n; ++k) {
                    const double x = a[p * n + k], y = a[q * n + k];
                    a[p * n + k] = c * x - s * y;
                    a[q * n + k] = s * x + c * y;
                }
                for (size_t k = 0; k < n; ++k) {
                    const double x = a[k * n + p], y = a[k * n + q];
                    a[k * n + p] = c * x - s * y;
                    a[k * n + q] = s * x + c * y;
                }
            }
    }
    std::vector<double> values(n);
    for (size_t i = 0; i < n; ++i) values[i] = a[i * n + i];
    return values;
}

}  // namespace radforge::metrics
