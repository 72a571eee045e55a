// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// How the host starts the zygote: posix_spawn of `convert-worker WORD` with an empty environment, with these
/// two descriptors and nothing else, standard error aside.
namespace convert::sandbox {

inline constexpr int kZygoteChannelFd = 3;  ///< a SOCK_SEQPACKET socket: see messages.hpp
inline constexpr int kScratchRootFd = 4;    ///< O_PATH | O_DIRECTORY: a private folder of the host's

/// The user and group of workers whose host runs as root.
inline constexpr unsigned kNobodyId = 65534;

/// How a worker ends that has nothing to say: `WorkerExited::status` has one of these.
inline constexpr int kExitDone = 0;            ///< after Finished, or the channel ended
inline constexpr int kExitOutOfMemory = 77;    ///< it met `memory_bytes`
inline constexpr int kExitBrokenChannel = 78;  ///< it could not speak with the host
inline constexpr int kExitNotConfined = 79;    ///< it could not confine itself and did not begin

/// What the workers of a zygote may take. A worker over `cpu_seconds` ends by SIGXCPU; a write over
/// `file_bytes` fails with EFBIG; a call that is not permitted ends it by SIGSYS.
struct ZygoteSettings {
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;  ///< of data, beyond what the zygote has
  /// All threads together. 0: the worker takes `CallRequest::limits.wall_time` times the machine's cores.
  std::uint64_t cpu_seconds = 0;
  std::uint64_t file_bytes = 0;      ///< of each file it writes; 0: no bound
  std::uint32_t descriptors = 2048;  ///< open at once
  bool unconfined = false;           ///< go on although it can't be confined
  bool operator==(const ZygoteSettings&) const = default;
};

/// The word on the command line, and back. Empty: it is not such a word.
std::string to_argument(const ZygoteSettings& settings);
std::optional<ZygoteSettings> parse_settings(std::string_view word);

}  // namespace convert::sandbox
