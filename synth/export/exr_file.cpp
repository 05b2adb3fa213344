// SPDX-License-Identifier: Apache-2.0
#include "synth/base/error.h"
#include "synth/export/files.h"
#include "synth/shard/file.h"

#include <OpenImageIO/imageio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace radforge::exporter {
namespace {

OIIO::ImageSpec spec_of(const ExrPart& part, const Image& display) {
    OIIO::ImageSpec spec(part.values.width_px, part.values.height_px, part.values.channels,
                         OIIO::TypeDesc::FLOAT);
    spec.channelnames.assign(part.channels.begin(), part.channels.end());
    spec.attribute("compression", "zip");
    spec.attribute("Software", "radforge");
    spec.attribute("DateTime", "1970:01:01 00:00:00");  // the library would write the current time
    spec.full_width = display.width_px;                 // one display window for all parts, says the format
    spec.full_height = display.height_px;
    if (!part.name.empty()) spec.attribute("oiio:subimagename", part.name);
    return spec;
}

/// A file without a name on any disk: the library's own writing to memory knows no files of several parts.
class MemoryFile {
public:
    MemoryFile() : descriptor_(memfd_create("radforge-exr", MFD_CLOEXEC)) {
        if (descriptor_ < 0) shard::throw_system_error("making", "a file in memory", errno);
    }
    ~MemoryFile() { ::close(descriptor_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }
    std::string content() const {
        const off_t size = ::lseek(descriptor_, 0, SEEK_END);
        if (size < 0) shard::throw_system_error("measuring", "a file in memory", errno);
        std::string bytes(size_t(size), '\0');
        for (size_t done = 0; done < bytes.size();) {
            const ssize_t n = ::pread(descriptor_, bytes.data() + done, bytes.size() - done, off_t(done));
            if (n <= 0) shard::throw_system_error("reading", "a file in memory", n < 0 ? errno : EIO);
            done += size_t(n);
        }
        return bytes;
    }

private:
    int descriptor_;
};

}  // namespace

std::string encode_exr(const std::vector<ExrPart>& parts) {
    std::vector<OIIO::ImageSpec> specs;
    for (const ExrPart& part : parts) {
        RADFORGE_ASSERT(part.channels.size() == size_t(part.values.channels));
        specs.push_back(spec_of(part, parts.front().values));
    }
    const auto output = OIIO::ImageOutput::create("exr");
    if (!output) throw Error(ErrorKind::Failed, "cannot write OpenEXR").got(OIIO::geterror());
    output->threads(1);
    const MemoryFile memory;
    const auto failed = [&] {
        return Error(ErrorKind::Failed, "the OpenEXR encoder failed").got(output->geterror());
    };
    if (specs.size() == 1 ? !output->open(memory.path(), specs[0])
                          : !output->open(memory.path(), int(specs.size()), specs.data()))
        throw failed();
    for (size_t i = 0; i < parts.size(); ++i) {
        if (i > 0 && !output->open(memory.path(), specs[i], OIIO::ImageOutput::AppendSubimage))
            throw failed();
        if (!output->write_image(OIIO::TypeDesc::FLOAT, parts[i].values.bytes.data())) throw failed();
    }
    if (!output->close()) throw failed();
    return memory.content();
}

std::string encode_exr_rgb(const Image& values) { return encode_exr({{"", {"R", "G", "B"}, values}}); }

}  // namespace radforge::exporter
