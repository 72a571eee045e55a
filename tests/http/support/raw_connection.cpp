// SPDX-License-Identifier: MIT
#include "http/support/raw_connection.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>

namespace convert::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

[[noreturn]] void fail_to_connect(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

int milliseconds_to(steady_clock::time_point instant) {
  return static_cast<int>(
      std::max<long>(0, std::chrono::ceil<milliseconds>(instant - steady_clock::now()).count()));
}

bool waits_for(int socket, short what, steady_clock::time_point deadline) {
  pollfd waits{socket, what, 0};
  return ::poll(&waits, 1, milliseconds_to(deadline)) > 0;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

RawResponse parse_head(std::string_view text) {
  RawResponse head;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find("\r\n", begin), text.size());
    const auto line = text.substr(begin, end - begin);
    if (begin == 0) {
      head.line = line;
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
      head.fields.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
    }
    begin = end + 2;
  }
  if (head.line.size() >= 12) std::from_chars(&head.line[9], &head.line[12], head.status);
  return head;
}

}  // namespace

std::optional<std::string> RawResponse::field(std::string_view name) const {
  const std::string expected(name);
  for (const auto& [key, value] : fields) {
    if (::strcasecmp(key.c_str(), expected.c_str()) == 0) return value;
  }
  return {};
}

RawConnection::RawConnection(std::uint16_t port, int receive_buffer) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) fail_to_connect("socket");
  if (receive_buffer > 0)
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int reason = errno;
    ::close(socket_);
    errno = reason;
    fail_to_connect("connect");
  }
}

RawConnection::~RawConnection() {
  if (socket_ >= 0) ::close(socket_);
}

bool RawConnection::send(std::string_view bytes) { return send_some(bytes, kPatience) == bytes.size(); }

bool RawConnection::send_byte_by_byte(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (!send(bytes.substr(at, 1))) return false;
  }
  return true;
}

std::size_t RawConnection::send_some(std::string_view bytes, milliseconds patience) {
  const auto deadline = steady_clock::now() + patience;
  std::size_t sent = 0;
  while (sent < bytes.size() && waits_for(socket_, POLLOUT, deadline)) {
    const auto count = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN && errno != EINTR) break;
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
  return sent;
}

void RawConnection::finish() { ::shutdown(socket_, SHUT_WR); }

void RawConnection::reset() {
  const linger now{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(std::exchange(socket_, -1));
}

bool RawConnection::more(Instant deadline) {
  if (ended_ || !waits_for(socket_, POLLIN, deadline)) return false;
  std::array<char, 1 << 16> buffer;
  const auto count = ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (count > 0) {
    pending_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
  }
  reset_ = count < 0 && errno == ECONNRESET;
  ended_ = true;
  return false;
}

std::string RawConnection::take(std::size_t count) {
  auto taken = pending_.substr(0, count);
  pending_.erase(0, taken.size());
  return taken;
}

std::string RawConnection::read_until(std::string_view mark, milliseconds patience) {
  const auto deadline = steady_clock::now() + patience;
  std::size_t searched = 0;
  for (;;) {
    if (const auto at = pending_.find(mark, searched); at != std::string::npos) return take(at + mark.size());
    searched = pending_.size() - std::min(pending_.size(), mark.size());
    if (!more(deadline)) return take(pending_.size());
  }
}

std::string RawConnection::read(std::size_t count, milliseconds patience) {
  const auto deadline = steady_clock::now() + patience;
  while (pending_.size() < count && more(deadline)) {
  }
  return take(count);
}

std::optional<std::string> RawConnection::rest(milliseconds patience) {
  if (!closed(patience)) return {};
  return take(pending_.size());
}

bool RawConnection::closed(milliseconds patience) {
  const auto deadline = steady_clock::now() + patience;
  while (more(deadline)) {
  }
  return ended_;
}

bool RawConnection::refuses(milliseconds patience) {
  const auto deadline = steady_clock::now() + patience;
  return send_some("x", patience) == 0 || waits_for(socket_, 0, deadline);  // for an error
}

std::optional<RawResponse> RawConnection::head(milliseconds patience) {
  const auto text = read_until("\r\n\r\n", patience);
  if (!text.ends_with("\r\n\r\n")) {
    pending_ = text + pending_;
    return {};
  }
  return parse_head(std::string_view(text).substr(0, text.size() - 4));
}

std::optional<std::string> RawConnection::chunks(Instant deadline) {
  std::string body;
  for (;;) {
    const auto left = [deadline] { return milliseconds(milliseconds_to(deadline)); };
    const auto line = read_until("\r\n", left());
    std::size_t size = 0;
    const auto [end, parse_error] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
    if (parse_error != std::errc{} || *end != '\r') return {};
    const auto data = read(size + 2, left());
    if (!data.ends_with("\r\n") || data.size() != size + 2) return {};
    if (size == 0) return body;
    body.append(data, 0, size);
  }
}

std::optional<RawResponse> RawConnection::read_response(bool head_only, milliseconds patience) {
  const auto deadline = steady_clock::now() + patience;
  auto response = head(patience);
  if (!response || head_only || response->status < 200 || response->status == 204 || response->status == 304)
    return response;
  if (response->field("Transfer-Encoding") == "chunked") {
    auto body = chunks(deadline);
    if (!body) return {};
    response->body = *std::move(body);
  } else if (const auto length = response->field("Content-Length")) {
    const auto expected = static_cast<std::size_t>(std::stoull(*length));
    response->body = read(expected, milliseconds(milliseconds_to(deadline)));
    if (response->body.size() != expected) return {};
  } else {
    auto body = rest(milliseconds(milliseconds_to(deadline)));
    if (!body) return {};
    response->body = *std::move(body);
  }
  return response;
}

std::optional<RawResponse> RawConnection::request(std::string_view request, bool head_only) {
  if (!send(request)) return {};
  return read_response(head_only);
}

}  // namespace convert::test
