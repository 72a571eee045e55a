// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace convert::server::http {

/// One event of `text/event-stream` (HTML, 9.2.6): "id: 7\nevent: state\ndata: ...\n\n". Empty: without that
/// line. Every line of `data` is one on the wire. `name` must have no line end.
std::string format_event(std::string_view name, std::optional<std::uint64_t> id, std::string_view data);

/// After how long a client comes back: "retry: 2000\n\n".
std::string format_retry(std::chrono::milliseconds after);

/// Keeps connections open, means nothing: ":\n\n".
inline constexpr std::string_view kKeepAliveEvent = ":\n\n";

/// What a client has seen last, from Last-Event-ID: 1 to 19 digits. nullopt: something else, from the start.
std::optional<std::uint64_t> parse_event_id(std::string_view text) noexcept;

}  // namespace convert::server::http
