// SPDX-License-Identifier: MIT
#include "http_client.hpp"

#include <strings.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <charconv>

namespace bench {
namespace {

constexpr std::size_t kBlock = 64 << 10;

template <class Number>
std::optional<Number> number(std::string_view text, int base = 10) {
  Number value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (problem != std::errc{}) return {};
  return value;
}

bool same(std::string_view one, std::string_view other) {
  return one.size() == other.size() && ::strncasecmp(one.data(), other.data(), one.size()) == 0;
}

std::string head_of(const Request& request) {
  std::string text = request.method + ' ' + request.path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  if (!request.token.empty()) text += "Authorization: Bearer " + request.token + "\r\n";
  if (!request.type.empty()) {
    std::size_t length = 0;
    for (const auto piece : request.body) length += piece.size();
    text += "Content-Type: " + request.type + "\r\nContent-Length: " + std::to_string(length) + "\r\n";
  }
  return text + "\r\n";
}

}  // namespace

Async<void> pause(std::chrono::steady_clock::duration time) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, time);
  const auto token = asio::as_tuple(asio::use_awaitable);
  co_await timer.async_wait(token);
}

void HttpClient::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  input_.clear();
}

Async<bool> HttpClient::connect() {
  close();
  const auto token = asio::as_tuple(asio::use_awaitable);
  const auto [failure] = co_await socket_.async_connect(server_, token);
  if (failure) {
    close();
    co_return false;
  }
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  co_return true;
}

Async<bool> HttpClient::send(const Request& request) {
  const auto head = head_of(request);
  std::vector<asio::const_buffer> pieces{asio::buffer(head)};
  for (const auto piece : request.body) pieces.push_back(asio::buffer(piece));
  const auto token = asio::as_tuple(asio::use_awaitable);
  const auto [failure, count] = co_await asio::async_write(socket_, pieces, token);
  co_return !failure;
}

Async<bool> HttpClient::receive_more() {
  const auto before = input_.size();
  input_.resize(before + kBlock);
  const auto token = asio::as_tuple(asio::use_awaitable);
  const auto room = asio::buffer(input_.data() + before, kBlock);
  const auto [failure, count] = co_await socket_.async_read_some(room, token);
  input_.resize(before + count);
  co_return !failure && count > 0;
}

HttpClient::Head HttpClient::parse_head(std::string_view text) {
  Head head;
  head.status = number<unsigned>(text.substr(std::min<std::size_t>(9, text.size()))).value_or(0);
  head.closes = text.starts_with("HTTP/1.0");
  for (auto end = text.find("\r\n"); end != std::string_view::npos; end = text.find("\r\n")) {
    text.remove_prefix(end + 2);
    const auto line = text.substr(0, text.find("\r\n"));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto name = line.substr(0, colon);
    auto value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    if (same(name, "Content-Length")) head.length = number<std::uint64_t>(value);
    if (same(name, "Transfer-Encoding")) head.chunked = same(value, "chunked");
    if (same(name, "Connection")) head.closes = same(value, "close");
    if (same(name, "Retry-After")) {
      if (const auto seconds = number<int>(value)) head.retry_after = std::chrono::seconds(*seconds);
    }
  }
  if (head.status == 204 || head.status == 304) head.length = 0;  // without a body (RFC 9110)
  return head;
}

Async<std::optional<HttpClient::Head>> HttpClient::head() {
  for (;;) {
    const auto end = input_.find("\r\n\r\n");
    if (end == std::string::npos) {
      const bool more = co_await receive_more();
      if (!more) co_return std::nullopt;
      continue;
    }
    const auto head = parse_head(std::string_view(input_).substr(0, end + 2));
    input_.erase(0, end + 4);
    if (head.status >= 200) co_return head;
  }
}

Async<bool> HttpClient::read_body(const Head& head, Reply& reply) {
  const auto whole = [&] {
    if (head.length) return input_.size() >= *head.length;
    return head.chunked && input_.ends_with("0\r\n\r\n");
  };
  bool more = true;
  while (more && !whole()) more = co_await receive_more();
  if (!more && (head.length || head.chunked)) co_return false;
  const auto size = head.length ? static_cast<std::size_t>(*head.length) : input_.size();
  reply.body = input_.substr(0, size);
  reply.bytes = reply.body.size();
  input_.erase(0, size);
  co_return true;
}

Async<bool> HttpClient::discard_body(const Head& head, Reply& reply) {
  if (!head.length) co_return co_await read_body(head, reply);
  auto left = *head.length;
  const auto taken = std::min<std::uint64_t>(left, input_.size());
  input_.erase(0, static_cast<std::size_t>(taken));
  left -= taken;
  const auto token = asio::as_tuple(asio::use_awaitable);
  while (left > 0) {
    const auto max = static_cast<std::size_t>(std::min<std::uint64_t>(left, 4 << 20));
    const auto count = ::recv(socket_.native_handle(), nullptr, max, MSG_TRUNC | MSG_DONTWAIT);
    if (count > 0) {
      left -= static_cast<std::uint64_t>(count);
    } else if (count < 0 && errno == EAGAIN) {
      const auto [failure] = co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, token);
      if (failure) co_return false;
    } else {
      co_return false;
    }
  }
  reply.bytes = *head.length;
  co_return true;
}

Async<Reply> HttpClient::exchange_once(const Request& request, Body body) {
  Reply reply;
  const bool sent = co_await send(request);
  // A server that rejects a body responds before it has received all of it.
  const auto head = co_await this->head();
  if (!head) {
    reply.error = sent ? "the server closed the connection without an answer" : "the request was cut off";
    close();
    co_return reply;
  }
  const bool whole =
      body == Body::keep ? co_await read_body(*head, reply) : co_await discard_body(*head, reply);
  if (!sent || head->closes || !whole) close();
  if (!whole) {
    reply.error = "the answer was cut off";
    co_return reply;
  }
  reply.status = head->status;
  reply.retry_after = head->retry_after;
  co_return reply;
}

Async<Reply> HttpClient::exchange(const Request& request, Body body) {
  Reply reply;
  if (socket_.is_open()) {
    reply = co_await exchange_once(request, body);
    // The server may have closed the idle connection.
    if (reply.status != 0) co_return reply;
  }
  const bool connected = co_await connect();
  if (!connected) {
    reply.error = "no connection";
    co_return reply;
  }
  reply = co_await exchange_once(request, body);
  co_return reply;
}

Async<Reply> HttpClient::open_stream(const Request& request) {
  Reply reply;
  const bool connected = co_await connect();
  const bool sent = connected && co_await send(request);
  if (!sent) {
    reply.error = "no connection";
    co_return reply;
  }
  const auto head = co_await this->head();
  if (!head) {
    reply.error = "the server closed the connection without an answer";
    co_return reply;
  }
  reply.status = head->status;
  reply.retry_after = head->retry_after;
  co_return reply;
}

Async<std::uint64_t> HttpClient::drain() {
  std::uint64_t bytes = input_.size();
  bool more = true;
  while (more) {
    input_.clear();
    more = co_await receive_more();
    bytes += input_.size();
  }
  close();
  co_return bytes;
}

}  // namespace bench
