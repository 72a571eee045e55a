// SPDX-License-Identifier: MIT
#include "security/crypto.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace convert::server::security {
namespace {

const unsigned char* unsigned_bytes(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* unsigned_bytes(std::string& text) noexcept {
  return reinterpret_cast<unsigned char*>(text.data());
}

constexpr int kBase64Variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

bool is_base64url_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

void ensure_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium found no source of randomness");
}

std::string random_bytes(std::size_t count) {
  ensure_sodium();
  std::string bytes(count, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::string random_id(std::size_t characters) {
  constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::string id = random_bytes(characters);
  for (char& c : id) c = kAlphabet[static_cast<unsigned char>(c) % kAlphabet.size()];
  return id;
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  ensure_sodium();
  crypto_auth_hmacsha256_state state;
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_init(&state, unsigned_bytes(key), key.size());
  crypto_auth_hmacsha256_update(&state, unsigned_bytes(text), text.size());
  crypto_auth_hmacsha256_final(&state, unsigned_bytes(mac));
  sodium_memzero(&state, sizeof state);
  return mac;
}

std::string blake2b(std::string_view text) {
  ensure_sodium();
  std::string hash(crypto_generichash_BYTES, '\0');
  crypto_generichash(unsigned_bytes(hash), hash.size(), unsigned_bytes(text), text.size(), nullptr, 0);
  return hash;
}

bool constant_time_equal(std::string_view first, std::string_view second) noexcept {
  return first.size() == second.size() && sodium_memcmp(first.data(), second.data(), first.size()) == 0;
}

void secure_wipe(std::string& text) noexcept {
  text.resize(text.capacity());  // also wipes bytes beyond the current size
  sodium_memzero(text.data(), text.size());
  text.clear();
}

std::string base64url_encode(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), kBase64Variant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), kBase64Variant);
  text.pop_back();  // the terminating zero
  return text;
}

std::optional<std::string> base64url_decode(std::string_view text) {
  // libsodium 1.0.18 decodes every byte from 0x80 as "_".
  if (!std::all_of(text.begin(), text.end(), is_base64url_character)) return {};
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  std::size_t size = 0;
  const int code = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                                     text.data(), text.size(), nullptr, &size, nullptr, kBase64Variant);
  if (code != 0) return {};
  bytes.resize(size);
  return bytes;
}

}  // namespace convert::server::security
