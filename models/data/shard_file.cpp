// SPDX-License-Identifier: Apache-2.0
#include "models/data/shard_file.h"

#include "synth/base/error.h"
#include "synth/shard/file.h"
#include "synth/shard/index.h"
#include "synth/shard/names.h"
#include "synth/shard/record.h"
#include "synth/shard/tar_writer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string_view>

namespace radforge::loader {
namespace {

/// Walks a text file line by line and word by word.
class Lines {
public:
    Lines(std::string text, std::string path) : text_(std::move(text)), path_(std::move(path)) {}

    bool next() {
        words_.clear();
        if (at_ >= text_.size()) return false;
        const size_t end = text_.find('\n', at_);
        if (end == std::string::npos) fail("the last line is cut");
        ++number_;
        size_t begin = at_;
        while (begin < end) {
            const size_t space = std::min(text_.find(' ', begin), end);
            words_.emplace_back(text_.data() + begin, space - begin);
            begin = space + 1;
        }
        at_ = end + 1;
        return true;
    }
    const std::vector<std::string_view>& words() const { return words_; }
    uint64_t number(std::string_view word, int base = 10) const {
        uint64_t value = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
        if (error != std::errc() || end != word.data() + word.size())
            fail("not a number: " + std::string(word));
        return value;
    }
    [[noreturn]] void fail(const std::string& what) const {
        throw Error(ErrorKind::BadData, what)
            .where(path_ + ":" + std::to_string(number_))
            .hint("`radforge index` makes the index again");
    }

private:
    std::string text_, path_;
    size_t at_ = 0;
    int number_ = 0;
    std::vector<std::string_view> words_;
};

/// What .idx and .sum both say of one member.
struct Entry {
    uint64_t offset = 0, size = 0, sum = 0;
    std::string name;
};

std::vector<Entry> read_sums(const std::string& path) {
    Lines lines(shard::read_text_file(path), path);
    std::vector<Entry> entries;
    while (lines.next()) {
        const auto& words = lines.words();
        if (words.size() != 4 || words[0].size() != 16 ||
            words[0].find_first_not_of("0123456789abcdef") != std::string_view::npos)
            lines.fail("not '<xxh3-64> <size> <offset> <member>'");
        entries.push_back({lines.number(words[2]), lines.number(words[1]), lines.number(words[0], 16),
                           std::string(words[3])});
    }
    return entries;
}

}  // namespace

ShardTable read_shard_table(const std::string& directory, const ListedShard& shard, const std::string& kind,
                            Span<const FieldSpec> fields) {
    const std::string stem = directory + "/" + shard::index_stem(shard.file);
    const std::vector<Entry> sums = read_sums(stem + ".sum");
    Lines lines(shard::read_text_file(stem + ".idx"), stem + ".idx");
    if (!lines.next() || lines.words().size() != 2 || lines.words()[0] != "v1.2" ||
        lines.number(lines.words()[1]) != shard.samples)
        lines.fail("not 'v1.2 " + std::to_string(shard.samples) + "'");
    ShardTable table;
    while (lines.next()) {
        const auto& words = lines.words();
        if (words.size() != 4 * fields.size()) lines.fail("wrong number of members");
        for (size_t f = 0; f < fields.size(); ++f) {
            const std::string_view* const w = &words[4 * f];
            const uint64_t offset = lines.number(w[1]), size = lines.number(w[2]);
            const auto parts = shard::parse_member_name(std::string(w[3]));
            if (!parts || parts->field != fields[f].name || parts->extension != fields[f].extension ||
                parts->field + "." + parts->extension != w[0])
                lines.fail("the member " + std::string(w[3]) + " is not the plan's " + fields[f].name);
            const auto index = shard::parse_sample_name(kind, parts->key);
            if (!index || (f > 0 && *index != table.indices.back())) lines.fail("not the key of this sample");
            if (f == 0) table.indices.push_back(*index);
            if (offset % shard::kTarBlock != 0 || offset > shard.bytes || size > shard.bytes - offset)
                lines.fail("the member " + std::string(w[3]) + " lies outside its shard");
            const size_t number = table.members.size();
            if (number >= sums.size() || sums[number].name != w[3] || sums[number].offset != offset ||
                sums[number].size != size)
                lines.fail("the sums beside disagree about " + std::string(w[3]));
            table.members.push_back({offset, size, sums[number].sum});
        }
    }
    if (table.indices.size() != shard.samples || table.members.size() != sums.size())
        lines.fail("samples are missing");
    return table;
}

ShardFile::ShardFile(const std::string& directory, const ListedShard& shard, const DatasetPlan& plan,
                     const std::string& plan_digest, Reading reading)
    : path_(directory + "/" + shard.file),
      table_(read_shard_table(directory, shard, plan.kind, plan.fields)),
      fields_(plan.fields.size()),
      reading_(reading),
      fetched_(shard.samples),
      size_(shard.bytes) {
    descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) shard::throw_system_error("opening", path_, errno);
    try {
        struct stat status {};
        if (fstat(descriptor_, &status) != 0)
            shard::throw_system_error("asking for the size of", path_, errno);
        if (!S_ISREG(status.st_mode) || uint64_t(status.st_size) != shard.bytes)
            throw Error(ErrorKind::BadData, "the shard is cut or of another set")
                .where(path_)
                .got(std::to_string(status.st_size) + " bytes")
                .expected(std::to_string(shard.bytes));
        modified_s_ = status.st_mtim.tv_sec;
        modified_ns_ = status.st_mtim.tv_nsec;
        void* const address = mmap(nullptr, size_, PROT_READ, MAP_SHARED, descriptor_, 0);
        if (address == MAP_FAILED) shard::throw_system_error("mapping", path_, errno);
        map_ = static_cast<const std::byte*>(address);
        const shard::ShardRecord record = shard::decode_record({map_, size_}, path_);
        if (record.plan_digest != plan_digest)
            throw Error(ErrorKind::BadData, "this shard belongs to another plan than plan.json").where(path_);
        if (record.content_sha256 != shard.content_sha256)
            throw Error(ErrorKind::BadData, "another shard than the manifest lists")
                .where(path_)
                .hint("`radforge verify` tells what is wrong");
    } catch (...) {
        if (map_) munmap(const_cast<std::byte*>(map_), size_);
        close(descriptor_);
        throw;
    }
}

