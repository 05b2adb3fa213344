#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes remap.csv and full_maps.csv beside itself: the remap formula and the upsampling of the correction maps, in
plain double precision, from the formulas alone. The C++ of synth/enhance and the tensors of the models are tested
against these files.

remap.csv: I (0..65535), a, b, wc, ww -> out, in units of 1/65535, before the final clamp.
full_maps.csv: first the stored map (rows of 4), then its bilinear upsampling by 4 (align_corners = false), unclamped.
"""
import itertools
import math
import pathlib

HERE = pathlib.Path(__file__).parent
LEAK = 0.01


def remap(i, a, b, wc, ww):
    z = a * (i / 65535) + b
    y = LEAK * z if z < 0 else 1 + LEAK * (z - 1) if z > 1 else z
    g = lambda v: 1 / (1 + math.exp(-4 * (v - wc) / ww))
    return 65535 * (g(y) - g(0)) / (g(1) - g(0))


def rows():
    yield from itertools.product((0, 1, 9000, 32767, 50000, 65535), (0.25, 1.0, 2.5, 4.0), (-4.0, -0.5, 0.0, 0.375, 4.0),
                                 (-0.25, 0.5, 1.25), (0.05, 0.6, 1.0, 2.0))


def stored_map():
    return [[math.sin(1.3 * r + 0.7 * c) + 0.1 * r * c for c in range(4)] for r in range(3)]


def upsampled(m, f=4):
    h, w = len(m), len(m[0])
    def at(i, n):
        x = max(0.0, (i + 0.5) / f - 0.5)
        k = min(int(x), n - 1)
        return k, min(k + 1, n - 1), x - k
    out = []
    for r in range(h * f):
        r0, r1, v = at(r, h)
        line = []
        for c in range(w * f):
            c0, c1, u = at(c, w)
            top, low = m[r0][c0] * (1 - u) + m[r0][c1] * u, m[r1][c0] * (1 - u) + m[r1][c1] * u
            line.append(top * (1 - v) + low * v)
        out.append(line)
    return out


with open(HERE / "remap.csv", "w") as f:
    f.write("I,a,b,wc,ww,out\n")
    for row in rows():
        # Narrow windows far from [0,1] divide two differences of almost equal numbers: not comparable to 1/65535.
        i, a, b, wc, ww = row
        if ww == 0.05 and wc != 0.5:
            continue
        f.write(",".join(repr(v) for v in row) + "," + repr(remap(*row)) + "\n")
with open(HERE / "full_maps.csv", "w") as f:
    for line in stored_map() + upsampled(stored_map()):
        f.write(",".join(repr(v) for v in line) + "\n")
