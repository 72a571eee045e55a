// SPDX-License-Identifier: MIT
#include "net/support/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <new>
#include <stdexcept>

namespace convert::net {
namespace {

/// OpenSSL's digests fail only without memory, or without a provider of the algorithm.
void require_digest(bool done) {
  if (!done) throw std::runtime_error("OpenSSL lacks SHA-256 or MD5; check its configuration");
}

unsigned char* raw(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
const unsigned char* raw(const std::byte* bytes) { return reinterpret_cast<const unsigned char*>(bytes); }

}  // namespace

void Sha256Digest::Free::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Sha256Digest::Sha256Digest() : context_(EVP_MD_CTX_new()) {
  if (!context_) throw std::bad_alloc();
  require_digest(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void Sha256Digest::add(std::span<const std::byte> bytes) {
  require_digest(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

Digest256 Sha256Digest::finish() {
  Digest256 digest{};
  require_digest(EVP_DigestFinal_ex(context_.get(), raw(digest.data()), nullptr) == 1);
  return digest;
}

Digest256 sha256(std::span<const std::byte> bytes) {
  Digest256 digest{};
  require_digest(EVP_Digest(bytes.data(), bytes.size(), raw(digest.data()), nullptr, EVP_sha256(), nullptr) ==
                 1);
  return digest;
}

Digest256 sha256(std::string_view text) { return sha256(std::as_bytes(std::span(text))); }

Digest256 hmac_sha256(std::span<const std::byte> key, std::string_view text) {
  Digest256 digest{};
  const auto bytes = std::as_bytes(std::span(text));
  require_digest(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), raw(bytes.data()), bytes.size(),
                      raw(digest.data()), nullptr) != nullptr);
  return digest;
}

std::array<std::byte, 16> md5(std::span<const std::byte> bytes) {
  std::array<std::byte, 16> digest{};
  require_digest(EVP_Digest(bytes.data(), bytes.size(), raw(digest.data()), nullptr, EVP_md5(), nullptr) ==
                 1);
  return digest;
}

std::string hex(std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::byte byte : bytes) {
    text += digits[std::to_integer<std::size_t>(byte >> 4)];
    text += digits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return text;
}

std::string base64(std::span<const std::byte> bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // EVP_EncodeBlock ends with a zero
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), raw(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace convert::net
