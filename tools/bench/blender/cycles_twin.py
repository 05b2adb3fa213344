# SPDX-License-Identifier: Apache-2.0
"""Cycles' half of the comparison: renders the scene that film_twin wrote, reads our pictures, prints both.

    OMP_NUM_THREADS=1 blender -b --factory-startup --python cycles_twin.py -- FOLDER [REFERENCE_SPP = 1024]

One thread, CPU seconds of the process around the render call; box pixel filter, no clamping, no adaptive sampling, no
denoiser. Error: root mean square of the difference from the reference that the same renderer made of the same look
with another seed, over the mean of that reference; "display" after gamma 1/2.2 with white at the mean over 0.18.
"""
import json
import os
import sys
import time

import bpy
import numpy as np
from mathutils import Matrix

PASSES = ("combined", "z", "normal", "uv", "position", "diffuse_color", "object_index")
# Blender is z up, the files are y up.
UP = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], dtype=float)


def read_obj(path):
    rows = {"v": [], "vt": [], "f": []}
    with open(path) as lines:
        for words in map(str.split, lines):
            if words and words[0] in rows:
                rows[words[0]].append(words[1:])
    faces = np.array([[int(corner.split("/")[0]) - 1 for corner in face] for face in rows["f"]])
    return np.array(rows["v"], float), np.array(rows["vt"], float), faces


def pixels(image):
    flat = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(flat)
    return flat.reshape(image.size[1], image.size[0], -1)[::-1]


def read_picture(path):
    image = bpy.data.images.load(path)
    image.colorspace_settings.name = "Non-Color"
    rgb = pixels(image)[..., :3].astype(float)
    bpy.data.images.remove(image)
    return rgb


class Nodes:
    """Short hand for a node tree."""

    def __init__(self, tree):
        self.tree = tree
        tree.nodes.clear()

    def add(self, kind, links=(), **settings):
        node = self.tree.nodes.new(kind)
        for name, value in settings.items():
            setattr(node, name, value)
        for socket, value in links:
            if isinstance(value, bpy.types.NodeSocket):
                self.tree.links.new(value, node.inputs[socket])
            else:
                node.inputs[socket].default_value = value
        return node

    def math(self, operation, a, b):
        return self.add("ShaderNodeMath", [(0, a), (1, b)], operation=operation).outputs[0]


def film_shader(nodes, scene, print_image, look):
    texture = nodes.add("ShaderNodeTexImage", image=print_image, interpolation="Linear", extension="EXTEND")
    if look == "lambert":
        return nodes.add("ShaderNodeBsdfDiffuse", [("Color", texture.outputs["Color"])]).outputs[0]
    # A clear slab, R = 2 F / (1 + F), over an absorbing image. The Fresnel node inverts the index behind a surface.
    n = scene["film"]["refractive_index"]
    back = nodes.add("ShaderNodeNewGeometry").outputs["Backfacing"]
    index = nodes.math("ADD", nodes.math("MULTIPLY", back, 1 / n - n), n)
    f = nodes.add("ShaderNodeFresnel", [("IOR", index)]).outputs[0]
    reflected = nodes.math("DIVIDE", nodes.math("MULTIPLY", f, 2.0), nodes.math("ADD", f, 1.0))
    f0 = ((n - 1) / (n + 1)) ** 2
    clear = (1 - f0) / (1 + f0)
    image = nodes.add("ShaderNodeVectorMath", [(0, texture.outputs["Color"]), (1, (1 / clear,) * 3)],
                      operation="MULTIPLY").outputs[0]
    straight = nodes.add("ShaderNodeBsdfTransparent", [("Color", image)]).outputs[0]
    mirror = nodes.add("ShaderNodeBsdfGlossy", [("Roughness", scene["film"]["ggx_alpha"] ** 0.5)],
                       distribution="GGX").outputs[0]
    return nodes.add("ShaderNodeMixShader", [(0, reflected), (1, straight), (2, mirror)]).outputs[0]


