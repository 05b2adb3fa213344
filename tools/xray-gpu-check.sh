#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the CUDA projector with nvcc and a C++ compiler alone, compares it with the CPU, times it against the texture
# roof of the same GPU, and prints the table. Run on a machine with an NVIDIA GPU:
#   tools/xray-gpu-check.sh [build folder]
# XRAY_BUILD_ONLY=1 stops after the build; NVCC, CXX and XRAY_ARCH (nvcc's -gencode options) choose other tools.
set -eu
case ${1:-} in
    -h | --help)
        sed -n '3,6s/^# //p' "$0"
        exit 0
        ;;
    -*)
        echo "xray-gpu-check: unknown option $1; see --help" >&2
        exit 64
        ;;
esac
root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$(mktemp -d)}
nvcc=${NVCC:-nvcc}
command -v "$nvcc" >/dev/null 2>&1 || { echo "xray-gpu-check: nvcc not found; install the CUDA toolkit or set NVCC" >&2; exit 1; }
arch=${XRAY_ARCH:-"-gencode arch=compute_80,code=sm_80 -gencode arch=compute_90,code=[sm_90,compute_90]"}
mkdir -p "$out"
cd "$root"
plain="grid view lattice_view shear_plan dense_volume adjoint backends projector_cpu lanes_generic lanes_avx2 lanes_avx512"
objects=
for name in $plain; do
    case $name in
        lanes_generic) flags="-march=x86-64-v3 -fopenmp-simd -fno-math-errno -fno-trapping-math" ;;
        lanes_avx2) flags="-march=x86-64-v3 -fopenmp-simd -fno-math-errno -fno-trapping-math" ;;
        lanes_avx512) flags="-march=x86-64-v4 -mprefer-vector-width=512 -fopenmp-simd -fno-math-errno -fno-trapping-math" ;;
        *) flags= ;;
    esac
    # shellcheck disable=SC2086
    "${CXX:-c++}" -std=c++17 -O3 -ffp-contract=off -Wno-psabi $flags -I. -c "render/xray/$name.cpp" -o "$out/$name.o"
    objects="$objects $out/$name.o"
done
"${CXX:-c++}" -std=c++17 -O3 -I. -c synth/base/image.cpp -o "$out/image.o"
# shellcheck disable=SC2086
"$nvcc" -std=c++17 -O3 --fmad=false --extended-lambda $arch -I. -c render/xray/projector_cuda.cu -o "$out/projector_cuda.o"
# shellcheck disable=SC2086
"$nvcc" -std=c++17 -O3 $arch -I. -c tools/bench/xray_gpu_check.cu -o "$out/xray_gpu_check.o"
# shellcheck disable=SC2086
"$nvcc" $arch -o "$out/xray_gpu_check" "$out/xray_gpu_check.o" "$out/projector_cuda.o" "$out/image.o" $objects -lpthread
[ "${XRAY_BUILD_ONLY:-0}" = 1 ] || "$out/xray_gpu_check"
