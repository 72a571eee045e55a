// SPDX-License-Identifier: MIT
#include "accounts/sodium.hpp"

#include <sodium.h>

#include <array>
#include <stdexcept>

namespace convert::server::accounts {
namespace {

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) noexcept { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

void need_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium found no source of randomness");
}

std::string random_bytes(std::size_t count) {
  need_sodium();
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
  need_sodium();
  crypto_auth_hmacsha256_state state;
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_init(&state, bytes_of(key), key.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(text), text.size());
  crypto_auth_hmacsha256_final(&state, bytes_of(mac));
  sodium_memzero(&state, sizeof state);
  return mac;
}

std::string blake2b(std::string_view text) {
  need_sodium();
  std::string hash(crypto_generichash_BYTES, '\0');
  crypto_generichash(bytes_of(hash), hash.size(), bytes_of(text), text.size(), nullptr, 0);
  return hash;
}

bool same_secret(std::string_view one, std::string_view other) noexcept {
  return one.size() == other.size() && sodium_memcmp(one.data(), other.data(), one.size()) == 0;
}

void wipe(std::string& text) noexcept {
  text.resize(text.capacity());  // what a short text leaves behind the end of a shorter one, too
  sodium_memzero(text.data(), text.size());
  text.clear();
}

}  // namespace convert::server::accounts
