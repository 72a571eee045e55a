// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/message/request_head.hpp"

namespace convert::server::http {

struct HeadLimits {
  std::size_t bytes = 16 << 10;  ///< request line and fields together, with their line ends: more is 431
  std::size_t target = 8 << 10;  ///< more is 414
  std::size_t fields = 100;      ///< more is 431
};

/// Looks at the raw bytes of a request's header, as they come, before any parser does: lines end with CRLF
/// and with nothing else, no line is folded, no byte stands where RFC 9112 has no place for it, nothing is
/// larger than its limit. The verdict does not depend on how the bytes were cut into pieces.
class HeadValidator {
 public:
  enum class State : std::uint8_t { more, complete, rejected };

  explicit HeadValidator(HeadLimits limits = {}) noexcept : limits_(limits) {}

  /// `bytes`: all that was received so far, from the first byte on; what earlier calls have seen is not
  /// looked at again, so the buffer may have moved. Once it is not `more`, it stays what it is.
  State check(std::string_view bytes) noexcept;

  /// Of a complete one: where the request line begins (2 after one empty line, RFC 9112 2.2, else 0), and
  /// where the body begins.
  std::size_t start() const noexcept { return start_; }
  std::size_t end() const noexcept { return seen_; }

  /// Of a refused one: 400, 414, 431 or 505.
  const RequestError& error() const noexcept { return error_; }

 private:
  enum class Position : std::uint8_t {
    start,
    start_lf,
    method,
    target,
    version,
    line_lf,
    line_start,
    name,
    value,
    end_lf,
  };
  State take(unsigned char byte) noexcept;
  State reject(const RequestError& why) noexcept;
  State in_method(unsigned char byte) noexcept;
  State in_target(unsigned char byte) noexcept;
  State in_version(unsigned char byte) noexcept;
  State at_line_start(unsigned char byte) noexcept;
  State in_name(unsigned char byte) noexcept;
  State in_value(unsigned char byte) noexcept;
  State expect_lf(unsigned char byte, Position next) noexcept;

  HeadLimits limits_;
  RequestError error_{};
  std::size_t start_ = 0;
  std::size_t seen_ = 0;
  std::size_t length_ = 0;  // of the method, the target, the version or the name
  std::size_t fields_ = 0;
  State state_ = State::more;
  Position position_ = Position::start;
};

}  // namespace convert::server::http
