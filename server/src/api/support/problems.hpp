// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <convert/result.hpp>
#include <convert/server/field.hpp>

#include "base/try.hpp"

namespace convert::server::api {

/// An error as the client sees it. `error_response` (responses.hpp) turns it into a problem document (RFC
/// 9457).
struct Problem {
  unsigned status = 500;
  std::string code;    ///< stable, for programs
  std::string detail;  ///< a sentence for people; no path, no SQL, no address of the server's network
  std::optional<std::chrono::milliseconds> retry_after{};
  std::string cause{};          ///< for the log only: what `detail` leaves out
  std::vector<Field> fields{};  ///< further header fields of the response
  std::string members{};        ///< further members of the document, as JSON: `"formats":["mp3"]`

  /// Whether it was made from a library error with that code.
  bool is(Errc errc) const noexcept { return code == to_string(errc); }
  /// Adds a header field.
  Problem with(std::string_view name, std::string_view value) &&;
};

/// The problem that an error of the library is for the client whose request met it.
Problem problem_of(const Error& error);

/// As `problem_of`, for an error of a conversion: `not_found` means an entry of the client's file, not the
/// address of the request.
Problem conversion_problem(const Error& error);

/// As `problem_of`, for an error while reading a body: 408 if the client is too slow, 413 if the body is too
/// large.
Problem body_problem(const Error& error);

Problem make_problem(unsigned status, std::string_view code, std::string_view detail);
/// With Retry-After: for 429 and 503.
Problem make_problem(unsigned status, std::string_view code, std::string_view detail,
                     std::chrono::milliseconds retry_after);
Problem bad_request(std::string_view code, std::string_view detail);  ///< 400
Problem not_found();                                                  ///< 404, the same text everywhere
Problem unauthorized();  ///< 401 with WWW-Authenticate (RFC 6750)

/// A value, or the problem that answers the request: what every function of the API returns that can fail on
/// behalf of a client. An `Error` and a `Result` of the library convert by `problem_of`. The CONVERT_TRY
/// macros propagate it; routes.cpp turns it into a response.
template <class T>
class [[nodiscard]] Outcome {
 public:
  using value_type = T;
  using error_type = Problem;

  Outcome(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Outcome(Problem problem) : state_(std::in_place_index<1>, std::move(problem)) {}
  Outcome(const Error& error) : Outcome(problem_of(error)) {}
  Outcome(Result<T> result)
      : Outcome(result ? Outcome(*std::move(result)) : Outcome(problem_of(result.error()))) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// The value; only if there is one.
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }

  /// The problem; only if there is no value.
  Problem& error() & { return std::get<1>(state_); }
  const Problem& error() const& { return std::get<1>(state_); }
  Problem&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Problem> state_;
};

/// Success, or the problem that answers the request.
template <>
class [[nodiscard]] Outcome<void> {
 public:
  using value_type = void;
  using error_type = Problem;

  Outcome() = default;
  Outcome(Problem problem) : problem_(std::move(problem)) {}
  Outcome(const Error& error) : problem_(problem_of(error)) {}
  Outcome(const Result<void>& result) {
    if (!result) problem_ = problem_of(result.error());
  }

  bool has_value() const noexcept { return !problem_; }
  explicit operator bool() const noexcept { return has_value(); }

  Problem& error() & { return *problem_; }
  const Problem& error() const& { return *problem_; }
  Problem&& error() && { return *std::move(problem_); }

 private:
  std::optional<Problem> problem_;
};

}  // namespace convert::server::api
