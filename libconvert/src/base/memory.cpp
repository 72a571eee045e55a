// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>
#include <utility>

#include <convert/io.hpp>

namespace convert {
namespace {

class MemoryReader : public Reader {
 public:
  explicit MemoryReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  explicit MemoryReader(std::vector<std::byte>&& bytes) : owned_(std::move(bytes)), bytes_(owned_) {}
  MemoryReader(const MemoryReader&) = delete;
  MemoryReader& operator=(const MemoryReader&) = delete;

  std::optional<std::uint64_t> size() const override { return bytes_.size(); }
  bool seekable() const override { return true; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (offset >= bytes_.size()) return std::size_t{0};
    const auto from = bytes_.subspan(static_cast<std::size_t>(offset));
    const std::size_t count = std::min(from.size(), into.size());
    if (count > 0) std::memcpy(into.data(), from.data(), count);
    return count;
  }

 private:
  std::vector<std::byte> owned_;
  std::span<const std::byte> bytes_;
};

class MemoryWriter : public Writer {
 public:
  explicit MemoryWriter(std::vector<std::byte>& target) : target_(target) {}

  bool seekable() const override { return true; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    if (from.empty()) return {};
    if (offset > bytes_.max_size() - from.size()) {
      return Error{Errc::io, "The output does not fit into memory. Write it to a file."};
    }
    const auto at = static_cast<std::size_t>(offset);
    if (at == bytes_.size()) {
      bytes_.insert(bytes_.end(), from.begin(), from.end());
      return {};
    }
    if (at + from.size() > bytes_.size()) bytes_.resize(at + from.size());
    std::memcpy(bytes_.data() + at, from.data(), from.size());
    return {};
  }
  Result<void> commit() override {
    target_ = std::move(bytes_);
    return {};
  }

 private:
  std::vector<std::byte>& target_;
  std::vector<std::byte> bytes_;
};

}  // namespace

std::unique_ptr<Reader> memory_reader(std::span<const std::byte> bytes) {
  return std::make_unique<MemoryReader>(bytes);
}

std::unique_ptr<Reader> memory_reader(std::vector<std::byte>&& bytes) {
  return std::make_unique<MemoryReader>(std::move(bytes));
}

std::unique_ptr<Writer> memory_writer(std::vector<std::byte>& bytes) {
  return std::make_unique<MemoryWriter>(bytes);
}

}  // namespace convert
