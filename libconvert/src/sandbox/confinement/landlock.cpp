// SPDX-License-Identifier: MIT
#include "sandbox/confinement/landlock.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/file_descriptor.hpp"

namespace convert::sandbox {
namespace {

// The interface of the kernel. The installed header may be older than the running kernel.
constexpr long kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;
constexpr unsigned kVersionFlag = 1;
constexpr int kRulePathBeneath = 1;

constexpr std::uint64_t kWriteFile = 1u << 1;
constexpr std::uint64_t kReadFile = 1u << 2;
constexpr std::uint64_t kMakeFile = 1u << 8;
constexpr std::uint64_t kTruncate = 1u << 14;  // since version 3
constexpr std::uint64_t kFileAccess1 = (1u << 13) - 1;
constexpr std::uint64_t kRefer2 = 1u << 13;
constexpr std::uint64_t kDevice5 = 1u << 15;
constexpr std::uint64_t kTcp4 = (1u << 0) | (1u << 1);    // bind, connect
constexpr std::uint64_t kScope6 = (1u << 0) | (1u << 1);  // abstract sockets, signals

struct Ruleset {
  std::uint64_t file_access = 0;
  std::uint64_t network_access = 0;
  std::uint64_t scopes = 0;
};

struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed = 0;
  std::int32_t folder = -1;
};

Ruleset all_rights(int version) {
  Ruleset all;
  all.file_access = kFileAccess1;
  if (version >= 2) all.file_access |= kRefer2;
  if (version >= 3) all.file_access |= kTruncate;
  if (version >= 4) all.network_access = kTcp4;
  if (version >= 5) all.file_access |= kDevice5;
  if (version >= 6) all.scopes = kScope6;
  return all;
}

/// An older kernel rejects fields that it does not know.
std::size_t size_of_ruleset(int version) {
  if (version >= 6) return sizeof(Ruleset);
  return version >= 4 ? offsetof(Ruleset, scopes) : offsetof(Ruleset, network_access);
}

}  // namespace

int landlock_version() {
  const long version = ::syscall(kCreateRuleset, nullptr, 0, kVersionFlag);
  return version > 0 ? static_cast<int>(version) : 0;
}

Result<void> enter_landlock(int version, int scratch) {
  const Ruleset rules = all_rights(version);
  const base::Descriptor set(
      static_cast<int>(::syscall(kCreateRuleset, &rules, size_of_ruleset(version), 0u)));
  if (!set) return base::system_error(errno, "Cannot make a Landlock ruleset");
  const PathBeneath scratch_rule{rules.file_access & (kReadFile | kWriteFile | kMakeFile | kTruncate),
                                 scratch};
  if (::syscall(kAddRule, set.get(), kRulePathBeneath, &scratch_rule, 0u) != 0) {
    return base::system_error(errno, "Cannot add a Landlock rule");
  }
  const base::Descriptor random = base::open_path("/dev/urandom", O_PATH);
  const PathBeneath random_device{kReadFile, random.get()};
  if (random && ::syscall(kAddRule, set.get(), kRulePathBeneath, &random_device, 0u) != 0) {
    return base::system_error(errno, "Cannot add a Landlock rule");
  }
  if (::syscall(kRestrictSelf, set.get(), 0u) != 0) return base::system_error(errno, "Cannot enter Landlock");
  return {};
}

}  // namespace convert::sandbox
