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

/// Parses and formats the values of options. Each `parse_` function accepts what its `format_` function
/// returns. Errors: `invalid_argument`, with the accepted forms.
namespace convertd {

using convert::Errc;
using convert::Error;
using convert::Result;

/// `invalid_argument` with this message.
Error usage_error(std::string message);

/// Quotes a text for a message: truncated, without control characters and passwords.
std::string in_quotes(std::string_view value);

/// Digits only, such as "17".
Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t min, std::uint64_t max);

/// Bytes, or a multiple of 1024 with a unit, such as "5G".
Result<std::uint64_t> parse_size(std::string_view text, std::uint64_t min, std::uint64_t max);
std::string format_size(std::uint64_t bytes);

/// A number and one of ms, s, m, h, d, such as "90s".
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds time);

/// "10/15m"; "1000/1s:5000", where 5000 is the burst; "off".
Result<convert::server::RateLimit> parse_rate(std::string_view text);
std::string format_rate(const convert::server::RateLimit& rate);

/// "on", "off"
Result<bool> parse_bool(std::string_view text);
std::string format_bool(bool on);

/// A comma-separated list. Trims spaces and drops empty items.
std::vector<std::string> parse_list(std::string_view text);
std::string format_list(std::span<const std::string> words);

/// An address to listen on.
struct Endpoint {
  std::string address;  ///< numeric
  std::uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
};
/// "127.0.0.1:8080", "[::]:8080"
Result<Endpoint> parse_endpoint(std::string_view text);
std::string format_endpoint(const Endpoint& endpoint);

/// "10.0.0.0/8", "fd00::/8", or one address.
Result<std::string> parse_network(std::string_view text);

/// "*", or the origin of a page: "https://example.org".
Result<std::string> parse_origin(std::string_view text);

}  // namespace convertd
