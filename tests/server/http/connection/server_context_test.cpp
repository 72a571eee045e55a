// SPDX-License-Identifier: MIT
#include "http/connection/server_context.hpp"

#include <gtest/gtest.h>

namespace convert::server::http {
namespace {

TEST(RequestIdGenerator, GeneratesUniqueIds) {
  const RequestIdGenerator ids;
  const RequestIdGenerator others;
  EXPECT_NE(ids.make(), ids.make());
  EXPECT_NE(ids.make().substr(0, 12), others.make().substr(0, 12));
  EXPECT_TRUE(RequestIdGenerator::is_valid(ids.make()));
  EXPECT_FALSE(RequestIdGenerator::is_valid("a\r\nb"));
}

}  // namespace
}  // namespace convert::server::http
