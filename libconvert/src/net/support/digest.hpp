// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace convert::net {

using Digest256 = std::array<std::byte, 32>;

/// The SHA-256 of bytes that arrive in parts.
class Sha256Digest {
 public:
  Sha256Digest();
  void add(std::span<const std::byte> bytes);
  /// Called once, after the last `add`.
  Digest256 finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

Digest256 sha256(std::span<const std::byte> bytes);
Digest256 sha256(std::string_view text);
Digest256 hmac_sha256(std::span<const std::byte> key, std::string_view text);

/// MD5 for the Content-MD5 header only. 16 bytes.
std::array<std::byte, 16> md5(std::span<const std::byte> bytes);

/// Lower-case hexadecimal digits.
std::string hex(std::span<const std::byte> bytes);
/// RFC 4648, with padding.
std::string base64(std::span<const std::byte> bytes);

}  // namespace convert::net
