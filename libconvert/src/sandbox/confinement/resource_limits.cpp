// SPDX-License-Identifier: MIT
#include "sandbox/confinement/resource_limits.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <sstream>
#include <string>
#include <thread>

#include "base/file_descriptor.hpp"
#include "base/try.hpp"

namespace convert::sandbox {
namespace {

/// Enough for any codec. RLIMIT_DATA does not count stacks.
constexpr rlim_t kStackBytes = rlim_t{16} << 20;
/// Address space without memory, which malloc reserves for many threads. Reading from it costs page tables of
/// 1/512 of its size, which RLIMIT_DATA does not count.
constexpr rlim_t kReservedAddressSpace = rlim_t{64} << 30;
/// More threads than any encoder starts, and few enough for any machine.
constexpr rlim_t kMinThreadLimit = 256;

struct ResourceLimit {
  decltype(RLIMIT_CORE) resource;
  rlim_t value;
  const char* name;
};

/// Lowers a limit irrevocably. Does not raise it.
Result<void> lower_limit(const ResourceLimit& limit) {
  rlimit now{};
  if (::getrlimit(limit.resource, &now) != 0) return base::system_error(errno, limit.name);
  now.rlim_max = std::min(now.rlim_max, limit.value);
  now.rlim_cur = std::min(now.rlim_cur, now.rlim_max);
  if (::setrlimit(limit.resource, &now) != 0) {
    return base::system_error(errno, fmt::format("Cannot set the limit {}", limit.name));
  }
  return {};
}

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max()
                                                           : a + b;
}

rlim_t thread_limit() {
  return std::max<rlim_t>(kMinThreadLimit, 4 * rlim_t{std::thread::hardware_concurrency()});
}

}  // namespace

Result<MemoryInUse> memory_in_use() {
  const base::Descriptor file = base::open_path("/proc/self/statm", O_RDONLY);
  if (!file) return base::system_error(errno, "Cannot open /proc/self/statm");
  std::array<char, 256> text{};
  CONVERT_TRY_ASSIGN(const auto count, base::read_some(file.get(), std::as_writable_bytes(std::span(text))));
  std::istringstream numbers(std::string(text.data(), count));
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  MemoryInUse in_use;
  std::uint64_t pages = 0;  // size resident shared text lib data
  numbers >> pages;
  in_use.address_space = pages * page;
  for (int field = 1; field < 6; ++field) numbers >> pages;
  if (!numbers) return Error{Errc::io, "Cannot read /proc/self/statm: unknown format."};
  in_use.data = pages * page;
  return in_use;
}

Result<void> apply_process_limits(const ZygoteSettings& settings, const MemoryInUse& before,
                                  bool limit_threads) {
  const ResourceLimit limits[] = {
      {RLIMIT_CORE, 0, "RLIMIT_CORE"},
      {RLIMIT_MEMLOCK, 0, "RLIMIT_MEMLOCK"},
      {RLIMIT_MSGQUEUE, 0, "RLIMIT_MSGQUEUE"},
      {RLIMIT_STACK, kStackBytes, "RLIMIT_STACK"},
      {RLIMIT_NOFILE, settings.descriptors, "RLIMIT_NOFILE"},
  };
  for (const ResourceLimit& limit : limits) {
    CONVERT_TRY(lower_limit(limit));
  }
  if (!kSanitized) {
    const ResourceLimit data{RLIMIT_DATA, saturating_add(before.data, settings.memory_bytes), "RLIMIT_DATA"};
    CONVERT_TRY(lower_limit(data));
    const auto address_space =
        saturating_add(saturating_add(before.address_space, settings.memory_bytes), kReservedAddressSpace);
    CONVERT_TRY(lower_limit({RLIMIT_AS, address_space, "RLIMIT_AS"}));
  }
  if (settings.file_bytes != 0) {
    if (auto lowered = lower_limit({RLIMIT_FSIZE, settings.file_bytes, "RLIMIT_FSIZE"}); !lowered)
      return lowered;
  }
  if (!limit_threads) return {};
  return lower_limit({RLIMIT_NPROC, thread_limit(), "RLIMIT_NPROC"});
}

Result<void> apply_cpu_time_limit(const ZygoteSettings& settings, const Limits& limits) {
  rlim_t seconds = settings.cpu_seconds;
  if (seconds == 0) {
    const auto wall = std::chrono::ceil<std::chrono::seconds>(limits.wall_time).count();
    const rlim_t cores = std::max(1u, std::thread::hardware_concurrency());
    const auto bounded = std::clamp<std::int64_t>(wall, 1, 1'000'000'000);
    seconds = static_cast<rlim_t>(bounded) * cores;
  }
  CONVERT_TRY(lower_limit({RLIMIT_CPU, seconds + 1, "RLIMIT_CPU"}));
  // The soft limit sends SIGXCPU, which tells the reason; the hard limit sends SIGKILL.
  rlimit now{};
  if (::getrlimit(RLIMIT_CPU, &now) != 0) return base::system_error(errno, "RLIMIT_CPU");
  now.rlim_cur = std::min(now.rlim_cur, seconds);
  if (::setrlimit(RLIMIT_CPU, &now) != 0) return base::system_error(errno, "Cannot set the limit RLIMIT_CPU");
  return {};
}

}  // namespace convert::sandbox
