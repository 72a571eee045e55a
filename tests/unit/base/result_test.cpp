// SPDX-License-Identifier: MIT
// Result: what happens when the value of a failed Result is used.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <exception>
#include <functional>
#include <memory>
#include <string>

#include <convert/result.hpp>

namespace convert {
namespace {

const Error kFailure{Errc::not_found, "There is no such file. Check its path.", true};

/// The message of the exception that `use` throws.
std::string message_of(const std::function<void()>& use) {
  try {
    use();
  } catch (const std::exception& exception) {
    return exception.what();
  }
  return "(nothing was thrown)";
}

TEST(Result, ValueOfAFailureThrowsItsMessage) {
  Result<int> result = kFailure;
  const Result<int> constant = kFailure;
  EXPECT_EQ(message_of([&] { (void)result.value(); }), kFailure.message);
  EXPECT_EQ(message_of([&] { (void)constant.value(); }), kFailure.message);
  EXPECT_EQ(message_of([&] { (void)Result<int>(kFailure).value(); }), kFailure.message);
  EXPECT_EQ(message_of([&] { (void)*result; }), kFailure.message);
  EXPECT_EQ(message_of([&] { Result<void>(kFailure).value(); }), kFailure.message);
}

TEST(Result, ValueOfAFailureThrowsItsError) {
  try {
    (void)Result<std::unique_ptr<int>>(kFailure).value();
    FAIL() << "nothing was thrown";
  } catch (const BadResultAccess& exception) {
    EXPECT_EQ(exception.error().code, kFailure.code);
    EXPECT_EQ(exception.error().message, kFailure.message);
    EXPECT_EQ(exception.error().retryable, kFailure.retryable);
  }
}

TEST(Result, ValueOfASuccessIsReturned) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  EXPECT_EQ(**result, 7);
  EXPECT_EQ(*std::move(result).value(), 7);
  EXPECT_NO_THROW(Result<void>().value());
}

}  // namespace
}  // namespace convert
