// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <convert/result.hpp>

/// The call fails with that code, and says why.
#define EXPECT_ERROR(call, expected)                                                \
  do {                                                                              \
    const auto answer = (call);                                                     \
    ASSERT_FALSE(answer) << #call << " should have failed";                         \
    EXPECT_EQ(to_string(answer.error().code), to_string(expected))                  \
        << #call << ": " << answer.error().message;                                 \
    EXPECT_GT(answer.error().message.size(), 10U) << #call << " gives no sentence"; \
  } while (false)
