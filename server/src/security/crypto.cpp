// SPDX-License-Identifier: MIT
#include "security/crypto.hpp"

#include <sodium.h>

#include <algorithm>

namespace convert::server::security {
namespace {

constexpr int kBase64Variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

bool is_base64url_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

std::string base64url_encode(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), kBase64Variant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), kBase64Variant);
  text.pop_back();  // the length counts a zero at the end
  return text;
}

std::optional<std::string> base64url_decode(std::string_view text) {
  // libsodium 1.0.18 takes every byte from 0x80 on for "_".
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
