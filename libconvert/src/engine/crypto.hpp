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

/// Computes a SHA-256 incrementally.
class Sha256 {
 public:
  Sha256();

  void add(std::span<const std::byte> bytes);
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
  /// 64 lower-case hexadecimal digits. Called once, after the last `add`.
  std::string hex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// The hash and the size of a Reader's content.
struct Content {
  std::string sha256;
  std::uint64_t size = 0;
};

/// Reads and hashes all bytes. Errors: those of the Reader; `cancelled` on a stop request.
Result<Content> hash_content(Reader& reader, const std::stop_token& stop);

/// `bytes` as lower-case hexadecimal digits.
std::string to_hex(std::span<const std::byte> bytes);

/// `bytes` unpredictable random bytes as hexadecimal digits. Thread-safe.
std::string random_hex(std::size_t bytes);

/// A random number between 0 and 1. Thread-safe.
double random_fraction();

}  // namespace convert::engine
