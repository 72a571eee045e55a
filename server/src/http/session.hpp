// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <ctime>
#include <memory>
#include <optional>
#include <string>

#include "http/connections.hpp"
#include "http/head.hpp"
#include "http/head_check.hpp"
#include "http/input_buffer.hpp"
#include "http/refusal.hpp"
#include "http/service.hpp"
#include "http/transport.hpp"

namespace convert::server::http {

/// One connection: reads a header, has it answered, and again, until one of the two has had enough. All of it
/// on its executor; the calls of Connection post there.
class Session final : public Connection, public std::enable_shared_from_this<Session> {
 public:
  /// Lives by itself until the connection ends. `keep` is kept as long: what `service` stands on.
  static void start(asio::ip::tcp::socket socket, const Service& service, Connections& connections,
                    std::unique_ptr<Connections::Place> place, std::shared_ptr<void> keep);

  Session(asio::ip::tcp::socket socket, const Service& service, std::unique_ptr<Connections::Place> place,
          std::shared_ptr<void> keep);

  bool overdue(std::chrono::steady_clock::time_point now) const noexcept override;
  void expire() override;
  void close_when_idle() override;
  void cut() override;

 private:
  enum class Got : std::uint8_t { head, refusal, nothing };

  static Async<void> live(std::shared_ptr<Session> self);
  Async<bool> serve();
  Async<Got> read_head();
  std::optional<Got> look(HeadCheck& check);
  Async<bool> exchange(bool last);
  Async<void> refuse();
  Async<void> linger();
  Peer peer_of_request() const;
  std::string_view date();
  void forget_request();

  const std::shared_ptr<void> keep_;  // first: the last to go
  const Service& service_;
  const std::unique_ptr<Connections::Place> place_;
  SocketTransport transport_;
  Peer peer_{};
  bool idle_ = false;
  InputBuffer buffer_;
  Head head_;
  Refusal refusal_{};
  std::string text_;
  std::string date_;
  std::time_t date_of_ = 0;
};

}  // namespace convert::server::http
