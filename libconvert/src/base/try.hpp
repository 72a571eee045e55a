// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

/// Propagation of errors. The macros work with `Result<T>` and with every other type that has `operator
/// bool`, `error()` and `operator*`. They return `error()` from the enclosing function, whose type must be
/// constructible from it.
///
///     Result<void> save(const Path& path) {
///       CONVERT_TRY(check(path));                         // Result<void>, or a value that is not needed
///       CONVERT_TRY_ASSIGN(auto writer, create(path));    // declares `writer` with the value of the Result
///       return writer->commit();
///     }
///
/// The expression comes last and may contain commas. The forms with ASSIGN are several statements: use them
/// inside braces. They move the value out of the expression's result.
///
/// In coroutines, `CONVERT_CO_CHECK` and `CONVERT_CO_CHECK_ASSIGN` do the same with `co_return`.
/// `CONVERT_CO_TRY` and `CONVERT_CO_TRY_ASSIGN` await the expression first. They name the awaitable before
/// they await it, since GCC 12 may destroy a temporary in a `co_await` expression twice.
///
/// (-Wpedantic forbids statement expressions, so no form can be part of an expression.)
#define CONVERT_TRY(...) CONVERT_TRY_CHECK_(return, CONVERT_TRY_NAME_(__COUNTER__), __VA_ARGS__)
#define CONVERT_TRY_ASSIGN(declaration, ...) \
  CONVERT_TRY_DECLARE_(return, CONVERT_TRY_NAME_(__COUNTER__), declaration, __VA_ARGS__)

#define CONVERT_CO_CHECK(...) CONVERT_TRY_CHECK_(co_return, CONVERT_TRY_NAME_(__COUNTER__), __VA_ARGS__)
#define CONVERT_CO_CHECK_ASSIGN(declaration, ...) \
  CONVERT_TRY_DECLARE_(co_return, CONVERT_TRY_NAME_(__COUNTER__), declaration, __VA_ARGS__)

#define CONVERT_CO_TRY(...) \
  CONVERT_TRY_AWAIT_(CONVERT_TRY_NAME_(__COUNTER__), CONVERT_TRY_NAME_(__COUNTER__), __VA_ARGS__)
#define CONVERT_CO_TRY_ASSIGN(declaration, ...)                                                           \
  CONVERT_TRY_AWAIT_DECLARE_(CONVERT_TRY_NAME_(__COUNTER__), CONVERT_TRY_NAME_(__COUNTER__), declaration, \
                             __VA_ARGS__)

// Implementation. The variables have unique names, so that macros nest in lambdas without -Wshadow.
#define CONVERT_TRY_JOIN_(a, b) a##b
#define CONVERT_TRY_NAME_(number) CONVERT_TRY_JOIN_(convert_try_, number)

#define CONVERT_TRY_CHECK_(leave, result, ...)    \
  do {                                            \
    auto&& result = (__VA_ARGS__);                \
    if (!result) leave std::move(result).error(); \
  } while (false)

#define CONVERT_TRY_DECLARE_(leave, result, declaration, ...) \
  auto&& result = (__VA_ARGS__);                              \
  if (!result) leave std::move(result).error();               \
  declaration = *std::move(result)

#define CONVERT_TRY_AWAIT_(awaitable, result, ...)    \
  do {                                                \
    auto awaitable = (__VA_ARGS__);                   \
    auto result = co_await std::move(awaitable);      \
    if (!result) co_return std::move(result).error(); \
  } while (false)

#define CONVERT_TRY_AWAIT_DECLARE_(awaitable, result, declaration, ...) \
  auto awaitable = (__VA_ARGS__);                                       \
  auto result = co_await std::move(awaitable);                          \
  if (!result) co_return std::move(result).error();                     \
  declaration = *std::move(result)
