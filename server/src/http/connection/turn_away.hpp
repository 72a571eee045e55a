// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <convert/server/http.hpp>
#include <memory>

namespace convert::server::http {

/// Answers connections for which there is no room: 503 at once, without reading what they ask.
class OverloadResponder : public std::enable_shared_from_this<OverloadResponder> {
 public:
  /// In the thread that accepts.
  void respond(asio::ip::tcp::socket socket);

 private:
  static Async<void> run(std::shared_ptr<OverloadResponder> self, asio::ip::tcp::socket socket);

  std::atomic<int> active_{0};
};

}  // namespace convert::server::http
