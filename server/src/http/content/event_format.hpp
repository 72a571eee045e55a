// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace convert::server::http {

/// Formats an event of `text/event-stream` (HTML, 9.2.6): "id: 7\nevent: state\ndata: ...\n\n". Empty members
/// are omitted. Each line of `data` gets a line of its own. `name` must not contain line ends.
std::string format_event(std::string_view name, std::optional<std::uint64_t> id, std::string_view data);

/// Formats the reconnection delay: "retry: 2000\n\n".
std::string format_retry(std::chrono::milliseconds after);

/// A comment that keeps the connection open.
inline constexpr std::string_view kKeepAliveEvent = ":\n\n";

/// Parses Last-Event-ID: 1 to 19 digits. nullopt: anything else, so the stream starts with the current state.
std::optional<std::uint64_t> parse_event_id(std::string_view text) noexcept;

}  // namespace convert::server::http
