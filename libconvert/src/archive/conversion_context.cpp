// SPDX-License-Identifier: MIT
#include "archive/conversion_context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/try.hpp"

namespace convert::archive {
namespace {

constexpr std::uint64_t kMinBombSize = std::uint64_t{16} << 20;
constexpr std::uint64_t kMaxIndividualWarnings = 20;
constexpr auto kProgressInterval = std::chrono::milliseconds(100);

}  // namespace

ConversionContext::ConversionContext(const ConvertOptions& options, std::optional<std::uint64_t> input_size)
    : options_(options), limits_(options.limits.value_or(Limits{})), input_size_(input_size) {}

Result<void> ConversionContext::checkpoint() {
  CONVERT_TRY(options_.check_cancellation());
  report_progress();
  return {};
}

void ConversionContext::report_progress() {
  if (!options_.progress) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_progress_ < kProgressInterval) return;
  last_progress_ = now;
  Progress progress;
  progress.bytes_read = read_;
  progress.bytes_written = written_;
  if (input_size_ && *input_size_ > 0) {
    progress.fraction = std::min(1.0, static_cast<double>(read_) / static_cast<double>(*input_size_));
  }
  options_.progress(progress);
}

Result<void> ConversionContext::check_ratio(std::uint64_t unpacked) const {
  if (unpacked <= kMinBombSize) return {};
  const auto packed = static_cast<double>(input_size_.value_or(read_));
  if (static_cast<double>(unpacked) <= packed * limits_.archive_ratio) return {};
  return Error{Errc::decompression_bomb,
               fmt::format("The input decompresses to more than {:g} times its size, the limit "
                           "against decompression bombs.",
                           limits_.archive_ratio)};
}

Result<void> ConversionContext::check_declared_size(std::uint64_t declared, std::string_view entry) const {
  if (!input_size_ || check_ratio(declared)) return {};
  return Error{
      Errc::decompression_bomb,
      fmt::format("The entry \"{}\" declares {} bytes, more than {:g} times the size of the input, the limit "
                  "against decompression bombs.",
                  entry, declared, limits_.archive_ratio)};
}

Result<void> ConversionContext::check_entries(std::uint64_t entries) const {
  if (entries <= limits_.archive_entries) return {};
  return Error{Errc::limit_exceeded,
               fmt::format("The archive has more entries than the limit of {}.", limits_.archive_entries)};
}

void ConversionContext::warn(WarningCode code, std::string message) {
  if (options_.warning) options_.warning(Warning{code, std::move(message)});
}

void ConversionContext::warn_limited(WarningCode code, std::string message) {
  limited_code_ = code;
  if (++limited_count_ <= kMaxIndividualWarnings) warn(code, std::move(message));
}

void ConversionContext::summarize_warnings() {
  if (limited_count_ <= kMaxIndividualWarnings) return;
  warn(limited_code_,
       fmt::format("{} more entries caused the same warning.", limited_count_ - kMaxIndividualWarnings));
  limited_count_ = 0;
}

Result<std::size_t> CountingReader::read_at(std::uint64_t offset, std::span<std::byte> into) {
  CONVERT_TRY(context_.checkpoint());
  auto got = source_.read_at(offset, into);
  if (got) context_.add_read(*got);
  return got;
}

}  // namespace convert::archive
