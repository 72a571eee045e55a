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

/// Bounds on what one conversion may take. Each is a safe default for files from strangers; raise those
/// that your users meet. Passing one fails with `limit_exceeded` (`decompression_bomb`,
/// `deadline_exceeded`) and a message that names the field.
struct Limits {
  std::uint64_t input_bytes = std::uint64_t{64} << 30;          ///< of each input
  std::uint64_t output_bytes = std::uint64_t{64} << 30;         ///< of all outputs together
  std::chrono::nanoseconds duration = std::chrono::hours(100);  ///< of the source's sound
  int streams = 256;                                            ///< in one input
  int channels = 32;                                            ///< in one stream
  int sample_rate = 768'000;                                    ///< Hz
  std::uint64_t metadata_bytes = std::uint64_t{64} << 20;       ///< tags and cover art of one input
  std::uint64_t archive_entries = 100'000;
  double archive_ratio = 250;  ///< unpacked to packed bytes, once 16 MiB are unpacked
  std::chrono::nanoseconds wall_time = std::chrono::hours(12);
};

/// How far a conversion is.
struct Progress {
  std::optional<double> fraction{};     ///< 0 to 1, where it can be known; never falls
  std::chrono::nanoseconds position{};  ///< how much of the sound is done
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
};

/// How a conversion is to be run. Defaults are the Library's.
struct ConvertOptions {
  std::optional<Limits> limits{};
  unsigned threads = 0;  ///< at most so many at work, the caller's included; 0: the Library's budget
  /// Asked instead of `threads` whenever threads are about to be started, so that the budget may change while
  /// the conversion runs. At least 1. Thread-safe, cheap.
  std::function<unsigned()> thread_budget{};
  std::optional<std::filesystem::path> temporary_folder{};
  std::optional<std::chrono::steady_clock::time_point> deadline{};
  std::stop_token stop{};  ///< asked to stop, the call ends with `cancelled`, usually within 100 ms

  /// Called about ten times a second, from whichever thread is at work, never two at once.
  /// It must not throw and should return quickly.
  std::function<void(const Progress&)> progress{};
  /// Called as each warning comes up; all of them are in the Report too. As `progress`.
  std::function<void(const Warning&)> warning{};

  /// What a Converter calls between its steps: success, or `cancelled` or `deadline_exceeded`.
  CONVERT_API Result<void> check_cancellation() const;

  /// How many threads may be at work now: `thread_budget()` if there is one, else `threads`.
  unsigned threads_now() const { return thread_budget ? thread_budget() : threads; }
};

}  // namespace convert
