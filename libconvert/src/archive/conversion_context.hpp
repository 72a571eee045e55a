// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <convert/io.hpp>
#include <convert/options.hpp>

namespace convert::archive {

/// The shared state of one call: limits, warnings, progress.
class ConversionContext {
 public:
  ConversionContext(const ConvertOptions& options, std::optional<std::uint64_t> input_size);

  const ConvertOptions& options() const { return options_; }
  const Limits& limits() const { return limits_; }

  /// Call between two blocks: reports progress; fails if the call is cancelled.
  Result<void> checkpoint();
  void add_read(std::uint64_t bytes) { read_ += bytes; }
  void add_written(std::uint64_t bytes) { written_ += bytes; }
  std::uint64_t written() const { return written_; }

  /// Fails with `decompression_bomb` if `unpacked` bytes are too many for the size of the input.
  Result<void> check_ratio(std::uint64_t unpacked) const;
  /// The same for a declared size. Accepts any size if the size of the input is unknown.
  Result<void> check_declared_size(std::uint64_t declared, std::string_view entry) const;
  Result<void> check_entries(std::uint64_t entries) const;

  void warn(WarningCode code, std::string message);
  /// For warnings that an archive may cause thousands of times: reports the first ones, counts the others.
  void warn_limited(WarningCode code, std::string message);
  void summarize_warnings();

  /// Whether the input is large (or of unknown size), so that compressing with several threads pays. Below
  /// that, zstd at its default level gains nothing.
  bool is_large_input() const { return !input_size_ || *input_size_ >= kLargeInput; }

 private:
  static constexpr std::uint64_t kLargeInput = std::uint64_t{64} << 20;
  void report_progress();

  const ConvertOptions& options_;
  Limits limits_;
  std::optional<std::uint64_t> input_size_;
  std::uint64_t read_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t limited_count_ = 0;
  WarningCode limited_code_ = WarningCode::entry_skipped;
  std::chrono::steady_clock::time_point last_progress_{};
};

/// A Reader that counts bytes and checks for cancellation.
class CountingReader : public Reader {
 public:
  CountingReader(Reader& source, ConversionContext& context) : source_(source), context_(context) {}
  std::optional<std::uint64_t> size() const override { return source_.size(); }
  bool seekable() const override { return source_.seekable(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;
  std::optional<int> native_handle() const override { return source_.native_handle(); }

 private:
  Reader& source_;
  ConversionContext& context_;
};

}  // namespace convert::archive
