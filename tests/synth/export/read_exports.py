#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads exports of tests/synth/export/film_set.cpp by the arithmetic of the public loaders, and compares what they
would train on with what is printed on the film, which is known in closed form.

    read_exports.py doc3d|doc3d-legacy|uvdoc|inv3d|ctfilm20k ROOT
"""
import json
import pathlib
import sys

import h5py
import numpy as np
from PIL import Image


def ink_srgb(u, v):
    """The print at (u, v down) as 8-bit values, as film_set.cpp draws it."""
    linear = np.stack([0.5 + 0.4 * np.sin(9 * u + 2 * v), 0.5 + 0.4 * np.cos(11 * v), 0.2 + 0.6 * u * v], -1)
    return encode(linear)


def encode(linear):
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)


def grid_sample(image, x, y, align_corners):
    """torch.nn.functional.grid_sample of an H x W x C picture at x, y in [-1, 1], bilinear, zeros outside."""
    h, w = image.shape[:2]
    if align_corners:
        x, y = (x + 1) / 2 * (w - 1), (y + 1) / 2 * (h - 1)
    else:
        x, y = ((x + 1) * w - 1) / 2, ((y + 1) * h - 1) / 2
    c, r = np.floor(x).astype(int), np.floor(y).astype(int)
    total = 0
    for dr in (0, 1):
        for dc in (0, 1):
            weight = (1 - np.abs(x - c - dc)) * (1 - np.abs(y - r - dr))
            inside = (r + dr >= 0) & (r + dr < h) & (c + dc >= 0) & (c + dc < w)
            value = image[np.clip(r + dr, 0, h - 1), np.clip(c + dc, 0, w - 1)]
            total = total + (weight * inside)[..., None] * value
    return total


def resize_corners(grid, height, width):
    """F.interpolate(mode="bilinear", align_corners=True) of an H x W x C array."""
    h, w = grid.shape[:2]
    y, x = np.meshgrid(np.linspace(0, h - 1, height), np.linspace(0, w - 1, width), indexing="ij")
    r, c = np.minimum(y.astype(int), h - 2), np.minimum(x.astype(int), w - 2)
    fy, fx = (y - r)[..., None], (x - c)[..., None]
    return (1 - fy) * ((1 - fx) * grid[r, c] + fx * grid[r, c + 1]) + fy * ((1 - fx) * grid[r + 1, c] + fx * grid[r + 1, c + 1])


def corner_uv(height, width):
    v, u = np.meshgrid(np.linspace(0, 1, height), np.linspace(0, 1, width), indexing="ij")
    return u, v


def expect_print(picture, u, v, brightness, mean_limit, what, rim=0.02):
    """The unwarped picture shows the print; a rim is left out where bilinear samples mix in the background."""
    inside = (u > rim) & (u < 1 - rim) & (v > rim) & (v < 1 - rim)
    truth = ink_srgb(u, v)
    if brightness != 1:
        linear = np.stack([0.5 + 0.4 * np.sin(9 * u + 2 * v), 0.5 + 0.4 * np.cos(11 * v), 0.2 + 0.6 * u * v], -1)
        truth = encode(brightness * linear)
    error = np.abs(picture - truth)[inside]
    print(what, "mean error", round(float(error.mean()), 3), "99 %", round(float(np.quantile(error, 0.99)), 3))
    assert error.mean() < mean_limit, what
    assert np.quantile(error, 0.99) < 8 * mean_limit, what


def load_mat(path, key):
    """hdf5storage's rule: with MATLAB_class the axes come back reversed; h5py readers write .T themselves."""
    with h5py.File(path, "r") as file:
        assert file[key].attrs["MATLAB_class"] == b"double", path
        assert file[key].dtype == np.float64
        return file[key][:].T


def read_png(path):
    return np.asarray(Image.open(path).convert("RGB"), float)


def crop_tight(image, grid):
    """UVDoc's crop around the grid, without its random part; the grid goes to [-1, 1] of the crop."""
    h, w = image.shape[:2]
    low, high = np.floor(grid.min((0, 1))).astype(int), np.ceil(grid.max((0, 1))).astype(int)
    s = min(20, low[0], low[1], w - 1 - high[0], h - 1 - high[1])
    assert s > 5, "the loader needs room around the film"
    crop = image[low[1] - s : high[1] + s, low[0] - s : high[0] + s]
    left, right, top, bottom = low[0] - s, w - high[0] - s, low[1] - s, h - high[1] - s
    out = np.empty_like(grid)
    out[..., 0] = (grid[..., 0] - left) / (w - left - right) * 2 - 1
    out[..., 1] = (grid[..., 1] - top) / (h - top - bottom) * 2 - 1
    return crop, out


