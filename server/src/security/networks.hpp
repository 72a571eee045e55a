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

/// Addresses of the internet as limits see them.
namespace convert::server::security {

/// IPv4 as ::ffff:a.b.c.d, so that a mapped address and a plain one are the same.
class IpAddress {
 public:
  /// "192.0.2.1", "2001:db8::1", "[2001:db8::1]", "fe80::1%eth0" (the zone is dropped). Nothing: no address.
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_v4() const noexcept;
  /// The canonical text (RFC 5952).
  std::string text() const;
  /// Whom a limit counts: the address itself, or the /64 that one subscriber of IPv6 has, as text.
  std::string subscriber_prefix() const;
  std::span<const std::uint8_t, 16> bytes() const noexcept { return bytes_; }

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// What `IpAddress::subscriber` says of the text, or the text itself if it is no address (a Unix socket).
std::string subscriber_prefix(std::string_view address);

/// A list of networks: "10.0.0.0/8", "2001:db8::/32", or an address alone.
class NetworkList {
 public:
  /// Errors: `invalid_argument`: which one is none, or has bits behind its prefix.
  static Result<NetworkList> parse(std::span<const std::string> texts);
  bool contains(const IpAddress& address) const noexcept;
  bool contains(std::string_view address) const;  ///< false for what is no address
  bool empty() const noexcept { return networks_.empty(); }

 private:
  struct Network {
    IpAddress base;
    unsigned bits = 128;
  };
  static std::optional<Network> parse_one(std::string_view text);
  std::vector<Network> networks_;
};

/// Who asks, behind trusted proxies: from the right of X-Forwarded-For's values (all fields, in their order),
/// the first address that is no trusted proxy. What `peer` says itself is believed if it is trusted; what
/// stands left of a stranger, or of something that is no address, is not. Without a port.
std::string client_address(std::string_view peer, std::span<const std::string_view> forwarded_for,
                           const NetworkList& trusted);

}  // namespace convert::server::security
