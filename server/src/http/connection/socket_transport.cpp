// SPDX-License-Identifier: MIT
#include "http/connection/socket_transport.hpp"

#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/try.hpp"

namespace convert::server::http {
namespace {

Error client_gone_error() { return Error{Errc::io, "The client disconnected.", false}; }
Error too_slow_error() { return Error{Errc::deadline_exceeded, "The client is too slow.", false}; }

/// Converts the result of `send` and `sendfile`.
Result<std::size_t> io_result(ssize_t count) noexcept {
  if (count >= 0) return static_cast<std::size_t>(count);
  if (errno == EAGAIN || errno == EINTR) return std::size_t{0};
  return client_gone_error();
}

}  // namespace

SocketTransport::SocketTransport(asio::ip::tcp::socket socket, const HttpLimits& limits,
                                 const NowFunction& now)
    : socket_(std::move(socket)), executor_(socket_.get_executor()), limits_(limits), now_(now) {
  boost::system::error_code code;  // ignored: a failed socket shows at the next read
  socket_.native_non_blocking(true, code);
  socket_.set_option(asio::ip::tcp::no_delay(true), code);
}

/// How long to wait now: at most `idle` for some bytes, and in total 30 s plus the time that `bytes` take at
/// `min_rate`.
SocketTransport::Clock::duration SocketTransport::allowed_wait(const PendingWait& waiting,
                                                               std::chrono::milliseconds idle,
                                                               std::uint32_t min_rate,
                                                               std::uint64_t bytes) noexcept {
  const Clock::duration idle_limit = idle;
  if (min_rate == 0) return idle_limit;
  const Clock::duration earned = std::chrono::seconds(std::min<std::uint64_t>(bytes / min_rate, 1U << 30U));
  return std::clamp<Clock::duration>(std::chrono::seconds(30) + earned - waiting.waited,
                                     std::chrono::seconds(0), idle_limit);
}

std::optional<asio::ip::tcp::endpoint> SocketTransport::remote() const {
  boost::system::error_code code;
  const asio::ip::tcp::endpoint endpoint = socket_.remote_endpoint(code);
  if (code) return {};
  return endpoint;
}

void SocketTransport::start_request() noexcept {
  ++request_number_;
  received_ = sent_ = 0;
  reading_.waited = writing_.waited = {};
  reading_.expired = writing_.expired = false;
  read_deadline_ = Instant::max();
}

Async<Result<std::size_t>> SocketTransport::read_some(std::span<std::byte> into) {
  const Instant started = now_();
  const auto allowed = allowed_wait(reading_, limits_.body_read_timeout, limits_.min_body_rate, received_);
  Result<std::size_t> count = co_await receive(into, std::min(started + allowed, read_deadline_));
  reading_.waited += now_() - started;
  if (count) received_ += *count;
  co_return count;
}

Async<Result<std::size_t>> SocketTransport::receive(std::span<std::byte> into, Instant limit) {
  interrupted_ = false;
  for (;;) {
    if (aborted_) co_return client_gone_error();
    if (reading_.expired) co_return too_slow_error();
    if (interrupted_) co_return Error{Errc::cancelled, "The read was interrupted.", false};
    reading_.begin(limit);
    boost::system::error_code code;
    auto token = asio::redirect_error(asio::use_awaitable, code);
    const std::size_t count = co_await socket_.async_receive(asio::buffer(into.data(), into.size()), token);
    reading_.end();
    if (code == asio::error::eof) co_return std::size_t{0};
    if (!code) co_return count;
    if (code != asio::error::operation_aborted) co_return client_gone_error();
  }
}

void SocketTransport::interrupt_read() noexcept {
  interrupted_ = true;
  boost::system::error_code code;
  socket_.cancel(code);
}

Result<std::size_t> SocketTransport::send_now(std::string_view bytes, bool more) noexcept {
  if (aborted_) return client_gone_error();
  const int flags = MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0);
  const auto count = io_result(::send(socket_.native_handle(), bytes.data(), bytes.size(), flags));
  if (count) sent_ += *count;
  return count;
}

