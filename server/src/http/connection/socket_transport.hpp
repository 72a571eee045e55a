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
#include <utility>

#include "http/connection/connection_registry.hpp"

namespace convert::server::http {

/// The Transport of the server's own connections: a TCP socket with deadlines that the ConnectionRegistry
/// checks, so that reads need no timers. All calls except `overdue` happen on the connection's executor.
class SocketTransport final : public Transport {
 public:
  using Clock = std::chrono::steady_clock;
  using Instant = Clock::time_point;

  /// `limits` and `now` must outlive the object.
  SocketTransport(asio::ip::tcp::socket socket, const HttpLimits& limits, const NowFunction& now);

  // --- Transport: reads of bodies and writes of responses, with the deadlines of the limits ---------

  Async<Result<std::size_t>> read_some(std::span<std::byte> into) override;
  Async<Result<void>> write(std::string_view bytes) override;
  void abort() noexcept override;

  // --- Additional operations ------------------------------------------------------------------------

  /// Resets the byte counts and deadlines for a new request.
  void start_request() noexcept;
  /// Sets a deadline for all reads of this request.
  void set_read_deadline(Instant limit) noexcept { read_deadline_ = limit; }
  /// As `read_some`, with a given deadline.
  Async<Result<std::size_t>> receive(std::span<std::byte> into, Instant limit);
  /// Makes a pending read fail with `cancelled`.
  void interrupt_read() noexcept;

  /// Sends what the kernel accepts without blocking; may return 0. `more`: other bytes follow.
  Result<std::size_t> send_now(std::string_view bytes, bool more) noexcept;
  /// As `send_now`, from a regular file. May block on disk reads. May be called by another thread while the
  /// connection's coroutine waits for it.
  Result<std::size_t> send_file_now(int file, std::uint64_t offset, std::size_t count) noexcept;
  /// While on, TCP_CORK delays partial segments.
  void set_cork(bool on) noexcept;
  /// Waits until the kernel accepts more. Errors: `io`, `deadline_exceeded`.
  Async<Result<void>> writable();
  /// Bytes sent for this response.
  std::uint64_t sent() const noexcept { return sent_; }

  /// Calls `on_disconnect` if the client disconnects before the next `start_request`. Keeps `owner` alive
  /// until then.
  void watch_disconnect(std::shared_ptr<void> owner, std::function<void()> on_disconnect);

  bool is_aborted() const noexcept { return aborted_; }
  /// `on_abort` is called once by `abort`, on the executor, until it is replaced; empty: nothing is called.
  /// It must not throw.
  void set_on_abort(std::function<void()> on_abort) noexcept { on_abort_ = std::move(on_abort); }
  /// Whether received bytes are unread.
  bool has_unread() const noexcept;
  /// Shuts down the sending side.
  void shutdown_send() noexcept;
  void close() noexcept;

  // --- Deadlines ------------------------------------------------------------------------------------

  /// Whether a pending read or write has exceeded its deadline. Thread-safe.
  bool overdue(Instant now) const noexcept;
  /// Fails the pending operations that exceeded their deadline.
  void expire(Instant now) noexcept;

  std::optional<asio::ip::tcp::endpoint> remote() const;
  const asio::any_io_executor& executor() { return executor_; }

 private:
  struct PendingWait {                              // a pending read or write
    std::atomic<Clock::rep> until{Clock::rep(-1)};  // -1: none
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
  std::uint64_t request_number_ = 0;  // incremented by start_request
  bool interrupted_ = false;
  bool aborted_ = false;
  std::function<void()> on_abort_;
};

}  // namespace convert::server::http
