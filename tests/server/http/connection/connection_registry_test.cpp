// SPDX-License-Identifier: MIT
#include "http/connection/connection_registry.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace convert::server::http {
namespace {

TEST(ConnectionRegistry, LimitsConnectionsInTotalAndPerAddress) {
  ConnectionRegistry all(3, 2);
  auto a = all.admit("a");
  auto b = all.admit("a");
  EXPECT_TRUE(a && b);
  EXPECT_FALSE(all.admit("a"));
  auto c = all.admit("b");
  EXPECT_TRUE(c);
  EXPECT_FALSE(all.admit("c"));
  EXPECT_FALSE(all.admit(""));
  EXPECT_EQ(all.count(), 3U);
  a.reset();
  EXPECT_TRUE(all.admit("a"));  // released at once
  b.reset();
  c.reset();
  EXPECT_EQ(all.count(), 0U);
  EXPECT_TRUE(all.wait_until_empty(std::chrono::steady_clock::now()));
  const auto exempt = all.admit("");
  const auto exempt_too = all.admit("");
  const auto exempt_as_well = all.admit("");
  EXPECT_TRUE(exempt && exempt_too && exempt_as_well);
  EXPECT_FALSE(all.wait_until_empty(std::chrono::steady_clock::now()));
}

}  // namespace
}  // namespace convert::server::http
