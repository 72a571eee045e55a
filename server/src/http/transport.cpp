// SPDX-License-Identifier: MIT
#include "http/transport.hpp"

#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "io/quiet_pipe.hpp"

namespace convert::server::http {
namespace {

using namespace std::chrono_literals;

Error gone() { return Error{Errc::io, "The client has gone.", false}; }
Error too_slow() { return Error{Errc::deadline_exceeded, "The client is too slow.", false}; }

/// What `send` and `sendfile` have answered.
Result<std::size_t> outcome(ssize_t count) noexcept {
  if (count >= 0) return static_cast<std::size_t>(count);
  if (errno == EAGAIN || errno == EINTR) return std::size_t{0};
  return gone();
}

}  // namespace

SocketTransport::SocketTransport(asio::ip::tcp::socket socket, const HttpLimits& limits, const Now& now)
    : socket_(std::move(socket)), executor_(socket_.get_executor()), limits_(limits), now_(now) {
  boost::system::error_code code;  // a client that has gone already shows when it is read
  socket_.native_non_blocking(true, code);
  socket_.set_option(asio::ip::tcp::no_delay(true), code);
}

/// How long to wait now: for some bytes `idle`, and in all for 30 s and what `bytes` may take.
SocketTransport::Clock::duration SocketTransport::patience(const Waiting& waiting,
                                                           std::chrono::milliseconds idle,
                                                           std::uint32_t slowest,
                                                           std::uint64_t bytes) noexcept {
  const Clock::duration at_once = idle;
  if (slowest == 0) return at_once;
  const Clock::duration earned = std::chrono::seconds(std::min<std::uint64_t>(bytes / slowest, 1U << 30U));
  return std::clamp<Clock::duration>(30s + earned - waiting.waited, 0s, at_once);
}

std::optional<asio::ip::tcp::endpoint> SocketTransport::remote() const {
  boost::system::error_code code;
  const asio::ip::tcp::endpoint endpoint = socket_.remote_endpoint(code);
  if (code) return {};
  return endpoint;
}

void SocketTransport::begin() noexcept {
  ++turn_;
  received_ = sent_ = 0;
  reading_.waited = writing_.waited = {};
  reading_.expired = writing_.expired = false;
  last_read_ = Instant::max();
}

Async<Result<std::size_t>> SocketTransport::read_some(std::span<std::byte> into) {
  const Instant begun = now_();
  const auto allowed = patience(reading_, limits_.body_idle, limits_.slowest_body, received_);
  Result<std::size_t> count = co_await receive(into, std::min(begun + allowed, last_read_));
  reading_.waited += now_() - begun;
  if (count) received_ += *count;
  co_return count;
}

Async<Result<std::size_t>> SocketTransport::receive(std::span<std::byte> into, Instant limit) {
  interrupted_ = false;
  for (;;) {
    if (cut_) co_return gone();
    if (reading_.expired) co_return too_slow();
    if (interrupted_) co_return Error{Errc::cancelled, "Nobody waits for these bytes any more.", false};
    reading_.begin(limit);
    boost::system::error_code code;
    auto token = asio::redirect_error(asio::use_awaitable, code);
    const std::size_t count = co_await socket_.async_receive(asio::buffer(into.data(), into.size()), token);
    reading_.end();
    if (code == asio::error::eof) co_return std::size_t{0};
    if (!code) co_return count;
    if (code != asio::error::operation_aborted) co_return gone();
  }
}

void SocketTransport::interrupt_read() noexcept {
  interrupted_ = true;
  boost::system::error_code code;
  socket_.cancel(code);
}

Result<std::size_t> SocketTransport::send_now(std::string_view bytes, bool more) noexcept {
  if (cut_) return gone();
  const int flags = MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0);
  const auto count = outcome(::send(socket_.native_handle(), bytes.data(), bytes.size(), flags));
  if (count) sent_ += *count;
  return count;
}

