// SPDX-License-Identifier: MIT
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <convert/engine.hpp>
#include <convert/server/options.hpp>
#include <convert/server/router.hpp>
#include <memory>
#include <string_view>
namespace convert::server {
/// The HTTP API of an Engine, without a listener: for Beast servers of others (mount.hpp). Its threads are a
/// bounded pool for blocking calls. Destroyed before the io_context and the Engine; the destructor waits for
/// calls that run.
class Api {
 public:
  Api(asio::any_io_executor executor, Engine& engine, ApiOptions options = {});
  ~Api();
  const Router& router() const noexcept;  ///< thread-safe
  Router
  take_routes();  ///< to be mounted in a Router of the host's; once, instead of `router`. Api stays needed
 private:
  friend class Server;
  struct State;
  std::shared_ptr<State> state_;
};
struct ServerOptions : ApiOptions {
  /// Where the next connection lives; empty: on a strand of the server's executor. For an io_context per
  /// thread.
  std::function<asio::any_io_executor()> connection_executor{};
  int backlog = 4'096;
};
/// Listens and serves. Lives in the host's executor, whatever threads run it; installs no signal handler,
/// reads no environment.
class Server {
 public:
  Server(asio::any_io_executor executor, Engine& engine, ServerOptions options = {});
  ~Server();                  ///< cuts what is still open
  Router& router() noexcept;  ///< further routes and middleware, before the first `listen`
  /// Errors: `conflict` (the port is in use), `invalid_argument` (no address of this machine, a port not
  /// permitted), `unavailable`. Port 0: a free one.
  Result<std::uint16_t> listen(std::string_view address, std::uint16_t port);
  /// Accepts nothing more, ends event streams, answers what was begun within `grace`, cuts the rest. The
  /// Engine is the caller's to stop.
  Async<void> stop(std::chrono::milliseconds grace);

 private:
  struct State;
  std::shared_ptr<State> state_;
};
}  // namespace convert::server
