// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <convert/io.hpp>

namespace convert::base {

/// Looks at the first bytes of any Reader without losing them. Of a forward-only source it keeps what it
/// has read: all of it (`Keep::all`, for probe and plan, which hand it back), or only the head
/// until reading has gone past it (`Keep::head`, for conversions). A seekable source is passed through.
class HeadReader : public Reader {
 public:
  enum class Keep { head, all };
  HeadReader(Reader& source, Keep keep) : source_(source), keep_(keep) {}

  /// Up to `wanted_bytes` first bytes; fewer only if the input has no more. Valid until the next call of
  /// anything. With `Keep::head`, not to be called after `read_at` went past the head.
  Result<std::span<const std::byte>> head(std::size_t wanted_bytes);

  /// Whether any byte that a read from offset 0 needs is still here (or can be read again).
  bool rewindable() const;

  /// The bytes taken from a forward-only source (empty for a seekable one).
  std::vector<std::byte> take_consumed() &&;

  std::optional<std::uint64_t> size() const override { return source_.size(); }
  bool seekable() const override { return source_.seekable(); }
  /// Of a forward-only source: any offset that is kept, or the one where the source stands.
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;
  std::optional<int> native_handle() const override;

 private:
  Reader& source_;
  Keep keep_;
  std::vector<std::byte> kept_;
  std::uint64_t position_ = 0;  // of a forward-only source: how much has been read from it
};

}  // namespace convert::base