Result<std::size_t> SocketTransport::send_file_now(int file, std::uint64_t offset,
                                                   std::size_t count) noexcept {
  base::SigpipeBlocker signal;
  off_t at = static_cast<off_t>(offset);
  const ssize_t sent = ::sendfile(socket_.native_handle(), file, &at, count);
  // Also after a partial send: then the call reports the bytes sent, and SIGPIPE is raised too.
  if (sent < static_cast<ssize_t>(count)) signal.discard_pending();
  if (sent == 0) return Error{Errc::io, "The file was truncated.", false};
  const auto result = io_result(sent);
  if (result) sent_ += *result;
  return result;
}

void SocketTransport::set_cork(bool on) noexcept {
  const int value = on ? 1 : 0;
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_CORK, &value,
               sizeof value);  // fails for other sockets, harmlessly
}

Async<Result<void>> SocketTransport::writable() {
  const Instant started = now_();
  if (aborted_ || writing_.expired) co_return client_gone_error();
  writing_.begin(started + allowed_wait(writing_, limits_.write_timeout, limits_.min_write_rate, sent_));
  boost::system::error_code code;
  auto token = asio::redirect_error(asio::use_awaitable, code);
  co_await socket_.async_wait(asio::ip::tcp::socket::wait_write, token);
  writing_.end();
  writing_.waited += now_() - started;
  if (aborted_) co_return client_gone_error();
  if (writing_.expired) co_return too_slow_error();
  co_return Result<void>();  // cancelled because of a read: the caller retries
}

Async<Result<void>> SocketTransport::write(std::string_view bytes) {
  while (!bytes.empty()) {
    CONVERT_CO_CHECK_ASSIGN(const std::size_t count, send_now(bytes, false));
    bytes.remove_prefix(count);
    if (bytes.empty()) break;
    CONVERT_CO_TRY(writable());
  }
  co_return Result<void>();
}

void SocketTransport::abort() noexcept {
  if (std::exchange(aborted_, true)) return;
  boost::system::error_code code;
  socket_.set_option(asio::socket_base::linger(true, 0), code);  // closing sends a reset
  socket_.cancel(code);
  if (const auto on_abort = std::exchange(on_abort_, nullptr)) on_abort();
}

/// A wait that outlives its response ends with the first byte of the next request or with the socket; its
/// request number is outdated then.
void SocketTransport::watch_disconnect(std::shared_ptr<void> owner, std::function<void()> on_disconnect) {
  wait_readable(std::move(owner), std::move(on_disconnect), request_number_);
}

void SocketTransport::wait_readable(std::shared_ptr<void> owner, std::function<void()> on_disconnect,
                                    std::uint64_t request_number) {
  socket_.async_wait(asio::ip::tcp::socket::wait_read,
                     [this, owner = std::move(owner), on_disconnect = std::move(on_disconnect),
                      request_number](boost::system::error_code code) mutable {
                       if (request_number != request_number_ || !socket_.is_open()) return;
                       if (code == asio::error::operation_aborted && !aborted_) {
                         wait_readable(std::move(owner), std::move(on_disconnect), request_number);
                         return;
                       }
                       char byte = 0;
                       const ssize_t count =
                           ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
                       if (count > 0) return;  // pipelined data: only writes detect a disconnect now
                       if (count < 0 && (errno == EAGAIN || errno == EINTR) && !aborted_) {
                         wait_readable(std::move(owner), std::move(on_disconnect), request_number);
                       } else {
                         on_disconnect();
                       }
                     });
}

bool SocketTransport::has_unread() const noexcept {
  boost::system::error_code code;
  return socket_.available(code) > 0;
}

void SocketTransport::shutdown_send() noexcept {
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
