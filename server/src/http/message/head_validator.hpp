// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/message/request_head.hpp"

namespace convert::server::http {

/// Limits of a request header.
struct HeadLimits {
  std::size_t bytes = 16 << 10;  ///< request line and fields with line ends; beyond it 431
  std::size_t target = 8 << 10;  ///< beyond it 414
  std::size_t fields = 100;      ///< beyond it 431
};

/// Validates the raw bytes of a request header as they arrive, before they are parsed: lines end with CRLF
/// only, no field is folded, every byte is allowed in its place (RFC 9112), and all limits hold. The result
/// does not depend on how the input is split.
class HeadValidator {
 public:
  enum class State : std::uint8_t { more, complete, rejected };

  explicit HeadValidator(HeadLimits limits = {}) noexcept : limits_(limits) {}

  /// `bytes` holds everything received so far, from the first byte on. Bytes seen by earlier calls are not
  /// examined again, so the buffer may have moved. `complete` and `rejected` are final.
  State check(std::string_view bytes) noexcept;

  /// For a complete header: offset of the request line (2 after one empty line, RFC 9112 2.2, else 0), and
  /// offset of the body.
  std::size_t start() const noexcept { return start_; }
  std::size_t end() const noexcept { return seen_; }

  /// For a rejected header: 400, 414, 431 or 505.
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
