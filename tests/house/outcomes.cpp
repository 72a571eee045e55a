// SPDX-License-Identifier: MIT
// A program with one test of each outcome, for results_self_test.py.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

TEST(Outcome, Passes) { EXPECT_EQ(1 + 1, 2); }

TEST(Outcome, Crashes) { std::abort(); }

TEST(Outcome, Fails) { FAIL() << "the reason"; }

TEST(Outcome, TakesTooLong) {
  for (;;) ::pause();
}

TEST(Outcome, IsSkipped) { GTEST_SKIP() << "not here"; }

TEST(Outcome, DISABLED_NeverRuns) { FAIL(); }

TEST(Outcome, PassesAfterACrash) {}
