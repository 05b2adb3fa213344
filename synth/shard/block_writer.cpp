// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/block_writer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace radforge::shard {
namespace {

constexpr size_t kAlignment = 4096;             // of offset and length: what every disk is content with
constexpr size_t kLargePage = size_t(2) << 20;  // of memory: the kernel looks up two of them, not a thousand

}  // namespace

BlockWriter::BlockWriter(int descriptor, uint64_t offset) : descriptor_(descriptor), offset_(offset) {
    for (int i = 0; i < kBlocks; ++i) {
        Block block;
        block.memory.reset(static_cast<std::byte*>(std::aligned_alloc(kLargePage, kBlockBytes)));
        if (!block.memory) throw std::bad_alloc();
        madvise(block.memory.get(), kBlockBytes, MADV_HUGEPAGE);  // a wish
        free_.push_back(std::move(block));
    }
    thread_ = std::thread([this] { run(); });
}

BlockWriter::~BlockWriter() {
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        full_.clear();
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

int BlockWriter::write(Span<const std::byte> bytes) {
    while (!bytes.empty()) {
        if (!filling_.memory && !take_free_block()) return error_;
        const size_t count = std::min(bytes.size(), kBlockBytes - filling_.end);
        std::memcpy(filling_.memory.get() + filling_.end, bytes.data(), count);
        filling_.end += count;
        offset_ += count;
        bytes = bytes.from(count);
        if (filling_.end == kBlockBytes) pass_on();
    }
    return 0;
}

int BlockWriter::finish() {
    if (filling_.memory) pass_on();
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return error_ != 0 || (full_.empty() && !busy_); });
    return error_;
}

/// @returns false after a failure
bool BlockWriter::take_free_block() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return error_ != 0 || !free_.empty(); });
    if (error_ != 0) return false;
    // The one that was written last is the likeliest to lie in the processor's caches.
    filling_ = std::move(free_.back());
    free_.pop_back();
    filling_.begin = filling_.end = size_t(offset_ % kBlockBytes);
    filling_.offset = offset_;
    return true;
}

void BlockWriter::pass_on() {
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        full_.push_back(std::move(filling_));
    }
    filling_ = {};
    changed_.notify_all();
}

void BlockWriter::run() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (true) {
        changed_.wait(lock, [&] { return stop_ || !full_.empty(); });
        if (stop_) return;
        Block block = std::move(full_.front());
        full_.pop_front();
        if (error_ == 0) {
            busy_ = true;
            lock.unlock();
            const int error = put(block);
            lock.lock();
            busy_ = false;
            error_ = error;
        }
        free_.push_back(std::move(block));
        changed_.notify_all();
    }
}

int BlockWriter::set_direct(bool direct) {
    if (direct == direct_) return 0;
    const int flags = fcntl(descriptor_, F_GETFL);
    if (flags < 0 || fcntl(descriptor_, F_SETFL, direct ? flags | O_DIRECT : flags & ~O_DIRECT) != 0)
        return errno;
    direct_ = direct;
    return 0;
}

int BlockWriter::put(const Block& block) {
    const bool whole = block.begin == 0 && block.end == kBlockBytes;
    if (whole && direct_works_) direct_works_ = set_direct(true) == 0;
    if (!whole)
        if (const int error = set_direct(false)) return error;
    for (size_t at = block.begin; at < block.end;) {
        const ssize_t written = pwrite(descriptor_, block.memory.get() + at, block.end - at,
                                       off_t(block.offset + (at - block.begin)));
        if (written >= 0) {
            at += size_t(written);
            // A disk that fills up takes a part of a block: the rest need not be aligned.
            if (at < block.end && at % kAlignment != 0)
                if (const int error = set_direct(false)) return error;
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EINVAL || !direct_) return errno;
        direct_works_ = false;  // says so at the first write, not when asked
        if (const int error = set_direct(false)) return error;
    }
    if (direct_) return 0;
    // A hint: fsync waits for all bytes, and reports what went wrong.
    sync_file_range(descriptor_, off64_t(block.offset), off64_t(block.end - block.begin),
                    SYNC_FILE_RANGE_WRITE);
    return 0;
}

}  // namespace radforge::shard
