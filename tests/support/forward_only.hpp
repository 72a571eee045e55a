// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>

#include <convert/io.hpp>

/// Readers and Writers that cannot seek and fail if they have to.
namespace convert::test {

/// Returns at most `block` bytes per read and can fail at an offset.
class ForwardReader : public Reader {
 public:
  explicit ForwardReader(std::string content, std::size_t block = 7);

  std::function<void(std::size_t)> on_read;  ///< called with the number of bytes read so far
  void fail_at(std::size_t offset) { fail_at_ = offset; }
  void know_size() { knows_size_ = true; }
  std::size_t given() const { return given_; }

  std::optional<std::uint64_t> size() const override;
  bool seekable() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;

 private:
  std::string content_;
  std::size_t block_;
  std::size_t given_ = 0;
  std::size_t fail_at_ = std::numeric_limits<std::size_t>::max();
  bool knows_size_ = false;
};

/// Writes to a string, without buffering.
class ForwardWriter : public Writer {
 public:
  explicit ForwardWriter(std::string& bytes) : bytes_(bytes) {}
  bool seekable() const override { return false; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override;
  Result<void> commit() override { return {}; }

 private:
  std::string& bytes_;
};

}  // namespace convert::test
