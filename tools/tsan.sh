#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/tsan.sh [CTEST ARGUMENTS]: the everyday tests under the thread sanitizer (tools/tsan.sh -R Driver: some of them).
# The sanitizer must see how TBB's threads wait for each other, or it reports hand-overs as races: TBB is built with it
# too, from the source of the Debian package that is installed.
set -eu
cd "$(dirname "$0")/.."
tbb=$PWD/build/tsan-tbb
if [ ! -e "$tbb/lib/libtbb.so" ]; then
    mkdir -p "$tbb/lists/partial"
    cat > "$tbb/source.sources" <<END
Types: deb-src
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
    sources="-o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::sourcelist=$tbb/source.sources -o Dir::State::lists=$tbb/lists"
    # shellcheck disable=SC2086  # the options are words
    apt-get $sources -q update
    # shellcheck disable=SC2086
    (cd "$tbb" && apt-get $sources -q source --download-only "onetbb=$(dpkg-query -W -f '${Version}' libtbb-dev)")
    mkdir -p "$tbb/src"
    tar -C "$tbb/src" --strip-components=1 -xf "$tbb"/onetbb_*.orig.tar.xz
    cmake -S "$tbb/src" -B "$tbb/build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_INSTALL_PREFIX="$tbb" \
        -DCMAKE_INSTALL_LIBDIR=lib -DTBB_SANITIZE=thread -DTBB_TEST=OFF -DTBB_EXAMPLES=OFF -DTBB_STRICT=OFF -DTBBMALLOC_BUILD=OFF
    cmake --build "$tbb/build" --target install
fi
cmake --preset tsan -DTBB_DIR="$tbb/lib/cmake/TBB"
cmake --build --preset tsan
ctest --preset tsan -j "$(nproc)" "$@"
