# SPDX-License-Identifier: Apache-2.0
"""The work of blur_bench in the fastest numpy and scipy we know: kernels and blurred pairs per second of CPU time.

Trajectories run for a whole batch at once, kernels are histograms, blurring is one real FFT in single precision over
the mirrored picture. Prints "kernels RATE" and "pairs RATE".
"""
import sys
import time

import numpy as np
from scipy import fft

CANVAS, TIMES, LENGTH = 64, 2000, 60.0
ANXIETY = (0.01, 0.009, 0.008, 0.007, 0.005, 0.003)
EXPOSURE = (0.1, 0.5, 1.0)


def trajectories(rng, e):
    n, h = len(e), LENGTH / (TIMES - 1)
    pull, impulse = 0.7 * rng.uniform(size=n), 0.2 * rng.uniform(size=n)
    shake, heading = 10 * rng.uniform(size=n), 2 * np.pi * rng.uniform(size=n)
    v, x = np.exp(1j * heading) * e, np.zeros((TIMES, n), dtype=complex)
    u = rng.uniform(size=(TIMES - 1, n))
    turn = np.exp(1j * (np.pi + rng.uniform(size=(TIMES - 1, n)) - 0.5))
    push = e * h * shake * (rng.standard_normal((TIMES - 1, n)) + 1j * rng.standard_normal((TIMES - 1, n)))
    for t in range(TIMES - 1):
        v = v + np.where(u[t] < impulse * e, 2 * v * turn[t], 0) + push[t] - e * h * pull * x[t]
        v *= h / np.abs(v)
        x[t + 1] = x[t] + v
    x -= x.real.min(axis=0) + 1j * x.imag.min(axis=0)
    x += 1 + 1j - (x[0].real % 1 + 1j * (x[0].imag % 1))
    return x + np.ceil((CANVAS - x.real.max(axis=0)) / 2) + 1j * np.ceil((CANVAS - x.imag.max(axis=0)) / 2)


def kernel(x, exposure):
    x = x[1:min(round(exposure * TIMES), TIMES - 1) + 1]
    column, row = x.real.astype(int), x.imag.astype(int)
    right, below = x.real - column, x.imag - row
    side = CANVAS + 1
    k = np.zeros(side * side)
    for r in (0, 1):
        for c in (0, 1):
            weight = (right if c else 1 - right) * (below if r else 1 - below)
            k += np.bincount((row + r) * side + column + c, weight, minlength=k.size)
    return k.reshape(side, side)[:CANVAS, :CANVAS] / TIMES


def kernels(rng, n):
    return [kernel(x, EXPOSURE[rng.integers(3)]) for x in trajectories(rng, rng.choice(ANXIETY, n)).T]


def blur(image, k):
    k = (k / k.sum()).astype(np.float32)
    half = CANVAS // 2
    padded = np.pad(image, half, mode="reflect")
    shape = [fft.next_fast_len(n + CANVAS - 1, real=True) for n in padded.shape]
    out = fft.irfft2(fft.rfft2(padded, shape) * fft.rfft2(k, shape), shape)
    first = half + 31
    return out[first:first + image.shape[0], first:first + image.shape[1]]


def rate(work, seconds, items):
    work()
    done, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        work()
        done += items
    return done / (time.process_time() - start)


def main():
    seconds = float(sys.argv[1])
    rng = np.random.default_rng(7)
    image = rng.uniform(-1000, 1000, (512, 512)).astype(np.float32)
    print("kernels", rate(lambda: kernels(rng, 256), seconds, 256))
    print("pairs", rate(lambda: [blur(image, k) for k in kernels(rng, 64)], seconds, 64))


if __name__ == "__main__":
    main()
