// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <exception>
#include <mutex>
#include <new>
#include <optional>

#include <convert/result.hpp>

#include "sandbox/event.hpp"

namespace convert::sandbox {

/// The first thing that went wrong with a Reader, a Writer or the Outputs of a call, or with a limit on
/// them: what the call fails with. Thread-safe.
class Fault {
 public:
  /// `noticed` is set with it.
  explicit Fault(Event& noticed) : noticed_(noticed) {}

  Error note(const Error& error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
    noticed_.set();
    return error;
  }
  std::optional<Error> get() const {
    const std::lock_guard lock(mutex_);
    return error_;
  }

 private:
  Event& noticed_;
  mutable std::mutex mutex_;
  std::optional<Error> error_;
};

/// What an embedder's Reader, Writer or Outputs throws becomes an error.
template <class Call>
auto without_throwing(const char* who, Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return Error{Errc::unavailable, fmt::format("The {} ran out of memory. Try again later.", who), true};
  } catch (const std::exception& exception) {
    return Error{Errc::internal, fmt::format("The {} failed unexpectedly: {}.", who, exception.what())};
  }
}

}  // namespace convert::sandbox
