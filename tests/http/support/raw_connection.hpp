// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace convert::test {

/// A response as received.
struct RawResponse {
  int status = 0;
  std::string line;  ///< "HTTP/1.1 200 OK"
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;  ///< without chunk framing
  std::optional<std::string> field(std::string_view name) const;
};

/// A TCP connection to a local port that sends exactly the given bytes, also malformed ones. Every wait has a
/// deadline; the default is long enough for a busy machine.
class RawConnection {
 public:
  static constexpr std::chrono::milliseconds kPatience{20'000};

  /// Throws if the connection is refused. `receive_buffer`: size of the kernel's receive buffer; 0: default.
  explicit RawConnection(std::uint16_t port, int receive_buffer = 0);
  RawConnection(RawConnection&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), pending_(std::move(other.pending_)) {}
  RawConnection& operator=(RawConnection&&) = delete;
  ~RawConnection();

  /// Sends all bytes; false if the peer has closed.
  bool send(std::string_view bytes);
  /// Sends each byte in a packet of its own.
  bool send_byte_by_byte(std::string_view bytes);
  /// Sends what the peer accepts within that time. Returns the number of bytes.
  std::size_t send_some(std::string_view bytes, std::chrono::milliseconds patience);
  /// Shuts down the sending side.
  void finish();
  /// Closes with a reset.
  void reset();

  /// Reads up to and including `mark`; less at the end or the deadline.
  std::string read_until(std::string_view mark, std::chrono::milliseconds patience = kPatience);
  /// Reads that many bytes; less at the end or the deadline.
  std::string read(std::size_t count, std::chrono::milliseconds patience = kPatience);
  /// Reads until the peer closes; nullopt on timeout.
  std::optional<std::string> rest(std::chrono::milliseconds patience = kPatience);
  /// Whether the peer closes within that time. Keeps what it sends before.
  bool closed(std::chrono::milliseconds patience = kPatience);
  /// Whether the peer accepts no byte after its close: it has closed both directions.
  bool refuses(std::chrono::milliseconds patience = kPatience);
  /// Whether the peer closed with a reset.
  bool was_reset() const { return reset_; }

  /// Reads one response by its framing; nullopt if there is none. `head_only`: it responds to HEAD.
  std::optional<RawResponse> read_response(bool head_only = false,
                                           std::chrono::milliseconds patience = kPatience);
  /// Reads the header of a response.
  std::optional<RawResponse> head(std::chrono::milliseconds patience = kPatience);
  /// Sends a request and reads the response.
  std::optional<RawResponse> request(std::string_view request, bool head_only = false);

 private:
  using Instant = std::chrono::steady_clock::time_point;
  /// Reads once; false at the deadline or at the end.
  bool more(Instant deadline);
  std::string take(std::size_t count);
  std::optional<std::string> chunks(Instant deadline);

  int socket_ = -1;
  bool ended_ = false;
  bool reset_ = false;
  std::string pending_;
};

}  // namespace convert::test
