#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes remap.csv, full_maps.csv and remap_image.csv beside itself: the remap formula and the upsampling of the
correction maps, from the formulas alone. synth/enhance and models/losses are both tested against these files.

remap.csv: I (0..65535), a, b, wc, ww -> out, in units of 1/65535, before the final clamp; computed with 60 digits.
full_maps.csv: first the stored map (rows of 4), then its bilinear upsampling by 4 (align_corners = false), unclamped.
remap_image.csv: stored maps a, b, wc, ww (4 x 3 rows of 4), the raw picture (12 rows of 16), and what both make
together, as remap.csv has it (12 rows of 16).
"""
import decimal
import itertools
import math
import pathlib

HERE = pathlib.Path(__file__).parent
D = decimal.Decimal
LEAK = D("0.01")
decimal.getcontext().prec = 60


def remap(i, a, b, wc, ww):
    i, a, b, wc, ww = map(D, (i, a, b, wc, ww))
    z = a * (i / 65535) + b
    y = LEAK * z if z < 0 else 1 + LEAK * (z - 1) if z > 1 else z
    g = lambda v: 1 / (1 + (-4 * (v - wc) / ww).exp())
    return float(65535 * (g(y) - g(0)) / (g(1) - g(0)))


def rows():
    yield from itertools.product((0, 1, 9000, 32767, 50000, 65535), (0.25, 1.0, 2.5, 4.0), (-4.0, -0.5, 0.0, 0.375, 4.0),
                                 (-0.25, 0.5, 1.25), (0.05, 0.6, 1.0, 2.0))


def stored_map():
    return [[math.sin(1.3 * r + 0.7 * c) + 0.1 * r * c for c in range(4)] for r in range(3)]


def wavy(centre, swing, phase):
    """A map whose values are exact in single precision."""
    return [[round(256 * (centre + swing * math.sin(1.3 * r + 0.7 * c + phase))) / 256 for c in range(4)] for r in range(3)]


def stored_maps():
    return wavy(1.8, 1.4, 0), wavy(-0.1, 0.9, 1), wavy(0.5, 0.3, 2), wavy(1.1, 0.6, 3)


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


def write(name, lines, title=None):
    with open(HERE / name, "w") as f:
        if title:
            f.write(title + "\n")
        for line in lines:
            f.write(",".join(repr(v) for v in line) + "\n")


write("remap.csv", ([*row, remap(*row)] for row in rows()), "I,a,b,wc,ww,out")
write("full_maps.csv", stored_map() + upsampled(stored_map()))
raw = [[(16 * r + c) * 7919 % 65536 for c in range(16)] for r in range(12)]
full = [upsampled(m) for m in stored_maps()]
out = [[remap(raw[r][c], *(m[r][c] for m in full)) for c in range(16)] for r in range(12)]
write("remap_image.csv", [line for m in stored_maps() for line in m] + raw + out)
