// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <ctime>
#include <memory>
#include <optional>
#include <string>

#include "http/connection/connection_registry.hpp"
#include "http/connection/input_buffer.hpp"
#include "http/connection/server_context.hpp"
#include "http/connection/socket_transport.hpp"
#include "http/message/head_validator.hpp"
#include "http/message/request_head.hpp"

namespace convert::server::http {

/// One client connection: reads requests and responds until either side closes. Runs on its executor; the
/// calls of Connection post to it.
class HttpSession final : public Connection, public std::enable_shared_from_this<HttpSession> {
 public:
  /// Starts a session that owns itself until the connection ends. `owner` is kept alive with it: the objects
  /// that `server` uses.
  static void start(asio::ip::tcp::socket socket, const ServerContext& server,
                    ConnectionRegistry& connections, std::unique_ptr<ConnectionRegistry::Slot> slot,
                    std::shared_ptr<void> owner);

  HttpSession(asio::ip::tcp::socket socket, const ServerContext& server,
              std::unique_ptr<ConnectionRegistry::Slot> slot, std::shared_ptr<void> owner);

  bool overdue(std::chrono::steady_clock::time_point now) const noexcept override;
  void expire() override;
  void close_when_idle() override;
  void abort() override;

 private:
  enum class ReadResult : std::uint8_t { request, error, closed };

  static Async<void> run(std::shared_ptr<HttpSession> self);
  Async<bool> serve();
  Async<ReadResult> read_head();
  std::optional<ReadResult> check_head(HeadValidator& check);
  Async<bool> exchange(bool last);
  Async<void> reject_request();
  Async<void> linger();
  Peer request_peer() const;
  std::string_view date();
  void reset_request();

  const std::shared_ptr<void> owner_;  // first member: destroyed last
  const ServerContext& server_;
  const std::unique_ptr<ConnectionRegistry::Slot> slot_;
  SocketTransport transport_;
  Peer peer_{};
  bool idle_ = false;
  InputBuffer buffer_;
  RequestHead head_;
  RequestError request_error_{};
  std::string write_buffer_;
  std::string date_;
  std::time_t date_seconds_ = 0;
};

}  // namespace convert::server::http
