// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>

#include <convert/export.hpp>
#include <convert/media_info.hpp>
#include <convert/result.hpp>

namespace convert {

/// Limits of one conversion. The defaults are safe for untrusted files; raise those that your users reach.
/// Exceeding a limit fails with `limit_exceeded` (`decompression_bomb`, `deadline_exceeded`) and a message
/// that states the limit.
struct Limits {
  std::uint64_t input_bytes = std::uint64_t{64} << 30;          ///< of each input
  std::uint64_t output_bytes = std::uint64_t{64} << 30;         ///< of all outputs together
  std::chrono::nanoseconds duration = std::chrono::hours(100);  ///< of the source's audio
  int streams = 256;                                            ///< in one input
  int channels = 32;                                            ///< in one stream
  int sample_rate = 768'000;                                    ///< Hz
  std::uint64_t metadata_bytes = std::uint64_t{64} << 20;       ///< tags and cover art of one input
  std::uint64_t archive_entries = 100'000;
  double archive_ratio = 250;  ///< unpacked to packed bytes; checked after 16 MiB of unpacked bytes
  std::chrono::nanoseconds wall_time = std::chrono::hours(12);
};

/// The progress of a conversion.
struct Progress {
  std::optional<double> fraction{};     ///< 0 to 1, if it can be known; never decreases
  std::chrono::nanoseconds position{};  ///< position in the audio
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
};

/// How to run a conversion. Empty fields use the Library's defaults.
struct ConvertOptions {
  std::optional<Limits> limits{};
  unsigned threads = 0;  ///< maximum, including the caller's; 0: the Library's
  /// Called instead of using `threads` each time threads are about to start, so that the number may change
  /// during the conversion. Returns at least 1. Must be thread-safe and cheap.
  std::function<unsigned()> thread_budget{};
  std::optional<std::filesystem::path> temporary_folder{};
  std::optional<std::chrono::steady_clock::time_point> deadline{};
  std::stop_token stop{};  ///< on a stop request the call returns `cancelled`, usually within 100 ms

  /// Called about ten times a second, from any thread of the conversion, never concurrently. Must not throw
  /// and should return quickly.
  std::function<void(const Progress&)> progress{};
  /// Called for each warning when it occurs; the Report holds all of them too. Same rules as `progress`.
  std::function<void(const Warning&)> warning{};

  /// Converters call it between steps. Errors: `cancelled`, `deadline_exceeded`.
  CONVERT_API Result<void> check_cancellation() const;

  /// The number of threads to use now: `thread_budget()` if set, else `threads`.
  unsigned threads_now() const { return thread_budget ? thread_budget() : threads; }
};

}  // namespace convert
