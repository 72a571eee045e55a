// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <convert/export.hpp>
#include <convert/media_info.hpp>

namespace convert {

enum class StreamAction : std::uint8_t { copy, encode, drop };

/// "copy", "encode" or "drop".
CONVERT_API std::string_view to_string(StreamAction action) noexcept;

/// What happens to one stream of one input (for archives: to one input as a whole).
struct StreamPlan {
  int input = 0;   ///< index of the input, from 0
  int stream = 0;  ///< `StreamInfo::index`
  StreamKind kind = StreamKind::data;
  StreamAction action = StreamAction::drop;
  std::string source_codec;
  std::string target_codec;  ///< empty if dropped
  std::string reason;        ///< a phrase: "already fits m4a and no change is requested"
};

/// What a conversion would do, known before it costs anything.
struct Plan {
  std::string format;  ///< the target's `Format::name`
  std::vector<StreamPlan> streams;
  std::vector<Warning> warnings;                     ///< what would be lost
  std::optional<std::chrono::nanoseconds> duration;  ///< of the output
  std::optional<std::uint64_t> size;                 ///< bytes, estimated
  std::optional<double> cpu_seconds;                 ///< estimated, for one core of a 2020s server
  bool spools_input = false;         ///< copies the whole forward-only input to a temporary file first
  bool spools_output = false;        ///< a forward-only Writer receives its bytes only at the end
  std::string forward_only_missing;  ///< what the output of a forward-only Writer would lack, or empty
  /// For each input, the bytes consumed from a forward-only Reader; see `MediaInfo::consumed`.
  std::vector<std::vector<std::byte>> consumed;
};

/// One output of a conversion.
struct OutputReport {
  std::string name;  ///< as passed to `Outputs::create`
  std::string format;
  std::string mime_type;
  std::uint64_t size = 0;  ///< bytes
  std::optional<std::chrono::nanoseconds> duration;
  std::int64_t samples = 0;           ///< requested audio, per channel
  int sample_rate = 0;                ///< Hz
  std::int64_t leading_padding = 0;   ///< samples that a player plays before the audio
  std::int64_t trailing_padding = 0;  ///< ... and after it
};

/// What a conversion did.
struct Report {
  std::vector<OutputReport> outputs;
  std::vector<StreamPlan> streams;
  std::vector<Warning> warnings;
};

}  // namespace convert
