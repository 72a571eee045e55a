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

/// An answer as it came over the wire.
struct RawResponse {
  int status = 0;
  std::string line;  ///< "HTTP/1.1 200 OK"
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;  ///< without the framing of chunks
  std::optional<std::string> field(std::string_view name) const;
};

/// A TCP connection to a port of this machine that sends exactly these bytes and no others: what no decent
/// client would send. Every wait has a deadline; those that are not given are long enough for a busy machine.
class RawConnection {
 public:
  static constexpr std::chrono::milliseconds kPatience{20'000};

  /// Throws if nobody listens there. `receive_buffer`: bytes that the kernel takes though nobody reads; 0: as
  /// usual.
  explicit RawConnection(std::uint16_t port, int receive_buffer = 0);
  RawConnection(RawConnection&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), pending_(std::move(other.pending_)) {}
  RawConnection& operator=(RawConnection&&) = delete;
  ~RawConnection();

  /// Answers whether all of it went out: the other end may have closed.
  bool send(std::string_view bytes);
  /// Each byte in a packet of its own.
  bool send_byte_by_byte(std::string_view bytes);
  /// As much as the other end takes within that time; how many bytes those were.
  std::size_t send_some(std::string_view bytes, std::chrono::milliseconds patience);
  /// Says that no more will come; reading goes on.
  void finish();
  /// Closes, so that the other end sees a reset rather than an orderly end.
  void reset();

  /// Everything up to and with `mark`; less if the end or the deadline comes first.
  std::string read_until(std::string_view mark, std::chrono::milliseconds patience = kPatience);
  /// That many bytes; less if the end or the deadline comes first.
  std::string read(std::size_t count, std::chrono::milliseconds patience = kPatience);
  /// Everything until the other end closes; nothing if it does not in that time.
  std::optional<std::string> rest(std::chrono::milliseconds patience = kPatience);
  /// Whether the other end closes in that time. What it sends before is kept.
  bool closed(std::chrono::milliseconds patience = kPatience);
  /// Whether the other end, which has closed, takes not one byte more: it has gone, and does not merely wait
  /// for us to close too.
  bool refuses(std::chrono::milliseconds patience = kPatience);
  /// Whether that close was a reset.
  bool was_reset() const { return reset_; }

  /// One whole answer, by its own framing; nothing if there is none. `head_only`: it is one to HEAD.
  std::optional<RawResponse> read_response(bool head_only = false,
                                           std::chrono::milliseconds patience = kPatience);
  /// The head of an answer only.
  std::optional<RawResponse> head(std::chrono::milliseconds patience = kPatience);
  /// Sends a request and reads its answer.
  std::optional<RawResponse> ask(std::string_view request, bool head_only = false);

 private:
  using Instant = std::chrono::steady_clock::time_point;
  /// Reads once, if something comes by then; false: it did not, or it was the end.
  bool more(Instant deadline);
  std::string take(std::size_t count);
  std::optional<std::string> chunks(Instant deadline);

  int socket_ = -1;
  bool ended_ = false;
  bool reset_ = false;
  std::string pending_;
};

}  // namespace convert::test
