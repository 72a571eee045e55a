// SPDX-License-Identifier: MIT
#include "support/http_stub_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>
#include <utility>

namespace convert::test {
namespace {

class PlainTransport : public StubTransport {
 public:
  explicit PlainTransport(int socket) : socket_(socket) {}
  std::ptrdiff_t read(std::span<char> into) override { return ::recv(socket_, into.data(), into.size(), 0); }
  std::ptrdiff_t write(std::string_view bytes) override {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

 private:
  int socket_;
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

std::string StubRequest::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

bool StubConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = transport_->write(bytes);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool StubConnection::answer(int status, std::string_view body, std::string_view headers) {
  return send(
      fmt::format("HTTP/1.1 {} Stub\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), headers, body));
}

std::string StubConnection::receive(std::size_t size) {
  if (buffer_.empty() && !fill()) return {};
  std::string part = buffer_.substr(0, size);
  buffer_.erase(0, part.size());
  return part;
}

bool StubConnection::fill() {
  std::array<char, 65536> block;
  const auto count = transport_->read(block);
  if (count <= 0) return false;
  buffer_.append(block.data(), static_cast<std::size_t>(count));
  return true;
}

bool StubConnection::read_request(StubRequest& request, bool read_body) {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return false;
  }
  std::string head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  const std::size_t first_line = head.find("\r\n");
  const std::string start = head.substr(0, first_line);
  const std::size_t space = start.find(' ');
  request.method = start.substr(0, space);
  request.target = start.substr(space + 1, start.rfind(' ') - space - 1);
  for (std::size_t at = first_line + 2; at < head.size();) {
    const std::size_t line_end = head.find("\r\n", at);
    const std::string line = head.substr(at, line_end - at);
    at = line_end + 2;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t value = std::min(line.find_first_not_of(' ', colon + 1), line.size());
    request.headers.emplace(lower(line.substr(0, colon)), line.substr(value));
  }
  const std::string length = request.header("content-length");
  if (!read_body || length.empty()) return true;
  const std::size_t size = std::stoul(length);
  while (buffer_.size() < size) {
    if (!fill()) return false;
  }
  request.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return true;
}

HttpStubServer::HttpStubServer(Handler handler, Options options)
    : handler_(std::move(handler)), options_(std::move(options)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || ::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("the stub server cannot listen on 127.0.0.1");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

HttpStubServer::~HttpStubServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
}

std::string HttpStubServer::authority() const { return fmt::format("127.0.0.1:{}", port_); }

std::size_t HttpStubServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

std::vector<StubRequest> HttpStubServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void HttpStubServer::accept_all() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (stopping_ || socket < 0) {
      if (socket >= 0) ::close(socket);
      return;
    }
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::size_t number = ++connections_;
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket, number] { serve(socket, number); });
  }
}

void HttpStubServer::serve(int socket, std::size_t number) {
  auto transport = options_.transport ? options_.transport(socket) : std::make_unique<PlainTransport>(socket);
  if (transport) {
    StubConnection connection(std::move(transport));
    while (!connection.closed_) {
      StubRequest request;
      request.connection = number;
      if (!connection.read_request(request, options_.read_bodies)) break;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      handler_(request, connection);
    }
  }
  const std::lock_guard lock(mutex_);
  std::erase(sockets_, socket);
  ::close(socket);
}

}  // namespace convert::test
