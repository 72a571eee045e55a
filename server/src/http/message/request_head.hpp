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

/// The method named in a request line; case-sensitive (RFC 9110, 9.1). Unknown methods are `other`.
Method parse_method(std::string_view text) noexcept;

/// Why a request is rejected: status, a stable code for programs, a sentence for people. The texts are string
/// literals, so a RequestError may be stored.
struct RequestError {
  unsigned status = 400;
  std::string_view code;
  std::string_view detail;
};

/// The parsed header of a request and the bytes that its views refer to. Each connection has one and reuses
/// its memory for every request.
class RequestHead {
 public:
  RequestHead() = default;
  RequestHead(const RequestHead&) = delete;
  RequestHead& operator=(const RequestHead&) = delete;

  std::string_view method;
  std::string_view target;
  int version = 11;  ///< 10 or 11; later 1.x are treated as 11 (RFC 9110, 2.5)
  std::vector<FieldView> fields;

  /// Clears the header and stores a copy of `block`.
  void assign(std::string_view block) {
    method = target = {};
    fields.clear();
    bytes_.assign(block);
  }
  /// Replaces a later HTTP/1.x in the request line by HTTP/1.1, the highest supported version.
  void clamp_version();
  /// Clears the header and releases large buffers. For idle connections.
  void clear() {
    assign({});
    if (bytes_.capacity() > 4'096) bytes_ = {};
    if (fields.capacity() > 32) fields = {};
  }
  std::string_view bytes() const noexcept { return bytes_; }

  /// Value of the first field with that name (case-insensitive).
  std::optional<std::string_view> field(std::string_view name) const noexcept;
  /// Number of fields with that name.
  std::size_t count(std::string_view name) const noexcept;

 private:
  std::string bytes_;
};

/// Parses `block`, a complete header accepted by HeadValidator (bytes `start()` to `end()`), into `head`,
/// which keeps a copy of it. nullopt: success. Else 400.
std::optional<RequestError> parse_head(std::string_view block, RequestHead& head);

/// The framing of a request body (RFC 9112, 6) and the connection options of its header.
struct RequestFraming {
  enum class Kind : std::uint8_t { none, length, chunked } kind = Kind::none;
  std::uint64_t length = 0;       ///< for `length`; may be 0
  bool keep_alive = true;         ///< the client wants a persistent connection
  bool expects_continue = false;  ///< "Expect: 100-continue" of HTTP/1.1
  std::string_view host;          ///< a view of the RequestHead; empty for HTTP/1.0 without Host
};

/// Rejects every header that implementations could interpret differently, with 400, 417 or 501. The
/// connection must be closed then, since the start of the next request is unknown.
std::variant<RequestFraming, RequestError> parse_framing(const RequestHead& head);

}  // namespace convert::server::http
