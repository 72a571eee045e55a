// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "http/message/head.hpp"
#include "http/message/refusal.hpp"

namespace convert::server::http {

/// How the body of a request is told from what follows it (RFC 9112, 6), and what else the header says about
/// the connection.
struct RequestFraming {
  enum class Kind : std::uint8_t { none, length, chunked } kind = Kind::none;
  std::uint64_t length = 0;       ///< of `length`; may be 0
  bool keep_alive = true;         ///< as the client wishes
  bool expects_continue = false;  ///< "100-continue", of HTTP/1.1
  std::string_view host;          ///< empty: HTTP/1.0 without it. Lies in the Head
};

/// Refuses whatever two programs could read in two ways. 400, 417 or 501; after each the connection has to be
/// closed, since nobody knows where the next request begins.
std::variant<RequestFraming, RequestError> parse_framing(const RequestHead& head);

}  // namespace convert::server::http
