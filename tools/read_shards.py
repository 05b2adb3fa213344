#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a radforge dataset with nothing but tarfile and numpy; prints what each sample holds.

    python3 tools/read_shards.py DATASET
"""
import gzip
import io
import json
import pathlib
import sys
import tarfile

import numpy as np


def decoded(array, spec):
    """Stored integers as real values, NaN where the spec says that there is none; those that are the values stay."""
    if array.dtype.kind not in "iu" or (spec["scale"] == 1 and spec["offset"] == 0):
        return array
    values = array * np.float32(spec["scale"]) + np.float32(spec["offset"])
    if spec["invalid"]:
        values[array == int(spec["invalid"])] = np.nan
    return values


def samples(dataset):
    """Yields (key, {member: array, dict or bytes}) in the order of the shards, arrays decoded by the manifest."""
    dataset = pathlib.Path(dataset)
    fields = {f["name"]: f for f in json.loads((dataset / "manifest.json").read_text())["fields"]}
    for shard in sorted(dataset.glob("*.tar")):
        key, sample = None, {}
        with tarfile.open(shard) as tar:
            for member in tar:
                name, field, extension = member.name.split(".", 2)
                if key is not None and name != key:
                    yield key, sample
                    sample = {}
                key, data = name, tar.extractfile(member).read()
                if extension == "npy.gz":
                    extension, data = "npy", gzip.decompress(data)
                if extension == "npy":
                    sample[field] = decoded(np.load(io.BytesIO(data)), fields[field])
                elif extension == "json":
                    sample[field] = json.loads(data)
                else:
                    sample[field] = data  # png or jpg: PIL.Image.open(io.BytesIO(data))
        if key is not None:
            yield key, sample


if __name__ == "__main__":
    for key, sample in samples(sys.argv[1]):
        print(key, sample["meta"]["kind"], sample["meta"]["split"])
        for name, value in sample.items():
            if isinstance(value, np.ndarray):
                print("   ", name, value.shape, value.dtype, "from", np.nanmin(value), "to", np.nanmax(value))
            elif isinstance(value, bytes):
                print("   ", name, len(value), "bytes of a picture")
