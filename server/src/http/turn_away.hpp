// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <convert/server/http.hpp>
#include <memory>

namespace convert::server::http {

/// Answers connections for which there is no room: 503 at once, without reading what they ask.
class TurnAway : public std::enable_shared_from_this<TurnAway> {
 public:
  /// In the thread that accepts.
  void answer(asio::ip::tcp::socket socket);

 private:
  static Async<void> live(std::shared_ptr<TurnAway> self, asio::ip::tcp::socket socket);

  std::atomic<int> under_way_{0};
};

}  // namespace convert::server::http
