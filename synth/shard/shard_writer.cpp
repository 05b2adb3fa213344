// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/shard_writer.h"

#include "synth/base/error.h"
#include "synth/base/running_sum.h"
#include "synth/shard/codec.h"
#include "synth/shard/meta.h"
#include "synth/shard/names.h"
#include "synth/shard/tar_writer.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <optional>
#include <utility>

namespace radforge::shard {

namespace {

/// Members of one sample, one behind the other.
class MemberList {
public:
    explicit MemberList(EncodedSample& out) : out_(out) {}

    void add(const std::string& name, const std::string& content) {
        note(name, content.size(), xxh3_64(bytes_of(content)));
        append_tar_member(text_, name, bytes_of(content));
    }
    /// @param sum  of header and array
    void add_npy(const std::string& name, const std::string& header, NdArray array, uint64_t sum) {
        const size_t size = header.size() + array.bytes.size();
        note(name, size, sum);
        text_ += tar_header(name, size) + header;
        finish();
        position_ += array.bytes.size();
        out_.pieces.emplace_back(std::move(array.bytes));
        text_.append(tar_padding(size), '\0');
    }
    /// Behind the last member.
    void finish() {
        position_ += text_.size();
        out_.pieces.emplace_back(std::exchange(text_, {}));
    }

private:
    void note(const std::string& name, size_t size, uint64_t sum) {
        out_.members.push_back({name, position_ + text_.size() + kTarBlock, size, sum});
    }

