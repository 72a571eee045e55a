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

/// One call of a Library while it runs: the options that Converters get, and what the guards find out.
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

  /// The error to end with when a Converter failed with `error`: that of the Reader or Writer which
  /// made it fail, if there is one.
  Error root_error(const Error& error) const;

  /// All warnings of the call, with those that a Converter put into its result.
  std::vector<Warning> all_warnings(const std::vector<Warning>& result);

 private:
  conversion::ByteCounters counters_;
  conversion::FirstError first_error_;
  conversion::Notifier notifier_;
  ConvertOptions options_;
};

/// The inputs of a call behind their guards.
class GuardedInputs {
 public:
  using Keep = base::HeadReader::Keep;

  GuardedInputs(std::span<const Input> inputs, CallContext& call, Keep keep);
  GuardedInputs(const GuardedInputs&) = delete;
  GuardedInputs& operator=(const GuardedInputs&) = delete;

  /// Whether each is there and none is too large, as far as can be known without reading.
  Result<void> check() const;

  /// What the Converter gets.
  std::span<const Input> inputs() const { return guarded_; }

  /// The first bytes of the only input, as many as recognizing it takes; a copy is kept of what a
  /// forward-only input cannot give again. Empty if there are several inputs.
  Result<std::span<const std::byte>> read_head();

  /// What `read_head` found, and whether the only input can be read from its begin (again).
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

  std::deque<Guarded> readers_;  // they refer to each other: their addresses stay
  std::vector<Input> guarded_;
  std::span<const std::byte> head_;
  std::vector<std::byte> copy_;  // of the head of a forward-only input
};

}  // namespace convert::library
