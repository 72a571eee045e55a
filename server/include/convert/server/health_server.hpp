// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include <convert/result.hpp>
#include <convert/server/server.hpp>

namespace convert::server {

/// Serves /healthz and /readyz, and nothing else: for hosts that run jobs and have no API. Runs on the host's
/// executor, as a Server. Not thread-safe, except `stop` and `start_draining`.
class HealthServer {
 public:
  /// `ready` may block. It is called in a thread of its own, once at a time; requests that arrive meanwhile
  /// share its result. Of `options`, only those of connections and logs apply.
  HealthServer(const asio::any_io_executor& executor, const ServerOptions& options,
               std::function<Result<void>()> ready);
  /// Await `stop` first, as for a Server. Waits for a running call of `ready`.
  ~HealthServer();
  HealthServer(const HealthServer&) = delete;
  HealthServer& operator=(const HealthServer&) = delete;

  /// As Server::listen.
  Result<std::uint16_t> listen(std::string_view address, std::uint16_t port);
  /// As Server::start_draining.
  void start_draining() noexcept;
  /// As Server::stop.
  Async<void> stop(std::chrono::milliseconds grace);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace convert::server
