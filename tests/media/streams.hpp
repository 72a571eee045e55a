// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <utility>

#include <convert/io.hpp>

#include "unit/temporary_folder.hpp"

namespace convert::test {

/// An embedder's Reader that cannot seek, does not know its size, and tells how much it gave.
class PipeReader : public Reader {
 public:
  explicit PipeReader(std::string content) : content_(std::move(content)) {}
  std::function<void(std::size_t)> on_read;  // bytes given out so far
  std::size_t given() const { return given_; }

  std::optional<std::uint64_t> size() const override { return {}; }
  bool seekable() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (offset != given_) return Error{Errc::internal, "A seek in a Reader that cannot."};
    constexpr std::size_t kBlock = 10'000;
    const std::size_t count = std::min({content_.size() - given_, into.size(), kBlock});
    std::memcpy(into.data(), content_.data() + given_, count);
    given_ += count;
    if (on_read) on_read(given_);
    return count;
  }

 private:
  std::string content_;
  std::size_t given_ = 0;
};

/// A Writer that cannot seek, into a string.
class PipeWriter : public Writer {
 public:
  explicit PipeWriter(std::string& bytes) : bytes_(bytes) {}
  bool seekable() const override { return false; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    if (offset != bytes_.size()) return Error{Errc::internal, "A seek in a Writer that cannot."};
    bytes_.append(text(from));
    return {};
  }
  Result<void> commit() override { return {}; }

 private:
  std::string& bytes_;
};

}  // namespace convert::test
