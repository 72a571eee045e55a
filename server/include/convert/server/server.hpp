// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include <convert/engine.hpp>
#include <convert/server/options.hpp>
#include <convert/server/router.hpp>

namespace convert::server {

/// The HTTP API of an Engine without a listener, to be mounted in another server (mount.hpp). Owns a bounded
/// pool of threads for blocking calls. Destroy it before the io_context and the Engine, when no coroutine
/// awaits one of its routes. The destructor waits for running calls.
class Api {
 public:
  Api(asio::any_io_executor executor, Engine& engine, ApiOptions options = {});
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  const Router& router() const noexcept;  ///< Thread-safe.

  /// From now on /readyz answers 503, so that load balancers send no more requests; all else goes on. Call it
  /// some time before the shutdown. Thread-safe.
  void start_draining() noexcept;

  /// Moves the routes out, to be mounted in a Router of the host. Call it once, instead of `router`. The Api
  /// must outlive the routes.
  Router take_router();

 private:
  friend class Server;
  struct State;
  std::shared_ptr<State> state_;
};

/// Options of a Server.
struct ServerOptions : ApiOptions {
  /// Called by any thread for each request. Empty: `log` gets a line of text for each request.
  std::function<void(const AccessLogEntry&)> access_log{};
  /// Returns the executor of the next connection, for example to use one io_context per thread. Called in
  /// the thread that accepts. Each executor must be a strand or be run by a single thread. Empty: a strand
  /// on the server's executor.
  std::function<asio::any_io_executor()> connection_executor{};
  int backlog = 4'096;  ///< connections waiting to be accepted; the kernel may lower it
};

/// Listens and serves the HTTP API of an Engine. Runs on the host's executor with any number of threads.
/// Installs no signal handlers and reads no environment variables. Not thread-safe, except `stop`
/// and `start_draining`.
class Server {
 public:
  Server(asio::any_io_executor executor, Engine& engine, ServerOptions options = {});
  /// Await `stop` first. Otherwise the destructor aborts open connections and waits at most 5 s for their
  /// handlers, which end in the threads that run the executors.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Router& router() noexcept;  ///< for more routes and middleware, before the first `listen`

  /// Starts to accept connections and returns the port; `port` 0 selects a free one. May be called for
  /// several addresses ("127.0.0.1", "::"). Errors: `conflict` (the port is in use), `invalid_argument` (not
  /// an address of this machine, or a port that needs privileges), `unavailable`.
  Result<std::uint16_t> listen(std::string_view address, std::uint16_t port);

  /// As Api::start_draining: call it some time before `stop`. Thread-safe.
  void start_draining() noexcept;

  /// Shuts down: stops accepting, requests `Request::server_stopping`, lets running requests finish within
  /// `grace`, then aborts the rest. May be awaited on any executor. Does not stop the Engine.
  Async<void> stop(std::chrono::milliseconds grace);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace convert::server
