// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <convert/time.hpp>

namespace convert::job_store {

/// Which host does the work of a role until when.
struct Elected {
  std::string host{};
  Time until{};
};

/// Whether `host` may take a role that `present` has: it has it already, or the lease has ended. A lease that
/// ends more than `lease` from now was given before the clock was set back.
inline bool may_be_elected(const Elected& present, std::string_view host, Time now,
                           std::chrono::milliseconds lease) {
  return present.host == host || present.until <= now || present.until > now + lease;
}

/// The elections of a store in memory. Not thread-safe.
class Elections {
 public:
  /// As `JobStore::elect`.
  bool elect(std::string_view role, std::string_view host, Time now, std::chrono::milliseconds lease) {
    const auto present = roles_.find(role);
    if (present != roles_.end() && !may_be_elected(present->second, host, now, lease)) return false;
    if (lease <= std::chrono::milliseconds(0)) {
      if (present != roles_.end() && present->second.host == host) roles_.erase(present);
      return false;
    }
    roles_.insert_or_assign(std::string(role), Elected{std::string(host), now + lease});
    return true;
  }

 private:
  std::map<std::string, Elected, std::less<>> roles_;
};

}  // namespace convert::job_store
