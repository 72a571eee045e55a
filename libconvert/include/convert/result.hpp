// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <convert/export.hpp>

namespace convert {

/// What went wrong, for programs. The sentence for people is `Error::message`.
/// Codes are only ever added; their numbers and names are stable, so that they may be stored.
enum class Errc : std::uint8_t {
  invalid_argument = 1,     ///< The caller asked for something that cannot be: a bad option, a contradiction.
  unsupported = 2,          ///< Well-formed, but this build or this format does not offer it.
  not_found = 3,            ///< The thing named is not there (a file, an entry, a key, a job).
  conflict = 4,             ///< Somebody else was first, or the state changed meanwhile.
  corrupt_input = 5,        ///< The format was recognised, but nothing usable could be read from it.
  limit_exceeded = 6,       ///< One of `Limits` was passed; the message names it.
  cancelled = 7,            ///< The caller's stop token asked for it.
  unavailable = 8,          ///< A resource is missing for now; trying again may help.
  io = 9,                   ///< Reading or writing bytes failed; the message has the system's reason.
  internal = 10,            ///< A defect of ours or of a library below us.
  empty_input = 11,         ///< The input has no bytes.
  unrecognized_input = 12,  ///< The content is no format that this build reads.
  truncated_input = 13,     ///< The input ends before anything usable.
  encrypted_input = 14,     ///< The input needs a key or a password.
  no_such_stream = 15,      ///< The input holds no stream of the wanted kind (no audio in it).
  external_reference = 16,  ///< The input is a list that names other files or addresses; never followed.
  unsafe_path = 17,         ///< An archive entry or link would escape its folder.
  decompression_bomb = 18,  ///< The input unpacks to more than `Limits::archive_ratio` allows.
  deadline_exceeded = 19,   ///< `ConvertOptions::deadline` or `Limits::wall_time` has passed.
  crashed = 20,             ///< The worker process ended by itself, without an answer.
  stalled = 21,             ///< The worker process made no progress and was killed.
  forbidden = 22,           ///< The worker process tried what it is not permitted, and was killed.
};

/// The stable lower-case name of a code, as in logs and JSON: "invalid_argument". Thread-safe.
CONVERT_API std::string_view to_string(Errc code) noexcept;

/// An expected failure, as a value.
struct Error {
  Errc code = Errc::internal;
  std::string message;     ///< One or two sentences for a person: what is wrong and what to do.
  bool retryable = false;  ///< Whether the same call may succeed later without a change by the caller.
};

/// Either a T or an Error, with the member names of C++23's `std::expected`.
/// Not synchronised: share it between threads like any other value.
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

  /// The value. Calling it on an error throws `std::bad_variant_access`: test first.
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// The error. Calling it on a value throws `std::bad_variant_access`: test first.
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
  void value() const { (void)std::get<0>(state_); }

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
