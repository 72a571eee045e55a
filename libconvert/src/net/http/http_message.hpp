// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http/url.hpp"

namespace convert::net {

/// Header fields in their order. Names compare without regard to case. Values hold no line breaks; the client
/// refuses a request with such a value.
class HttpHeaders {
 public:
  using Field = std::pair<std::string, std::string>;

  HttpHeaders() = default;
  HttpHeaders(std::initializer_list<Field> fields) : fields_(fields) {}

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// Replaces all fields of this name.
  void set(std::string_view name, std::string value);
  void remove(std::string_view name);
  /// The first value; empty if there is none. The view is valid until the headers change.
  std::optional<std::string_view> find(std::string_view name) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  bool empty() const { return fields_.empty(); }

 private:
  std::vector<Field> fields_;
};

/// How long each part of a request may take. Zero: no limit.
struct HttpTimeouts {
  /// Name resolution, TCP, TLS and a proxy's tunnel.
  std::chrono::milliseconds connect{5'000};
  /// Without a byte in either direction. Time in which the transfer waits for the caller (a full buffer of
  /// the response, an empty one of the request) does not count.
  std::chrono::milliseconds idle{30'000};
  /// From the start to the last byte of the response.
  std::chrono::milliseconds total{0};
};

/// A request. Redirects are never followed: a 3xx is a response like any other.
struct HttpRequest {
  std::string method = "GET";
  Url url;
  /// Host, Content-Length and User-Agent are added unless they are here. "Expect: 100-continue" is sent only
  /// if it is here.
  HttpHeaders headers{};
  /// Borrowed until the HttpExchange is destroyed.
  std::span<const std::byte> body{};
  /// Instead of `body`: the size of a body that HttpExchange::write gives.
  std::optional<std::uint64_t> streamed_body_size{};
  HttpTimeouts timeouts{};
  /// The bytes of a response that are received before the caller reads them. Then the transfer pauses: this
  /// is both the read-ahead and the bound of the memory. At least 64 KiB.
  std::size_t response_buffer = std::size_t{512} << 10;
  /// Connects directly, though a proxy is configured: link-local metadata services.
  bool bypass_proxy = false;
};

struct HttpResponseHead {
  int status = 0;
  HttpHeaders headers;
  /// Of the body; empty if it is unknown (chunked).
  std::optional<std::uint64_t> content_length;

  bool ok() const { return status >= 200 && status < 300; }
};

struct HttpResponse : HttpResponseHead {
  std::string body;
};

}  // namespace convert::net