Result<std::size_t> SocketTransport::send_file_now(int file, std::uint64_t offset,
                                                   std::size_t count) noexcept {
  io::NoBrokenPipeSignal signal;
  off_t at = static_cast<off_t>(offset);
  const ssize_t sent = ::sendfile(socket_.native_handle(), file, &at, count);
  // Also where some bytes went out before the client did: then they are the answer, and the signal comes too.
  if (sent < static_cast<ssize_t>(count)) signal.broken();
  if (sent == 0) return Error{Errc::io, "The file is shorter than it was.", false};
  const auto result = outcome(sent);
  if (result) sent_ += *result;
  return result;
}

void SocketTransport::whole_segments(bool on) noexcept {
  const int value = on ? 1 : 0;
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_CORK, &value, sizeof value);  // of no use elsewhere
}

Async<Result<void>> SocketTransport::writable() {
  const Instant begun = now_();
  if (cut_ || writing_.expired) co_return gone();
  writing_.begin(begun + patience(writing_, limits_.write_idle, limits_.slowest_write, sent_));
  boost::system::error_code code;
  auto token = asio::redirect_error(asio::use_awaitable, code);
  co_await socket_.async_wait(asio::ip::tcp::socket::wait_write, token);
  writing_.end();
  writing_.waited += now_() - begun;
  if (cut_) co_return gone();
  if (writing_.expired) co_return too_slow();
  co_return Result<void>();  // cancelled for a read's sake: who writes tries again
}

Async<Result<void>> SocketTransport::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const Result<std::size_t> count = send_now(bytes, false);
    if (!count) co_return count.error();
    bytes.remove_prefix(*count);
    if (bytes.empty()) break;
    Result<void> waited = co_await writable();
    if (!waited) co_return waited;
  }
  co_return Result<void>();
}

void SocketTransport::cut() noexcept {
  if (std::exchange(cut_, true)) return;
  boost::system::error_code code;
  socket_.set_option(asio::socket_base::linger(true, 0), code);  // the close will be a reset
  socket_.cancel(code);
}

/// A wait that is left over when the answer is complete ends with the next request's first byte, or with the
/// socket: its turn has passed.
void SocketTransport::watch(std::shared_ptr<void> alive, std::function<void()> gone) {
  wait_for_news(std::move(alive), std::move(gone), turn_);
}

void SocketTransport::wait_for_news(std::shared_ptr<void> alive, std::function<void()> gone,
                                    std::uint64_t turn) {
  socket_.async_wait(
      asio::ip::tcp::socket::wait_read,
      [this, alive = std::move(alive), gone = std::move(gone), turn](boost::system::error_code code) mutable {
        if (turn != turn_ || !socket_.is_open()) return;
        if (code == asio::error::operation_aborted && !cut_) {
          wait_for_news(std::move(alive), std::move(gone), turn);
          return;
        }
        char byte = 0;
        const ssize_t count = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (count > 0) return;  // the next request: from now on only writing shows that the client goes
        if (count < 0 && (errno == EAGAIN || errno == EINTR) && !cut_) {
          wait_for_news(std::move(alive), std::move(gone), turn);
        } else {
          gone();
        }
      });
}

bool SocketTransport::has_unread() const noexcept {
  boost::system::error_code code;
  return socket_.available(code) > 0;
}

void SocketTransport::finish() noexcept {
  boost::system::error_code code;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, code);
}

void SocketTransport::close() noexcept {
  boost::system::error_code code;
  socket_.close(code);
}

bool SocketTransport::overdue(Instant now) const noexcept {
  return reading_.overdue(now) || writing_.overdue(now);
}

void SocketTransport::expire(Instant now) noexcept {
  if (!overdue(now)) return;
  if (reading_.overdue(now)) reading_.expired = true;
  if (writing_.overdue(now)) writing_.expired = true;
  boost::system::error_code code;
  socket_.cancel(code);
}

}  // namespace convert::server::http