def doc3d(root, legacy=False):
    names = (root / "train.txt").read_text().split() + (root / "val.txt").read_text().split()
    assert names
    for name in names:
        photo, albedo = read_png(root / "img" / (name + ".png")), read_png(root / "alb" / (name + ".png"))
        assert photo.shape == (448, 448, 3)
        with h5py.File(root / "bm" / (name + ".mat"), "r") as file:
            assert file["bm"].shape == (2, 448, 448)
        bm = load_mat(root / "bm" / (name + ".mat"), "bm")
        assert np.isfinite(bm).all()
        at = (bm / 448 - 0.5) * 2
        v, u = np.meshgrid((np.arange(448) + 0.5) / 448, (np.arange(448) + 0.5) / 448, indexing="ij")
        if legacy:  # queries k / 448, and half a pixel too far
            v, u = v + 0.5 / 448, u + 0.5 / 448
            exact = grid_sample(albedo, at[..., 0] - 1 / 448, at[..., 1] - 1 / 448, False)
            expect_print(exact, u, v, 1, 0.4, "legacy bm less its offset")
            return
        expect_print(grid_sample(albedo, at[..., 0], at[..., 1], False), u, v, 1, 0.4, "albedo, exact rule")
        expect_print(grid_sample(photo, at[..., 0], at[..., 1], False), u, v, 0.8, 0.4, "photo, exact rule")
        expect_print(grid_sample(photo, at[..., 0], at[..., 1], True), u, v, 0.8, 0.8, "photo, corners aligned")

        with h5py.File(root / "grid2D" / (name + ".mat"), "r") as file:
            assert file["grid2D"].shape == (2, 31, 45)
        crop, grid = crop_tight(photo, load_mat(root / "grid2D" / (name + ".mat"), "grid2D"))
        fine = resize_corners(grid, 300, 200)
        u, v = corner_uv(300, 200)
        expect_print(grid_sample(crop, fine[..., 0], fine[..., 1], True), u, v, 0.8, 0.8, "doc3d grid2D", 0.03)

        grid3d = load_mat(root / "grid3D" / (name + ".mat"), "grid3D")
        assert grid3d.shape == (45, 31, 3)
        least, most = np.array([-0.67492497, -1.2289206, -1.2442188]), np.array([0.6436657, 1.2396319, 1.2539363])
        unit = (grid3d - least) / (most - least)
        truth = unit[..., 1].copy()
        unit[..., 1] = 1 - unit[:, ::-1, 1]
        assert unit.min() >= 0 and unit.max() <= 1
        # What the loader mirrors and complements comes out as it was on a sheet that is symmetric, up to the
        # constants' own asymmetry.
        shift = abs(1 - (0 - least[1]) * 2 / (most[1] - least[1]))
        assert np.abs(unit[..., 1] - truth).max() < shift + 2e-3
        assert (np.diff(unit[..., 1], axis=1) < 0).all() and (np.diff(unit[..., 2], axis=0) < 0).all()


def uvdoc(root):
    names = sorted(p.stem for p in (root / "img").glob("*.png"))
    assert names
    for name in names:
        geometry = json.loads((root / "metadata_sample" / (name + ".json")).read_text())["geom_name"]
        photo = read_png(root / "img" / (name + ".png"))
        grid2d = load_mat(root / "grid2d" / (geometry + ".mat"), "grid2d")
        assert grid2d.shape == (89, 61, 2)
        crop, grid = crop_tight(photo, grid2d)
        fine = resize_corners(grid[::2, ::2], 712, 488)
        u, v = corner_uv(712, 488)
        expect_print(grid_sample(crop, fine[..., 0], fine[..., 1], True), u, v, 0.8, 1.6, "uvdoc grid2d", 0.03)

        grid3d = load_mat(root / "grid3d" / (geometry + ".mat"), "grid3d")
        assert grid3d.shape == (89, 61, 3) and np.abs(grid3d.mean((0, 1))).max() < 1e-6
        least, most = np.array([-0.12551452, -0.12401487, -0.1952378]), np.array([0.11433014, 0.12401487, 0.1952378])
        unit = (grid3d - least) / (most - least)
        assert unit.min() > 0 and unit.max() < 1
        assert (np.diff(unit[..., 1], axis=1) > 0).all() and (np.diff(unit[..., 2], axis=0) < 0).all()

        uv, seg = load_mat(root / "uvmap" / (geometry + ".mat"), "uv"), load_mat(root / "seg" / (geometry + ".mat"), "seg")
        assert uv.shape == photo.shape[:2] + (2,) and (np.isnan(uv[..., 0]) == (seg == 0)).all()
        texture = read_png(root / "textures" / (name + ".png"))  # create_final.py: texture through uv
        on = seg > 0
        warped = grid_sample(texture, uv[on][:, 0] * 2 - 1, uv[on][:, 1] * 2 - 1, False)
        inner = (np.abs(uv[on] - 0.5) < 0.48).all(-1)
        difference = np.abs(warped - read_png(root / "warped_textures" / (name + ".png"))[on])[inner]
        assert difference.mean() < 1.5, difference.mean()


