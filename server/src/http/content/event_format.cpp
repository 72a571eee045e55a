// SPDX-License-Identifier: MIT
#include "http/content/event_format.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "http/message/field_values.hpp"

namespace convert::server::http {

std::string format_event(std::string_view name, std::optional<std::uint64_t> id, std::string_view data) {
  std::string text;
  if (id) text += fmt::format("id: {}\n", *id);
  if (!name.empty()) text += fmt::format("event: {}\n", name);
  // CR, LF and CR LF all end a line of an event stream.
  for (bool more = true; more;) {
    const std::size_t end = std::min(data.find_first_of("\r\n"), data.size());
    text += fmt::format("data: {}\n", data.substr(0, end));
    more = end < data.size();
    data.remove_prefix(end);
    data.remove_prefix(data.starts_with("\r\n") ? 2 : data.empty() ? 0 : 1);
  }
  return text + '\n';
}

std::string format_retry(std::chrono::milliseconds after) {
  return fmt::format("retry: {}\n\n", after.count());
}

std::optional<std::uint64_t> parse_event_id(std::string_view text) noexcept {
  return parse_digits(trim(text));
}

}  // namespace convert::server::http
