// SPDX-License-Identifier: MIT
// Addresses, networks and origins as options name them.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <optional>

#include "option_values.hpp"

namespace convertd {
namespace {

namespace ip = boost::asio::ip;

std::optional<ip::address> address_of(std::string_view text) {
  boost::system::error_code failure;
  const auto address = ip::make_address(std::string(text), failure);
  return failure ? std::nullopt : std::optional(address);
}

/// The two sides of an endpoint; the brackets of an IPv6 address are taken off.
std::optional<std::pair<std::string_view, std::string_view>> split(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  auto address = text.substr(0, colon);
  const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  if (bracketed) address = address.substr(1, address.size() - 2);
  if (bracketed != (address.find(':') != std::string_view::npos)) return {};
  return std::pair(address, text.substr(colon + 1));
}

/// Whether there is nothing behind the prefix.
bool is_network(const ip::address& address, unsigned short bits) {
  if (address.is_v4()) {
    const ip::network_v4 network(address.to_v4(), bits);
    return network == network.canonical();
  }
  const ip::network_v6 network(address.to_v6(), bits);
  return network == network.canonical();
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto parts = split(text);
  const auto address = parts ? address_of(parts->first) : std::nullopt;
  const auto port = parts ? parse_count(parts->second, 0, 65'535) : Result<std::uint64_t>(usage_error(""));
  if (address && port) return Endpoint{address->to_string(), static_cast<std::uint16_t>(*port)};
  return usage_error(
      fmt::format("{} is nothing to listen at: write an address of this machine and a port, as "
                  "127.0.0.1:8080, 0.0.0.0:8080 or [::]:8080; port 0 is a free one.",
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
      fmt::format("{} is no network: write 10.0.0.0/8, fd00::/8 (with zeros behind the prefix), or "
                  "one address.",
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
  return usage_error(fmt::format(
      "{} is no origin: write https://example.org, in lower case, without a path; or *.", in_quotes(text)));
}

}  // namespace convertd
