// SPDX-License-Identifier: Apache-2.0
/// Advisory marks by which processes that make one dataset share the work. They save time only: two that make
/// the same shard do no harm.
#pragma once
#include <optional>
#include <string>

namespace radforge {

/// The mark on one shard: a symbolic link .claim-<shard> whose target names the process, so that it is made
/// in one step with its content. Removed when dropped.
class Claim {
public:
    /// @param lease_s  a claim that was not renewed for so long counts as abandoned, wherever its process may
    /// be
    /// @returns nothing when another live process holds the shard
    /// @throws Error when the folder cannot be written
    static std::optional<Claim> take(const std::string& directory, const std::string& shard_file,
                                     double lease_s);
    ~Claim();
    Claim(Claim&& other) noexcept;
    Claim& operator=(Claim&&) = delete;

    void renew() const;

private:
    explicit Claim(std::string path) : path_(std::move(path)) {}
    std::string path_;
};

/// Removes claims whose processes have died on this machine. @returns how many
int remove_dead_claims(const std::string& directory);

}  // namespace radforge
