// SPDX-License-Identifier: MIT
#include "engine/crypto.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstdint>
#include <new>
#include <span>
#include <stdexcept>
#include <vector>

#include "base/try.hpp"

namespace convert::engine {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;

/// OpenSSL's digests fail only without memory, or without a SHA-256 provider.
void require(int done) {
  if (done != 1) throw std::runtime_error("OpenSSL has no SHA-256; check its configuration");
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (!context_) throw std::bad_alloc();
  require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void Sha256::add(std::span<const std::byte> bytes) {
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  require(EVP_DigestFinal_ex(context_.get(), digest.data(), &size));
  return to_hex(std::as_bytes(std::span(digest).first(size)));
}

Result<Content> hash_content(Reader& reader, const std::stop_token& stop) {
  Sha256 sha256;
  std::vector<std::byte> block(kBlock);
  std::uint64_t offset = 0;
  for (;;) {
    if (stop.stop_requested()) return Error{Errc::cancelled, "The job was stopped."};
    CONVERT_TRY_ASSIGN(auto count, reader.read_at(offset, block));
    if (count == 0) return Content{sha256.hex(), offset};
    sha256.add(std::span(block).first(count));
    offset += count;
  }
}

std::string to_hex(std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::byte byte : bytes) {
    text += digits[std::to_integer<std::size_t>(byte >> 4)];
    text += digits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return text;
}

namespace {

void fill(std::span<std::byte> bytes) {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("OpenSSL has no random numbers; check its configuration");
  }
}

}  // namespace

std::string random_hex(std::size_t bytes) {
  std::vector<std::byte> random(bytes);
  fill(random);
  return to_hex(random);
}

double random_fraction() {
  std::uint32_t number = 0;
  fill(std::as_writable_bytes(std::span(&number, 1)));
  return static_cast<double>(number) / static_cast<double>(UINT32_MAX);
}

}  // namespace convert::engine