def mesh_object(name, path, smooth):
    vertices, uv, faces = read_obj(path)
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata((vertices @ UP.T).tolist(), [], faces.tolist())
    mesh.polygons.foreach_set("use_smooth", np.full(len(faces), smooth))
    if len(uv):
        mesh.uv_layers.new().data.foreach_set("uv", uv[faces.ravel()].ravel())
    mesh.update()
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(thing)
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    mesh.materials.append(material)
    return Nodes(material.node_tree)


def build(folder, scene, look):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    target = bpy.context.scene
    path = lambda name: os.path.join(folder, name)
    print_image = bpy.data.images.load(path(scene["film"]["print"]))
    print_image.colorspace_settings.name = "Non-Color"
    nodes = mesh_object("film", path(scene["film"]["mesh"]), True)
    shader = film_shader(nodes, scene, print_image, look)
    nodes.add("ShaderNodeOutputMaterial", [("Surface", shader)])
    nodes = mesh_object("things", path(scene["things"]["mesh"]), False)
    shader = nodes.add("ShaderNodeBsdfDiffuse", [("Color", (*scene["things"]["albedo"], 1))]).outputs[0]
    nodes.add("ShaderNodeOutputMaterial", [("Surface", shader)])

    sky = read_picture(path(scene["sky"]["file"]))
    sky = np.roll(sky, -sky.shape[1] // 4, axis=1)  # Blender's middle column looks along +x
    image = bpy.data.images.new("sky", sky.shape[1], sky.shape[0], float_buffer=True)
    image.colorspace_settings.name = "Non-Color"
    image.pixels.foreach_set(np.dstack([sky, np.ones(sky.shape[:2])])[::-1].astype(np.float32).ravel())
    world = bpy.data.worlds.new("sky")
    target.world = world
    world.use_nodes = True
    nodes = Nodes(world.node_tree)
    light = nodes.add("ShaderNodeTexEnvironment", image=image).outputs["Color"]
    light = nodes.add("ShaderNodeBackground", [("Color", light)]).outputs[0]
    nodes.add("ShaderNodeOutputWorld", [("Surface", light)])
    world.cycles.sampling_method = "MANUAL"
    world.cycles.sample_map_resolution = sky.shape[1]

    c = scene["camera"]
    lens = bpy.data.cameras.new("camera")
    lens.sensor_fit, lens.sensor_width, lens.clip_start = "HORIZONTAL", 36, 0.001
    lens.lens = 36 * c["fx_px"] / c["width_px"]
    lens.shift_x = 0.5 - c["cx_px"] / c["width_px"]
    lens.shift_y = (c["cy_px"] - 0.5 * c["height_px"]) / c["width_px"]
    camera = bpy.data.objects.new("camera", lens)
    pose = np.eye(4)
    pose[:3] = c["world_from_camera_opencv"]
    pose[:3] = UP @ pose[:3]
    camera.matrix_world = Matrix((pose @ np.diag([1, -1, -1, 1])).tolist())
    target.collection.objects.link(camera)
    target.camera = camera

    target.render.engine = "CYCLES"
    cycles = target.cycles
    cycles.device, cycles.use_adaptive_sampling, cycles.use_denoising = "CPU", False, False
    cycles.max_bounces = cycles.diffuse_bounces = cycles.glossy_bounces = cycles.transparent_max_bounces = 8
    cycles.sample_clamp_direct = cycles.sample_clamp_indirect = cycles.blur_glossy = 0
    cycles.pixel_filter_type = "BOX"
    target.render.threads_mode, target.render.threads = "FIXED", 1
    target.render.resolution_x, target.render.resolution_y = c["width_px"], c["height_px"]
    target.render.resolution_percentage = 100
    target.render.image_settings.file_format = "OPEN_EXR"
    target.render.image_settings.color_depth = "32"
    target.view_settings.view_transform = "Raw"
    for name in PASSES:
        setattr(bpy.context.view_layer, "use_pass_" + name, True)
    return target


def render(folder, scene, look, spp, seed):
    target = build(folder, scene, look)
    target.cycles.samples, target.cycles.seed = spp, seed
    start = time.process_time()
    bpy.ops.render.render()
    used = time.process_time() - start
    path = os.path.join(folder, "cycles_%s_%d_%d.exr" % (look, spp, seed))
    bpy.data.images["Render Result"].save_render(path, scene=target)
    return read_picture(path), used


def errors(picture, reference):
    mean = reference.mean()
    show = lambda x: np.minimum(np.maximum(x, 0) * 0.18 / mean, 1) ** (1 / 2.2)
    rms = lambda x: float(np.sqrt(np.mean(x * x)))
    return rms(picture - reference) / mean, rms(show(picture) - show(reference))


def time_to(curve, error, column):
    """CPU seconds at which a curve of (seconds, errors) reaches an error, between its points by power laws; those of its
    first point, an upper bound, where that is below the error already."""
    if curve[0][1 + column] <= error:
        return curve[0][0]
    for (t0, *e0), (t1, *e1) in zip(curve, curve[1:]):
        if e1[column] <= error <= e0[column]:
            share = np.log(e0[column] / error) / np.log(e0[column] / e1[column])
            return t0 * (t1 / t0) ** share
    return float("nan")


def main():
    folder, *rest = sys.argv[sys.argv.index("--") + 1:]
    reference_spp = int(rest[0]) if rest else 1024
    with open(os.path.join(folder, "scene.json")) as file:
        scene = json.load(file)
    kept = os.path.join(folder, "cycles.json")  # Cycles does not change: measured once a folder
    curves = json.load(open(kept)) if os.path.exists(kept) else {}
    count = scene["camera"]["width_px"] * scene["camera"]["height_px"]
    for look in ("lambert", "film"):
        if look in curves:
            continue
        reference, _ = render(folder, scene, look, reference_spp, 101)
        curves[look] = []
        for spp in (16, 64, 256):
            picture, used = render(folder, scene, look, spp, 7)
            curves[look].append([spp, used, *errors(picture, reference)])
    with open(kept, "w") as file:
        json.dump(curves, file)
    with open(os.path.join(folder, "ours.jsonl")) as file:
        ours = [json.loads(line) for line in file]
    report = []
    for look in sorted({line["look"] for line in ours}, key=["lambert", "film", "sample"].index):
        reference = read_picture(os.path.join(folder, "ours_%s_reference.exr" % look))
        report.append("%s: mean %.5f" % (look, reference.mean()))
        if look in curves:
            cycles = read_picture(os.path.join(folder, "cycles_%s_%d_101.exr" % (look, reference_spp)))
            report.append("mean by Cycles %.5f; rms difference of the references %.4f of the mean, display %.4f"
                          % (cycles.mean(), *errors(cycles, reference)))
        report.append("%-22s %6s %9s %9s %10s %9s" % ("renderer", "spp", "CPU-s", "M paths/s", "rms/mean", "display"))
        for spp, used, *e in curves.get(look, []):
            report.append("%-22s %6d %9.3f %9.3f %10.4f %9.5f" % ("Cycles", spp, used, count * spp / used / 1e6, *e))
        # Without Cycles' picture, our own 64 spp are the mark.
        target = next((c for c in curves.get(look, []) if c[0] == 64), None)
        families = {}
        for line in ours:
            if line["look"] != look or line["name"].endswith("reference"):
                continue
            picture = read_picture(os.path.join(folder, line["name"] + ".exr"))
            e = errors(picture, reference)
            family = line["name"].split("_" + look)[0]
            families.setdefault(family, []).append((line["cpu_s"], *e))
            if target is None and family == "plain" and line["spp"] == 64:
                target = [64, line["cpu_s"], *e]
            report.append("%-22s %6d %9.3f %9.3f %10.4f %9.5f"
                          % (family, line["spp"], line["cpu_s"], line["paths_per_s"] / 1e6, *e))
        for family, curve in families.items():
            times = [time_to(curve, target[2 + k], k) for k in (0, 1)]
            report.append("%s reaches the error of 64 spp after %.3f CPU-s by rms (%.3f of its time), %.3f by display rms "
                          "(%.3f)" % (family, times[0], times[0] / target[1], times[1], times[1] / target[1]))
        report.append("")
    print("\n".join(report))


main()
