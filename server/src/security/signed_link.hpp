// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <convert/result.hpp>

#include "security/key_ring.hpp"

/// Signed links: the value of "link=" in a query, KID "." EXPIRES "." MAC. They are not stored. The MAC
/// covers `LinkSubject` and the expiry, with a key derived from a secret for links only. Thread-safe.
namespace convert::server::security {

/// What a link grants read access to.
struct LinkSubject {
  std::int64_t task = 0;     ///< JobId
  std::string_view account;  ///< the task's owner
  std::uint32_t epoch = 0;   ///< of the account: a change revokes links as it revokes tokens
};

/// The link needs no percent-encoding in a query. `expires` is rounded up to whole seconds.
std::string make_link(const LinkSubject& subject, Time expires, const KeyRing& ring, Time now);

/// Returns when the link expires. Errors: as `verify_token`.
Result<Time> verify_link(std::string_view link, const LinkSubject& subject, const KeyRing& ring, Time now);

}  // namespace convert::server::security
