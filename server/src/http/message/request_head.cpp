// SPDX-License-Identifier: MIT
#include "http/message/request_head.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "http/message/field_values.hpp"

namespace convert::server::http {
namespace {

constexpr RequestError kLengthAndTransferEncoding{
    400, "bad_request", "A request has either Content-Length or Transfer-Encoding, not both."};
constexpr RequestError kBadContentLength{400, "bad_request", "Content-Length has to be one number."};
constexpr RequestError kDuplicateTransferEncoding{400, "bad_request", "Transfer-Encoding may occur once."};
constexpr RequestError kTransferEncodingInHttp10{400, "bad_request", "HTTP/1.0 has no Transfer-Encoding."};
constexpr RequestError kUnsupportedTransferEncoding{501, "not_implemented",
                                                    "The only Transfer-Encoding here is chunked."};
constexpr RequestError kBadHostField{400, "bad_request", "A request has one Host, a name or an address."};
constexpr RequestError kDuplicateField{
    400, "bad_request",
    "Authorization, Content-Type, Idempotency-Key, If-Modified-Since, If-Range, "
    "Last-Event-ID and Range may occur once each."};
constexpr RequestError kUnsupportedExpectation{417, "expectation_failed",
                                               "The only Expect here is 100-continue."};

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

/// What has one value: which of two is meant, nobody else on the way must see differently (RFC 9110, 5.3).
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
