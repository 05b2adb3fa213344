// SPDX-License-Identifier: Apache-2.0
/// Memory for large tables that are read all over: on pages of 2 MB, where the system gives them, nearly
/// every address is translated without a walk through page tables in memory.
#pragma once
#include <cstddef>
#include <new>
#include <vector>

namespace radforge::path {

/// @throws std::bad_alloc
void* allocate_wide(std::size_t bytes);
void free_wide(void* memory) noexcept;

template <class T>
struct WidePages {
    using value_type = T;
    WidePages() = default;
    template <class U>
    WidePages(const WidePages<U>&) {}
    T* allocate(std::size_t n) { return static_cast<T*>(allocate_wide(n * sizeof(T))); }
    void deallocate(T* memory, std::size_t) noexcept { free_wide(memory); }
    friend bool operator==(WidePages, WidePages) { return true; }
    friend bool operator!=(WidePages, WidePages) { return false; }
};

template <class T>
using WideVector = std::vector<T, WidePages<T>>;

}  // namespace radforge::path
