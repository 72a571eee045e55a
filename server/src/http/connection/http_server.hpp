// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <convert/server/options.hpp>
#include <convert/server/server.hpp>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "http/connection/blocking_pool.hpp"
#include "http/connection/connection_registry.hpp"
#include "http/connection/listener.hpp"
#include "http/connection/server_context.hpp"

namespace convert::server::http {

/// An HTTP server for a Router: listeners, connections, limits and shutdown. Knows no Engine. Its connections
/// keep it alive.
class HttpServer : public std::enable_shared_from_this<HttpServer> {
 public:
  struct Options {
    asio::any_io_executor executor;
    std::function<asio::any_io_executor()> connection_executor;  ///< empty: strands on `executor`
    int backlog = 4'096;
    unsigned blocking_threads = 4;  ///< for bytes that are not in memory, and the compression of large texts
    HttpLimits limits{};
    std::vector<std::string> cors_origins{};
    ClientAddressPolicy client_addresses{};
    /// Key of the connection limit for an address; an empty key is not limited.
    std::function<std::string(std::string_view address)> rate_limit_key{};
    NowFunction now = &std::chrono::steady_clock::now;       ///< for deadlines of connections
    std::function<void(LogLine::Level, std::string)> log{};  ///< thread-safe; may be empty
    /// Thread-safe. Empty: requests are logged as text by `log`.
    std::function<void(const AccessLogEntry&)> access_log{};
  };

  /// `owner` is kept alive with the server: the objects that the handlers use.
  HttpServer(Options options, std::shared_ptr<void> owner);

  Router& router() noexcept { return router_; }
  Result<std::uint16_t> listen(std::string_view address, std::uint16_t port);

  Async<void> stop(std::chrono::milliseconds grace);
  /// Aborts all connections. Returns whether all had ended by `limit`.
  bool abort(std::chrono::steady_clock::time_point limit);

 private:
  void accept(asio::ip::tcp::socket socket);
  asio::any_io_executor next_executor() const;
  void log(LogLine::Level level, std::string text) const;
  void log_access(AccessLogEntry entry) const;
  void stop_accepting();
  Async<bool> wait_until_closed(std::chrono::steady_clock::time_point limit);

  const std::shared_ptr<void> owner_;  // first member: destroyed last
  const Options options_;
  Router router_;
  BlockingPool pool_;
  RequestIdGenerator ids_;
  std::stop_source closing_;
  ServerContext context_;
  std::shared_ptr<ConnectionRegistry> connections_;
  std::shared_ptr<ConnectionReaper> reaper_;
  std::shared_ptr<OverloadResponder> overload_responder_;
  std::vector<std::shared_ptr<Listener>> listeners_;
};

}  // namespace convert::server::http
