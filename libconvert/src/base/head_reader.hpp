// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <convert/io.hpp>

namespace convert::base {

/// Gives access to the first bytes of a Reader, which stay readable. Of a forward-only source it keeps either
/// all bytes that it read (`Keep::all`, for probe and plan, which return them), or only the head until a read
/// goes past it (`Keep::head`, for conversions). A seekable source keeps nothing.
class HeadReader : public Reader {
 public:
  enum class Keep { head, all };
  HeadReader(Reader& source, Keep keep) : source_(source), keep_(keep) {}

  /// The first `byte_count` bytes; fewer only if the input is shorter. Valid until the next call of any
  /// member. Errors: those of the source; `internal` after a read past the head with `Keep::head`.
  Result<std::span<const std::byte>> head(std::size_t byte_count);

  /// Whether `read_at` can still read from offset 0.
  bool rewindable() const;

  /// The bytes read from a forward-only source; empty for a seekable one.
  std::vector<std::byte> take_consumed() &&;

  std::optional<std::uint64_t> size() const override { return source_.size(); }
  bool seekable() const override { return source_.seekable(); }
  /// With a forward-only source: at an offset that is kept, or at the source's current position.
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;
  std::optional<int> native_handle() const override;
  void cancel() noexcept override { source_.cancel(); }

 private:
  Reader& source_;
  Keep keep_;
  std::vector<std::byte> kept_;
  std::uint64_t position_ = 0;  // how many bytes were read from a forward-only source
};

}  // namespace convert::base
