// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <convert/server/mount.hpp>
#include <convert/server/policy.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "http/connection/connection_registry.hpp"

namespace convert::server::http {

/// The Transport of our own connections: a socket, with deadlines that somebody else looks after
/// (Connections), so that a read costs no timer. Everything but `overdue` happens on the connection's
/// executor.
class SocketTransport final : public Transport {
 public:
  using Clock = std::chrono::steady_clock;
  using Instant = Clock::time_point;

  /// `limits` and `now` outlive it.
  SocketTransport(asio::ip::tcp::socket socket, const HttpLimits& limits, const NowFunction& now);

  // --- Transport: reads of bodies and writes of answers, by the limits' own time --------------------

  Async<Result<std::size_t>> read_some(std::span<std::byte> into) override;
  Async<Result<void>> write(std::string_view bytes) override;
  void abort() noexcept override;

  // --- What only we can -----------------------------------------------------------------------------

  /// A new request: what counts for its body and its answer begins anew.
  void start_request() noexcept;
  /// No read of this request waits beyond `limit`.
  void set_read_deadline(Instant limit) noexcept { read_deadline_ = limit; }
  /// As `read_some`, until `limit`.
  Async<Result<std::size_t>> receive(std::span<std::byte> into, Instant limit);
  /// Makes a read that waits fail with `cancelled`.
  void interrupt_read() noexcept;

  /// As much as the kernel takes at once: 0 if nothing. `more`: other bytes follow.
  Result<std::size_t> send_now(std::string_view bytes, bool more) noexcept;
  /// As `send_now`, of a regular file. Blocks for as long as the disk takes; may be called in any thread
  /// while the connection's coroutine waits for it.
  Result<std::size_t> send_file_now(int file, std::uint64_t offset, std::size_t count) noexcept;
  /// While it is on, the end of what was sent waits until it fills a segment (TCP_CORK).
  void set_cork(bool on) noexcept;
  /// Until the kernel takes more. Errors: `io`, `deadline_exceeded`.
  Async<Result<void>> writable();
  /// Bytes that the kernel has taken for this answer.
  std::uint64_t sent() const noexcept { return sent_; }

  /// Calls `gone` if the client goes before `begin` is called again. `owner` lives until then.
  void watch_disconnect(std::shared_ptr<void> owner, std::function<void()> on_disconnect);

  bool is_aborted() const noexcept { return aborted_; }
  /// Whether bytes have come that nobody has read.
  bool has_unread() const noexcept;
  /// Says that nothing more comes.
  void shutdown_send() noexcept;
  void close() noexcept;

  // --- Deadlines ------------------------------------------------------------------------------------

  /// Whether a read or a write waits for too long. Thread-safe.
  bool overdue(Instant now) const noexcept;
  /// Makes what waits for too long fail.
  void expire(Instant now) noexcept;

  std::optional<asio::ip::tcp::endpoint> remote() const;
  const asio::any_io_executor& executor() { return executor_; }

 private:
  struct PendingWait {                              // for the client to send, or to take, something
    std::atomic<Clock::rep> until{Clock::rep(-1)};  // -1: nothing waits
    Clock::duration waited{};
    bool expired = false;

    void begin(Instant limit) noexcept {
      until.store(limit.time_since_epoch().count(), std::memory_order_relaxed);
    }
    void end() noexcept { until.store(-1, std::memory_order_relaxed); }
    bool overdue(Instant now) const noexcept {
      const Clock::rep limit = until.load(std::memory_order_relaxed);
      return limit >= 0 && limit <= now.time_since_epoch().count();
    }
  };
  static Clock::duration allowed_wait(const PendingWait& waiting, std::chrono::milliseconds idle,
                                      std::uint32_t min_rate, std::uint64_t bytes) noexcept;
  void wait_readable(std::shared_ptr<void> owner, std::function<void()> on_disconnect,
                     std::uint64_t request_number);

  asio::ip::tcp::socket socket_;
  asio::any_io_executor executor_;
  const HttpLimits& limits_;
  const NowFunction& now_;
  PendingWait reading_;
  PendingWait writing_;
  Instant read_deadline_ = Instant::max();
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t request_number_ = 0;  // of `begin`
  bool interrupted_ = false;
  bool aborted_ = false;
};

}  // namespace convert::server::http
