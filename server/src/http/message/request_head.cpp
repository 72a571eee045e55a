// SPDX-License-Identifier: MIT
#include "http/message/request_head.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "http/message/field_values.hpp"

namespace convert::server {
namespace {

constexpr std::array<std::pair<Method, std::string_view>, 7> kMethodNames{{{Method::get, "GET"},
                                                                           {Method::head, "HEAD"},
                                                                           {Method::post, "POST"},
                                                                           {Method::put, "PUT"},
                                                                           {Method::patch, "PATCH"},
                                                                           {Method::del, "DELETE"},
                                                                           {Method::options, "OPTIONS"}}};

}  // namespace

std::string_view to_string(Method method) noexcept {
  for (const auto& [value, name] : kMethodNames) {
    if (value == method) return name;
  }
  return {};
}

namespace http {

Method parse_method(std::string_view text) noexcept {
  for (const auto& [value, name] : kMethodNames) {
    if (name == text) return value;
  }
  return Method::other;
}

}  // namespace http
}  // namespace convert::server

namespace convert::server::http {
namespace {

/// Splits a header with Beast's parser. Body framing is not its task: `parse_framing` does that.
class BeastHeadParser final : public boost::beast::http::basic_parser<true> {
 public:
  explicit BeastHeadParser(RequestHead& head) : head_(head) {
    skip(true);
    header_limit(static_cast<std::uint32_t>(-1));  // HeadValidator has counted
    body_limit(boost::none);
  }

 private:
  using Text = boost::beast::string_view;
  using Code = boost::beast::error_code;
  static std::string_view view(Text text) noexcept { return {text.data(), text.size()}; }

  void on_request_impl(boost::beast::http::verb, Text method, Text target, int version, Code&) override {
    head_.method = view(method);
    head_.target = view(target);
    head_.version = version;
  }
  void on_field_impl(boost::beast::http::field, Text name, Text value, Code&) override {
    head_.fields.push_back({view(name), view(value)});
  }
  void on_response_impl(int, Text, int, Code&) override {}
  void on_header_impl(Code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(Text body, Code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, Text, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Code&) override { return body.size(); }
  void on_finish_impl(Code&) override {}

  RequestHead& head_;
};

}  // namespace

void RequestHead::clamp_version() {
  const std::size_t end = bytes_.find('\r');
  if (end == bytes_.npos || end == 0) return;
  char& minor = bytes_[end - 1];
  if (minor > '1' && minor <= '9') minor = '1';
}

std::optional<std::string_view> RequestHead::field(std::string_view name) const noexcept {
  for (const FieldView& field : fields) {
    if (equals_ignore_case(field.name, name)) return field.value;
  }
  return {};
}

std::size_t RequestHead::count(std::string_view name) const noexcept {
  std::size_t count = 0;
  for (const FieldView& field : fields) count += equals_ignore_case(field.name, name) ? 1 : 0;
  return count;
}

std::optional<RequestError> parse_head(std::string_view block, RequestHead& head) {
  head.assign(block);
  head.clamp_version();
  BeastHeadParser parser(head);
  boost::beast::error_code code;
  const std::string_view bytes = head.bytes();
  const std::size_t used = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), code);
  if (code || !parser.is_header_done() || used != bytes.size()) {
    return RequestError{400, "bad_request", "Invalid request header."};
  }
  return {};
}

namespace {

constexpr RequestError kLengthAndTransferEncoding{
    400, "bad_request", "Send either Content-Length or Transfer-Encoding, not both."};
constexpr RequestError kBadContentLength{400, "bad_request", "Invalid Content-Length header."};
constexpr RequestError kDuplicateTransferEncoding{400, "bad_request", "Duplicate Transfer-Encoding header."};
constexpr RequestError kTransferEncodingInHttp10{400, "bad_request",
                                                 "HTTP/1.0 does not support Transfer-Encoding."};
constexpr RequestError kUnsupportedTransferEncoding{501, "not_implemented",
                                                    "Unsupported Transfer-Encoding: use chunked."};
constexpr RequestError kBadHostField{400, "bad_request",
                                     "Invalid Host header: send one host name or address."};
constexpr RequestError kDuplicateField{
    400, "bad_request",
    "Duplicate header: Authorization, Content-Type, Idempotency-Key, If-Modified-Since, If-Range, "
    "Last-Event-ID and Range may occur once."};
constexpr RequestError kUnsupportedExpectation{417, "expectation_failed",
                                               "Unsupported Expect header: use 100-continue."};

std::optional<RequestError> read_body_length(const RequestHead& head, RequestFraming& framing) {
  const std::size_t lengths = head.count("Content-Length");
  const std::size_t codings = head.count("Transfer-Encoding");
  if (lengths > 0 && codings > 0) return kLengthAndTransferEncoding;
  if (codings > 1) return kDuplicateTransferEncoding;
  if (lengths > 1) return kBadContentLength;
  if (codings == 1) {
    if (head.version < 11) return kTransferEncodingInHttp10;
    if (!equals_ignore_case(trim(*head.field("Transfer-Encoding")), "chunked"))
      return kUnsupportedTransferEncoding;
    framing.kind = RequestFraming::Kind::chunked;
  }
  if (lengths == 1) {
    const auto length = parse_digits(trim(*head.field("Content-Length")));
    if (!length) return kBadContentLength;
    framing.kind = RequestFraming::Kind::length;
    framing.length = *length;
  }
  return {};
}

std::optional<RequestError> read_host(const RequestHead& head, RequestFraming& framing) {
  const std::size_t count = head.count("Host");
  if (count == 0 && head.version < 11) return {};
  if (count != 1) return kBadHostField;
  framing.host = trim(*head.field("Host"));
  if (!is_host(framing.host)) return kBadHostField;
  return {};
}

std::optional<RequestError> read_connection_fields(const RequestHead& head, RequestFraming& framing) {
  framing.keep_alive = head.version >= 11;
  bool close = false;
  for (const FieldView& field : head.fields) {
    if (equals_ignore_case(field.name, "Connection")) {
      close = close || list_contains(field.value, "close");
      framing.keep_alive = framing.keep_alive || list_contains(field.value, "keep-alive");
    }
    if (equals_ignore_case(field.name, "Expect") && head.version >= 11) {
      if (!equals_ignore_case(trim(field.value), "100-continue")) return kUnsupportedExpectation;
      framing.expects_continue = true;
    }
  }
  framing.keep_alive = framing.keep_alive && !close;
  return {};
}

/// Rejects duplicates of single-value fields, since intermediaries could use either value (RFC 9110, 5.3).
std::optional<RequestError> check_singletons(const RequestHead& head) {
  constexpr std::array<std::string_view, 7> names{
      "Authorization", "Content-Type", "Idempotency-Key", "If-Modified-Since", "If-Range",
      "Last-Event-ID", "Range"};
  const auto is_duplicate = [&](std::string_view name) { return head.count(name) > 1; };
  if (std::any_of(names.begin(), names.end(), is_duplicate)) return kDuplicateField;
  return {};
}

}  // namespace

std::variant<RequestFraming, RequestError> parse_framing(const RequestHead& head) {
  RequestFraming result;
  if (const auto error = read_body_length(head, result)) return *error;
  if (const auto error = read_host(head, result)) return *error;
  if (const auto error = read_connection_fields(head, result)) return *error;
  if (const auto error = check_singletons(head)) return *error;
  return result;
}

}  // namespace convert::server::http
