// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>
#include <utility>

#include <convert/io.hpp>

namespace convert {
namespace {

class PrefixedReader : public Reader {
 public:
  PrefixedReader(std::vector<std::byte> head, Reader& rest) : head_(std::move(head)), rest_(rest) {}

  /// `rest` counts its bytes from its own first one, which is in `head`.
  std::optional<std::uint64_t> size() const override { return rest_.size(); }
  bool seekable() const override { return false; }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (offset != position_) return Error{Errc::internal, "A forward-only input was asked to seek."};
    auto count = position_ < head_.size() ? from_head(into) : rest_.read_at(position_, into);
    if (count) position_ += *count;
    return count;
  }

 private:
  Result<std::size_t> from_head(std::span<std::byte> into) {
    const auto left = std::span(head_).subspan(static_cast<std::size_t>(position_));
    const std::size_t count = std::min(left.size(), into.size());
    if (count > 0) std::memcpy(into.data(), left.data(), count);
    return count;
  }

  std::vector<std::byte> head_;
  Reader& rest_;
  std::uint64_t position_ = 0;
};

}  // namespace

std::unique_ptr<Reader> prefixed_reader(std::vector<std::byte> head, Reader& rest) {
  return std::make_unique<PrefixedReader>(std::move(head), rest);
}

}  // namespace convert
