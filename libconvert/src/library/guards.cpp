// SPDX-License-Identifier: MIT
#include "library/guards.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/catch_exceptions.hpp"

namespace convert::library {
namespace {

Error input_limit_error(std::uint64_t limit) {
  return Error{Errc::limit_exceeded,
               fmt::format("The input has more bytes than limits.input_bytes ({}) allows.", limit)};
}

Error output_limit_error(std::uint64_t limit) {
  return Error{Errc::limit_exceeded,
               fmt::format("The output grew beyond limits.output_bytes ({} bytes in all). "
                           "Raise it, or ask for less: a part, a lower bit rate, another format.",
                           limit)};
}

Error not_committed() {
  return Error{Errc::internal, "The converter reported success, but did not finish all of its outputs."};
}

}  // namespace

Error FirstError::record(const Error& error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = error;
  return error;
}

std::optional<Error> FirstError::get() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

Result<void> GuardedReader::check_size() const {
  const auto size = source_.size();
  if (size && *size > limit_) return input_limit_error(limit_);
  return {};
}

Result<std::size_t> GuardedReader::read_at(std::uint64_t offset, std::span<std::byte> into) {
  auto count = base::catch_exceptions("Reader", [&] { return source_.read_at(offset, into); });
  if (!count) return first_error_.record(count.error());
  if (*count > into.size()) {
    return first_error_.record(Error{Errc::internal, "A Reader claims more bytes than it was asked for."});
  }
  if (*count > 0 && (offset > limit_ || *count > limit_ - offset))
    return first_error_.record(input_limit_error(limit_));
  count_.fetch_add(*count, std::memory_order_relaxed);
  return count;
}

/// Passes writes on; its commit only hands the real Writer back to the outputs.
class GuardedOutputs::GuardedWriter : public Writer {
 public:
  GuardedWriter(GuardedOutputs& outputs, std::unique_ptr<Writer> target)
      : outputs_(outputs), target_(std::move(target)), seekable_(target_->seekable()) {}

  bool seekable() const override { return seekable_; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override;
  Result<void> commit() override {
    if (!target_) return Error{Errc::internal, "An output was committed twice."};
    outputs_.hold_until_commit(std::move(target_));
    return {};
  }
  // No native_handle: bytes that went past this guard would be neither limited nor counted.

 private:
  GuardedOutputs& outputs_;
  std::unique_ptr<Writer> target_;
  bool seekable_;
  std::uint64_t end_ = 0;
};

Result<void> GuardedOutputs::GuardedWriter::write_at(std::uint64_t offset, std::span<const std::byte> from) {
  if (!target_) return Error{Errc::internal, "An output was written to after its commit."};
  const std::uint64_t end = offset + from.size();
  if (end < offset) return outputs_.first_error_.record(output_limit_error(outputs_.limit_));
  if (end > end_) {
    if (auto grown = outputs_.count_output(end - end_); !grown) return grown;
    end_ = end;
  }
  auto written = base::catch_exceptions("Writer", [&] { return target_->write_at(offset, from); });
  if (!written) return outputs_.first_error_.record(written.error());
  return {};
}

Result<void> GuardedOutputs::count_output(std::uint64_t by) {
  const std::uint64_t before = count_.fetch_add(by, std::memory_order_relaxed);
  if (before <= limit_ && by <= limit_ - before) return {};
  count_.fetch_sub(by, std::memory_order_relaxed);
  return first_error_.record(output_limit_error(limit_));
}

void GuardedOutputs::hold_until_commit(std::unique_ptr<Writer> writer) {
  const std::lock_guard lock(mutex_);
  finished_.push_back(std::move(writer));
}

Result<std::unique_ptr<Writer>> GuardedOutputs::create(std::string_view name) {
  auto writer = target_.create(name);
  if (!writer) return first_error_.record(writer.error());
  if (!*writer) return first_error_.record(Error{Errc::internal, "The Outputs gave no Writer."});
  ++created_;
  return std::unique_ptr<Writer>(std::make_unique<GuardedWriter>(*this, std::move(*writer)));
}

Result<void> GuardedOutputs::commit_all() {
  if (finished_.size() != created_) return not_committed();
  for (auto& writer : finished_) {
    if (auto committed = writer->commit(); !committed) return committed;
  }
  finished_.clear();
  return {};
}

}  // namespace convert::library
