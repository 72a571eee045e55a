// SPDX-License-Identifier: MIT
#include "sql/migration.hpp"

#include <array>

#include <gtest/gtest.h>

namespace convert::sql {
namespace {

/// Builds of version 2 cannot use the tables after step 3.
constexpr std::array kSteps = {Migration{1, 1, "a"}, Migration{2, 1, "b"}, Migration{3, 3, "c"}};

TEST(PendingMigrations, AreThoseThatTheDatabaseLacks) {
  EXPECT_EQ(pending_migrations(kSteps, {})->size(), 3U);
  const auto rest = pending_migrations(kSteps, {1, 1});
  ASSERT_EQ(rest->size(), 2U);
  EXPECT_EQ(rest->front().version, 2);
  EXPECT_TRUE(pending_migrations(kSteps, {3, 3})->empty());
}

TEST(PendingMigrations, ANewerDatabaseStaysAsItIs) {
  EXPECT_TRUE(pending_migrations(kSteps, {5, 3})->empty());
  EXPECT_FALSE(pending_migrations(kSteps, {5, 4}));
}

}  // namespace
}  // namespace convert::sql
