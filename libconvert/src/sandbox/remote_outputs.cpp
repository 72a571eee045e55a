// SPDX-License-Identifier: MIT
#include <algorithm>
#include <utility>

#include "io/descriptor_writer.hpp"
#include "sandbox/proxies.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kMostAtOnce = std::size_t{1} << 20;  // see messages.hpp

/// Writes to a descriptor that the host handed over; the host publishes it.
class DescriptorOutput : public Writer {
 public:
  DescriptorOutput(Link& link, Answer answer)
      : link_(link),
        number_(answer.reply.output),
        may_seek_(answer.reply.seekable),
        writer_(io::owning_descriptor_writer(std::move(answer.descriptor))) {}

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
      const auto part = from.first(std::min(from.size(), kMostAtOnce));
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

class RemoteOutputs : public Outputs {
 public:
  explicit RemoteOutputs(Link& link) : link_(link) {}

  Result<std::unique_ptr<Writer>> create(std::string_view name) override {
    auto answer = link_.ask(Create{std::string(name)});
    if (!answer) return answer.error();
    if (!answer->reply.has_descriptor) return std::make_unique<AskedOutput>(link_, answer->reply);
    if (!answer->descriptor) return Error{Errc::forbidden, "The descriptor of an output did not come."};
    return std::make_unique<DescriptorOutput>(link_, std::move(*answer));
  }

 private:
  Link& link_;
};

}  // namespace

std::unique_ptr<Outputs> remote_outputs(Link& link) { return std::make_unique<RemoteOutputs>(link); }

}  // namespace convert::sandbox
