// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <convert/server/http.hpp>
#include <memory>

#include "http/connection/connection_registry.hpp"
#include "http/connection/now.hpp"

namespace convert::server::http {

/// Ends, four times a second, what has waited for too long: one timer for all connections.
class ConnectionReaper : public std::enable_shared_from_this<ConnectionReaper> {
 public:
  ConnectionReaper(const asio::any_io_executor& executor, std::weak_ptr<ConnectionRegistry> connections,
                   NowFunction now);
  void start();
  void stop();  ///< thread-safe

 private:
  static Async<void> run(std::shared_ptr<ConnectionReaper> self);

  asio::any_io_executor executor_;
  asio::steady_timer timer_;
  std::weak_ptr<ConnectionRegistry> connections_;
  const NowFunction now_;
  bool stopped_ = false;
};

}  // namespace convert::server::http
