// SPDX-License-Identifier: Apache-2.0
#include "render/path/wide_pages.h"

#include <cstdlib>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace radforge::path {

void* allocate_wide(std::size_t bytes) {
    constexpr std::size_t kPage = std::size_t(2) << 20, kLine = 64;
    const bool wide = bytes >= kPage;
    const std::size_t align = wide ? kPage : kLine, rounded = (bytes + align - 1) / align * align;
    void* memory = std::aligned_alloc(align, rounded);
    if (memory == nullptr) throw std::bad_alloc();
#ifdef __linux__
    if (wide) madvise(memory, rounded, MADV_HUGEPAGE);  // a wish: without it the table is slower, not wrong
#endif
    return memory;
}

void free_wide(void* memory) noexcept { std::free(memory); }

}  // namespace radforge::path
