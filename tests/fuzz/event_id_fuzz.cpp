// SPDX-License-Identifier: MIT
// Last-Event-ID from a stranger is a number or nothing; and whatever an event has to say, it stays one event,
// which a reader of the stream puts together again.
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_support.hpp"
#include "http/content/event_format.hpp"
#include "http/message/field_values.hpp"

namespace {

using namespace convert::server::http;
using convert::fuzz::fail;

/// CR LF and CR are ends of lines as LF is.
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
    fail("another head");
  }
  while (event.starts_with("data: ")) {
    if (convert::fuzz::take_line(event).find('\r') != std::string_view::npos) fail("two lines in one");
  }
  if (event != "\n") fail("an event that does not end, or two");
}

/// What a reader of the stream puts together.
std::string data_of(std::string_view event) {
  std::string said;
  bool first = true;
  while (!event.empty()) {
    const auto line = convert::fuzz::take_line(event);
    if (!line.starts_with("data: ")) continue;
    if (!first) said += '\n';
    first = false;
    said += line.substr(6);
  }
  return said;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = convert::fuzz::text_of(data, size);
  const auto id = parse_event_id(text);
  if (id && parse_event_id(std::to_string(*id)) != id) fail("an id that does not come back");
  check_event(text);
  if (data_of(format_event("", {}, text)) != with_plain_ends(text)) fail("other data than was said");
  return 0;
}
