// SPDX-License-Identifier: MIT
#include "sandbox/worker/remote_streams.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/try.hpp"
#include "base/writers.hpp"

namespace convert::sandbox {
namespace {

Error seek_error() { return Error{Errc::internal, "A forward-only input cannot seek."}; }

/// Reads from a descriptor. Does not move the offset of a file, which the host shares.
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

/// Reads with `ReadInput` messages.
class MessageInputReader : public Reader {
 public:
  MessageInputReader(HostConnection& host, const RequestedInput& input, std::uint32_t index)
      : host_(host), size_(input.size), seekable_(input.seekable), index_(index) {}

  std::optional<std::uint64_t> size() const override { return size_; }
  bool seekable() const override { return seekable_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    const auto length = static_cast<std::uint32_t>(std::min(into.size(), kMaxTransferBytes));
    if (length == 0) return std::size_t{0};
    CONVERT_TRY_ASSIGN(const auto answer, host_.request(ReadInput{index_, offset, length}));
    const auto& bytes = answer.reply.bytes;
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
      return Error{Errc::forbidden, "The request announces more descriptors than it carries."};
    }
    ++index;
  }
  return readers;
}

namespace {

constexpr std::size_t kMaxBufferedBytes = std::size_t{256} << 10;

/// Writes to a descriptor from the host, which publishes the output.
class DescriptorOutputWriter : public Writer {
 public:
  DescriptorOutputWriter(HostConnection& host, const Reply& created, base::Descriptor descriptor)
      : host_(host),
        index_(created.output),
        host_seekable_(created.seekable),
        writer_(base::owning_descriptor_writer(std::move(descriptor))) {}

  bool seekable() const override { return host_seekable_ && writer_->seekable(); }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    return writer_->write_at(offset, from);
  }
  Result<void> commit() override {
    CONVERT_TRY(writer_->commit());
    const auto answer = host_.request(CommitOutput{index_});
    return answer ? Result<void>() : Result<void>(answer.error());
  }

 private:
  HostConnection& host_;
  std::uint32_t index_;
  bool host_seekable_;
  std::unique_ptr<Writer> writer_;
};

/// Writes with `WriteOutput` messages.
class MessageOutputWriter : public Writer {
 public:
  MessageOutputWriter(HostConnection& host, const Reply& reply)
      : host_(host), index_(reply.output), seekable_(reply.seekable) {}

  bool seekable() const override { return seekable_; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    while (!from.empty()) {
      const auto part = from.first(std::min(from.size(), kMaxTransferBytes));
      CONVERT_TRY(host_.request(WriteOutput{index_, offset, {part.begin(), part.end()}}));
      offset += part.size();
      from = from.subspan(part.size());
    }
    return {};
  }
  Result<void> commit() override {
    const auto answer = host_.request(CommitOutput{index_});
    return answer ? Result<void>() : Result<void>(answer.error());
  }

 private:
  HostConnection& host_;
  std::uint32_t index_;
  bool seekable_;
};

/// Buffers a small output until its commit. The host writes it at once and publishes it without waiting for
/// this process to end, since the process holds no descriptor of it. A larger output is switched to a
/// descriptor.
class BufferedOutputWriter : public Writer {
 public:
  BufferedOutputWriter(HostConnection& host, Reply created) : host_(host), created_(std::move(created)) {}

  bool seekable() const override { return created_.seekable; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    if (!unbuffered_ && offset <= kMaxBufferedBytes && from.size() <= kMaxBufferedBytes - offset) {
      const auto start = static_cast<std::size_t>(offset);
      bytes_.resize(std::max(bytes_.size(), start + from.size()));
      std::copy(from.begin(), from.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(start));
      return {};
    }
    CONVERT_TRY(switch_to_unbuffered());
    return unbuffered_->write_at(offset, from);
  }
  Result<void> commit() override {
    if (unbuffered_) return unbuffered_->commit();
    MessageOutputWriter writer(host_, created_);
    CONVERT_TRY(writer.write_at(0, bytes_));
    return writer.commit();
  }

 private:
  /// Requests a descriptor; uses messages if the host has none.
  Result<void> switch_to_unbuffered() {
    if (unbuffered_) return {};
    CONVERT_TRY_ASSIGN(auto answer, host_.request(RequestDescriptor{created_.output}));
    if (answer.descriptor) {
      unbuffered_ = std::make_unique<DescriptorOutputWriter>(host_, created_, std::move(answer.descriptor));
    } else {
      unbuffered_ = std::make_unique<MessageOutputWriter>(host_, created_);
    }
    return unbuffered_->write_at(0, std::exchange(bytes_, {}));
  }

  HostConnection& host_;
  Reply created_;
  std::vector<std::byte> bytes_;
  std::unique_ptr<Writer> unbuffered_;
};

class RemoteOutputs : public Outputs {
 public:
  explicit RemoteOutputs(HostConnection& host) : host_(host) {}

  Result<std::unique_ptr<Writer>> create(std::string_view name) override {
    CONVERT_TRY_ASSIGN(auto answer, host_.request(CreateOutput{std::string(name)}));
    if (!answer.reply.has_descriptor)
      return std::make_unique<BufferedOutputWriter>(host_, std::move(answer.reply));
    if (!answer.descriptor) return Error{Errc::forbidden, "The descriptor of an output is missing."};
    return std::make_unique<DescriptorOutputWriter>(host_, answer.reply, std::move(answer.descriptor));
  }

 private:
  HostConnection& host_;
};

}  // namespace

std::unique_ptr<Outputs> remote_outputs(HostConnection& host) {
  return std::make_unique<RemoteOutputs>(host);
}

}  // namespace convert::sandbox
