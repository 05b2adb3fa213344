#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Contact sheet of every film scenario in every viewing mode that suits it, one photo each.

    python3 tools/film_contact.py RADFORGE OUT.png [--size 256] [--seed 1] [--only stack,in_hand] [--jobs 2] [radforge's own options ...]

What follows goes to `radforge synth film scenes/film/default.toml`: --ct, --hdri, --backgrounds, KEY=VALUE. Without
--ct and --hdri the sheet shows phantoms in procedural rooms.
"""
import argparse
import concurrent.futures
import io
import pathlib
import subprocess
import sys
import tempfile

from PIL import Image, ImageDraw

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from read_shards import samples  # noqa: E402

LYING = ["flat_curl", "over_cylinder", "desk_edge", "buckled_arch", "rolled_memory", "reopened_fold", "dog_ear",
         "crumpled", "stack"]
HELD = ["hanging_corner", "hanging_two_corners", "held_sides", "pinched", "in_hand"]
CELLS = ([(s, "desk") for s in LYING] + [("flat_curl", "lightbox"), ("stack", "lightbox"), ("leaning_wall", "wall"),
                                         ("lightbox_clips", "lightbox")]
         + [(s, mode) for s in HELD for mode in ("window", "room", "lightbox")])
CAPTION_PX = 14


def photo(radforge, scenario, viewing, seed, size, rest):
    """The photo, or None where no sample could be made (a curled film is too high for a light table)."""
    scene = pathlib.Path(__file__).parent.parent / "scenes/film/default.toml"
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "set"
        made = subprocess.run(
            [radforge, "synth", "film", str(scene), f"physics.scenario={{{scenario}=1}}",
             f"light.viewing={{{viewing}=1}}", f"camera.width_px={size}", f"camera.height_px={size}",
             f"dataset.seed={seed}", "--count", "1", "--out", str(out), *rest],
            capture_output=True, text=True)
        if made.returncode != 0:
            return None
        for _, sample in samples(out):
            return Image.open(io.BytesIO(sample["photo"])).convert("RGB")
    return None


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("radforge")
    parser.add_argument("out")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="scenarios or viewing modes")
    parser.add_argument("--jobs", type=int, default=1)
    args, rest = parser.parse_known_args()
    wanted = [c for c in CELLS if not args.only or c[0] in args.only.split(",") or c[1] in args.only.split(",")]
    columns = min(7, len(wanted))
    rows = -(-len(wanted) // columns)
    sheet = Image.new("RGB", (columns * (args.size + 2), rows * (args.size + CAPTION_PX + 2)), (24, 24, 24))

    def cell(which):
        for attempt in range(6):  # each cell shows another film in another place
            seed = args.seed + len(CELLS) * attempt + CELLS.index(which)
            picture = photo(args.radforge, *which, seed, args.size, rest)
            if picture:
                return picture
        print("no photo of {} in {}".format(*which), file=sys.stderr)
        return None

    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for k, (which, picture) in enumerate(zip(wanted, pool.map(cell, wanted))):
            x, y = k % columns * (args.size + 2), k // columns * (args.size + CAPTION_PX + 2)
            caption = Image.new("RGB", (args.size, CAPTION_PX), (24, 24, 24))  # cuts what is too long
            ImageDraw.Draw(caption).text((3, 1), "{}  {}".format(*which), fill=(220, 220, 220))
            sheet.paste(caption, (x, y))
            if picture:
                sheet.paste(picture, (x, y + CAPTION_PX))
    sheet.save(args.out)


if __name__ == "__main__":
    main()