ShardFile::~ShardFile() {
    munmap(const_cast<std::byte*>(map_), size_);
    close(descriptor_);
}

/// A map of a file that was cut in place kills the process on the first touch behind its end, so the size is
/// asked for before every member; shards that are replaced by a rename stay readable under their old inode.
void ShardFile::require_unchanged() const {
    struct stat status {};
    if (fstat(descriptor_, &status) != 0) shard::throw_system_error("asking for the size of", path_, errno);
    if (uint64_t(status.st_size) != size_ || status.st_mtim.tv_sec != modified_s_ ||
        status.st_mtim.tv_nsec != modified_ns_)
        throw Error(ErrorKind::BadData, "the shard was changed while it was being read").where(path_);
}

Span<const std::byte> ShardFile::bytes(const MemberPlace& place, std::vector<std::byte>& buffer) const {
    require_unchanged();
    if (reading_ == Reading::Map) return {map_ + place.offset, place.size};
    buffer.resize(place.size);
    for (uint64_t done = 0; done < place.size;) {
        const ssize_t got =
            pread(descriptor_, buffer.data() + done, place.size - done, off_t(place.offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) shard::throw_system_error("reading", path_, errno);
        if (got == 0)
            throw Error(ErrorKind::BadData, "the shard was cut while it was being read").where(path_);
        done += uint64_t(got);
    }
    return buffer;
}

void ShardFile::prefetch(uint32_t row) const {
    if (reading_ != Reading::Map || fetched_[row].exchange(true, std::memory_order_relaxed)) return;
    const MemberPlace& first = place(row, 0);
    const MemberPlace& last = place(row, fields_ - 1);
    const uint64_t page = 4096, begin = first.offset / page * page, end = last.offset + last.size;
    // Fills the page tables in one go, where the kernel can (Linux 5.14); else the pages come in one by one.
    madvise(const_cast<std::byte*>(map_ + begin), end - begin, MADV_POPULATE_READ);
}

}  // namespace radforge::loader
