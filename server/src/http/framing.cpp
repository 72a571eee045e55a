// SPDX-License-Identifier: MIT
#include "http/framing.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "http/field_values.hpp"

namespace convert::server::http {
namespace {

constexpr Refusal both_lengths{400, "bad_request",
                               "A request has either Content-Length or Transfer-Encoding, not both."};
constexpr Refusal bad_length{400, "bad_request", "Content-Length has to be one number."};
constexpr Refusal doubled_coding{400, "bad_request", "Transfer-Encoding may occur once."};
constexpr Refusal old_chunks{400, "bad_request", "HTTP/1.0 has no Transfer-Encoding."};
constexpr Refusal other_coding{501, "not_implemented", "The only Transfer-Encoding here is chunked."};
constexpr Refusal bad_host{400, "bad_request", "A request has one Host, a name or an address."};
constexpr Refusal said_twice{400, "bad_request",
                             "Authorization, Content-Type, Idempotency-Key, If-Modified-Since, If-Range, "
                             "Last-Event-ID and Range may occur once each."};
constexpr Refusal other_expectation{417, "expectation_failed", "The only Expect here is 100-continue."};

std::optional<Refusal> read_body(const Head& head, Framing& framing) {
  const std::size_t lengths = head.count("Content-Length");
  const std::size_t codings = head.count("Transfer-Encoding");
  if (lengths > 0 && codings > 0) return both_lengths;
  if (codings > 1) return doubled_coding;
  if (lengths > 1) return bad_length;
  if (codings == 1) {
    if (head.version < 11) return old_chunks;
    if (!same_text(trimmed(*head.field("Transfer-Encoding")), "chunked")) return other_coding;
    framing.kind = Framing::Kind::chunked;
  }
  if (lengths == 1) {
    const auto length = parse_digits(trimmed(*head.field("Content-Length")));
    if (!length) return bad_length;
    framing.kind = Framing::Kind::length;
    framing.length = *length;
  }
  return {};
}

std::optional<Refusal> read_host(const Head& head, Framing& framing) {
  const std::size_t count = head.count("Host");
  if (count == 0 && head.version < 11) return {};
  if (count != 1) return bad_host;
  framing.host = trimmed(*head.field("Host"));
  if (!is_host(framing.host)) return bad_host;
  return {};
}

std::optional<Refusal> read_wishes(const Head& head, Framing& framing) {
  framing.keep_alive = head.version >= 11;
  bool close = false;
  for (const FieldView& field : head.fields) {
    if (same_text(field.name, "Connection")) {
      close = close || list_has(field.value, "close");
      framing.keep_alive = framing.keep_alive || list_has(field.value, "keep-alive");
    }
    if (same_text(field.name, "Expect") && head.version >= 11) {
      if (!same_text(trimmed(field.value), "100-continue")) return other_expectation;
      framing.expects_continue = true;
    }
  }
  framing.keep_alive = framing.keep_alive && !close;
  return {};
}

/// What has one value: which of two is meant, nobody else on the way must see differently (RFC 9110, 5.3).
std::optional<Refusal> check_singletons(const Head& head) {
  constexpr std::array<std::string_view, 7> names{
      "Authorization", "Content-Type", "Idempotency-Key", "If-Modified-Since", "If-Range",
      "Last-Event-ID", "Range"};
  const auto doubled = [&](std::string_view name) { return head.count(name) > 1; };
  if (std::any_of(names.begin(), names.end(), doubled)) return said_twice;
  return {};
}

}  // namespace

std::variant<Framing, Refusal> framing(const Head& head) {
  Framing result;
  if (const auto refusal = read_body(head, result)) return *refusal;
  if (const auto refusal = read_host(head, result)) return *refusal;
  if (const auto refusal = read_wishes(head, result)) return *refusal;
  if (const auto refusal = check_singletons(head)) return *refusal;
  return result;
}

}  // namespace convert::server::http
