// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include <convert/export.hpp>
#include <convert/format.hpp>
#include <convert/io.hpp>
#include <convert/options.hpp>
#include <convert/output_spec.hpp>
#include <convert/plan.hpp>
#include <convert/result.hpp>

namespace convert {

/// Turns inputs into outputs. Media (FFmpeg) and archives (libarchive) are built in. An embedder adds
/// converters through `LibraryOptions::converters`; this header is all that they need.
///
/// Many threads use a Converter at the same time, so it holds no state of a conversion. The Library validates
/// the spec and sets `limits`, `threads`, `temporary_folder`, `deadline`, `progress` and `warning` before it
/// calls. It enforces `input_bytes` and `output_bytes` itself, and copies every warning passed to
/// `options.warning` into the result.
class Converter {
 public:
  virtual ~Converter() = default;

  /// The formats that it adds. Constant during its lifetime.
  virtual std::span<const Format> formats() const = 0;

  /// How likely an input that starts with `head` (up to 64 KiB) has one of its formats: 0 (no) to 100
  /// (certain). Cheap, never fails. The Converter with the highest score probes the input.
  virtual int recognize(std::span<const std::byte> head) const = 0;

  /// Describes the input. Reads as little as possible.
  virtual Result<MediaInfo> probe(const Input& input, const ConvertOptions& options) const = 0;

  /// Describes what `convert` would do. Reads as little as possible, writes nothing.
  virtual Result<Plan> plan(std::span<const Input> inputs, const OutputSpec& spec,
                            const ConvertOptions& options) const = 0;

  /// Converts. On success, commits every Writer that it created; on failure, none.
  virtual Result<Report> convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                                 const ConvertOptions& options) const = 0;
};

}  // namespace convert
