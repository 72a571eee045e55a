// SPDX-License-Identifier: MIT
#include "service/start_retries.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "service/stop_signals.hpp"

namespace convertd {
namespace {

using convert::Errc;
using convert::Error;
using convert::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

const Error kNoConnection{Errc::unavailable, "Connection refused.", true};

/// What `retry_while_unavailable` does with backends that open at the call `succeeds_at`.
struct StartRetries {
  Result<void> run(const Error& error, milliseconds timeout) {
    const auto open = [&]() -> Result<void> {
      if (++calls == succeeds_at) return {};
      return error;
    };
    const auto stopped_within = [&](milliseconds wait) {
      waits.push_back(wait);
      return static_cast<int>(waits.size()) == stopped_at;
    };
    return retry_while_unavailable(open, timeout, stopped_within,
                                   [&](std::string reason) { reasons.push_back(std::move(reason)); });
  }
  int succeeds_at = 0;
  int stopped_at = 0;
  int calls = 0;
  std::vector<milliseconds> waits{};
  std::vector<std::string> reasons{};
};

TEST(StartRetriesTest, TriesAgainUntilItSucceeds) {
  StartRetries start{.succeeds_at = 5};
  EXPECT_TRUE(start.run(kNoConnection, std::chrono::hours(1)));
  EXPECT_EQ(start.calls, 5);
  EXPECT_THAT(start.waits, ElementsAre(seconds(1), seconds(2), seconds(4), seconds(5)));
  EXPECT_EQ(start.reasons.front(), "Connection refused. Trying again in 1 s.");
}

TEST(StartRetriesTest, EndsWithTheLastErrorAfterTheTimeout) {
  StartRetries start;
  const auto opened = start.run(kNoConnection, milliseconds(0));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message, "Connection refused.");
  EXPECT_EQ(start.calls, 1);
  EXPECT_TRUE(start.reasons.empty());
}

TEST(StartRetriesTest, DoesNotRepeatWhatARetryDoesNotMend) {
  for (const auto& error : {Error{Errc::unavailable, "The password is wrong.", false},
                            Error{Errc::invalid_argument, "No such bucket.", true}}) {
    StartRetries start;
    const auto opened = start.run(error, std::chrono::hours(1));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().message, error.message);
    EXPECT_EQ(start.calls, 1);
  }
}

TEST(StartRetriesTest, EndsAtASignal) {
  StartRetries start{.stopped_at = 2};
  const auto opened = start.run(kNoConnection, std::chrono::hours(1));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::cancelled);
  EXPECT_EQ(start.calls, 2);
}

TEST(StopSignalsTest, AWaitEndsAtASignal) {
  mask_stop_signals(SIG_BLOCK);
  EXPECT_FALSE(stop_signal_within(milliseconds(1)));
  ::pthread_kill(::pthread_self(), SIGTERM);
  EXPECT_TRUE(stop_signal_within(std::chrono::minutes(1)));
  mask_stop_signals(SIG_UNBLOCK);
}

TEST(StopSignalsTest, DoesNotWaitForAnIgnoredHangUp) {
  mask_stop_signals(SIG_BLOCK);
  const auto before = ::signal(SIGHUP, SIG_IGN);
  EXPECT_TRUE(is_ignored(SIGHUP));
  ::pthread_kill(::pthread_self(), SIGHUP);
  EXPECT_FALSE(stop_signal_within(milliseconds(1)));
  mask_stop_signals(SIG_UNBLOCK);  // the signal, which is pending, is ignored
  ::signal(SIGHUP, before);
}

}  // namespace
}  // namespace convertd
