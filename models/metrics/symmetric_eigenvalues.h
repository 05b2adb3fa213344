// SPDX-License-Identifier: Apache-2.0
/// Eigenvalues of small symmetric matrices.
#pragma once
#include <cstddef>
#include <vector>

namespace radforge::metrics {

/// By cyclic Jacobi rotations until what is off the diagonal is below 1e-14 of the whole. Source: Golub and
/// Van Loan, "Matrix computations", 4th edition, section 8.5.
/// @param matrix  n x n, symmetric
/// @return        n values in no order
std::vector<double> symmetric_eigenvalues(std::vector<double> matrix, size_t n);

}  // namespace radforge::metrics
