// SPDX-License-Identifier: Apache-2.0
/// A view of contiguous values, for parameters only: never stored.
#pragma once
#include <cstddef>
#include <type_traits>
#include <utility>

namespace radforge {

template <class T>
class Span {
public:
    constexpr Span() = default;
    constexpr Span(T* data, size_t size) : data_(data), size_(size) {}
    template <size_t N>
    constexpr Span(T (&array)[N]) : data_(array), size_(N) {}
    template <class C,
              class = std::enable_if_t<std::is_convertible_v<decltype(std::declval<C&>().data()), T*>>>
    constexpr Span(C& container) : data_(container.data()), size_(container.size()) {}
    template <class C,
              class = std::enable_if_t<std::is_convertible_v<decltype(std::declval<const C&>().data()), T*>>>
    constexpr Span(const C& container) : data_(container.data()), size_(container.size()) {}

    constexpr T* data() const { return data_; }
    constexpr size_t size() const { return size_; }
    constexpr bool empty() const { return size_ == 0; }
    constexpr T& operator[](size_t i) const { return data_[i]; }
    constexpr T* begin() const { return data_; }
    constexpr T* end() const { return data_ + size_; }
    constexpr Span first(size_t n) const { return {data_, n}; }
    constexpr Span from(size_t offset) const { return {data_ + offset, size_ - offset}; }

private:
    T* data_ = nullptr;
    size_t size_ = 0;
};

}  // namespace radforge
