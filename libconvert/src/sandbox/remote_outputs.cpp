// SPDX-License-Identifier: MIT
#include <algorithm>
#include <utility>
#include <vector>

#include "io/descriptor_writer.hpp"
#include "sandbox/proxies.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kWriteRequestBytes = std::size_t{1} << 20;  // see messages.hpp
constexpr std::size_t kSmall = std::size_t{256} << 10;

/// Writes to a descriptor that the host handed over; the host publishes it.
class DescriptorOutput : public Writer {
 public:
  DescriptorOutput(Link& link, const Reply& created, io::Descriptor descriptor)
      : link_(link),
        number_(created.output),
        may_seek_(created.seekable),
        writer_(io::owning_descriptor_writer(std::move(descriptor))) {}

  bool seekable() const override { return may_seek_ && writer_->seekable(); }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    return writer_->write_at(offset, from);
  }
  Result<void> commit() override {
    if (auto written = writer_->commit(); !written) return written;
    const auto answer = link_.ask(Commit{number_});
    return answer ? Result<void>() : Result<void>(answer.error());
  }

 private:
  Link& link_;
  std::uint32_t number_;
  bool may_seek_;
  std::unique_ptr<Writer> writer_;
};

/// Has the host write.
class AskedOutput : public Writer {
 public:
  AskedOutput(Link& link, const Reply& reply)
      : link_(link), number_(reply.output), seekable_(reply.seekable) {}

  bool seekable() const override { return seekable_; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    while (!from.empty()) {
      const auto part = from.first(std::min(from.size(), kWriteRequestBytes));
      const auto answer = link_.ask(Write{number_, offset, {part.begin(), part.end()}});
      if (!answer) return answer.error();
      offset += part.size();
      from = from.subspan(part.size());
    }
    return {};
  }
  Result<void> commit() override {
    const auto answer = link_.ask(Commit{number_});
    return answer ? Result<void>() : Result<void>(answer.error());
  }

 private:
  Link& link_;
  std::uint32_t number_;
  bool seekable_;
};

/// Keeps what it gets until it is complete, as long as that is little: the host writes that in one go, and
/// publishes it without waiting for this process to have ended, since there is no descriptor that it holds.
class SmallOutput : public Writer {
 public:
  SmallOutput(Link& link, Reply created) : link_(link), created_(std::move(created)) {}

  bool seekable() const override { return created_.seekable; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    if (!large_ && offset <= kSmall && from.size() <= kSmall - offset) {
      const auto begin = static_cast<std::size_t>(offset);
      bytes_.resize(std::max(bytes_.size(), begin + from.size()));
      std::copy(from.begin(), from.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin));
      return {};
    }
    if (auto grown = grow(); !grown) return grown;
    return large_->write_at(offset, from);
  }
  Result<void> commit() override {
    if (large_) return large_->commit();
    AskedOutput asked(link_, created_);
    if (auto written = asked.write_at(0, bytes_); !written) return written;
    return asked.commit();
  }

 private:
  /// Through a descriptor, if the host has one to give.
  Result<void> grow() {
    if (large_) return {};
    auto answer = link_.ask(HandOver{created_.output});
    if (!answer) return answer.error();
    if (answer->descriptor) {
      large_ = std::make_unique<DescriptorOutput>(link_, created_, std::move(answer->descriptor));
    } else {
      large_ = std::make_unique<AskedOutput>(link_, created_);
    }
    return large_->write_at(0, std::exchange(bytes_, {}));
  }

  Link& link_;
  Reply created_;
  std::vector<std::byte> bytes_;
  std::unique_ptr<Writer> large_;
};

class RemoteOutputs : public Outputs {
 public:
  explicit RemoteOutputs(Link& link) : link_(link) {}

  Result<std::unique_ptr<Writer>> create(std::string_view name) override {
    auto answer = link_.ask(Create{std::string(name)});
    if (!answer) return answer.error();
    if (!answer->reply.has_descriptor) return std::make_unique<SmallOutput>(link_, std::move(answer->reply));
    if (!answer->descriptor) return Error{Errc::forbidden, "The descriptor of an output did not come."};
    return std::make_unique<DescriptorOutput>(link_, answer->reply, std::move(answer->descriptor));
  }

 private:
  Link& link_;
};

}  // namespace

std::unique_ptr<Outputs> remote_outputs(Link& link) { return std::make_unique<RemoteOutputs>(link); }

}  // namespace convert::sandbox
