// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <convert/io.hpp>
#include <convert/options.hpp>

namespace convert::library {

/// The first thing that went wrong outside of the Converter: with a Reader, a Writer, the Outputs or
/// a limit on bytes. It is what the call fails with, whatever the Converter made of it.
class FirstError {
 public:
  Error record(const Error& error);
  std::optional<Error> get() const;

 private:
  mutable std::mutex mutex_;
  std::optional<Error> error_;
};

/// A Reader that enforces `Limits::input_bytes`, and counts.
class GuardedReader : public Reader {
 public:
  GuardedReader(Reader& source, std::uint64_t limit, std::atomic<std::uint64_t>& count,
                FirstError& first_error)
      : source_(source), limit_(limit), count_(count), first_error_(first_error) {}

  /// Refuses an input whose size says already that it is too large.
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

/// Outputs that enforce `Limits::output_bytes` over all of them together, and hold every commit back
/// until the conversion has succeeded: either all outputs appear, or none.
class GuardedOutputs : public Outputs {
 public:
  GuardedOutputs(Outputs& target, std::uint64_t limit, std::atomic<std::uint64_t>& count,
                 FirstError& first_error)
      : target_(target), limit_(limit), count_(count), first_error_(first_error) {}

  Result<std::unique_ptr<Writer>> create(std::string_view name) override;

  /// Commits what the Converter committed. An error if it left out one.
  Result<void> commit_all();

 private:
  class GuardedWriter;
  Result<void> count_output(std::uint64_t by);
  void hold_until_commit(std::unique_ptr<Writer> writer);

  Outputs& target_;
  std::uint64_t limit_;
  std::atomic<std::uint64_t>& count_;
  FirstError& first_error_;
  std::size_t created_ = 0;
  std::mutex mutex_;  // a Converter may fill several outputs at once
  std::vector<std::unique_ptr<Writer>> finished_;
};

}  // namespace convert::library
