// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <convert/io.hpp>

#include "archive/archive_formats.hpp"
#include "archive/conversion_context.hpp"

namespace convert::archive {

/// A forward-only Reader that removes one layer of compression from `packed`. Borrows both. Errors while
/// reading: `truncated_input` (after all available bytes), `corrupt_input`, `decompression_bomb`; errors of
/// `packed` are returned unchanged.
Result<std::unique_ptr<Reader>> decompress(Compression compression, Reader& packed,
                                           ConversionContext& context);

/// A forward-only Reader with a preview of its first bytes. An error is returned after the bytes before it.
class PeekReader : public Reader {
 public:
  explicit PeekReader(Reader& source) : source_(source) {}
  /// Up to `want` first bytes; fewer if the source ends or fails. Only before the first `read_at`.
  std::span<const std::byte> peek(std::size_t want);
  /// The error that ended `peek` early.
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
