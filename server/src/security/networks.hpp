// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <convert/result.hpp>

/// IP addresses and networks, for rate limits and trusted proxies.
namespace convert::server::security {

/// An IPv4 address is stored as ::ffff:a.b.c.d, so that the mapped and the plain form are equal.
class IpAddress {
 public:
  /// "192.0.2.1", "2001:db8::1", "[2001:db8::1]", "fe80::1%eth0" (the zone is dropped). Empty if the text is
  /// not an address.
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_v4() const noexcept;
  /// The canonical form (RFC 5952).
  std::string text() const;
  /// The unit that rate limits count: the IPv4 address, or the /64 of an IPv6 address, which one subscriber
  /// has.
  std::string subscriber_prefix() const;
  std::span<const std::uint8_t, 16> bytes() const noexcept { return bytes_; }

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// As `IpAddress::subscriber_prefix`; the text itself if it is not an address (a Unix socket).
std::string subscriber_prefix(std::string_view address);

/// A list of networks: "10.0.0.0/8", "2001:db8::/32", or a single address.
class NetworkList {
 public:
  /// Errors: `invalid_argument` (not a network, or bits set after the prefix), with the text.
  static Result<NetworkList> parse(std::span<const std::string> texts);
  bool contains(const IpAddress& address) const noexcept;
  bool contains(std::string_view address) const;  ///< false if the text is not an address
  bool empty() const noexcept { return networks_.empty(); }

 private:
  struct Network {
    IpAddress base;
    unsigned bits = 128;
  };
  static std::optional<Network> parse_one(std::string_view text);
  std::vector<Network> networks_;
};

/// The address of the client, without a port. Starts at `peer` and follows X-Forwarded-For (all fields, in
/// order) from right to left while the current address is a trusted proxy. Stops at the first untrusted
/// address, and at a value that is not an address.
std::string client_address(std::string_view peer, std::span<const std::string_view> forwarded_for,
                           const NetworkList& trusted);

}  // namespace convert::server::security
