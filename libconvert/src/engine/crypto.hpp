// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include <convert/io.hpp>
#include <convert/result.hpp>

struct evp_md_ctx_st;

namespace convert::engine {

/// Takes the SHA-256 of bytes as they come.
class Sha256 {
 public:
  Sha256();

  void add(std::span<const std::byte> bytes);
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
  /// 64 lower-case hexadecimal digits. Called once; nothing follows it.
  std::string hex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// What a whole Reader holds.
struct Content {
  std::string sha256;
  std::uint64_t size = 0;
};

/// Reads from the begin to the end. `cancelled` if `stop` asks for it.
Result<Content> hash_content(Reader& reader, const std::stop_token& stop);

/// `bytes` as lower-case hexadecimal digits.
std::string to_hex(std::span<const std::byte> bytes);

/// So many random bytes as hexadecimal digits. Nobody can guess them. Thread-safe.
std::string random_hex(std::size_t bytes);

/// Between 0 and 1. Thread-safe.
double random_fraction();

}  // namespace convert::engine
