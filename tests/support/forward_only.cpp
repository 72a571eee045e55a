// SPDX-License-Identifier: MIT
#include "support/forward_only.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "support/test_files.hpp"

namespace convert::test {

ForwardReader::ForwardReader(std::string content, std::size_t block)
    : content_(std::move(content)), block_(block) {}

std::optional<std::uint64_t> ForwardReader::size() const {
  return knows_size_ ? std::optional<std::uint64_t>(content_.size()) : std::nullopt;
}

Result<std::size_t> ForwardReader::read_at(std::uint64_t offset, std::span<std::byte> into) {
  if (offset != given_) return Error{Errc::internal, "seek in a forward-only reader"};
  if (given_ >= fail_at_) return Error{Errc::io, "the line is dead", true};
  const std::size_t left = std::min(content_.size(), fail_at_) - given_;
  const std::size_t count = std::min({left, into.size(), block_});
  std::memcpy(into.data(), content_.data() + given_, count);
  given_ += count;
  if (on_read) on_read(given_);
  return count;
}

Result<void> ForwardWriter::write_at(std::uint64_t offset, std::span<const std::byte> from) {
  if (offset != bytes_.size()) return Error{Errc::internal, "seek in a forward-only writer"};
  bytes_.append(text(from));
  return {};
}

}  // namespace convert::test
