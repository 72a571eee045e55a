// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The host starts the zygote by posix_spawn of `convert-worker ARGUMENT`, with two descriptors beside the
/// standard streams.
namespace convert::sandbox {

inline constexpr int kZygoteChannelFd = 3;  ///< a SOCK_SEQPACKET socket: see messages.hpp
inline constexpr int kScratchRootFd = 4;    ///< O_PATH | O_DIRECTORY: the host's private folder

/// The user and group of workers whose host runs as root.
inline constexpr unsigned kNobodyId = 65534;

/// The exit codes of workers.
inline constexpr int kExitDone = 0;            ///< after CallResult, or the host closed the channel
inline constexpr int kExitOutOfMemory = 77;    ///< it reached `memory_bytes`
inline constexpr int kExitBrokenChannel = 78;  ///< the channel failed
inline constexpr int kExitNotConfined = 79;    ///< it could not confine itself

/// The resource limits of the workers of a zygote. A worker that exceeds `cpu_seconds` is ended by SIGXCPU; a
/// write beyond `file_bytes` fails with EFBIG; a system call that is not permitted ends the worker by SIGSYS.
struct ZygoteSettings {
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;  ///< of data, in addition to the zygote's
  /// Of all threads together. 0: `CallRequest::limits.wall_time` times the number of cores.
  std::uint64_t cpu_seconds = 0;
  std::uint64_t file_bytes = 0;      ///< of each file it writes; 0: unlimited
  std::uint32_t descriptors = 2048;  ///< open at once
  bool unconfined = false;           ///< continue if workers cannot be confined
  bool operator==(const ZygoteSettings&) const = default;
};

/// The settings as an argument on the command line, and back. Empty if `word` is not such an argument.
std::string to_argument(const ZygoteSettings& settings);
std::optional<ZygoteSettings> parse_settings(std::string_view word);

}  // namespace convert::sandbox