def inv3d(root):
    extent = json.loads((root.parent / "wc_min_max.json").read_text())
    samples = sorted(p for p in root.iterdir() if p.is_dir())
    assert samples
    for sample in samples:
        def array(name):
            with np.load(sample / (name + ".npz")) as archive:
                assert len(archive) == 1
                return archive[list(archive)[0]]

        photo, albedo = read_png(sample / "warped_document.png"), read_png(sample / "warped_albedo.png")
        uv, wc, bm = array("warped_UV"), array("warped_WC"), array("warped_BM")
        assert uv.dtype == wc.dtype == bm.dtype == np.float32 and bm.shape == photo.shape[:2] + (2,)
        mask = uv[..., 0] > 0.5
        assert ((wc != 0).any(-1) == mask).all()
        for k in range(3):
            assert wc[mask][:, k].min() >= extent["min"][k] - 1e-6 and wc[mask][:, k].max() <= extent["max"][k] + 1e-6
        texels = np.stack([1 - uv[..., 1], uv[..., 2]], -1)  # load_uv_map: (v down, u)
        assert np.abs(albedo[mask] - ink_srgb(texels[mask][:, 1], texels[mask][:, 0])).max() < 1

        u, v = corner_uv(*bm.shape[:2])
        at = bm * 2.0 - 1  # apply_map: (y, x) rolled to (x, y), corners aligned
        expect_print(grid_sample(photo, at[..., 1], at[..., 0], True), u, v, 0.8, 2.5, "inv3d bm")
        low, high = bm.min((0, 1)), bm.max((0, 1))
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        crop = photo[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        tight = (bm - low) / (high - low) * 2 - 1
        expect_print(grid_sample(crop, tight[..., 1], tight[..., 0], True), u, v, 0.8, 2.5, "inv3d bm, cropped tight")
        for name in ("flat_document", "flat_template", "flat_information_delta", "flat_text_mask", "warped_recon"):
            assert read_png(sample / (name + ".png")).ndim == 3
        content = read_png(sample / "flat_information_delta.png")
        inside = (content != 255).any(-1)
        assert 0.1 < inside.mean() < 0.3
        assert (content[inside] == read_png(sample / "flat_document.png")[inside]).all()
        text = (read_png(sample / "flat_text_mask.png") != 255).any(-1)
        assert text.sum() == (18 - 9) * (16 - 12) and text[12:16, 9:18].all()
        depth = array("warped_depth")
        assert (depth[..., 0] == depth[..., 2]).all() and (depth[~mask] > 1e9).all() and (depth[mask] < 100).all()
        assert np.abs(np.linalg.norm(array("warped_normal")[mask], axis=-1) - 1).max() < 1e-4


def ctfilm20k(root):
    files = sorted(root.glob("*.npy"))
    assert files
    for file in files:
        data = np.load(file, allow_pickle=True)[()]
        shapes = dict(ori=3, ab=3, depth=1, normal=3, uv=2, cmap=3, background=1, bw=2)
        for name, channels in shapes.items():
            assert data[name].shape == (channels, 256, 256) and data[name].dtype == np.float32, name
        mask = data["background"][0] > 0.6
        v_up, u = (data["uv"].transpose(1, 2, 0) + 1)[..., 0] / 2, (data["uv"].transpose(1, 2, 0) + 1)[..., 1] / 2
        albedo = (data["ab"].transpose(1, 2, 0)[..., ::-1] + 1) * 127.5  # stored as OpenCV reads: B, G, R
        inner = mask & (np.minimum(np.minimum(u, 1 - u), np.minimum(v_up, 1 - v_up)) > 0.02)
        assert np.abs(albedo[inner] - ink_srgb(u[inner], 1 - v_up[inner])).mean() < 2
        row, column = (data["bw"] + 1) / 2 * 255  # reprocess_auto
        photo = (data["ori"].transpose(1, 2, 0)[..., ::-1] + 1) * 127.5
        flat = grid_sample(photo, column / 255 * 2 - 1, row / 255 * 2 - 1, True)
        i, j = np.meshgrid(np.arange(256) / 256, np.arange(256) / 256, indexing="ij")  # [u][1 - v]
        expect_print(flat, i, j, 0.8, 0.8, "ctfilm20k bw")
        # uv2backward_trans_3 puts what is at a pixel into the cell of its (u, 1 - v): the same place.
        r, c = np.nonzero(inner)
        cell = np.clip(np.rint(u[inner] * 256).astype(int), 0, 255), np.clip(np.rint((1 - v_up[inner]) * 256).astype(int), 0, 255)
        assert np.abs(row[cell] - r).mean() < 0.6 and np.abs(column[cell] - c).mean() < 0.6
        depth = data["depth"][0] * 0.5 + 0.5
        assert depth[mask].min() >= 0.0999 and depth[mask].max() <= 1.0001 and np.abs(depth[~mask]).max() < 1e-6


if __name__ == "__main__":
    kind, where = sys.argv[1], pathlib.Path(sys.argv[2])
    if kind == "doc3d-legacy":
        doc3d(where, legacy=True)
    else:
        {"doc3d": doc3d, "uvdoc": uvdoc, "inv3d": inv3d, "ctfilm20k": ctfilm20k}[kind](where)
