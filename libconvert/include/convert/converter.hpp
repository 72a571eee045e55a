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

/// Turns inputs into outputs. Media (FFmpeg) and archives (libarchive) are built in; an embedder adds
/// others through `LibraryOptions::converters` and needs nothing but this header.
///
/// A Converter is used by many threads at once and holds no state of a conversion. The Library calls it
/// with validated specs and with `limits`, `threads`, `temporary_folder`, `deadline`, `progress` and
/// `warning` filled in, enforces `input_bytes` and `output_bytes` itself, and puts every warning that was
/// told to `options.warning` into the result.
class Converter {
 public:
  virtual ~Converter() = default;

  /// The rows it adds to the table of formats; the same for as long as it lives.
  virtual std::span<const Format> formats() const = 0;

  /// How sure it is that an input that begins with `head` (up to 64 KiB) is one of its formats:
  /// 0 (no) to 100 (certain). Cheap, never fails. The surest Converter gets the input to probe.
  virtual int recognize(std::span<const std::byte> head) const = 0;

  /// What is in the input. Reads as little as it can.
  virtual Result<MediaInfo> probe(const Input& input, const ConvertOptions& options) const = 0;

  /// What `convert` would do. Reads as little as it can, writes nothing.
  virtual Result<Plan> plan(std::span<const Input> inputs, const OutputSpec& spec,
                            const ConvertOptions& options) const = 0;

  /// Converts. Every Writer it created is committed if it succeeds, and none if it fails.
  virtual Result<Report> convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                                 const ConvertOptions& options) const = 0;
};

}  // namespace convert
