// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/field.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace convert::server::http {

/// Of a request line; methods are case-sensitive (RFC 9110, 9.1). Unknown ones are `other`.
Method parse_method(std::string_view text) noexcept;

/// Why a request is not served: the status of the answer, a stable code for programs and a sentence for
/// people. The texts are literals: a Refusal may be kept for ever.
struct RequestError {
  unsigned status = 400;
  std::string_view code;
  std::string_view detail;
};

/// The header of one request, and the bytes that its views lie in. One per connection, used for each request
/// after the other: its memory stays.
class RequestHead {
 public:
  RequestHead() = default;
  RequestHead(const RequestHead&) = delete;
  RequestHead& operator=(const RequestHead&) = delete;

  std::string_view method;
  std::string_view target;
  int version = 11;  ///< 10 or 11; 11 stands for every later 1.x (RFC 9110, 2.5)
  std::vector<FieldView> fields;

  /// Forgets what it held, and keeps a copy of `block`.
  void assign(std::string_view block) {
    method = target = {};
    fields.clear();
    bytes_.assign(block);
  }
  /// A request line that says a later HTTP/1.x says HTTP/1.1 from now on, the latest that is spoken here.
  void clamp_version();
  /// Forgets what it held, and gives large memory back: for a connection that goes idle.
  void clear() {
    assign({});
    if (bytes_.capacity() > 4'096) bytes_ = {};
    if (fields.capacity() > 32) fields = {};
  }
  std::string_view bytes() const noexcept { return bytes_; }

  /// The first field of that name, in any case.
  std::optional<std::string_view> field(std::string_view name) const noexcept;
  /// How many there are of that name.
  std::size_t count(std::string_view name) const noexcept;

 private:
  std::string bytes_;
};

/// Takes `block` apart, a whole header that HeadValidator has found complete (from `begin()` to `end()`),
/// into `head`, which keeps a copy of it and reuses its own memory. nullopt: done. 400: Beast does not like
/// it.
std::optional<RequestError> parse_head(std::string_view block, RequestHead& head);

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
