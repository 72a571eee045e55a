// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <convert/result.hpp>
#include <convert/server/options.hpp>

/// What stands after an option, as text and as a value. Each `..._text` gives what its `read_...` takes.
/// Errors: `invalid_argument`, with a sentence that says what may stand there.
namespace convertd {

using convert::Errc;
using convert::Error;
using convert::Result;

Error usage_error(std::string message);

/// What is shown of a text of whatever length and bytes in a message: in quotation marks.
std::string in_quotes(std::string_view text);

/// "17": digits only.
Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t min, std::uint64_t max);

/// "5G": bytes, with a unit of 1024 or none.
Result<std::uint64_t> parse_size(std::string_view text, std::uint64_t min, std::uint64_t max);
std::string format_size(std::uint64_t bytes);

/// "90s": a number, and one of ms, s, m, h, d.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds time);

/// "10/15m", "1000/1s:5000" (after a silence so many at once), "off".
Result<convert::server::RateLimit> parse_rate(std::string_view text);
std::string format_rate(const convert::server::RateLimit& rate);

/// "on", "off"
Result<bool> parse_bool(std::string_view text);
std::string format_bool(bool on);

/// Words with commas between them; spaces round them do not count, empty ones are left out.
std::vector<std::string> parse_list(std::string_view text);
std::string format_list(std::span<const std::string> words);

/// Where to listen.
struct Endpoint {
  std::string address;  ///< numeric
  std::uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
};
/// "127.0.0.1:8080", "[::]:8080"
Result<Endpoint> parse_endpoint(std::string_view text);
std::string format_endpoint(const Endpoint& endpoint);

/// "10.0.0.0/8", "fd00::/8"; an address alone means that one.
Result<std::string> parse_network(std::string_view text);

/// "*", or the origin of a page: "https://example.org".
Result<std::string> parse_origin(std::string_view text);

}  // namespace convertd
