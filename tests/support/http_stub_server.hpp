// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

/// An HTTP/1.1 server of a test, for answers that no real server gives on request: faults, pauses, bytes that
/// are cut off.
namespace convert::test {

/// How a connection's bytes are read and written: plain, or TLS.
class StubTransport {
 public:
  virtual ~StubTransport() = default;
  /// 0 or less: the connection has ended.
  virtual std::ptrdiff_t read(std::span<char> into) = 0;
  virtual std::ptrdiff_t write(std::string_view bytes) = 0;
};

struct StubRequest {
  std::string method;
  std::string target;                               ///< as sent: path and query
  std::multimap<std::string, std::string> headers;  ///< names in lower case
  std::string body;
  std::size_t connection = 0;  ///< 1 for the first connection of the server

  /// The first value; empty if there is none. The name is in lower case.
  std::string header(const std::string& name) const;
};

/// A connection, as the handler of a request sees it.
class StubConnection {
 public:
  explicit StubConnection(std::unique_ptr<StubTransport> transport) : transport_(std::move(transport)) {}

  /// Sends bytes as they are. False: the client has closed the connection.
  bool send(std::string_view bytes);
  /// Sends a whole answer. `headers` are lines that end with "\r\n".
  bool answer(int status, std::string_view body, std::string_view headers = {});
  /// Reads up to `size` bytes of the body, for a server with `read_bodies` off. Empty: the client has closed.
  std::string receive(std::size_t size);
  /// Ends the connection after this request.
  void close() { closed_ = true; }

 private:
  friend class HttpStubServer;
  bool read_request(StubRequest& request, bool read_body);
  bool fill();

  std::unique_ptr<StubTransport> transport_;
  std::string buffer_;
  bool closed_ = false;
};

/// Listens on a free port of 127.0.0.1. Each connection has a thread, in which its requests are handled one
/// after another.
class HttpStubServer {
 public:
  using Handler = std::function<void(const StubRequest&, StubConnection&)>;
  struct Options {
    /// Makes the transport of an accepted socket, which it does not own; null refuses it. Empty: plain.
    std::function<std::unique_ptr<StubTransport>(int socket)> transport{};
    bool read_bodies = true;
  };

  explicit HttpStubServer(Handler handler) : HttpStubServer(std::move(handler), Options{}) {}
  HttpStubServer(Handler handler, Options options);
  /// Closes all connections and waits for the handlers, which see `send` and `receive` fail.
  ~HttpStubServer();
  HttpStubServer(const HttpStubServer&) = delete;
  HttpStubServer& operator=(const HttpStubServer&) = delete;

  std::uint16_t port() const { return port_; }
  /// "127.0.0.1:PORT"
  std::string authority() const;
  /// "http://127.0.0.1:PORT"
  std::string url() const { return "http://" + authority(); }
  /// Those that were accepted so far.
  std::size_t connections() const;
  /// Those that were received so far, in order.
  std::vector<StubRequest> requests() const;

 private:
  void accept_all();
  void serve(int socket, std::size_t number);

  const Handler handler_;
  const Options options_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  bool stopping_ = false;
  std::vector<int> sockets_;  // all that are open
  std::vector<std::thread> threads_;
  std::vector<StubRequest> requests_;
  std::size_t connections_ = 0;
  std::thread acceptor_;
};

}  // namespace convert::test
