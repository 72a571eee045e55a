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

namespace convertd {

/// What a worker host serves: /healthz and /readyz, nothing else. Not thread-safe, except `stop` and
/// `start_draining`.
class HealthServer {
 public:
  /// `ready` may block; called in a thread of its own. Of `options`, only those of connections and logs
  /// apply.
  HealthServer(const boost::asio::any_io_executor& executor, const convert::server::ServerOptions& options,
               std::function<convert::Result<void>()> ready);
  /// Await `stop` first, as for a Server.
  ~HealthServer();
  HealthServer(const HealthServer&) = delete;
  HealthServer& operator=(const HealthServer&) = delete;

  /// As Server::listen.
  convert::Result<std::uint16_t> listen(std::string_view address, std::uint16_t port);
  /// As Server::start_draining.
  void start_draining() noexcept;
  /// As Server::stop.
  convert::server::Async<void> stop(std::chrono::milliseconds grace);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace convertd
