// SPDX-License-Identifier: MIT
#include "options/option_values.hpp"

#include <fmt/format.h>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "options/passwords.hpp"

namespace convertd {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxQuotedLength = 80;

/// Removes the number at the start of `text`, and returns it.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return {};
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array kSizes{Unit{"T", std::uint64_t{1} << 40}, Unit{"G", std::uint64_t{1} << 30},
                            Unit{"M", std::uint64_t{1} << 20}, Unit{"K", std::uint64_t{1} << 10},
                            Unit{"", 1}};
constexpr std::array kTimes{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000},
                            Unit{"ms", 1}};
/// Ten years, so that a sum with the current time never overflows.
constexpr std::uint64_t kMaxDuration = 3'653 * kTimes[0].factor;
constexpr std::uint64_t kLargestSize = std::uint64_t{1} << 62;

template <std::size_t N>
std::optional<std::uint64_t> with_unit(std::string_view text, const std::array<Unit, N>& units,
                                       std::uint64_t max) {
  const auto number = take_number(text);
  if (!number) return {};
  const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == text; });
  if (unit == units.end() || *number > max / unit->factor) return {};
  return *number * unit->factor;
}

template <std::size_t N>
std::string unit_text(std::uint64_t number, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (number != 0 && number % unit.factor == 0) return fmt::format("{}{}", number / unit.factor, unit.name);
  }
  return {};
}

std::string_view trim_spaces(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

namespace ip = boost::asio::ip;

std::optional<ip::address> address_of(std::string_view text) {
  boost::system::error_code failure;
  const auto address = ip::make_address(std::string(text), failure);
  return failure ? std::nullopt : std::optional(address);
}

/// Splits an endpoint into address and port, and removes the brackets of an IPv6 address.
std::optional<std::pair<std::string_view, std::string_view>> split(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  auto address = text.substr(0, colon);
  const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  if (bracketed) address = address.substr(1, address.size() - 2);
  if (bracketed != (address.find(':') != std::string_view::npos)) return {};
  return std::pair(address, text.substr(colon + 1));
}

/// Whether all bits after the prefix are zero.
bool is_network(const ip::address& address, unsigned short bits) {
  if (address.is_v4()) {
    const ip::network_v4 network(address.to_v4(), bits);
    return network == network.canonical();
  }
  const ip::network_v6 network(address.to_v6(), bits);
  return network == network.canonical();
}

}  // namespace

Error usage_error(std::string message) { return {Errc::invalid_argument, std::move(message), false}; }

std::string in_quotes(std::string_view value) {
  const auto text = mask_passwords(value);
  std::string clean(text.substr(0, kMaxQuotedLength));
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; },
      '?');
  return fmt::format("\"{}{}\"", clean, text.size() > kMaxQuotedLength ? "..." : "");
}

Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t min, std::uint64_t max) {
  auto rest = text;
  const auto number = take_number(rest);
  if (number && rest.empty() && *number >= min && *number <= max) return *number;
  return usage_error(fmt::format("{} is not a number from {} to {}.", in_quotes(text), min, max));
}

Result<std::uint64_t> parse_size(std::string_view text, std::uint64_t min, std::uint64_t max) {
  const auto bytes = with_unit(text, kSizes, kLargestSize);
  if (!bytes)
    return usage_error(fmt::format("{} is not a size. Use bytes, or 64K, 20M, 5G, 1T.", in_quotes(text)));
  if (*bytes >= min && *bytes <= max) return *bytes;
  return usage_error(
      fmt::format("{} is not between {} and {}.", in_quotes(text), format_size(min), format_size(max)));
}

std::string format_size(std::uint64_t bytes) { return bytes == 0 ? "0" : unit_text(bytes, kSizes); }

Result<milliseconds> parse_duration(std::string_view text) {
  const auto time = with_unit(text, kTimes, kMaxDuration);
  if (time) return milliseconds(*time);
  return usage_error(fmt::format("{} is not a duration. Use 250ms, 30s, 15m, 24h or 7d, at most ten years.",
                                 in_quotes(text)));
}

std::string format_duration(milliseconds time) {
  return time.count() == 0 ? "0s" : unit_text(static_cast<std::uint64_t>(time.count()), kTimes);
}

