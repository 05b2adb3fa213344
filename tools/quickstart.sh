#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/quickstart.sh [--no-install] [DATASET]: from a bare Debian 12 to a small dataset of film photos.
# DATASET defaults to out/quickstart; run again, it continues where it stopped.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
out=$root/out/quickstart
install=yes
for argument in "$@"; do
    case $argument in
        --no-install) install=no ;;
        -*) echo "usage: $0 [--no-install] [DATASET]" >&2; exit 64 ;;
        /*) out=$argument ;;
        *) out=$PWD/$argument ;;
    esac
done
cd "$root"

[ $install = no ] || sh tools/install.sh build
if command -v ccache >/dev/null; then
    export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
cmake --preset user
cmake --build --preset user --target bin/radforge

radforge=build/user/bin/radforge
mkdir -p "$(dirname "$out")"
$radforge synth film scenes/film/smoke.toml --out "$out" --count 8
$radforge inspect "$out"
echo
echo "The dataset is $out; its contact sheet: $out/preview.png"
