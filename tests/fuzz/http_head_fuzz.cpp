// SPDX-License-Identifier: MIT
// Untrusted request headers. The result does not depend on how the bytes are split. Beast reads what
// HeadValidator accepts as plain lines, and the framing is unambiguous.
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_support.hpp"
#include "http/message/field_values.hpp"
#include "http/message/head_validator.hpp"
#include "http/message/request_head.hpp"

namespace {

using namespace convert::server::http;
using convert::fuzz::fail;
using State = HeadValidator::State;

constexpr HeadLimits limits{2'048, 256, 20};

void check_refusal(const RequestError& error) {
  if (error.status < 400 || error.status > 505) fail("an error with an invalid status");
  if (error.code.empty() || error.detail.empty()) fail("an error without code or detail");
}

State look_in_pieces(std::string_view bytes, std::uint8_t seed, HeadValidator& check) {
  convert::fuzz::InputPieces pieces(bytes, seed);
  std::string seen;
  State state = State::more;
  while (state == State::more && !pieces.done()) {
    seen += pieces.next();
    state = check.check(seen);
  }
  return state;
}

/// Compares the header with its lines.
void check_lines(std::string_view block, const RequestHead& head) {
  std::string line = std::string(head.method) + ' ' + std::string(head.target) + " HTTP/1." +
                     std::to_string(head.version - 10);
  std::size_t at = block.find("\r\n");
  const std::string_view request_line = block.substr(0, at);
  const bool later = head.version == 11 && request_line.back() > '1' && request_line.back() <= '9';
  if (later) line.back() = request_line.back();
  if (request_line != line) fail("another request line");
  for (const auto& field : head.fields) {
    const std::size_t begin = at + 2;
    at = block.find("\r\n", begin);
    const std::string_view text = block.substr(begin, at - begin);
    const auto colon = text.find(':');
    if (text.substr(0, colon) != field.name || trim(text.substr(colon + 1)) != trim(field.value)) {
      fail("another field");
    }
  }
  if (block.substr(at) != "\r\n\r\n") fail("a field was left out");
}

void check_framing(const RequestHead& head, const RequestFraming& framing) {
  const auto lengths = head.count("Content-Length");
  const auto codings = head.count("Transfer-Encoding");
  if (lengths + codings > 1) fail("a body with two lengths");
  if ((lengths == 1) != (framing.kind == RequestFraming::Kind::length))
    fail("a length without Content-Length");
  if ((codings == 1) != (framing.kind == RequestFraming::Kind::chunked))
    fail("chunks without Transfer-Encoding");
  if (head.version == 11 && !is_host(framing.host)) fail("an invalid host");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = convert::fuzz::text_of(data, size);
  const std::uint8_t seed = convert::fuzz::take_byte(bytes);
  HeadValidator whole(limits);
  HeadValidator cut(limits);
  const State state = whole.check(bytes);
  if (look_in_pieces(bytes, seed, cut) != state) fail("a result that depends on the pieces");
  if (state == State::rejected) {
    check_refusal(whole.error());
    if (whole.error().detail != cut.error().detail) fail("a reason that depends on the pieces");
  }
  if (state != State::complete) return 0;
  if (whole.start() != cut.start() || whole.end() != cut.end()) fail("an end that depends on the pieces");
  if (whole.end() > limits.bytes) fail("a header over its limit");
  const auto block = bytes.substr(whole.start(), whole.end() - whole.start());
  RequestHead head;
  if (parse_head(block, head)) return 0;
  if (head.fields.size() > limits.fields || head.target.size() > limits.target) fail("more than the limits");
  check_lines(block, head);
  const auto framed = parse_framing(head);
  if (const auto* error = std::get_if<RequestError>(&framed)) {
    check_refusal(*error);
  } else {
    check_framing(head, std::get<RequestFraming>(framed));
  }
  return 0;
}
