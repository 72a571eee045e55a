// SPDX-License-Identifier: MIT
#include <algorithm>
#include <utility>
#include <vector>

#include "base/descriptor_writer.hpp"
#include "sandbox/worker/remote_streams.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kWriteRequestBytes = std::size_t{1} << 20;  // see messages.hpp
constexpr std::size_t kMaxBufferedBytes = std::size_t{256} << 10;

/// Writes to a descriptor that the host handed over; the host publishes it.
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
    if (auto written = writer_->commit(); !written) return written;
    const auto answer = host_.request(CommitOutput{index_});
    return answer ? Result<void>() : Result<void>(answer.error());
  }

 private:
  HostConnection& host_;
  std::uint32_t index_;
  bool host_seekable_;
  std::unique_ptr<Writer> writer_;
};

/// Has the host write.
class MessageOutputWriter : public Writer {
 public:
  MessageOutputWriter(HostConnection& host, const Reply& reply)
      : host_(host), index_(reply.output), seekable_(reply.seekable) {}

  bool seekable() const override { return seekable_; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    while (!from.empty()) {
      const auto part = from.first(std::min(from.size(), kWriteRequestBytes));
      const auto answer = host_.request(WriteOutput{index_, offset, {part.begin(), part.end()}});
      if (!answer) return answer.error();
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

/// Keeps what it gets until it is complete, as long as that is little: the host writes that in one go, and
/// publishes it without waiting for this process to have ended, since there is no descriptor that it holds.
class BufferedOutputWriter : public Writer {
 public:
  BufferedOutputWriter(HostConnection& host, Reply created) : host_(host), created_(std::move(created)) {}

  bool seekable() const override { return created_.seekable; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    if (!unbuffered_ && offset <= kMaxBufferedBytes && from.size() <= kMaxBufferedBytes - offset) {
      const auto begin = static_cast<std::size_t>(offset);
      bytes_.resize(std::max(bytes_.size(), begin + from.size()));
      std::copy(from.begin(), from.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin));
      return {};
    }
    if (auto switched = switch_to_unbuffered(); !switched) return switched;
    return unbuffered_->write_at(offset, from);
  }
  Result<void> commit() override {
    if (unbuffered_) return unbuffered_->commit();
    MessageOutputWriter asked(host_, created_);
    if (auto written = asked.write_at(0, bytes_); !written) return written;
    return asked.commit();
  }

 private:
  /// Through a descriptor, if the host has one to give.
  Result<void> switch_to_unbuffered() {
    if (unbuffered_) return {};
    auto answer = host_.request(RequestDescriptor{created_.output});
    if (!answer) return answer.error();
    if (answer->descriptor) {
      unbuffered_ = std::make_unique<DescriptorOutputWriter>(host_, created_, std::move(answer->descriptor));
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
    auto answer = host_.request(CreateOutput{std::string(name)});
    if (!answer) return answer.error();
    if (!answer->reply.has_descriptor)
      return std::make_unique<BufferedOutputWriter>(host_, std::move(answer->reply));
    if (!answer->descriptor) return Error{Errc::forbidden, "The descriptor of an output did not come."};
    return std::make_unique<DescriptorOutputWriter>(host_, answer->reply, std::move(answer->descriptor));
  }

 private:
  HostConnection& host_;
};

}  // namespace

std::unique_ptr<Outputs> remote_outputs(HostConnection& host) {
  return std::make_unique<RemoteOutputs>(host);
}

}  // namespace convert::sandbox
