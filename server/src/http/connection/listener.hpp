// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <convert/server/http.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace convert::server::http {

/// Accepts connections on one address. When descriptors run out it retries after a pause. Runs on a strand of
/// its own.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  struct Callbacks {
    std::function<asio::any_io_executor()> next_executor;  ///< for the next connection; null: stop
    std::function<void(asio::ip::tcp::socket)> on_accept;  ///< called on the Listener's strand
    std::function<void(const std::string&)> on_error{};    ///< receives a message for the log
  };

  /// Binds and listens. Errors: `conflict` (the port is in use), `invalid_argument` (not an address of this
  /// machine, or a port that needs privileges), `unavailable`.
  static Result<std::shared_ptr<Listener>> open(const asio::any_io_executor& executor,
                                                std::string_view address, std::uint16_t port, int backlog,
                                                Callbacks callbacks);

  Listener(asio::ip::tcp::acceptor acceptor, Callbacks callbacks);

  std::uint16_t port() const noexcept { return port_; }
  void start();
  /// Stops accepting and frees the port. Thread-safe.
  void close();

 private:
  static Async<void> run(std::shared_ptr<Listener> self);
  Async<void> accept();
  Async<void> back_off();
  void report_failure(const std::string& why);

  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  Callbacks callbacks_;
  std::uint16_t port_ = 0;
  bool closed_ = false;
  bool accept_failing_ = false;
};

/// Responds to connections beyond a limit: 503 at once, without reading the request.
class OverloadResponder : public std::enable_shared_from_this<OverloadResponder> {
 public:
  /// Called in the thread that accepts.
  void respond(asio::ip::tcp::socket socket);

 private:
  static Async<void> run(std::shared_ptr<OverloadResponder> self, asio::ip::tcp::socket socket);

  std::atomic<int> active_{0};
};

}  // namespace convert::server::http
