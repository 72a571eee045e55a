// SPDX-License-Identifier: MIT
#include "conversion/guarded_io.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/try.hpp"
#include "conversion/catch_exceptions.hpp"

namespace convert::conversion {
namespace {

Error input_limit_error(std::uint64_t limit) {
  return Error{Errc::limit_exceeded, fmt::format("The input is larger than the limit of {} bytes.", limit)};
}

Error not_committed() {
  return Error{Errc::internal, "The converter reported success, but did not finish all of its outputs."};
}

}  // namespace

Error FirstError::record(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
  }
  if (on_error_) on_error_();
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
  auto count = catch_exceptions("Reader", [&] { return source_.read_at(offset, into); });
  if (!count) return first_error_.record(count.error());
  if (*count > into.size()) {
    return first_error_.record(Error{Errc::internal, "A Reader returned more bytes than were requested."});
  }
  if (*count > 0 && (offset > limit_ || *count > limit_ - offset)) {
    return first_error_.record(input_limit_error(limit_));
  }
  count_.fetch_add(*count, std::memory_order_relaxed);
  return count;
}

Error OutputLimit::error() const {
  return Error{
      Errc::limit_exceeded,
      fmt::format("The output is larger than the limit of {} bytes. Request less: a part, a lower bit "
                  "rate, another format.",
                  max_bytes_)};
}

Result<void> OutputLimit::check(std::uint64_t bytes) const {
  return bytes <= max_bytes_ ? Result<void>() : error();
}

Result<void> OutputLimit::add(std::uint64_t by) {
  const std::uint64_t before = count_.fetch_add(by, std::memory_order_relaxed);
  if (before <= max_bytes_ && by <= max_bytes_ - before) return {};
  count_.fetch_sub(by, std::memory_order_relaxed);
  return error();
}

Result<void> OutputLimit::extend(std::uint64_t& end, std::uint64_t offset, std::size_t size) {
  const std::uint64_t new_end = offset + size;
  if (new_end < offset) return error();
  if (new_end <= end) return {};
  CONVERT_TRY(add(new_end - end));
  end = new_end;
  return {};
}

Result<std::unique_ptr<Writer>> create_writer(Outputs& outputs, std::string_view name,
                                              FirstError& first_error) {
  auto writer = catch_exceptions("Outputs", [&] { return outputs.create(name); });
  if (!writer) return first_error.record(writer.error());
  if (!*writer) return first_error.record(Error{Errc::internal, "The Outputs gave no Writer."});
  return writer;
}

Result<void> write_to(Writer& writer, std::uint64_t offset, std::span<const std::byte> from,
                      FirstError& first_error) {
  auto written = catch_exceptions("Writer", [&] { return writer.write_at(offset, from); });
  if (!written) return first_error.record(written.error());
  return {};
}

/// Passes writes on. Its commit only returns the caller's Writer to the outputs.
class GuardedOutputs::GuardedWriter : public Writer {
 public:
  GuardedWriter(GuardedOutputs& outputs, std::unique_ptr<Writer> target)
      : outputs_(outputs), target_(std::move(target)), seekable_(target_->seekable()) {}

  bool seekable() const override { return seekable_; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    if (!target_) return Error{Errc::internal, "An output was written to after its commit."};
    if (auto extended = outputs_.limit_.extend(end_, offset, from.size()); !extended) {
      return outputs_.first_error_.record(extended.error());
    }
    return write_to(*target_, offset, from, outputs_.first_error_);
  }
  Result<void> commit() override {
    if (!target_) return Error{Errc::internal, "An output was committed twice."};
    outputs_.hold_until_commit(std::move(target_));
    return {};
  }
  // No native_handle: bytes that bypass this guard would be neither limited nor counted.

 private:
  GuardedOutputs& outputs_;
  std::unique_ptr<Writer> target_;
  bool seekable_;
  std::uint64_t end_ = 0;
};

void GuardedOutputs::hold_until_commit(std::unique_ptr<Writer> writer) {
  const std::lock_guard lock(mutex_);
  finished_.push_back(std::move(writer));
}

Result<std::unique_ptr<Writer>> GuardedOutputs::create(std::string_view name) {
  auto writer = create_writer(target_, name, first_error_);
  if (!writer) return writer;
  ++created_;
  return std::unique_ptr<Writer>(std::make_unique<GuardedWriter>(*this, std::move(*writer)));
}

Result<void> GuardedOutputs::commit_all() {
  if (finished_.size() != created_) return not_committed();
  for (auto& writer : finished_) {
    CONVERT_TRY(writer->commit());
  }
  finished_.clear();
  return {};
}

}  // namespace convert::conversion
