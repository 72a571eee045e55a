// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <convert/io.hpp>

namespace convert::test {

/// An embedder's Reader that cannot seek, gives few bytes at a time and, if asked, breaks.
class ForwardReader : public Reader {
 public:
  explicit ForwardReader(std::string content, std::size_t block = 7)
      : content_(std::move(content)), block_(block) {}

  void fail_at(std::size_t offset) { fail_at_ = offset; }
  void know_size() { knows_size_ = true; }
  std::size_t given() const { return position_; }

  std::optional<std::uint64_t> size() const override {
    return knows_size_ ? std::optional<std::uint64_t>(content_.size()) : std::nullopt;
  }
  bool seekable() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (offset != position_) return Error{Errc::internal, "seek in a forward-only reader"};
    if (position_ >= fail_at_) return Error{Errc::io, "the line is dead", true};
    const std::size_t left = std::min(content_.size(), fail_at_) - position_;
    const std::size_t count = std::min({left, into.size(), block_});
    std::memcpy(into.data(), content_.data() + position_, count);
    position_ += count;
    return count;
  }

 private:
  std::string content_;
  std::size_t block_;
  std::size_t position_ = 0;
  std::size_t fail_at_ = std::numeric_limits<std::size_t>::max();
  bool knows_size_ = false;
};

}  // namespace convert::test
