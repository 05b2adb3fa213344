// SPDX-License-Identifier: Apache-2.0
/// Keeps the few large inputs that samples share (volumes, environments), so that a set of any size runs in
/// flat memory.
#pragma once
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace radforge {

/// Thread-safe, least recently used entry out first. A failed load is remembered and thrown again.
template <class T>
class Cache {
public:
    explicit Cache(size_t capacity) : capacity_(capacity) {}

    /// The entry `id`, made by `make` on the first call; others who ask meanwhile wait for it.
    std::shared_ptr<const T> get(const std::string& id,
                                 const std::function<std::shared_ptr<const T>()>& make) {
        std::promise<std::shared_ptr<const T>> promise;
        Entry entry;
        bool mine = false;
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            const auto found = entries_.find(id);
            if (found != entries_.end()) {
                found->second.used = ++clock_;
                entry = found->second;
            } else {
                mine = true;
                entry = {promise.get_future().share(), ++clock_};
                entries_.emplace(id, entry);
                if (entries_.size() > capacity_) evict();
            }
        }
        if (mine) {
            try {
                promise.set_value(make());
            } catch (...) {
                promise.set_exception(std::current_exception());
            }
        }
        return entry.value.get();
    }

private:
    struct Entry {
        std::shared_future<std::shared_ptr<const T>> value;
        uint64_t used = 0;
    };
    void evict() {
        auto oldest = entries_.begin();
        for (auto it = entries_.begin(); it != entries_.end(); ++it)
            if (it->second.used < oldest->second.used) oldest = it;
        entries_.erase(oldest);
    }
    size_t capacity_;
    uint64_t clock_ = 0;
    std::map<std::string, Entry> entries_;
    std::mutex mutex_;
};

}  // namespace radforge
