// SPDX-License-Identifier: MIT
#include "base/try.hpp"

#include <coroutine>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include <convert/result.hpp>

namespace convert::base {
namespace {

Error failure() { return {Errc::io, "The disk is on fire.", true}; }

Result<int> half(int number) {
  if (number % 2 != 0) return failure();
  return number / 2;
}

Result<void> check(bool good) {
  if (!good) return failure();
  return {};
}

Result<std::unique_ptr<int>> boxed(int number) {
  CONVERT_TRY_ASSIGN(const int value, half(number));
  return std::make_unique<int>(value);
}

Result<std::string> all(int number, bool good) {
  CONVERT_TRY(check(good));
  CONVERT_TRY(half(number));
  CONVERT_TRY_ASSIGN(const std::unique_ptr<int> box, boxed(number));
  CONVERT_TRY_ASSIGN(auto sizes, Result<std::map<int, int>>(std::map<int, int>{{*box, 1}}));
  // A macro in a lambda in the expression of a macro.
  CONVERT_TRY([&]() -> Result<void> {
    CONVERT_TRY(check(good));
    return {};
  }());
  if (good) CONVERT_TRY(check(good));
  return std::to_string(sizes.begin()->first);
}

TEST(Try, ContinuesWithTheValue) { EXPECT_EQ(all(84, true).value(), "42"); }

TEST(Try, ReturnsTheErrorUnchanged) {
  for (const auto& result : {all(3, true), all(4, false)}) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::io);
    EXPECT_EQ(result.error().message, "The disk is on fire.");
    EXPECT_TRUE(result.error().retryable);
  }
}

TEST(Try, AcceptsAResultThatIsAVariable) {
  const auto first_of = [](const Result<int>& result) -> Result<int> {
    CONVERT_TRY(result);
    CONVERT_TRY_ASSIGN(const int value, result);
    return value + 1;
  };
  EXPECT_EQ(first_of(1).value(), 2);
  EXPECT_EQ(first_of(failure()).error().code, Errc::io);
}

/// A coroutine that runs at once, and that a coroutine of the same kind can await.
template <class T>
class Immediate {
 public:
  struct promise_type {
    Immediate get_return_object() { return Immediate(*this); }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    template <class Value>
    void return_value(Value&& value) {
      stored->emplace(std::forward<Value>(value));
    }
    void unhandled_exception() { std::terminate(); }
    std::shared_ptr<std::optional<Result<T>>> stored = std::make_shared<std::optional<Result<T>>>();
  };

  explicit Immediate(promise_type& promise) : stored_(promise.stored) {}
  bool await_ready() const { return true; }
  void await_suspend(std::coroutine_handle<>) const {}
  Result<T> await_resume() { return get(); }
  Result<T> get() const { return stored_->value(); }

 private:
  std::shared_ptr<std::optional<Result<T>>> stored_;
};

Immediate<int> later_half(int number) {
  CONVERT_CO_CHECK(check(number >= 0));
  CONVERT_CO_CHECK_ASSIGN(const int value, half(number));
  co_return value;
}

Immediate<int> later_quarter(int number) {
  CONVERT_CO_TRY(later_half(number));
  CONVERT_CO_TRY_ASSIGN(const int value, later_half(number));
  CONVERT_CO_TRY_ASSIGN(const int quarter, later_half(value));
  co_return quarter;
}

TEST(CoroutineTry, ContinuesWithTheValue) { EXPECT_EQ(later_quarter(168).get().value(), 42); }

TEST(CoroutineTry, ReturnsTheErrorUnchanged) {
  for (const int number : {-2, 3, 6}) {
    const auto result = later_quarter(number).get();
    ASSERT_FALSE(result) << number;
    EXPECT_EQ(result.error().message, "The disk is on fire.");
  }
}

}  // namespace
}  // namespace convert::base
