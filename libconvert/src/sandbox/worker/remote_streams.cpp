// SPDX-License-Identifier: MIT
#include <algorithm>
#include <utility>

#include "base/file_descriptor.hpp"
#include "sandbox/worker/remote_streams.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kReadRequestBytes = std::size_t{1} << 20;  // see messages.hpp

Error seek_error() { return Error{Errc::internal, "A forward-only input was asked to seek."}; }

/// Reads from a descriptor. Its position belongs to the host too, so that one that seeks leaves it alone.
class DescriptorInputReader : public Reader {
 public:
  DescriptorInputReader(const RequestedInput& input, base::Descriptor descriptor)
      : size_(input.size), seekable_(input.seekable), descriptor_(std::move(descriptor)) {}

  std::optional<std::uint64_t> size() const override { return size_; }
  bool seekable() const override { return seekable_; }
  std::optional<int> native_handle() const override { return descriptor_.get(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (seekable_) return base::read_some_at(descriptor_.get(), offset, into);
    if (offset != position_) return seek_error();
    auto count = base::read_some(descriptor_.get(), into);
    if (count) position_ += *count;
    return count;
  }

 private:
  std::optional<std::uint64_t> size_;
  bool seekable_;
  base::Descriptor descriptor_;
  std::uint64_t position_ = 0;
};

/// Has the host read.
class MessageInputReader : public Reader {
 public:
  MessageInputReader(HostConnection& host, const RequestedInput& input, std::uint32_t index)
      : host_(host), size_(input.size), seekable_(input.seekable), index_(index) {}

  std::optional<std::uint64_t> size() const override { return size_; }
  bool seekable() const override { return seekable_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    const auto length = static_cast<std::uint32_t>(std::min(into.size(), kReadRequestBytes));
    if (length == 0) return std::size_t{0};
    const auto answer = host_.request(ReadInput{index_, offset, length});
    if (!answer) return answer.error();
    const auto& bytes = answer->reply.bytes;
    const std::size_t count = std::min(bytes.size(), std::size_t{length});
    std::copy_n(bytes.begin(), count, into.begin());
    return count;
  }

 private:
  HostConnection& host_;
  std::optional<std::uint64_t> size_;
  bool seekable_;
  std::uint32_t index_;
};

}  // namespace

Result<std::vector<std::unique_ptr<Reader>>> remote_inputs(HostConnection& host,
                                                           const std::vector<RequestedInput>& inputs,
                                                           std::vector<base::Descriptor> descriptors) {
  std::vector<std::unique_ptr<Reader>> readers;
  readers.reserve(inputs.size());
  std::size_t taken = 0;
  for (std::uint32_t index = 0; const RequestedInput& input : inputs) {
    if (!input.has_descriptor) {
      readers.push_back(std::make_unique<MessageInputReader>(host, input, index));
    } else if (taken < descriptors.size()) {
      readers.push_back(std::make_unique<DescriptorInputReader>(input, std::move(descriptors[taken++])));
    } else {
      return Error{Errc::forbidden, "The work names more descriptors than came with it."};
    }
    ++index;
  }
  return readers;
}

}  // namespace convert::sandbox
