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

#include "http/connections.hpp"
#include "http/listener.hpp"
#include "http/pool.hpp"
#include "http/reaper.hpp"
#include "http/service.hpp"
#include "http/turn_away.hpp"

namespace convert::server::front {

/// What stands between the network and a Router: listeners, connections, their limits and their end. Knows
/// no Engine. Kept alive by its connections.
class Front : public std::enable_shared_from_this<Front> {
 public:
  struct Setting {
    asio::any_io_executor executor;
    std::function<asio::any_io_executor()> connection_executor;  ///< empty: strands of `executor`
    int backlog = 4'096;
    HttpLimits limits{};
    std::vector<std::string> cors_origins{};
    http::Neighbours neighbours{};
    /// By what connections are counted; empty text: by nothing.
    std::function<std::string(std::string_view address)> counted_as{};
    http::Now now = &std::chrono::steady_clock::now;         ///< for the deadlines of connections
    std::function<void(LogLine::Level, std::string)> log{};  ///< thread-safe; may be empty
  };

  /// `keep`: kept alive as long: what the handlers of the router stand on.
  Front(Setting setting, std::shared_ptr<void> keep);

  Router& router() noexcept { return router_; }
  Result<std::uint16_t> listen(std::string_view address, std::uint16_t port);

  Async<void> stop(std::chrono::milliseconds grace);
  /// Cuts everything; answers whether nothing was left by `limit`.
  bool cut(std::chrono::steady_clock::time_point limit);

 private:
  void accept(asio::ip::tcp::socket socket);
  asio::any_io_executor next_executor() const;
  void say(LogLine::Level level, std::string text) const;
  void note(const http::Exchanged& exchanged) const;
  void close_doors();
  Async<bool> emptied(std::chrono::steady_clock::time_point limit);

  const std::shared_ptr<void> keep_;  // first: the last to go
  const Setting setting_;
  Router router_;
  http::Pool pool_;
  http::RequestIds ids_;
  std::stop_source closing_;
  http::Service service_;
  std::shared_ptr<http::Connections> connections_;
  std::shared_ptr<http::Reaper> reaper_;
  std::shared_ptr<http::TurnAway> turn_away_;
  std::vector<std::shared_ptr<http::Listener>> listeners_;
};

}  // namespace convert::server::front
