// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <convert/server/mount.hpp>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "http/connection/body_reader.hpp"
#include "http/connection/input_buffer.hpp"
#include "http/connection/response_writer.hpp"
#include "http/connection/server_context.hpp"
#include "http/message/http_message.hpp"
#include "http/message/request_head.hpp"
#include "http/routing/request_router.hpp"

namespace convert::server::http {

/// The connection that an exchange uses.
struct ConnectionContext {
  Transport& transport;
  SocketTransport* socket;    ///< `transport`, if it is a SocketTransport; else null
  InputBuffer& buffer;        ///< bytes received after the header
  std::string& write_buffer;  ///< reused for each response
  std::string_view date;      ///< current time as an HTTP date
  asio::any_io_executor executor;
  std::shared_ptr<void> owner;  ///< keeps the members above alive
};

/// One HTTP exchange: a request with a complete header, and its response.
class Exchange {
 public:
  /// `prefix` is removed from the path. All references must outlive the object.
  Exchange(const ServerContext& server, ConnectionContext connection, const RequestHead& head, Peer peer,
           std::string_view prefix = {});

  /// Routes the request, sends the response and drains or rejects the rest of the body. `last_request`: close
  /// the connection afterwards.
  Async<AfterResponse> run(bool last_request);

  /// Responds to an invalid request.
  Async<AfterResponse> reject(const RequestError& error);

 private:
  std::optional<Response> prepare_response();
  std::optional<Response> apply_target();
  bool strip_prefix();
  std::optional<Response> prepare_body();
  void create_body();
  void watch_disconnect();
  Async<Response> call_handler();
  Async<bool> send_guarded(Response& response);
  Async<void> send_response(Response& response);
  void add_common_fields(Response& response);
  bool can_be_drained(unsigned status) const;
  Async<void> stop_body_reads();
  Async<bool> drain();
  void log_access(unsigned status);
  Response error_response(const RequestError& error);

  const ServerContext& server_;
  ConnectionContext connection_;
  const RequestHead& head_;
  std::string_view prefix_;
  RequestView request_view_;
  Request request_;
  RequestFraming framing_{};
  RequestRouter::ResolvedRoute found_{};
  std::shared_ptr<BodyReader> reader_{};  // null: no body
  std::optional<std::stop_source> client_disconnected_{};
  std::chrono::steady_clock::time_point started_;
  std::string error_{};
  bool response_started_ = false;  // too late for "100 Continue"
  bool close_ = false;
};

}  // namespace convert::server::http
