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

/// The HTTP API of an Engine, without a listener: for servers of others (mount.hpp). Its threads are a
/// bounded pool for blocking calls. Destroyed before the io_context and the Engine, when nobody awaits an
/// answer of its routes any more; the destructor waits for calls that run.
class Api {
 public:
  Api(asio::any_io_executor executor, Engine& engine, ApiOptions options = {});
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  const Router& router() const noexcept;  ///< thread-safe

  /// To be mounted in a Router of the host's; once, instead of `router`. The Api stays needed.
  Router take_router();

 private:
  friend class Server;
  struct State;
  std::shared_ptr<State> state_;
};

struct ServerOptions : ApiOptions {
  /// Where the next connection lives, asked in the thread that accepts: for an io_context for each thread.
  /// Each executor has to be a strand, or one that a single thread runs. Empty: a strand of the server's.
  std::function<asio::any_io_executor()> connection_executor{};
  int backlog = 4'096;  ///< connections that wait to be accepted; the kernel may have a lower limit
};

/// Listens and serves. Lives in the host's executor, whatever threads run it; installs no signal handler,
/// reads no environment. Not thread-safe, but `stop`.
class Server {
 public:
  Server(asio::any_io_executor executor, Engine& engine, ServerOptions options = {});
  /// Await `stop` first. Otherwise what is still open is cut, and the destructor waits for at most 5 s until
  /// its handlers have ended, in the threads that run the executors.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Router& router() noexcept;  ///< further routes and middleware, before the first `listen`

  /// Answers with the port: 0 asks for a free one. May be called for several addresses ("127.0.0.1", "::").
  /// Errors: `conflict` (the port is in use), `invalid_argument` (no address of this machine, or a port that
  /// this process may not have), `unavailable`.
  Result<std::uint16_t> listen(std::string_view address, std::uint16_t port);

  /// Accepts nothing more, tells those who answer to end (Request::closing), answers what was begun within
  /// `grace`, cuts the rest. Awaited on any executor. The Engine is the caller's to stop.
  Async<void> stop(std::chrono::milliseconds grace);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace convert::server
