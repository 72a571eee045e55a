// SPDX-License-Identifier: MIT
#include "security/networks.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace convert::server::security {
namespace {

constexpr std::array<std::uint8_t, 12> kV4MappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned kV4MappedPrefixBits = 96;  // of an IPv4-mapped IPv6 address
constexpr unsigned kSubscriberPrefixBits = 64;
constexpr unsigned kAddressBits = 128;

std::array<std::uint8_t, 16> masked(std::span<const std::uint8_t, 16> bytes, unsigned bits) {
  std::array<std::uint8_t, 16> result{};
  for (unsigned at = 0; at < bits / 8; ++at) result[at] = bytes[at];
  if (bits % 8 != 0) {
    result[bits / 8] = static_cast<std::uint8_t>(bytes[bits / 8] & (0xFFU << (8 - bits % 8)));
  }
  return result;
}

std::string_view trim_blanks(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// Removes the port that some proxies add: "192.0.2.1:4711", "[2001:db8::1]:4711".
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) return text.substr(0, std::min(text.find(']'), text.size() - 1) + 1);
  if (std::count(text.begin(), text.end(), ':') == 1) return text.substr(0, text.find(':'));
  return text;
}

/// The addresses of all X-Forwarded-For values, last first.
std::vector<std::string_view> forwarded_hops(std::span<const std::string_view> forwarded_for) {
  std::vector<std::string_view> hops;
  for (std::string_view value : forwarded_for) {
    for (bool more = true; more;) {
      const std::size_t comma = value.find(',');
      hops.push_back(without_port(trim_blanks(value.substr(0, comma))));
      more = comma != value.npos;
      value.remove_prefix(more ? comma + 1 : value.size());
    }
  }
  std::reverse(hops.begin(), hops.end());
  return hops;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() >= 2 && text.starts_with('[') && text.ends_with(']'))
    text = text.substr(1, text.size() - 2);
  const std::string plain(text.substr(0, text.find('%')));
  if (plain.find('\0') != plain.npos) return {};
  IpAddress address;
  if (::inet_pton(AF_INET6, plain.c_str(), address.bytes_.data()) == 1) return address;
  std::copy(kV4MappedPrefix.begin(), kV4MappedPrefix.end(), address.bytes_.begin());
  if (::inet_pton(AF_INET, plain.c_str(), address.bytes_.data() + kV4MappedPrefix.size()) == 1)
    return address;
  return {};
}

bool IpAddress::is_v4() const noexcept {
  return std::equal(kV4MappedPrefix.begin(), kV4MappedPrefix.end(), bytes_.begin());
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool v4 = is_v4();
  const auto* from = v4 ? bytes_.data() + kV4MappedPrefix.size() : bytes_.data();
  ::inet_ntop(v4 ? AF_INET : AF_INET6, from, text.data(), static_cast<socklen_t>(text.size()));
  return text.data();
}

std::string IpAddress::subscriber_prefix() const {
  if (is_v4()) return text();
  IpAddress network;
  network.bytes_ = masked(bytes_, kSubscriberPrefixBits);
  return fmt::format("{}/{}", network.text(), kSubscriberPrefixBits);
}

std::string subscriber_prefix(std::string_view address) {
  const auto parsed = IpAddress::parse(address);
  return parsed ? parsed->subscriber_prefix() : std::string(address);
}

std::optional<NetworkList::Network> NetworkList::parse_one(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto base = IpAddress::parse(text.substr(0, slash));
  if (!base) return {};
  if (slash == text.npos) return Network{*base, kAddressBits};
  const auto digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (digits.empty() || failure != std::errc() || end != digits.data() + digits.size()) return {};
  const bool v4 = text.substr(0, slash).find(':') == text.npos;
  if (bits > (v4 ? kAddressBits - kV4MappedPrefixBits : kAddressBits)) return {};
  if (v4) bits += kV4MappedPrefixBits;
  const auto network = masked(base->bytes(), bits);
  if (!std::equal(network.begin(), network.end(), base->bytes().begin())) return {};
  return Network{*base, bits};
}

Result<NetworkList> NetworkList::parse(std::span<const std::string> texts) {
  NetworkList networks;
  for (const auto& text : texts) {
    const auto network = parse_one(text);
    if (!network) {
      return Error{
          Errc::invalid_argument,
          fmt::format("\"{}\" is not a network. Use 10.0.0.0/8, 2001:db8::/32 or 192.0.2.1, with zeros "
                      "after the prefix.",
                      text)};
    }
    networks.networks_.push_back(*network);
  }
  return networks;
}

bool NetworkList::contains(const IpAddress& address) const noexcept {
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    const auto front = masked(address.bytes(), network.bits);
    return std::equal(front.begin(), front.end(), network.base.bytes().begin());
  });
}

bool NetworkList::contains(std::string_view address) const {
  const auto parsed = IpAddress::parse(address);
  return parsed && contains(*parsed);
}

std::string client_address(std::string_view peer, std::span<const std::string_view> forwarded_for,
                           const NetworkList& trusted) {
  auto last = IpAddress::parse(peer);
  if (!last) return std::string(peer);
  for (const auto hop : forwarded_hops(forwarded_for)) {
    if (!trusted.contains(*last)) break;
    const auto before = IpAddress::parse(hop);
    if (!before) break;
    last = before;
  }
  return last->text();
}

}  // namespace convert::server::security
