// SPDX-License-Identifier: Apache-2.0
/// Writes a large file in whole blocks, beside the caller and past the page cache.
///
/// Data sets are larger than memory and read much later: caching them costs a copy, a page for every 4 KiB
/// and, on a virtual machine, often a page of the host, which together take longer than the disk does.
#pragma once
#include "synth/base/span.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace radforge::shard {

/// Used by one thread. Where the file system knows no direct writes (tmpfs), the page cache takes the blocks.
class BlockWriter {
public:
    static constexpr size_t kBlockBytes = size_t(4) << 20;

    /// @param descriptor  of a file open for writing; stays the caller's
    /// @param offset      where the next byte goes
    BlockWriter(int descriptor, uint64_t offset);
    /// Drops what finish() has not written.
    ~BlockWriter();
    BlockWriter(const BlockWriter&) = delete;
    BlockWriter& operator=(const BlockWriter&) = delete;

    /// Waits while all blocks are on their way. @returns errno of an earlier block that failed, else 0
    int write(Span<const std::byte> bytes);
    /// Waits until the system has all bytes. @returns errno of the first failure, else 0
    int finish();

private:
    struct Free {
        void operator()(std::byte* p) const { std::free(p); }
    };
    /// The part of a block that is filled; bytes lie as far behind an aligned address as in the file.
    struct Block {
        std::unique_ptr<std::byte[], Free> memory;
        uint64_t offset = 0;
        size_t begin = 0, end = 0;
    };
    static constexpr int kBlocks = 4;

    bool take_free_block();
    void pass_on();
    void run();
    int put(const Block& block);
    int set_direct(bool direct);

    const int descriptor_;
    Block filling_;
    uint64_t offset_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Block> full_, free_;
    bool busy_ = false, stop_ = false;
    int error_ = 0;
    bool direct_ = false, direct_works_ = true;  // of the writing thread
    std::thread thread_;                         // last: it uses all of the above
};

}  // namespace radforge::shard
