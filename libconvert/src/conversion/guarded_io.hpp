// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <convert/io.hpp>
#include <convert/options.hpp>

/// Guards around the Readers, Writers and Outputs of a call's caller: they enforce the limits on bytes, turn
/// exceptions into errors and remember the first error. Shared by Library and Sandbox.
namespace convert::conversion {

/// How many bytes a call has read and written so far; counted by the guards.
struct ByteCounters {
  std::atomic<std::uint64_t> read = 0;
  std::atomic<std::uint64_t> written = 0;
};

/// The first error outside of the converter: of a Reader, a Writer, the Outputs or a limit on bytes. The call
/// fails with it, whatever error the converter returns. Thread-safe.
class FirstError {
 public:
  /// `on_error` runs after each `record`, in the thread that calls it.
  explicit FirstError(std::function<void()> on_error = {}) : on_error_(std::move(on_error)) {}

  /// Keeps `error` if it is the first one. Returns `error`.
  Error record(const Error& error);
  std::optional<Error> get() const;

 private:
  std::function<void()> on_error_;
  mutable std::mutex mutex_;
  std::optional<Error> error_;
};

/// A Reader that enforces `Limits::input_bytes` and adds to `count` what it read.
class GuardedReader : public Reader {
 public:
  GuardedReader(Reader& source, std::uint64_t limit, std::atomic<std::uint64_t>& count,
                FirstError& first_error)
      : source_(source), limit_(limit), count_(count), first_error_(first_error) {}

  /// Fails if the size of the input, as far as it is known, exceeds the limit.
  Result<void> check_size() const;

  std::optional<std::uint64_t> size() const override { return source_.size(); }
  bool seekable() const override { return source_.seekable(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;
  std::optional<int> native_handle() const override { return source_.native_handle(); }

 private:
  Reader& source_;
  std::uint64_t limit_;
  std::atomic<std::uint64_t>& count_;
  FirstError& first_error_;
};

/// Enforces `Limits::output_bytes` over all outputs of a call together. Thread-safe.
class OutputLimit {
 public:
  OutputLimit(std::uint64_t max_bytes, std::atomic<std::uint64_t>& count)
      : max_bytes_(max_bytes), count_(count) {}

  /// Counts `by` more bytes. Errors: `limit_exceeded`; then they are not counted.
  Result<void> add(std::uint64_t by);
  /// Counts the bytes up to the end of a write, beyond those up to `end`, which moves along.
  Result<void> extend(std::uint64_t& end, std::uint64_t offset, std::size_t size);
  /// Fails if `bytes` exceed the limit.
  Result<void> check(std::uint64_t bytes) const;
  std::uint64_t counted() const { return count_.load(std::memory_order_relaxed); }

 private:
  Error error() const;

  std::uint64_t max_bytes_;
  std::atomic<std::uint64_t>& count_;
};

/// A Writer from the caller's Outputs, never null. Errors are recorded.
Result<std::unique_ptr<Writer>> create_writer(Outputs& outputs, std::string_view name,
                                              FirstError& first_error);

/// Writes to the caller's Writer. Errors are recorded.
Result<void> write_to(Writer& writer, std::uint64_t offset, std::span<const std::byte> from,
                      FirstError& first_error);

/// Outputs that enforce `Limits::output_bytes` and delay each commit until the conversion has succeeded, so
/// that either all outputs appear or none.
class GuardedOutputs : public Outputs {
 public:
  GuardedOutputs(Outputs& target, std::uint64_t limit, std::atomic<std::uint64_t>& count,
                 FirstError& first_error)
      : target_(target), limit_(limit, count), first_error_(first_error) {}

  Result<std::unique_ptr<Writer>> create(std::string_view name) override;

  /// Commits what the converter committed. Errors: `internal` if it left out an output; those of the Writers.
  Result<void> commit_all();

 private:
  class GuardedWriter;
  void hold_until_commit(std::unique_ptr<Writer> writer);

  Outputs& target_;
  OutputLimit limit_;
  FirstError& first_error_;
  std::size_t created_ = 0;
  std::mutex mutex_;  // a converter may fill several outputs at once
  std::vector<std::unique_ptr<Writer>> finished_;
};

}  // namespace convert::conversion
