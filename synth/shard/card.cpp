// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/card.h"

#include "synth/shard/names.h"
#include "synth/shard/number_text.h"

#include <algorithm>
#include <map>

namespace radforge::shard {
namespace {

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string field_table(const DatasetPlan& plan) {
    std::string text =
        "| member | dtype | shape | value | unit | range | no value |\n|---|---|---|---|---|---|---|\n";
    for (const FieldSpec& spec : plan.fields) {
        const bool is_text = spec.extension == "json";
        const bool affine = spec.scale != 1 || spec.offset != 0;
        std::string value = affine ? "a * " + number_text(spec.scale) : "a";
        if (spec.offset != 0) value += " + " + number_text(spec.offset);
        text += "| `" + spec.name + "." + spec.extension + "` | " +
                (is_text ? "text" : type_name(spec.type)) + " | " + (is_text ? "-" : shape_text(spec.shape)) +
                " | " + (is_text ? "-" : value) + " | " + or_dash(spec.unit) + " | " + or_dash(spec.range) +
                " | " + or_dash(spec.invalid) + " |\n";
    }
    return text;
}

std::string split_table(const Dataset& dataset) {
    std::map<std::string, std::pair<uint64_t, uint64_t>> splits;
    uint64_t quarantined = 0;
    for (const ShardInfo& info : dataset.shards()) {
        splits[info.name.split].first += info.record.sample_count;
        ++splits[info.name.split].second;
        quarantined += info.record.quarantined.size();
    }
    std::string text = "| split | samples | shards | share of the sources |\n|---|---|---|---|\n";
    for (const auto& [split, counts] : splits) {
        const auto part = dataset.plan().split_parts.find(split);
        text += "| " + split + " | " + std::to_string(counts.first) + " | " + std::to_string(counts.second) +
                " | " + (part == dataset.plan().split_parts.end() ? "-" : number_text(part->second)) + " |\n";
    }
    if (quarantined > 0)
        text += "\n" + std::to_string(quarantined) +
                " samples could not be made; manifest.json lists them with reasons.\n";
    return text;
}

std::string input_table(const DatasetPlan& plan) {
    if (plan.inputs.empty()) return "No outside inputs.\n";
    std::string text = "| input | licence | source | sha256 |\n|---|---|---|---|\n";
    for (const InputCredit& input : plan.inputs)
        text += "| " + or_dash(input.name) + " | " + or_dash(input.licence) + " | " + or_dash(input.source) +
                " | " + or_dash(input.sha256.substr(0, 16)) + " |\n";
    return text;
}

/// Shell's braces over all shards of a split: "film-train-{000000..000007}.tar".
std::string shard_pattern(const std::string& kind, const std::string& split, uint32_t last) {
    const std::string stem = kind + "-" + split + "-";
    const auto number = [&](uint32_t n) { return shard_file_name(kind, split, n).substr(stem.size(), 6); };
    return stem + "{" + number(0) + ".." + number(last) + "}.tar";
}

std::string webdataset_lines(const Dataset& dataset) {
    std::map<std::string, uint32_t> last;
    for (const ShardInfo& info : dataset.shards())
        last[info.name.split] = std::max(last[info.name.split], info.name.number);
    std::string text;
    for (const auto& [split, number] : last)
        text += split + " = wds.WebDataset(\"" + shard_pattern(dataset.plan().kind, split, number) +
                "\").decode(\"rgb8\")\n";
    return text;
}

std::string reading_section(const Dataset& dataset) {
    const DatasetPlan& plan = dataset.plan();
    return "## Reading it\n\n"
           "The shards are plain tar files in the layout of the `webdataset` Python library; `index/` holds "
           "indices for `wids` and "
           "NVIDIA DALI. With nothing but numpy and Pillow:\n\n"
           "```python\n"
           "import glob, gzip, io, json, tarfile\n"
           "import numpy as np\n"
           "from PIL import Image\n\n"
           "fields = {f[\"name\"]: f for f in json.load(open(\"manifest.json\"))[\"fields\"]}\n\n"
           "def samples(pattern):\n"
           "    for path in sorted(glob.glob(pattern)):\n"
           "        key, sample = None, {}\n"
           "        for member in (tar := tarfile.open(path)):\n"
           "            name, field, extension = member.name.split(\".\", 2)\n"
           "            if name != key and sample:\n"
           "                yield key, sample\n"
           "                sample = {}\n"
           "            key, data = name, tar.extractfile(member).read()\n"
           "            if extension == \"json\":\n"
           "                sample[field] = json.loads(data)\n"
           "            elif extension in (\"png\", \"jpg\"):\n"
           "                sample[field] = np.asarray(Image.open(io.BytesIO(data)))  # [H,W] or [H,W,C]\n"
           "            else:\n"
           "                array = np.load(io.BytesIO(gzip.decompress(data) if extension == \"npy.gz\" else "
           "data))\n"
           "                f = fields[field]                                         # [C,H,W]\n"
           "                exact = array.dtype.kind in \"iu\" and f[\"scale\"] == 1 and f[\"offset\"] == 0\n"
           "                sample[field] = array if exact else array * np.float32(f[\"scale\"]) + "
           "np.float32(f[\"offset\"])\n"
           "        if sample:\n"
           "            yield key, sample\n\n"
           "for key, sample in samples(\"" +
           plan.kind +
           "-*-*.tar\"):\n"
           "    print(key, {name: getattr(value, \"shape\", \"\") for name, value in sample.items()})\n"
           "```\n\n"
           "With `webdataset`:\n\n"
           "```python\n"
           "import webdataset as wds\n\n" +
           webdataset_lines(dataset) +
           "```\n\n"
           "In C++, link `radforge::shard`:\n\n"
           "```cpp\n"
           "radforge::shard::Dataset dataset(\".\");\n"
           "std::optional<radforge::Sample> sample = dataset.find(0);  // fields in the order of the table "
           "above\n"
           "```\n\n"
           "Row 0 is on top; pixel (r, c) has its centre at (c + 0.5, r + 0.5). Stored integers a decode to "
           "a * scale + offset.\n";
}

}  // namespace

std::string card_text(const Dataset& dataset) {
    const DatasetPlan& plan = dataset.plan();
    std::string text = "# " + plan.name + "\n\n";
    if (!plan.about.empty()) text += plan.about + "\n\n";
    text += std::to_string(dataset.sample_count()) + " samples of kind `" + plan.kind +
            "`, made by radforge from seed " + std::to_string(plan.seed.value) +
            " and `config.toml`; `overrides.txt` is what the command line changed. The same "
            "config, seed and inputs give the same bytes.\n\n";
    text += split_table(dataset) + "\n## Members of a sample\n\n" + field_table(plan) + "\n" +
            reading_section(dataset);
    text += "\n## Inputs and licences\n\n" + input_table(plan);
    text +=
        "\n## Checking it\n\n`radforge verify .` recomputes every hash and checks every value; `radforge "
        "verify --phi .` "
        "also scans for patient identity, which is never copied into a dataset.\n";
    return text;
}

}  // namespace radforge::shard
