// SPDX-License-Identifier: Apache-2.0
#include "synth/config/provenance.h"

#include "synth/base/hash.h"
#include "synth/base/rng.h"
#include "synth/config/build_record.h"

#include <elf.h>
#include <gnu/libc-version.h>
#include <link.h>

#include <cmath>
#include <cstring>
#include <sstream>

namespace radforge::config {
namespace {

std::string find_build_id(const char* notes, size_t size) {
    constexpr size_t kAlign = 4;
    while (size >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        std::memcpy(&note, notes, sizeof note);
        const size_t name = (note.n_namesz + kAlign - 1) / kAlign * kAlign;
        const size_t total = sizeof note + name + (note.n_descsz + kAlign - 1) / kAlign * kAlign;
        if (total > size) break;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            !std::memcmp(notes + sizeof note, "GNU", 4)) {
            std::string hex;
            for (size_t i = 0; i < note.n_descsz; ++i) {
                const auto byte = static_cast<unsigned char>(notes[sizeof note + name + i]);
                (hex += "0123456789abcdef"[byte >> 4]) += "0123456789abcdef"[byte & 15];
            }
            return hex;
        }
        notes += total;
        size -= total;
    }
    return {};
}

int visit_program(dl_phdr_info* info, size_t, void* out) {
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const auto& header = info->dlpi_phdr[i];
        if (header.p_type != PT_NOTE) continue;
        const auto* notes = reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr);
        const std::string id = find_build_id(notes, header.p_memsz);
        if (!id.empty()) *static_cast<std::string*>(out) = id;
    }
    return 1;  // the program itself comes first; the libraries behind it are not asked
}

}  // namespace

std::string build_id() {
    std::string id = "none";
    dl_iterate_phdr(visit_program, &id);
    return id;
}

std::string libm_fingerprint() {
    constexpr int kArguments = 2000;
    Rng rng({Seed{0x6d61746873}, 0}, Stream::Source);
    Sha256 hash;
    const auto put = [&](auto value) {
        hash.update(Span<const std::byte>(reinterpret_cast<const std::byte*>(&value), sizeof value));
    };
    for (int i = 0; i < kArguments; ++i) {
        const double x = rng.uniform(-8, 8), y = rng.uniform(0.01, 8);
        for (const double value : {std::sin(x), std::cos(x), std::tan(x), std::atan(x), std::exp(x),
                                   std::log(y), std::pow(y, x), std::tanh(x), std::erf(x)})
            put(value);
        put(std::cos(float(x)));
    }
    return hash.hex().substr(0, 16);
}

std::string maths_class(const std::string& embree_isa) {
    const std::string march = build_record().march;
    return "build=" + build_id() + " march=" + (march.empty() ? "default" : march) +
           " glibc=" + gnu_get_libc_version() + " libm=" + libm_fingerprint() + " embree=" + embree_isa;
}

Provenance provenance(const std::string& config_toml, const std::string& embree_isa) {
    const BuildRecord build = build_record();
    Provenance record;
    record.config_sha256 = sha256_hex(config_toml);
    record.revision = build.revision;
    record.maths_class = maths_class(embree_isa);
    record.versions = {
        {"radforge", build.version}, {"compiler", build.compiler}, {"glibc", gnu_get_libc_version()}};
    std::istringstream packages(build.packages);
    for (std::string name, version; packages >> name >> version;) record.versions[name] = version;
    return record;
}

}  // namespace radforge::config
