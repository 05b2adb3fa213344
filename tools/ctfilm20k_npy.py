#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the cached form of CTFilm20K from a film dataset: one .npy a sample that holds a dict, as the npy loaders of
transcendentsky/Film-Recovery read it (`np.load(path, allow_pickle=True)[()]`). Such a file is a pickle, therefore not
part of `radforge export`; the EXR form is: `radforge export ctfilm20k`.

    python3 tools/ctfilm20k_npy.py DATASET OUT

OUT/<split>/<key>.npy: float32 C x 256 x 256. ori, ab: x / 127.5 - 1 in OpenCV's order (B, G, R); uv: 2 x - 1 of (v up,
u); depth, normal, cmap: [0.1, 1], [0, 1] and [0.1, 1] standardised with the loaders' constants, channels (z, y, x);
background: 0 or 1; bw: 2 x / 255 - 1 of (row, column) for the texel [u][1 - v].
"""
import io
import pathlib
import sys

import numpy as np
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from read_shards import samples  # noqa: E402

SIZE = 256
# data_process.py, process_type "qiyuan": mean and deviation
DEPTH = ([0.5], [0.5])
NORMAL = ([0.5619, 0.2881, 0.2917], [0.5619, 0.7108, 0.7083])
CMAP = ([0.1108, 0.3160, 0.2859], [0.7065, 0.6840, 0.7141])


def picture(data):
    """B, G, R at 256 x 256, each new pixel the mean over its footprint."""
    image = Image.open(io.BytesIO(data)).convert("RGB").resize((SIZE, SIZE), Image.BOX)
    return np.asarray(image, np.float32)[..., ::-1] / 127.5 - 1


class Places:
    """Where the 256 x 256 pixel centres lie in a map: bilinear inside the film, nearest at its rim and at folds."""

    def __init__(self, mask, uv):
        h, w = mask.shape
        y, x = np.meshgrid((np.arange(SIZE) + 0.5) / SIZE * h - 0.5, (np.arange(SIZE) + 0.5) / SIZE * w - 0.5, indexing="ij")
        self.r, self.c = np.clip(np.floor(y).astype(int), 0, h - 2), np.clip(np.floor(x).astype(int), 0, w - 2)
        self.fy, self.fx = (y - self.r)[..., None], (x - self.c)[..., None]
        corners = [uv[self.r + i, self.c + j] for i in (0, 1) for j in (0, 1)]
        together = (np.ptp(corners, axis=0) < 0.05).all(-1)
        inside = np.all([mask[self.r + i, self.c + j] for i in (0, 1) for j in (0, 1)], axis=0)
        self.smooth = (together & inside)[..., None]
        self.nearest = np.clip(np.rint(y).astype(int), 0, h - 1), np.clip(np.rint(x).astype(int), 0, w - 1)

    def __call__(self, image):
        at = lambda i, j: image[self.r + i, self.c + j]
        blend = (1 - self.fy) * ((1 - self.fx) * at(0, 0) + self.fx * at(0, 1)) + self.fy * (
            (1 - self.fx) * at(1, 0) + self.fx * at(1, 1))
        return np.where(self.smooth, blend, image[self.nearest])


def film_frame(wc, uv, size_m):
    """Rotation (rows x, y, z of the film in the world) and origin that bring the seen film nearest to the flat one."""
    flat = np.stack([(uv[:, 0] - 0.5) * size_m[0], (0.5 - uv[:, 1]) * size_m[1], 0 * uv[:, 0]], -1)
    a, _, b = np.linalg.svd((flat - flat.mean(0)).T @ (wc - wc.mean(0)))
    rotation = a @ np.diag([1, 1, np.linalg.det(a @ b)]) @ b
    return rotation, wc.mean(0) - flat.mean(0) @ rotation


def filled(bm):
    """Holes take the mean of their neighbours, from the rim inwards."""
    while np.isnan(bm).any():
        padded = np.pad(bm, ((1, 1), (1, 1), (0, 0)), constant_values=np.nan)
        around = [padded[i : i + bm.shape[0], j : j + bm.shape[1]] for i in range(3) for j in range(3)]
        count = np.sum(~np.isnan(around), axis=0)
        bm = np.where(np.isnan(bm) & (count > 0), np.nansum(around, axis=0) / np.maximum(count, 1), bm)
    return bm


def backward(bm):
    """bm (x, y) in [-1, 1] of texel centres to (row, column) pixel indices at the texels [u][1 - v] = i / 256, j / 256."""
    bm = filled(bm.astype(np.float64))
    h, w = bm.shape[:2]
    u, v = np.meshgrid(np.arange(SIZE) / SIZE, np.arange(SIZE) / SIZE, indexing="ij")
    x, y = u * w - 0.5, v * h - 0.5
    c, r = np.clip(np.floor(x).astype(int), 0, w - 2), np.clip(np.floor(y).astype(int), 0, h - 2)
    fx, fy = (x - c)[..., None], (y - r)[..., None]
    at = (1 - fy) * ((1 - fx) * bm[r, c] + fx * bm[r, c + 1]) + fy * ((1 - fx) * bm[r + 1, c] + fx * bm[r + 1, c + 1])
    return ((at + 1) / 2 * SIZE - 0.5)[..., ::-1]


def standardised(image, constants):
    return (image - np.array(constants[0])) / np.array(constants[1])


def to_unit(image, mask, least, length):
    return np.where(mask[..., None], 0.1 + 0.9 * (image - least) / length, 0)


def cached(sample):
    """The dict of one sample."""
    channels_last = lambda name: sample[name].transpose(1, 2, 0).astype(np.float64)
    mask = np.asarray(Image.open(io.BytesIO(sample["mask"]))) > 0
    uv = channels_last("uv")
    places = Places(mask, uv)
    on = mask[places.nearest]
    uv = places(uv)
    wc, depth, normal = (places(channels_last(name)) for name in ("wc", "depth", "normal"))
    meta = sample["meta"]
    rotation, origin = film_frame(wc[on], uv[on], meta["film"]["size_m"])
    points = (wc - origin) @ rotation.T
    world_to_camera = np.array(meta["camera"]["world_to_camera"])[:, :3]
    normal = np.where(on[..., None], 0.5 + 0.5 * (normal @ world_to_camera @ rotation.T), 0)
    least = points[on].min(0)
    cmap = to_unit(points, on, least, np.ptp(points[on], axis=0).max())
    depth = to_unit(depth, on, depth[on].min(), max(np.ptp(depth[on]), 1e-12))
    v_up_and_u = np.where(on[..., None], np.stack([1 - uv[..., 1], uv[..., 0]], -1), 0)
    photo = sample["photo"]
    maps = {
        "ori": picture(photo),
        "ab": picture(sample["albedo"]),
        "depth": standardised(depth, DEPTH),
        "normal": standardised(normal[..., ::-1], NORMAL),
        "cmap": standardised(cmap[..., ::-1], CMAP),
        "uv": 2 * v_up_and_u - 1,
        "background": on[..., None],
        "bw": backward(sample["bm"].transpose(1, 2, 0)) / 255 * 2 - 1,
    }
    return {name: np.ascontiguousarray(values.transpose(2, 0, 1), np.float32) for name, values in maps.items()}


def main(dataset, out):
    count = 0
    for key, sample in samples(dataset):
        folder = pathlib.Path(out) / sample["meta"]["split"]
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / (key + ".npy"), cached(sample), allow_pickle=True)
        count += 1
    print(count, "samples in", out)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
