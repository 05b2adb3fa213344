#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/install.sh GROUP...: installs the packages of these groups of tools/packages.txt that are missing.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || { echo "usage: $0 build|models|test ..." >&2; exit 64; }

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    cat >&2 <<END
$0: this system has no apt-get; only Debian 12 and its relatives are set up automatically.
Install what tools/packages.txt lists under the names of your system, then run this script's caller with --no-install.
END
    exit 1
fi

wanted=$(for group in "$@"; do
    awk -v group="[$group]" '{ sub(/#.*/, "") } /^\[/ { on = $1 == group; next } on && NF { print $1 }' tools/packages.txt
done)
[ -n "$wanted" ] || { echo "$0: no such group: $*" >&2; exit 64; }
# shellcheck disable=SC2016,SC2086 # dpkg's own variables; one word per package
present=$(dpkg-query -W -f '${Package} ${db:Status-Abbrev}\n' $wanted 2>/dev/null | awk '$2 == "ii" { print $1 }' || true)
missing=$(for package in $wanted; do
    echo "$present" | grep -qx -- "$package" || echo "$package"
done)
[ -n "$missing" ] || exit 0

# shellcheck disable=SC2086
set -- $missing
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null; then
    as_root=sudo
else
    echo "$0: $# packages are missing and there is no sudo. As root, run:" >&2
    echo "    apt-get update && apt-get install --no-install-recommends $*" >&2
    exit 1
fi
echo "Installing $# packages: $*"
# Without recommends: one of them would bring a BLAS whose threads fight with OpenMP's.
$as_root apt-get -q -o Acquire::Retries=3 update
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Acquire::Retries=3 install --no-install-recommends "$@"