    EncodedSample& out_;
    std::string text_;     // behind the last piece
    size_t position_ = 0;  // of text_
};

}  // namespace

EncodedSample encode_sample(Sample sample, const DatasetPlan& plan) {
    const std::string key = sample_name(plan.kind, sample.key.index);
    if (sample.fields.size() != plan.fields.size())
        throw Error(ErrorKind::BadData, "wrong number of members")
            .where(key)
            .got(std::to_string(sample.fields.size()))
            .expected(std::to_string(plan.fields.size()));
    const auto* const meta = std::get_if<std::string>(&sample.fields.back().value);
    if (!meta) throw Error(ErrorKind::BadData, "meta.json is not text").where(key);
    check_meta(*meta, {plan.kind, sample.split, plan.name, sample.key});
    EncodedSample out;
    MemberList list(out);
    for (size_t i = 0; i < sample.fields.size(); ++i) {
        Field& field = sample.fields[i];
        const std::string name = key + "." + field.name + "." + field.extension;
        auto* const array = std::get_if<NdArray>(&field.value);
        if (array && field.extension == "npy") {
            const std::string header = npy_header(*array);  // before anybody reads what may not be there
            RunningSum sum;
            sum.add(bytes_of(header));
            out.stats.push_back(measure(plan.fields[i], field, &sum));
            list.add_npy(name, header, std::move(*array), sum.value());
            continue;
        }
        const std::string content = encode(field);
        // What a JPEG decodes to is what must fit the plan; every other member decodes to what it was.
        if (field.extension == "jpg") field = decode(field.name, field.extension, bytes_of(content));
        out.stats.push_back(measure(plan.fields[i], field));
        list.add(name, content);
    }
    list.finish();
    return out;
}

Span<const std::byte> piece_bytes(const std::variant<std::string, std::vector<std::byte>>& piece) {
    const auto* const text = std::get_if<std::string>(&piece);
    return text ? bytes_of(*text) : Span<const std::byte>(std::get<std::vector<std::byte>>(piece));
}

ShardWriter::ShardWriter(const DatasetPlan& plan, ShardTask task, std::string plan_digest)
    : directory_(plan.directory), kind_(plan.kind), task_(std::move(task)), file_(directory_, task_.file) {
    record_.shard_id = task_.shard_id;
    record_.first_index = task_.first_index;
    record_.last_index = task_.last_index;
    record_.planned_count = task_.planned_count;
    record_.plan_digest = std::move(plan_digest);
}

void ShardWriter::append(Span<const std::byte> bytes) {
    // Copying brings a piece into the nearer caches: SHA-256 by itself waits half as long again for memory.
    constexpr size_t kPiece = size_t(64) << 10;
    bytes_ += bytes.size();
    while (!bytes.empty()) {
        const Span<const std::byte> piece = bytes.first(std::min(kPiece, bytes.size()));
        file_.write(piece);
        hash_.update(piece);
        bytes = bytes.from(piece.size());
    }
}

void ShardWriter::expect(uint64_t index) {
    RADFORGE_ASSERT(index >= task_.first_index && index <= task_.last_index && index >= next_index_);
    next_index_ = index + 1;
}

void ShardWriter::add(uint64_t index, EncodedSample sample) {
    expect(index);
    for (IndexedMember& member : sample.members) member.offset += bytes_;
    indexer_.add(sample_name(kind_, index), sample.members, sample.stats);
    for (const auto& piece : sample.pieces) append(piece_bytes(piece));
    ++record_.sample_count;
}

void ShardWriter::quarantine(uint64_t index, const std::string& reason) {
    expect(index);
    record_.quarantined.push_back(index);
    reasons_.emplace_back(sample_name(kind_, index), without_folders(reason));
}

void ShardWriter::finish() {
    RADFORGE_ASSERT(record_.sample_count + record_.quarantined.size() == task_.planned_count);
    append(bytes_of(encode_end_of_archive(record_.quarantined)));
    record_.bytes_before = bytes_;
    Sha256 of_file = hash_.fork();
    record_.content_sha256 = hash_.hex();
    const std::string record = encode_record(record_);
    of_file.update(record);
    file_sha256_ = of_file.hex();
    file_.write(record);
    bytes_ += kRecordBytes;
    // Before the shard itself, so that a published shard never lacks its reasons.
    if (!reasons_.empty()) write_quarantine_log(directory_, task_.file, reasons_);
    finished_ = true;
}

ShardIndex ShardWriter::index(const DatasetPlan& plan) const {
    RADFORGE_ASSERT(finished_);
    return indexer_.finish(plan, record_.content_sha256, file_sha256_);
}

Commit ShardWriter::commit(Logger& logger) {
    if (!finished_) finish();
    if (file_.publish(AtomicFile::IfPresent::Keep)) return Commit::Made;
    return settle_with_present(record_, logger);
}

Commit ShardWriter::settle_with_present(const ShardRecord& mine, Logger& logger) {
    const std::string path = directory_ + "/" + task_.file;
    std::optional<ShardRecord> present;
    try {
        present = decode_record(MappedFile(path).bytes(), path);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::TryAgain) throw;
        logger.warn(std::string(error.what()) + "; replaced");
    }
    if (present) {
        if (present->plan_digest != mine.plan_digest)
            throw Error(ErrorKind::BadData, "a shard of another plan has this name")
                .where(path)
                .hint("choose another folder");
        if (present->planned_count >= mine.planned_count && present->content_sha256 == mine.content_sha256)
            return Commit::Present;
        if (present->planned_count > mine.planned_count) return Commit::Present;
        if (present->planned_count == mine.planned_count) {
            const std::string twin = task_.file + ".differs-" + mine.content_sha256.substr(0, 8);
            file_.publish_as(twin);
            throw Error(ErrorKind::Failed, "the same shard came out with other bytes")
                .where(path)
                .got(mine.content_sha256)
                .expected(present->content_sha256)
                .hint("kept as " + twin +
                      "; compare the two: builds or machines differ, or the generator is not deterministic");
        }
    }
    file_.publish_as(task_.file);
    return Commit::Replaced;
}

std::string without_folders(const std::string& text) {
    const auto is_path_character = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || std::strchr("_-./+~", c) != nullptr;
    };
    std::string out;
    for (size_t i = 0; i < text.size();) {
        size_t end = i;
        // An absolute path may hold spaces: it lasts until punctuation that ends the phrase.
        const bool absolute = text[i] == '/' || text.compare(i, 2, "~/") == 0;
        while (end < text.size() &&
               (absolute ? !std::strchr(":;,'\"\n", text[end]) : is_path_character(text[end])))
            ++end;
        if (end == i) {
            out += text[i++];
            continue;
        }
        const std::string run = text.substr(i, end - i);
        const size_t slash = run.find_last_of('/');
        const bool is_fraction = run.find_first_not_of("0123456789./") == std::string::npos;
        out += slash == std::string::npos || is_fraction ? run : run.substr(slash + 1);
        i = end;
    }
    return out;
}

}  // namespace radforge::shard