Result<convert::server::RateLimit> parse_rate(std::string_view text) {
  if (text == "off") return convert::server::RateLimit{};
  constexpr std::uint64_t max = 1'000'000'000;
  const auto refused = usage_error(fmt::format(
      "{} is not a rate. Use 10/15m (events in that time), 1000/1s:5000 (with a burst of 5000), or off.",
      in_quotes(text)));
  auto rest = text;
  const auto events = take_number(rest);
  if (!events || *events == 0 || *events > max || !rest.starts_with('/')) return refused;
  const auto colon = rest.find(':');
  const auto in = parse_duration(rest.substr(1, colon == std::string_view::npos ? colon : colon - 1));
  if (!in || in->count() == 0) return refused;
  convert::server::RateLimit rate{static_cast<std::uint32_t>(*events), *in, 0};
  if (colon == std::string_view::npos) return rate;
  const auto burst = parse_count(rest.substr(colon + 1), 1, max);
  if (!burst) return refused;
  rate.burst = static_cast<std::uint32_t>(*burst);
  return rate;
}

std::string format_rate(const convert::server::RateLimit& rate) {
  if (rate.events == 0) return "off";
  const auto text = fmt::format("{}/{}", rate.events, format_duration(rate.interval));
  return rate.burst == 0 || rate.burst == rate.events ? text : fmt::format("{}:{}", text, rate.burst);
}

Result<bool> parse_bool(std::string_view text) {
  if (text == "on") return true;
  if (text == "off") return false;
  return usage_error(fmt::format("{} is not on or off.", in_quotes(text)));
}

std::string format_bool(bool on) { return on ? "on" : "off"; }

std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> words;
  for (;;) {
    const auto comma = text.find(',');
    if (const auto word = trim_spaces(text.substr(0, comma)); !word.empty()) words.emplace_back(word);
    if (comma == std::string_view::npos) return words;
    text.remove_prefix(comma + 1);
  }
}

std::string format_list(std::span<const std::string> words) {
  return fmt::format("{}", fmt::join(words, ","));
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto parts = split(text);
  const auto address = parts ? address_of(parts->first) : std::nullopt;
  const auto port = parts ? parse_count(parts->second, 0, 65'535) : Result<std::uint64_t>(usage_error(""));
  if (address && port) return Endpoint{address->to_string(), static_cast<std::uint16_t>(*port)};
  return usage_error(
      fmt::format("{} is not an address to listen on. Use an address of this machine and a port: "
                  "127.0.0.1:8080, 0.0.0.0:8080 or [::]:8080. Port 0 selects a free port.",
                  in_quotes(text)));
}

std::string format_endpoint(const Endpoint& endpoint) {
  const bool v6 = endpoint.address.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", endpoint.address, v6 ? "]" : "", endpoint.port);
}

Result<std::string> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = address_of(text.substr(0, slash));
  if (address) {
    const unsigned whole = address->is_v4() ? 32 : 128;
    const auto bits = slash == std::string_view::npos ? Result<std::uint64_t>(std::uint64_t{whole})
                                                      : parse_count(text.substr(slash + 1), 0, whole);
    if (bits && is_network(*address, static_cast<unsigned short>(*bits)))
      return fmt::format("{}/{}", address->to_string(), *bits);
  }
  return usage_error(
      fmt::format("{} is not a network. Use 10.0.0.0/8, fd00::/8 (with zeros after the prefix), or one "
                  "address.",
                  in_quotes(text)));
}

Result<std::string> parse_origin(std::string_view text) {
  if (text == "*") return std::string(text);
  const auto scheme = text.find("://");
  const auto host = scheme == std::string_view::npos ? std::string_view() : text.substr(scheme + 3);
  const bool plain = std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("-.:[]_").find(c) != std::string_view::npos;
  });
  const auto name = text.substr(0, scheme);
  if (!host.empty() && plain && (name == "http" || name == "https")) return std::string(text);
  return usage_error(
      fmt::format("{} is not an origin. Use https://example.org, in lower case and without a path, or *.",
                  in_quotes(text)));
}

}  // namespace convertd
