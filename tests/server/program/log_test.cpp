// SPDX-License-Identifier: MIT
#include "log.hpp"

#include <gtest/gtest.h>

namespace convertd {
namespace {

using Level = convert::LogLine::Level;

TEST(LogLines, HaveTimeLevelAndJob) {
  const convert::Time time{std::chrono::milliseconds(1'795'255'543'007)};
  EXPECT_EQ(log_text({Level::warning, 7, "It waits."}, time),
            "2026-11-21T10:05:43.007Z warning job 7: It waits.\n");
  EXPECT_EQ(log_text({Level::info, 0, "GET /healthz"}, time), "2026-11-21T10:05:43.007Z info GET /healthz\n");
}

TEST(LogLines, AreOneLineEach) {
  const auto text = log_text({Level::error, 0, "a\nb\nc"}, convert::Time{});
  EXPECT_EQ(text, "1970-01-01T00:00:00.000Z error a b c\n");
}

}  // namespace
}  // namespace convertd
