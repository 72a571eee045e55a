// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <convert/server/http.hpp>
#include <memory>

#include "http/connections.hpp"
#include "http/now.hpp"

namespace convert::server::http {

/// Ends, four times a second, what has waited for too long: one timer for all connections.
class Reaper : public std::enable_shared_from_this<Reaper> {
 public:
  Reaper(const asio::any_io_executor& executor, std::weak_ptr<Connections> connections, Now now);
  void start();
  void stop();  ///< thread-safe

 private:
  static Async<void> live(std::shared_ptr<Reaper> self);

  asio::any_io_executor executor_;
  asio::steady_timer timer_;
  std::weak_ptr<Connections> connections_;
  const Now now_;
  bool stopped_ = false;
};

}  // namespace convert::server::http
