# SPDX-License-Identifier: Apache-2.0
"""The work of loader_bench as Python users do it: tar streams grouped by key as webdataset does, PIL for pictures,
numpy for arrays, batches of float32 [B,C,H,W]. Prints one line a way of reading: "NAME SAMPLES_PER_CPU_S SAMPLES_PER_S".

  inline   one process
  workers  two processes that hand batches over in shared memory, without copying them there or back
"""
import io
import json
import multiprocessing
import os
import resource
import sys
import tarfile
import time
from multiprocessing import shared_memory

import numpy as np
from PIL import Image

BATCH = 8


def samples(path, wanted):
    """webdataset's rule: neighbouring members with one key form a sample."""
    current, key = {}, None
    with tarfile.open(path, "r|") as tar:
        for member in tar:
            tar.members = []
            name, extension = member.name.split(".", 1)
            if name != key and current:
                yield current
                current = {}
            key = name
            if extension in wanted:
                current[extension] = tar.extractfile(member).read()
    if current:
        yield current


def decoded(extension, data, spec):
    if extension.endswith(".npy"):
        array = np.load(io.BytesIO(data))
        if array.dtype == np.int16:
            array = array.astype(np.float32)
            array *= np.float32(spec["scale"])
        return array
    picture = np.asarray(Image.open(io.BytesIO(data)))
    return picture[None] if picture.ndim == 2 else picture.transpose(2, 0, 1)


def fill(rows, out, specs):
    for extension in specs:
        block = out[extension]
        for i, row in enumerate(rows):
            block[i] = decoded(extension, row[extension], specs[extension])
        if not extension.endswith(".npy"):
            block *= np.float32(1 / 255)


def buffers(shapes, memory):
    out, at = {}, 0
    for extension, shape in shapes.items():
        out[extension] = np.ndarray((BATCH, *shape), np.float32, memory, at)
        at += out[extension].nbytes
    return out


def batches(paths, specs):
    rows = []
    for path in paths:
        for row in samples(path, specs):
            rows.append(row)
            if len(rows) == BATCH:
                yield rows
                rows = []
    if rows:
        yield rows


def work(paths, specs, shapes, names, free, ready):
    blocks = [shared_memory.SharedMemory(name) for name in names]
    out = [buffers(shapes, block.buf) for block in blocks]
    for rows in batches(paths, specs):
        slot = free.get()
        fill(rows, out[slot], specs)
        ready.put((os.getpid(), slot, len(rows)))
    ready.put((os.getpid(), -1, 0))
    out.clear()


def cpu():
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def report(name, count, cpu_s, wall_s):
    print(name, round(count / cpu_s, 2), round(count / wall_s, 2), flush=True)


def main(directory, extensions):
    with open(os.path.join(directory, "manifest.json")) as file:
        manifest = json.load(file)
    specs = {f["name"] + "." + f["extension"]: f for f in manifest["fields"]}
    specs = {extension: specs[extension] for extension in extensions}
    paths = [os.path.join(directory, s["file"]) for s in manifest["shards"]]
    first = next(samples(paths[0], specs))
    shapes = {e: decoded(e, first[e], specs[e]).shape for e in specs}
    size = sum(4 * BATCH * int(np.prod(s)) for s in shapes.values())

    out, count = buffers(shapes, bytearray(size)), 0
    start, start_cpu = time.perf_counter(), cpu()
    for rows in batches(paths, specs):
        fill(rows, out, specs)
        count += len(rows)
    report("inline", count, cpu() - start_cpu, time.perf_counter() - start)

    start, start_cpu, count = time.perf_counter(), cpu(), 0
    ready, processes, free, blocks = multiprocessing.Queue(), [], {}, []
    for k in range(2):
        mine = [shared_memory.SharedMemory(create=True, size=size) for _ in range(2)]
        blocks += mine
        queue = multiprocessing.Queue()
        for slot in range(2):
            queue.put(slot)
        p = multiprocessing.Process(target=work,
                                    args=(paths[k::2], specs, shapes, [b.name for b in mine], queue, ready))
        p.start()
        free[p.pid] = queue
        processes.append(p)
    running = 2
    while running:
        pid, slot, rows = ready.get()
        if slot < 0:
            running -= 1
            continue
        count += rows
        free[pid].put(slot)
    for p in processes:
        p.join()
    wall = time.perf_counter() - start
    report("workers", count, cpu() - start_cpu, wall)
    for b in blocks:
        b.close()
        b.unlink()


main(sys.argv[1], sys.argv[2:])
