// SPDX-License-Identifier: MIT
#include "base/head_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace convert::base {
namespace {

constexpr std::size_t kForwardBlockBytes = std::size_t{64} << 10;

std::size_t copy_from(std::span<const std::byte> kept, std::uint64_t offset, std::span<std::byte> into) {
  const auto from = kept.subspan(static_cast<std::size_t>(offset));
  const std::size_t count = std::min(from.size(), into.size());
  if (count > 0) std::memcpy(into.data(), from.data(), count);
  return count;
}

}  // namespace

Result<std::span<const std::byte>> HeadReader::head(std::size_t byte_count) {
  if (!rewindable()) return Error{Errc::internal, "The first bytes of a forward-only input are gone."};
  // Takes from a pipe whatever is available, but waits only for the requested bytes.
  const std::size_t capacity = seekable() ? byte_count : std::max(byte_count, kForwardBlockBytes);
  while (kept_.size() < byte_count) {
    const std::size_t had = kept_.size();
    kept_.resize(capacity);
    auto count = source_.read_at(had, std::span(kept_).subspan(had));
    kept_.resize(had + (count ? *count : 0));
    if (!count) return std::move(count).error();
    position_ = kept_.size();
    if (*count == 0) break;
  }
  return std::span<const std::byte>(kept_).first(std::min(byte_count, kept_.size()));
}

bool HeadReader::rewindable() const { return seekable() || position_ == kept_.size(); }

std::vector<std::byte> HeadReader::take_consumed() && {
  return seekable() ? std::vector<std::byte>() : std::move(kept_);
}

Result<std::size_t> HeadReader::read_at(std::uint64_t offset, std::span<std::byte> into) {
  if (offset < kept_.size()) return copy_from(kept_, offset, into);
  if (seekable()) return source_.read_at(offset, into);
  if (offset != position_) return Error{Errc::internal, "A forward-only input cannot seek."};
  auto count = source_.read_at(offset, into);
  if (!count || *count == 0) return count;
  position_ += *count;
  if (keep_ == Keep::all) {
    kept_.insert(kept_.end(), into.begin(), into.begin() + static_cast<std::ptrdiff_t>(*count));
  } else {
    kept_ = {};
  }
  return count;
}

std::optional<int> HeadReader::native_handle() const {
  if (!seekable()) return {};
  return source_.native_handle();
}

}  // namespace convert::base
