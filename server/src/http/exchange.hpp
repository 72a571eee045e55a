// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <convert/server/mount.hpp>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "http/asked.hpp"
#include "http/body_reader.hpp"
#include "http/head.hpp"
#include "http/input_buffer.hpp"
#include "http/refusal.hpp"
#include "http/responder.hpp"
#include "http/routing.hpp"
#include "http/service.hpp"

namespace convert::server::http {

/// The connection of an exchange.
struct Line {
  Transport& transport;
  SocketTransport* socket;  ///< the same, if it is one of ours; else null
  InputBuffer& buffer;      ///< what came behind the header
  std::string& text;        ///< for answers; its memory is used again
  std::string_view date;    ///< of now, as HTTP writes it
  asio::any_io_executor executor;
  std::shared_ptr<void> alive;  ///< what the line consists of
};

/// One request, whose header is there, and its answer.
class Exchange {
 public:
  /// `prefix`: taken off the path. All references outlive it.
  Exchange(const Service& service, Line line, const Head& head, Peer peer, std::string_view prefix = {});

  /// Asks the router, answers, and deals with what is left of the body. `last`: the connection ends after it.
  Async<After> run(bool last);

  /// Answers what is not even a request.
  Async<After> refuse(const Refusal& refusal);

 private:
  std::optional<Response> prepare();
  std::optional<Response> take_target();
  bool take_prefix();
  std::optional<Response> take_body();
  void set_up_body();
  void watch();
  Async<Response> handled();
  Async<bool> guarded(Response& answer);
  Async<void> reply(Response& answer);
  void add_common_fields(Response& answer);
  bool can_be_drained(unsigned status) const;
  Async<void> end_body();
  Async<bool> drain();
  void note(unsigned status);
  Response refused(const Refusal& refusal);

  const Service& service_;
  Line line_;
  const Head& head_;
  std::string_view prefix_;
  Asked asked_;
  Request request_;
  Framing framing_{};
  Routing::Found found_{};
  std::shared_ptr<BodyReader> reader_{};  // null: there is no body
  std::optional<std::stop_source> gone_{};
  std::chrono::steady_clock::time_point begun_;
  std::string trouble_{};
  bool answering_ = false;  // too late for "100 Continue"
  bool close_ = false;
};

}  // namespace convert::server::http
