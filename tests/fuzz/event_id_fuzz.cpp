// SPDX-License-Identifier: MIT
// An untrusted Last-Event-ID is a number or nothing. The data of an event, whatever it holds, stays one event
// that a client restores.
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_support.hpp"
#include "http/content/event_format.hpp"
#include "http/message/field_values.hpp"

namespace {

using namespace convert::server::http;
using convert::fuzz::fail;

/// Replaces CR LF and CR by LF.
std::string with_plain_ends(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    result += text[i] == '\r' ? '\n' : text[i];
  }
  return result;
}

void check_event(std::string_view data) {
  const std::string text = format_event("state", 7, data);
  std::string_view event = text;
  if (convert::fuzz::take_line(event) != "id: 7" || convert::fuzz::take_line(event) != "event: state") {
    fail("another header");
  }
  while (event.starts_with("data: ")) {
    if (convert::fuzz::take_line(event).find('\r') != std::string_view::npos) fail("two lines in one");
  }
  if (event != "\n") fail("not exactly one event");
}

/// The data that a client restores.
std::string data_of(std::string_view event) {
  std::string data;
  bool first = true;
  while (!event.empty()) {
    const auto line = convert::fuzz::take_line(event);
    if (!line.starts_with("data: ")) continue;
    if (!first) data += '\n';
    first = false;
    data += line.substr(6);
  }
  return data;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = convert::fuzz::text_of(data, size);
  const auto id = parse_event_id(text);
  if (id && parse_event_id(std::to_string(*id)) != id) fail("an id that a round trip changes");
  check_event(text);
  if (data_of(format_event("", {}, text)) != with_plain_ends(text)) fail("data that was changed");
  return 0;
}
