// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <convert/io.hpp>

#include "archive/archive_formats.hpp"
#include "archive/conversion_context.hpp"

namespace convert::archive {

/// A forward-only Reader of what `packed` holds, one layer of compression taken off. Errors while reading:
/// `truncated_input` (after all bytes that could be had), `corrupt_input`, `decompression_bomb`, and those of
/// `packed` unchanged. Borrows both.
Result<std::unique_ptr<Reader>> decompress(Compression compression, Reader& packed,
                                           ConversionContext& context);

/// A forward-only Reader whose first bytes can be looked at. An error comes after the bytes before it.
class PeekReader : public Reader {
 public:
  explicit PeekReader(Reader& source) : source_(source) {}
  /// Up to `want` first bytes; fewer if the source ends or fails. Only before the first read.
  std::span<const std::byte> peek(std::size_t want);
  /// The failure that cut the peek short, if one did.
  const std::optional<Error>& failure() const { return failure_; }

  std::optional<std::uint64_t> size() const override { return source_.size(); }
  bool seekable() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;

 private:
  Reader& source_;
  std::vector<std::byte> head_;
  std::optional<Error> failure_;
};

}  // namespace convert::archive
