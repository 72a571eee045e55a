// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

#include <convert/io.hpp>
#include <convert/options.hpp>

#include "base/head_reader.hpp"
#include "conversion/guarded_io.hpp"
#include "conversion/notifier.hpp"
#include "library/library_calls.hpp"

namespace convert::library {

/// The state of one call of a Library: the options for the Converters, the counts of bytes, the first error,
/// progress and warnings.
class CallContext {
 public:
  CallContext(const LibraryState& state, const ConvertOptions& user);
  CallContext(const CallContext&) = delete;
  CallContext& operator=(const CallContext&) = delete;

  const ConvertOptions& options() const { return options_; }
  const Limits& limits() const { return *options_.limits; }
  conversion::ByteCounters& counters() { return counters_; }
  conversion::FirstError& first_error() { return first_error_; }
  conversion::Notifier& notifier() { return notifier_; }

  /// The error of the call after a Converter failed with `error`: that of the Reader or Writer that caused
  /// it, if any.
  Error root_error(const Error& error) const;

  /// All warnings of the call, including those in a Converter's `result`.
  std::vector<Warning> all_warnings(const std::vector<Warning>& result);

 private:
  conversion::ByteCounters counters_;
  conversion::FirstError first_error_;
  conversion::Notifier notifier_;
  ConvertOptions options_;
};

/// The inputs of a call, each with a limit on its bytes and with access to its head.
class GuardedInputs {
 public:
  using Keep = base::HeadReader::Keep;

  GuardedInputs(std::span<const Input> inputs, CallContext& call, Keep keep);
  GuardedInputs(const GuardedInputs&) = delete;
  GuardedInputs& operator=(const GuardedInputs&) = delete;

  /// Checks that there are inputs, each with a Reader, and that no known size exceeds the limit. Reads
  /// nothing.
  Result<void> check() const;

  /// The inputs for the Converter.
  std::span<const Input> inputs() const { return guarded_; }

  /// The first bytes of the only input, as many as its recognition needs. Keeps a copy of the head of a
  /// forward-only input. Empty if there are several inputs.
  Result<std::span<const std::byte>> read_head();

  /// The result of `read_head`, and whether the only input can still be read from its start.
  std::span<const std::byte> head() const { return head_; }
  bool rewindable() const { return readers_.front().head.rewindable(); }

  std::vector<std::vector<std::byte>> take_consumed() &&;

 private:
  struct Guarded {
    Guarded(Reader& source, CallContext& call, Keep keep)
        : guard(source, call.limits().input_bytes, call.counters().read, call.first_error()),
          head(guard, keep) {}
    conversion::GuardedReader guard;
    base::HeadReader head;
  };

  std::deque<Guarded> readers_;  // a deque, since elements must keep their addresses
  std::vector<Input> guarded_;
  std::span<const std::byte> head_;
  std::vector<std::byte> copy_;  // of the head of a forward-only input
};

}  // namespace convert::library
