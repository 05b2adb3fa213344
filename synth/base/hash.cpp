// SPDX-License-Identifier: Apache-2.0
#include "synth/base/hash.h"

#include "synth/base/error.h"
#include "synth/base/system_error.h"

#include <openssl/evp.h>
#include <xxhash.h>
#if defined(__x86_64__)
#include <xxh_x86dispatch.h>  // the widest instructions of the machine; the same sums
#endif

#include <cerrno>
#include <fstream>
#include <vector>

namespace radforge {

struct Sha256::State {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    State() { RADFORGE_ASSERT(context && EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1); }
    ~State() { EVP_MD_CTX_free(context); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256 Sha256::fork() const {
    Sha256 other;
    RADFORGE_ASSERT(EVP_MD_CTX_copy_ex(other.state_->context, state_->context) == 1);
    return other;
}

void Sha256::update(Span<const std::byte> bytes) {
    EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}
void Sha256::update(const std::string& text) { update(bytes_of(text)); }

std::string Sha256::hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_DigestFinal_ex(state_->context, digest, &size);
    std::string text;
    for (unsigned i = 0; i < size; ++i) {
        text += "0123456789abcdef"[digest[i] >> 4];
        text += "0123456789abcdef"[digest[i] & 15];
    }
    return text;
}

std::string sha256_hex(Span<const std::byte> bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.hex();
}

std::string sha256_hex(const std::string& text) { return sha256_hex(bytes_of(text)); }

std::string sha256_file(const std::string& path) {
    const auto fail = [&](const char* what) {
        throw_if_passing(path);
        throw Error(ErrorKind::BadData, what).where(path);
    };
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) fail("cannot read the file");
    Sha256 hash;
    std::vector<char> buffer(1 << 20);
    while (file.read(buffer.data(), std::streamsize(buffer.size())) || file.gcount() > 0)
        hash.update(
            Span<const std::byte>(reinterpret_cast<const std::byte*>(buffer.data()), size_t(file.gcount())));
    if (file.bad()) fail("reading the file failed");
    return hash.hex();
}

uint64_t xxh3_64(Span<const std::byte> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace radforge
