#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/test.sh [--slow] [--asan] [--no-install]: from a bare Debian 12 to all tests run.
#   --slow  also the statistics that take minutes
#   --asan  also the everyday tests under address and undefined-behaviour sanitizers
set -eu
cd "$(dirname "$0")/.."
slow=no asan=no install=yes
for argument in "$@"; do
    case $argument in
        --slow) slow=yes ;;
        --asan) asan=yes ;;
        --no-install) install=no ;;
        *) echo "usage: $0 [--slow] [--asan] [--no-install]" >&2; exit 64 ;;
    esac
done

[ $install = no ] || sh tools/install.sh build models test
if command -v ccache >/dev/null; then
    export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
jobs=$(nproc)
cmake --preset release
cmake --build --preset release
cmake --build --preset headers
ctest --preset release -j "$jobs"
cmake --preset models
cmake --build --preset models
# Two tests at a time on two cores: OpenMP's threads must not wait for each other with a busy loop.
OMP_WAIT_POLICY=passive ctest --preset models -j "$jobs"
if [ $slow = yes ]; then
    ctest --preset slow -j "$jobs"
fi
if [ $asan = yes ]; then
    cmake --preset asan
    cmake --build --preset asan
    ctest --preset asan -j "$jobs"
fi
