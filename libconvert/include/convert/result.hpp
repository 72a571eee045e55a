// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <convert/export.hpp>

namespace convert {

/// Error codes for programs. `Error::message` holds the sentence for the user. Codes are only added; their
/// numbers and names are stable and may be stored.
enum class Errc : std::uint8_t {
  invalid_argument = 1,     ///< The request is wrong: a bad option, a contradiction.
  unsupported = 2,          ///< Valid, but this build or this format does not support it.
  not_found = 3,            ///< The file, entry, key or job does not exist.
  conflict = 4,             ///< Another caller was first, or the state has changed.
  corrupt_input = 5,        ///< The format is known, but the content is unusable.
  limit_exceeded = 6,       ///< One of `Limits` was exceeded; the message names it.
  cancelled = 7,            ///< The caller's stop token requested it.
  unavailable = 8,          ///< A resource is missing for now; a retry may succeed.
  io = 9,                   ///< Reading or writing failed; the message has the system's reason.
  internal = 10,            ///< A defect in libconvert or in a library that it uses.
  empty_input = 11,         ///< The input has no bytes.
  unrecognized_input = 12,  ///< This build does not read this format.
  truncated_input = 13,     ///< The input ends before any usable content.
  encrypted_input = 14,     ///< The input needs a key or a password.
  no_such_stream = 15,      ///< The input has no stream of the required kind (no audio).
  external_reference = 16,  ///< The input refers to other files or URLs, which are never opened.
  unsafe_path = 17,         ///< An archive entry or link leaves its folder.
  decompression_bomb = 18,  ///< The input unpacks to more than `Limits::archive_ratio` allows.
  deadline_exceeded = 19,   ///< `ConvertOptions::deadline` or `Limits::wall_time` has passed.
  crashed = 20,             ///< The worker process ended without an answer.
  stalled = 21,             ///< The worker process made no progress and was killed.
  forbidden = 22,           ///< The worker process tried something forbidden and was killed.
};

/// The stable lower-case name of a code, as in logs and JSON: "invalid_argument". Thread-safe.
CONVERT_API std::string_view to_string(Errc code) noexcept;

/// An expected failure.
struct Error {
  Errc code = Errc::internal;
  std::string message;     ///< One or two sentences for the user: what is wrong and what to do.
  bool retryable = false;  ///< Whether the same call may succeed later, unchanged.
};

/// Thrown by `Result::value()` without a value. A program that tests its Results never sees it; one that does
/// not ends with the message of the error.
class CONVERT_API BadResultAccess : public std::exception {
 public:
  explicit BadResultAccess(Error error) : error_(std::move(error)) {}

  const Error& error() const noexcept { return error_; }
  /// `Error::message`.
  const char* what() const noexcept override { return error_.message.c_str(); }

 private:
  Error error_;
};

/// Either a T or an Error, with the member names of C++23's `std::expected`. Not synchronised: share it
/// between threads like any other value.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = Error;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  template <class U>
  requires(std::is_convertible_v<U&&, T> && !std::is_same_v<std::remove_cvref_t<U>, T> &&
           !std::is_same_v<std::remove_cvref_t<U>, Error> && !std::is_same_v<std::remove_cvref_t<U>, Result>)
      Result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// The value. Throws BadResultAccess if there is none; so do `*` and `->`.
  T& value() & {
    require_value();
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    require_value();
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    require_value();
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// The error. Throws std::bad_variant_access if there is a value.
  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

  template <class U>
  T value_or(U&& other) const& {
    return has_value() ? value() : static_cast<T>(std::forward<U>(other));
  }
  template <class F>
  auto and_then(F&& next) && -> std::invoke_result_t<F, T&&> {
    if (!has_value()) return std::move(*this).error();
    return std::invoke(std::forward<F>(next), std::move(*this).value());
  }
  template <class F>
  auto transform(F&& next) && -> Result<std::remove_cvref_t<std::invoke_result_t<F, T&&>>> {
    if (!has_value()) return std::move(*this).error();
    return std::invoke(std::forward<F>(next), std::move(*this).value());
  }

 private:
  void require_value() const {
    if (const Error* error = std::get_if<1>(&state_)) throw BadResultAccess(*error);
  }

  std::variant<T, Error> state_;
};

/// Success, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  using error_type = Error;

  Result() = default;
  Result(Error error) : state_(std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  /// Throws BadResultAccess after a failure.
  void value() const {
    if (const Error* error = std::get_if<1>(&state_)) throw BadResultAccess(*error);
  }

  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

  template <class F>
  auto and_then(F&& next) && -> std::invoke_result_t<F> {
    if (!has_value()) return std::move(*this).error();
    return std::invoke(std::forward<F>(next));
  }

 private:
  std::variant<std::monostate, Error> state_;
};

}  // namespace convert
