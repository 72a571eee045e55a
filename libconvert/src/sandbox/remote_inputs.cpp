// SPDX-License-Identifier: MIT
#include <algorithm>
#include <utility>

#include "io/system.hpp"
#include "sandbox/proxies.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kReadRequestBytes = std::size_t{1} << 20;  // see messages.hpp

Error sought() { return Error{Errc::internal, "A forward-only input was asked to seek."}; }

/// Reads from a descriptor. Its position belongs to the host too, so that one that seeks leaves it alone.
class DescriptorInput : public Reader {
 public:
  DescriptorInput(const WorkInput& input, io::Descriptor descriptor)
      : size_(input.size), seekable_(input.seekable), descriptor_(std::move(descriptor)) {}

  std::optional<std::uint64_t> size() const override { return size_; }
  bool seekable() const override { return seekable_; }
  std::optional<int> native_handle() const override { return descriptor_.get(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (seekable_) return io::read_some_at(descriptor_.get(), offset, into);
    if (offset != position_) return sought();
    auto count = io::read_some(descriptor_.get(), into);
    if (count) position_ += *count;
    return count;
  }

 private:
  std::optional<std::uint64_t> size_;
  bool seekable_;
  io::Descriptor descriptor_;
  std::uint64_t position_ = 0;
};

/// Has the host read.
class AskedInput : public Reader {
 public:
  AskedInput(Link& link, const WorkInput& input, std::uint32_t number)
      : link_(link), size_(input.size), seekable_(input.seekable), number_(number) {}

  std::optional<std::uint64_t> size() const override { return size_; }
  bool seekable() const override { return seekable_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    const auto length = static_cast<std::uint32_t>(std::min(into.size(), kReadRequestBytes));
    if (length == 0) return std::size_t{0};
    const auto answer = link_.ask(Read{number_, offset, length});
    if (!answer) return answer.error();
    const auto& bytes = answer->reply.bytes;
    const std::size_t count = std::min(bytes.size(), std::size_t{length});
    std::copy_n(bytes.begin(), count, into.begin());
    return count;
  }

 private:
  Link& link_;
  std::optional<std::uint64_t> size_;
  bool seekable_;
  std::uint32_t number_;
};

}  // namespace

Result<std::vector<std::unique_ptr<Reader>>> remote_inputs(Link& link, const std::vector<WorkInput>& inputs,
                                                           std::vector<io::Descriptor> descriptors) {
  std::vector<std::unique_ptr<Reader>> readers;
  readers.reserve(inputs.size());
  std::size_t taken = 0;
  for (std::uint32_t number = 0; const WorkInput& input : inputs) {
    if (!input.has_descriptor) {
      readers.push_back(std::make_unique<AskedInput>(link, input, number));
    } else if (taken < descriptors.size()) {
      readers.push_back(std::make_unique<DescriptorInput>(input, std::move(descriptors[taken++])));
    } else {
      return Error{Errc::forbidden, "The work names more descriptors than came with it."};
    }
    ++number;
  }
  return readers;
}

}  // namespace convert::sandbox
