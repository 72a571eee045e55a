// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <convert/result.hpp>

#include "security/key_ring.hpp"

/// Addresses that carry their own permission: the value of "link=" in a query, KID "." EXPIRES "." MAC. They
/// are stored nowhere: the MAC is over what stands below, by a key that is derived from a secret for links
/// only.
namespace convert::server::security {

/// What a link lets whoever has it read.
struct LinkSubject {
  std::int64_t task = 0;     ///< JobId
  std::string_view account;  ///< the task's owner
  std::uint32_t epoch = 0;   ///< of the account: links go when tokens go
};

/// Only characters that a query takes as they are. `expires` is rounded up to whole seconds.
std::string make_link(const LinkSubject& subject, Time expires, const KeyRing& ring, Time now);

/// When it ends, if it is for that subject and has not ended. Errors: as `verify_token`.
Result<Time> verify_link(std::string_view link, const LinkSubject& subject, const KeyRing& ring, Time now);

}  // namespace convert::server::security
